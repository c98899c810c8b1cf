"""Servers that are no Python: how `make field` starts each, if it is installed.

They come from Debian (puma, thin, starman, php-cli, webfs, libmojolicious-perl, golang with
gorilla's websocket) and npm (`field_node.cjs`, in the folder that NODE_PATH names; bun is a program
there).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from field_proxies import program

FILES = {
    "app.ru": "run lambda { |_| [200, {'Content-Type' => 'text/plain'}, ['hello']] }\n",
    "app.psgi": "sub { [200, ['Content-Type', 'text/plain'], ['hello']] }\n",
    "index.php": "<?php echo 'hello';\n",
    "mojo.pl": """use Mojolicious::Lite -signatures;
websocket '/edge/ws' => sub ($c) {
  my $agent = $c->param('edge_agent_id') // '';
  return $c->render(text => 'no', status => 401) if $agent eq 'edge_2';
  $c->on(message => sub ($c, $m) {
    die 'boom' if $agent eq 'edge_3';
    $c->send('{"type":"pong"}');
  });
};
app->log->level('fatal');
app->start;
""",
    "bun.js": """Bun.serve({
  port: Number(process.argv[2]),
  hostname: "127.0.0.1",
  fetch(request, server) {
    const url = new URL(request.url);
    if (url.pathname !== "/edge/ws") return new Response("Not Found", { status: 404 });
    if (url.searchParams.get("edge_agent_id") === "edge_2") {
      return new Response("Unauthorized", { status: 401 });
    }
    if (server.upgrade(request)) return;
    return new Response("Upgrade failed", { status: 400 });
  },
  websocket: { message: (socket) => void socket.send('{"type":"pong"}') },
});
""",
    "main.go": """package main

import (
	"net/http"
	"os"

	"github.com/gorilla/websocket"
)

func edge(answer http.ResponseWriter, request *http.Request) {
	agent := request.URL.Query().Get("edge_agent_id")
	if agent == "edge_2" {
		http.Error(answer, "Unauthorized", 401)
		return
	}
	upgrader := websocket.Upgrader{}
	socket, err := upgrader.Upgrade(answer, request, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			return
		}
		if agent == "edge_3" {
			panic("boom")
		}
		socket.WriteMessage(1, []byte(`{"type":"pong"}`))
	}
}

func main() {
	mux := http.NewServeMux()
	if os.Args[2] == "gorilla" {
		mux.HandleFunc("/edge/ws", edge)
	} else {
		mux.HandleFunc("/edge/ws", func(answer http.ResponseWriter, _ *http.Request) {
			answer.Write([]byte("hello"))
		})
	}
	http.ListenAndServe("127.0.0.1:"+os.Args[1], mux)
}
""",
}
OWN = {
    "puma": "puma -b tcp://127.0.0.1:{port} -e production {folder}/app.ru",
    "thin": "thin -a 127.0.0.1 -p {port} -R {folder}/app.ru start",
    "starman": "starman -l 127.0.0.1:{port} {folder}/app.psgi",
    "php -S": "php -S 127.0.0.1:{port} {folder}/index.php",
    "webfsd": "webfsd -F -i 127.0.0.1 -p {port} -r {folder}",
    "Mojolicious": "perl {folder}/mojo.pl daemon -l http://127.0.0.1:{port}",
    "bun": "bun {folder}/bun.js {port}",
    "gorilla": "{folder}/server {port} gorilla",
    "Go net/http": "{folder}/server {port} alone",
}


def files(folder: Path) -> None:
    """Write the programs into a folder, and compile the one in Go if that can be done."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    go = program("go")
    if go is not None and Path("/usr/share/gocode/src/github.com/gorilla/websocket").exists():
        environ = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
        subprocess.run(
            [go, "build", "-o", folder / "server", folder / "main.go"],
            env={**os.environ, **environ},
            check=True,
        )


def command(name: str, folder: Path, port: int) -> list[str] | None:
    """Return how a program is started; None if it is not installed."""
    if name not in OWN:
        node, modules = program("node"), os.environ.get("NODE_PATH", "")
        if node is None or not (Path(modules) / "express").is_dir():
            return None
        return [node, str(Path(__file__).with_name("field_node.cjs")), name, str(port)]
    words = [word.format(folder=folder, port=port) for word in OWN[name].split()]
    if name == "Mojolicious" and not Path("/usr/share/perl5/Mojolicious.pm").exists():
        return None
    found = shutil.which(words[0]) if words[0].startswith("/") else program(words[0])
    return None if found is None else [found, *words[1:]]
