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

// The backend does not want us: the Authorization header is malformed (4001), the secret is another (1008), or a proxy refuses.
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

// handle does what a command says. Your code goes here; a command whose ack got lost may come a second time.
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
	ack, _ := json.Marshal(map[string]any{"type": "command_ack", "data": map[string]string{"command_id": c.ID, "status": status}})
	_ = conn.Write(ctx, websocket.MessageText, ack) // where the connection is gone, the reader says so
}

// keepAlive ends the connection when a pong does not come: it can be dead without an error for hours, and only an answer shows that
// it is not.
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

// serve makes one connection and serves it to its end. It returns whether the backend ever answered, and what ended it: a close code or
// an HTTP status, 0 where there is neither, and words.
func serve(stop context.Context, address string, header http.Header) (answered bool, code int, reason string) {
	opening, cancel := context.WithTimeout(stop, openWithin)
	options := websocket.DialOptions{HTTPHeader: header, CompressionMode: websocket.CompressionDisabled} // messages are short
	conn, response, err := websocket.Dial(opening, address, &options)
	cancel()
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return false, response.StatusCode, response.Status
		}
		return false, 0, err.Error()
	}
	conn.SetReadLimit(1 << 20) // bytes; 32 KiB otherwise, and a longer message ends the connection
	// Not a child of stop: on Ctrl-C the connection is closed with a close frame, not torn down.
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
			default: // one that nobody asked for
			}
		case "command":
			var c command
			if json.Unmarshal(m.Payload, &c) == nil && c.ID != "" {
				go work(ctx, conn, c) // beside: a long command must not keep the next pong from being read
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
			log.Printf("refused: %d %q. Trying again would change nothing. What to do: edgecheck doctor", code, reason)
			return 1
		}
		if answered {
			wait = time.Second
		}
		// With jitter, so that a thousand clients of one backend do not all come back in the same instant.
		now := wait + time.Duration(rand.Int63n(int64(wait/5)))
		log.Printf("no connection: %d %q. Next attempt in %.1f s. Why: edgecheck doctor", code, reason, now.Seconds())
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
	if value == "" || strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		fmt.Fprintf(os.Stderr, "%s is not set, or holds a character that no header can. What to do: edgecheck doctor\n", name)
		os.Exit(1)
	}
	return value
}

func main() {
	backend, secret, agentID := setting("BACKEND_URL"), setting("EDGE_SECRET"), setting("EDGE_AGENT_ID")
	base := strings.TrimSuffix(strings.TrimRight(backend, "/"), "/edge/ws")
	address := base + "/edge/ws?" + url.Values{"edge_agent_id": {agentID}}.Encode()
	header := http.Header{"Authorization": {"Bearer " + secret}, "X-Edge-Agent-Id": {agentID}}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	os.Exit(run(stop, address, header))
}
