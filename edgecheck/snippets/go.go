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

// The backend refuses the client: the Authorization header is malformed (4001) or the secret is
// wrong (1008). Or a server or proxy in between refuses the request (401, 403).
var refusals = map[int]bool{4001: true, 1008: true, 401: true, 403: true}

type message struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

type command struct {
	ID      string          `json:"command_id"`
	Type    string          `json:"command_type"`
	Payload json.RawMessage `json:"payload"`
}

// handle does what a command says. Put your code here. A command may come a second time if its ack
// was lost.
func handle(c command) error {
	log.Printf("command %q: %s", c.Type, c.Payload)
	return nil
}

func work(ctx context.Context, conn *websocket.Conn, c command) {
	status := "completed"
	if err := handle(c); err != nil {
		log.Printf("command %q failed: %q", c.ID, err)
		status = "failed"
	}
	ack, _ := json.Marshal(map[string]any{
		"type": "command_ack",
		"data": map[string]string{"command_id": c.ID, "status": status},
	})
	// No need to look at the error: if the connection is gone, the reader reports it.
	_ = conn.Write(ctx, websocket.MessageText, ack)
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

// serve makes one connection and serves it until it ends. It returns whether the backend ever
// answered, and what ended the connection: a close code or an HTTP status, 0 if there is neither,
// and a text.
func serve(
	stop context.Context, address string, header http.Header,
) (answered bool, code int, reason string) {
	opening, cancel := context.WithTimeout(stop, openWithin)
	options := websocket.DialOptions{
		HTTPHeader:      header,
		CompressionMode: websocket.CompressionDisabled, // messages are short
	}
	conn, response, err := websocket.Dial(opening, address, &options)
	cancel()
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return false, response.StatusCode, response.Status
		}
		return false, 0, err.Error()
	}
	conn.SetReadLimit(1 << 20) // in bytes; a longer message ends the connection
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
	pong := make(chan struct{}, 1)
	go keepAlive(ctx, conn, pong, drop)
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			var closed websocket.CloseError
			if errors.As(err, &closed) {
				return answered, int(closed.Code), closed.Reason
			}
			return answered, 0, err.Error()
		}
		var m message
		if json.Unmarshal(data, &m) != nil {
			continue // not of this protocol
		}
		switch m.Type {
		case "pong":
			if !answered {
				log.Print("connected: the backend answers")
			}
			answered = true
			select {
			case pong <- struct{}{}:
			default: // a pong without a ping
			}
		case "command":
			var c command
			if json.Unmarshal(m.Payload, &c) == nil && c.ID != "" {
				go work(ctx, conn, c) // a long command must not delay the next pong
			}
		}
	}
}

func run(stop context.Context, address string, header http.Header) int {
	wait := time.Second
	for {
		answered, code, reason := serve(stop, address, header)
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

func setting(name string) string {
	value := strings.TrimSpace(os.Getenv(name))
	unfit := func(r rune) bool { return r < ' ' || r > '~' }
	if value == "" || strings.IndexFunc(value, unfit) >= 0 {
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

func main() {
	backend := setting("BACKEND_URL")
	secret := setting("EDGE_SECRET")
	agentID := setting("EDGE_AGENT_ID")
	base := strings.TrimSuffix(strings.TrimRight(backend, "/"), "/edge/ws")
	address := base + "/edge/ws?" + url.Values{"edge_agent_id": {agentID}}.Encode()
	header := http.Header{"Authorization": {"Bearer " + secret}, "X-Edge-Agent-Id": {agentID}}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	os.Exit(run(stop, address, header))
}
