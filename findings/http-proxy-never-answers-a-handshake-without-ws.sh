#!/bin/sh
# http-proxy-middleware and http-proxy without `ws: true` leave a WebSocket handshake unanswered.
#
# One would expect what nginx does when nobody told it of WebSockets: the request goes on without
# its Upgrade, and the backend says 404 or 426; or an error of the proxy's own. The request does go
# on, with Upgrade, and the backend opens the socket. But nobody listens to the "upgrade" event of
# the request to the backend, so Node.js destroys that connection, no error is raised, and the
# client gets neither an answer nor an end, while plain HTTP works at the same path.
#
# Needs npm and node 20 or later. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" \
  http-proxy-middleware@3.0.11 http-proxy@1.18.1 express@5.3.0 ws@8.23.0
cd "$folder"

cat > run.cjs <<'JS'
const assert = require("node:assert");
const http = require("node:http");
const { WebSocket, WebSocketServer } = require("ws");
const { createProxyMiddleware } = require("http-proxy-middleware");

const listening = (server) =>
  new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

// What a WebSocket client meets within three seconds.
const met = (port) =>
  new Promise((done) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const late = setTimeout(() => done("no answer"), 3000);
    const end = (what) => (clearTimeout(late), done(what));
    socket.on("open", () => end("open"));
    socket.on("unexpected-response", (_, answer) => end(answer.statusCode));
    socket.on("error", (error) => end(error.code));
  });

(async () => {
  let opened = 0;
  const backend = http.createServer((_, answer) => answer.end("hello"));
  new WebSocketServer({ server: backend }).on("connection", () => opened++);
  const target = `http://127.0.0.1:${await listening(backend)}`;
  const middleware = require("express")();
  middleware.use(createProxyMiddleware({ target }));
  const bare = require("http-proxy").createProxyServer({ target });
  const found = [];
  for (const proxy of [http.createServer(middleware), http.createServer(bare.web.bind(bare))]) {
    const port = await listening(proxy);
    const plain = await fetch(`http://127.0.0.1:${port}/`);
    found.push(plain.status, await met(port));
  }
  console.log("plain HTTP and a handshake, of each:", ...found, "| sockets opened behind:", opened);
  assert.deepStrictEqual(found, [200, "no answer", 200, "no answer"]);
  assert.strictEqual(opened, 2);
  process.exit(0);
})();
JS
node run.cjs
