// A WebSocket with nhooyr.io/websocket or golang.org/x/net/websocket: ./it PORT nhooyr|net
package main

import (
	"net/http"
	"os"

	xnet "golang.org/x/net/websocket"
	"nhooyr.io/websocket"
)

const pong = `{"type":"pong"}`

func refused(answer http.ResponseWriter, request *http.Request) bool {
	if request.URL.Query().Get("edge_agent_id") == "edge_2" {
		http.Error(answer, "Unauthorized", 401)
		return true
	}
	return false
}

func nhooyr(answer http.ResponseWriter, request *http.Request) {
	if refused(answer, request) {
		return
	}
	options := websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled}
	socket, err := websocket.Accept(answer, request, &options)
	if err != nil {
		return
	}
	defer socket.Close(websocket.StatusInternalError, "the handler returned")
	for {
		if _, _, err := socket.Read(request.Context()); err != nil {
			return
		}
		if request.URL.Query().Get("edge_agent_id") == "edge_3" {
			panic("boom")
		}
		socket.Write(request.Context(), websocket.MessageText, []byte(pong))
	}
}

func net(socket *xnet.Conn) {
	var text string
	for xnet.Message.Receive(socket, &text) == nil {
		if socket.Request().URL.Query().Get("edge_agent_id") == "edge_3" {
			panic("boom")
		}
		xnet.Message.Send(socket, pong)
	}
}

func main() {
	mux := http.NewServeMux()
	if os.Args[2] == "nhooyr" {
		mux.HandleFunc("/edge/ws", nhooyr)
	} else {
		// Without a handshake function of its own it wants an Origin.
		own := xnet.Server{Handler: net, Handshake: func(*xnet.Config, *http.Request) error {
			return nil
		}}
		mux.HandleFunc("/edge/ws", func(answer http.ResponseWriter, request *http.Request) {
			if !refused(answer, request) {
				own.ServeHTTP(answer, request)
			}
		})
		mux.Handle("/origin/edge/ws", xnet.Handler(net))
	}
	http.ListenAndServe("127.0.0.1:"+os.Args[1], mux)
}
