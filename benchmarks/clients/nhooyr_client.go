// Connect with nhooyr.io/websocket or, with "net" as third argument, golang.org/x/net/websocket.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	xnet "golang.org/x/net/websocket"
	"nhooyr.io/websocket"
)

func main() {
	fields := http.Header{
		"Authorization":   {"Bearer " + os.Args[2]},
		"X-Edge-Agent-Id": {"edge_1"},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if len(os.Args) > 3 {
		config, err := xnet.NewConfig(os.Args[1], "http://localhost/")
		if err != nil {
			log.Fatal(err)
		}
		config.Header = fields
		socket, err := xnet.DialConfig(config)
		if err != nil {
			log.Fatal(err)
		}
		socket.SetDeadline(time.Now().Add(3 * time.Second))
		socket.Write([]byte(`{"type":"ping"}`))
		for {
			var message string
			if err := xnet.Message.Receive(socket, &message); err != nil {
				log.Fatal(err)
			}
		}
	}
	socket, _, err := websocket.Dial(ctx, os.Args[1], &websocket.DialOptions{HTTPHeader: fields})
	if err != nil {
		log.Fatal(err)
	}
	socket.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`))
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			log.Fatal(err)
		}
	}
}
