// Connect with gorilla/websocket, and print the error as a Go program does.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	log.SetFlags(0)
	fields := http.Header{
		"Authorization":   {"Bearer " + os.Args[2]},
		"X-Edge-Agent-Id": {"edge_1"},
	}
	dialer := websocket.Dialer{HandshakeTimeout: 3 * time.Second, Proxy: http.ProxyFromEnvironment}
	connection, _, err := dialer.Dial(os.Args[1], fields)
	if err != nil {
		log.Fatal("dial: ", err)
	}
	connection.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`))
	for {
		connection.SetReadDeadline(time.Now().Add(3 * time.Second))
		if _, _, err := connection.ReadMessage(); err != nil {
			log.Fatal("read: ", err)
		}
	}
}
