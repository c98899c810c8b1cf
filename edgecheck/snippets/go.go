// An edge client in Go, on github.com/coder/websocket.
//
// Install:  go mod init edge-client && go get github.com/coder/websocket
// Run:      edgecheck snippet go --output main.go
//           set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
//           go run .

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

const (
	pingEvery   = 30 * time.Second
	pongWithin  = 10 * time.Second
	openWithin  = 10 * time.Second
	longestWait = 60 * time.Second
)

// The backend refuses the client: the credentials are missing or malformed (4001) or the secret is
// wrong (1008). Or a server or proxy in between refuses the request (401, 403).
var refusals = map[int]bool{4001: true, 1008: true, 401: true, 403: true}

// holds tells whether a JSON value has everything that another one has.
func holds(message, part any) bool {
	want, isObject := part.(map[string]any)
	if !isObject {
		a, _ := json.Marshal(message)
		b, _ := json.Marshal(part)
		return string(a) == string(b)
	}
	have, isObject := message.(map[string]any)
	for name, value := range want {
		if inner, there := have[name]; !isObject || !there || !holds(inner, value) {
			return false
		}
	}
	return isObject
}

// isLike tells whether a message is a text, or a JSON object that has everything the text's has.
func isLike(data []byte, text string) bool {
	var message, part any
	if string(data) == text {
		return true
	}
	if json.Unmarshal([]byte(text), &part) != nil || json.Unmarshal(data, &message) != nil {
		return false
	}
	return holds(message, part)
}

// at returns a value inside a JSON value; nil if there is none.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// text returns a string or a number as it is written; nothing for any other value.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return fmt.Sprintf("%.0f", value)
	}
	return ""
}

type command struct {
	ID, Type string
	Content  any
}

// handle does what a command says. Put your code here. A command may come a second time if its ack
// was lost.
func handle(c command) error {
	content, _ := json.Marshal(c.Content)
	log.Printf("command %q: %s", c.Type, content)
	return nil
}

// commandIn returns the command in a message; without an id, it is none.
func commandIn(data []byte) (c command) {
	var message any
	if !(isLike(data, `{"type":"command"}`)) || json.Unmarshal(data, &message) != nil {
		return c
	}
	c.ID = text(at(message, "payload", "command_id"))
	c.Type = text(at(message, "payload", "command_type"))
	c.Content = at(message, "payload")
	return c
}

func ack(id, status string) []byte {
	quoted, _ := json.Marshal(id)
	id = string(quoted[1 : len(quoted)-1])
	return []byte(strings.NewReplacer("{id}", id, "{status}", status).Replace(
		`{"type":"command_ack","data":{"command_id":"{id}","status":"{status}"}}`,
	))
}

func work(ctx context.Context, conn *websocket.Conn, c command) {
	status := "completed"
	if err := handle(c); err != nil {
		log.Printf("command %q failed: %q", c.ID, err)
		status = "failed"
	}
	// No need to look at the error: if the connection is gone, the reader reports it.
	_ = conn.Write(ctx, websocket.MessageText, ack(c.ID, status))
}

// keepAlive ends the connection when a pong does not come. A dead connection may give no error for
// hours.
func keepAlive(ctx context.Context, conn *websocket.Conn, pong <-chan struct{}, drop func()) {
	for {
		if conn.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
			return
		}
		select {
		case <-pong:
		case <-ctx.Done():
			return
		case <-time.After(pongWithin):
			log.Printf("no pong in %s", pongWithin)
			drop()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pingEvery):
		}
	}
}

// closing returns what ended a connection: a close code, 0 if there is none, and a text.
func closing(err error) (int, string) {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return int(closed.Code), closed.Reason
	}
	return 0, err.Error()
}

// serve makes one connection and serves it until it ends. It returns whether the backend ever
// answered, and what ended the connection: a close code or an HTTP status, 0 if there is neither,
// and a text.
func serve(
	stop context.Context, address string, options *websocket.DialOptions,
) (answered bool, code int, reason string) {
	opening, cancel := context.WithTimeout(stop, openWithin)
	conn, response, err := websocket.Dial(opening, address, options)
	cancel()
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return false, response.StatusCode, response.Status
		}
		return false, 0, err.Error()
	}
	conn.SetReadLimit(1024 * 1024) // in bytes; a longer message ends the connection
	// Not derived from stop, so that Ctrl-C ends the connection with a close frame.
	ctx, drop := context.WithCancel(context.Background())
	defer drop()
	go func() {
		select {
		case <-stop.Done():
			conn.Close(websocket.StatusGoingAway, "")
		case <-ctx.Done():
		}
	}()
	connected := make(chan struct{}, 1)
	ponged := func() {
		select {
		case connected <- struct{}{}:
			log.Print("connected: the backend answers")
		default:
		}
	}
	pong := make(chan struct{}, 1)
	go keepAlive(ctx, conn, pong, drop)
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			code, reason = closing(err)
			return len(connected) > 0, code, reason
		}
		if isLike(data, `{"type":"pong"}`) {
			ponged()
			select {
			case pong <- struct{}{}:
			default: // a pong without a ping
			}
			continue
		}
		if c := commandIn(data); c.ID != "" {
			go work(ctx, conn, c) // a long command must not delay the next pong
		}
	}
}

func run(stop context.Context, address string, options *websocket.DialOptions) int {
	wait := time.Second
	for {
		answered, code, reason := serve(stop, address, options)
		if stop.Err() != nil {
			return 0
		}
		if refusals[code] {
			log.Printf(
				"refused: %d %q. Trying again would change nothing. What to do: edgecheck doctor",
				code, reason,
			)
			return 1
		}
		if answered {
			wait = time.Second
		}
		// The jitter keeps a thousand clients of one backend from reconnecting at the same moment.
		now := wait + time.Duration(rand.Int63n(int64(wait/5)))
		log.Printf(
			"no connection: %d %q. Next attempt in %.1f s. Why: edgecheck doctor",
			code, reason, now.Seconds(),
		)
		if wait *= 2; wait > longestWait {
			wait = longestWait
		}
		select {
		case <-stop.Done():
			return 0
		case <-time.After(now):
		}
	}
}

func setting(name string, needed bool) string {
	value := strings.TrimSpace(os.Getenv(name))
	unfit := func(r rune) bool { return r < ' ' || r > '~' }
	if needed && value == "" || strings.IndexFunc(value, unfit) >= 0 {
		fmt.Fprintf(
			os.Stderr,
			"%s is not set, or has a character that a header field cannot hold. "+
				"What to do: edgecheck doctor\n",
			name,
		)
		os.Exit(1)
	}
	return value
}

// inJSON returns a text as it stands between the quotes of a JSON string.
func inJSON(value string) string {
	quoted, _ := json.Marshal(value)
	return string(quoted[1 : len(quoted)-1])
}

var secret = setting(`EDGE_SECRET`, true)
var agentID = setting(`EDGE_AGENT_ID`, true)

func main() {
	address := setting(`BACKEND_URL`, true)
	path := `/edge/ws`
	address = strings.TrimSuffix(strings.TrimRight(address, "/"), path) + path
	query := url.Values{}
	query.Set(`edge_agent_id`, agentID)
	if strings.Contains(address, "?") {
		address += "&" + query.Encode()
	} else {
		address += "?" + query.Encode()
	}
	options := websocket.DialOptions{
		HTTPHeader:      http.Header{},
		CompressionMode: websocket.CompressionDisabled, // messages are short
	}
	options.HTTPHeader.Set(`X-Edge-Agent-Id`, agentID)
	options.HTTPHeader.Set("Authorization", "Bearer "+secret)
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	os.Exit(run(stop, address, &options))
}
