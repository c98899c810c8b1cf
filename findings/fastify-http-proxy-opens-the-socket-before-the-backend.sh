#!/bin/sh
# @fastify/http-proxy opens a WebSocket before it has asked the backend, which may then refuse.
#
# A reverse proxy hands the handshake on, and what the backend answers (401, 403, 404) or the
# proxy's own 502 reaches the client. This one accepts every handshake with 101, asks the backend
# only then, and tells of a refusal, and of a backend that is down, with close code 1011. So a wrong
# secret looks like a crash, "open" proves nothing, and clients that stop at 401 try again for ever.
#
# Needs npm and node 20 or later. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" \
  fastify@5.12.8 @fastify/http-proxy@11.6.3 ws@8.23.0
cd "$folder"

cat > run.cjs <<'JS'
const assert = require("node:assert");
const http = require("node:http");
const { WebSocket, WebSocketServer } = require("ws");

const met = (port) =>
  new Promise((done) => {
    const seen = [];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.on("open", () => seen.push("open"));
    socket.on("unexpected-response", (_, answer) => done([answer.statusCode]));
    socket.on("close", (code) => done([...seen, code]));
    socket.on("error", () => {});
  });

const proxied = async (upstream) => {
  const app = require("fastify")();
  app.register(require("@fastify/http-proxy"), { upstream, websocket: true });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return app.server.address().port;
};

(async () => {
  const backend = http.createServer();
  new WebSocketServer({ server: backend, verifyClient: (_, done) => done(false, 401) });
  await new Promise((done) => backend.listen(0, "127.0.0.1", done));
  const port = backend.address().port;
  const direct = await met(port);
  const behind = await met(await proxied(`http://127.0.0.1:${port}`));
  backend.close();
  const down = await met(await proxied(`http://127.0.0.1:${port}`));
  console.log("a refusal, direct and behind the proxy:", direct, behind, "| backend down:", down);
  assert.deepStrictEqual([direct, behind, down], [[401], ["open", 1011], ["open", 1011]]);
  process.exit(0);
})();
JS
node run.cjs
