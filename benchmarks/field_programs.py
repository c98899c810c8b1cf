"""Servers that are no Python: how `make field` starts each, if it is installed.

They come from Debian (puma, thin, starman, php-cli, webfs, libmojolicious-perl, golang with
gorilla's websocket) and npm (`field_node.cjs`, in the folder that NODE_PATH names; bun and deno are
programs there). Those of the folder `servers` need from Debian: golang-nhooyr-websocket-dev,
golang-golang-x-net-dev, libjetty9-java, libjetty9-extra-java, libtomcat10-embed-java,
libwebsocketpp-dev, libboost-dev, libsoup-3.0-dev, libcivetweb-dev, libwebsockets-test-server,
ruby-em-websocket, ruby-faye-websocket, ruby-webrick, twiggy, libprotocol-websocket-perl,
websocketd, websockify, mini-httpd.
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


# The sources of further servers, and how those that need it are compiled into a folder.
SOURCES = Path(__file__).with_name("servers")
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
COMPILED = {
    "nhooyr.go": "go build -o {to} {source}",
    "websocketpp.cpp": "g++ -std=c++17 -w {source} -o {to} -lpthread -lboost_system",
    "beast.cpp": "g++ -std=c++17 -w {source} -o {to} -lpthread",
    "soup.c": "cc {source} -o {to} $(pkg-config --cflags --libs libsoup-3.0)",
    "civetweb.c": "cc {source} -o {to} -lcivetweb",
}
_JARS = "/usr/share/java"
_TOMCAT = ":".join(
    f"{_JARS}/tomcat10-{name}.jar"
    for name in ("embed-core", "embed-websocket", "embed-el", "annotations-api", "api")
)
_JETTY = f"{_JARS}/*"
FURTHER = {
    "nhooyr": "{folder}/nhooyr {port} nhooyr",
    "x/net/websocket": "{folder}/nhooyr {port} net",
    "Tomcat": f"java -cp {_TOMCAT} {{sources}}/Tomcat.java {{port}} {{folder}}",
    "Jetty": f"java -cp {_JETTY} {{sources}}/Jetty.java {{port}}",
    "Java's HttpServer": "java {sources}/Jdk.java {port}",
    "WebSocket++": "{folder}/websocketpp {port}",
    "Boost.Beast": "{folder}/beast {port}",
    "libsoup": "{folder}/soup {port}",
    "CivetWeb": "{folder}/civetweb {port}",
    "libwebsockets": "libwebsockets-test-server -p {port}",
    "em-websocket": "ruby {sources}/em.rb {port}",
    "faye-websocket on puma": "puma -b tcp://127.0.0.1:{port} -e production {sources}/faye.ru",
    "faye-websocket on thin": "thin -a 127.0.0.1 -p {port} -R {sources}/faye.ru start",
    "Twiggy": "twiggy --listen 127.0.0.1:{port} {sources}/twiggy.psgi",
    "Deno": "deno run --allow-net {sources}/deno.js {port}",
    "websocketd": "websocketd --port={port} --address=127.0.0.1 {sources}/pong.sh",
    "websockify": "websockify 127.0.0.1:{port} 127.0.0.1:9",
    "mini_httpd": "mini_httpd -D -p {port} -h 127.0.0.1 -d {folder}",
    "WEBrick": "ruby -run -e httpd {folder} -p {port} -b 127.0.0.1",
}


def files(folder: Path) -> None:
    """Write the programs into a folder, and compile the one in Go if that can be done."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    go = program("go")
    if go is not None and Path("/usr/share/gocode/src/github.com/gorilla/websocket").exists():
        subprocess.run(
            [go, "build", "-o", folder / "server", folder / "main.go"],
            env={**os.environ, **GO},
            check=True,
        )
    compiled(folder)


def compiled(folder: Path) -> None:
    """Compile the further servers into a folder; those whose library is missing are left out."""
    for name, how in COMPILED.items():
        command = how.format(source=SOURCES / name, to=folder / Path(name).stem)
        subprocess.run(  # noqa: S602 - the commands are those above
            command,
            shell=True,
            check=False,
            env={**os.environ, **GO},
            stderr=subprocess.DEVNULL,
        )


def command(name: str, folder: Path, port: int) -> list[str] | None:
    """Return how a program is started; None if it is not installed."""
    if name in FURTHER:
        own = FURTHER[name].format(folder=folder, port=port, sources=SOURCES).split()
        found = shutil.which(own[0]) if own[0].startswith("/") else program(own[0])
        return None if found is None or not _has_library(name) else [found, *own[1:]]
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


# What a server in a script needs beside its language.
_LIBRARIES = {
    "Tomcat": "/usr/share/java/tomcat10-embed-websocket.jar",
    "Jetty": "/usr/share/java/jetty9-websocket-servlet.jar",
    "em-websocket": "/usr/lib/ruby/vendor_ruby/em-websocket.rb",
    "faye-websocket on puma": "/usr/lib/ruby/vendor_ruby/faye/websocket.rb",
    "faye-websocket on thin": "/usr/lib/ruby/vendor_ruby/faye/websocket.rb",
    "WEBrick": "/usr/share/rubygems-integration/all/gems/webrick-1.8.1",
}


def _has_library(name: str) -> bool:
    return name not in _LIBRARIES or Path(_LIBRARIES[name]).exists()
