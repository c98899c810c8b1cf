#!/bin/sh
# undici's WebSocket says nothing of why it failed: not even its error event has a message.
#
# A page may not learn why a WebSocket failed, or it could search its visitor's network. A program
# on Node.js has no such limit, and undici's fetch names the cause (ECONNREFUSED). Its WebSocket
# follows the page's rule: for a port that nobody listens on, for HTTP 401 and for 404, `onerror`
# gets an empty message and a TypeError without words or cause, and `onclose` gets 1006. The package
# `ws` says `connect ECONNREFUSED …` and `Unexpected server response: 401`. Earlier
# versions of undici, as in Node.js 20, had at least one sentence for all of them.
#
# Seen with undici 7.30.2 under Node.js 20.20.2, and ws 8.23.0 for comparison. Needs node and npm.
# Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-update-notifier undici@7.30.2 ws@8.23.0 > /dev/null

cat > run.cjs <<'JS'
const assert = require("node:assert");
const http = require("node:http");
const { fetch, WebSocket } = require("undici");
const Other = require("ws");

function failure(Client, address) {
  return new Promise((done) => {
    let said;
    const client = new Client(address);
    client.onerror = ({ message, error }) => {
      said = [message, error?.message ?? "", error?.cause?.code ?? ""].filter(Boolean).join(", ");
    };
    client.onclose = ({ code }) => done({ said, code });
  });
}

function unusedPort() {
  return new Promise((done) => {
    const probe = http.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

const server = http.createServer();
server.on("upgrade", (request, socket) => {
  const status = request.url === "/401" ? "401 Unauthorized" : "404 Not Found";
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
});
server.listen(0, "127.0.0.1", async () => {
  const at = `127.0.0.1:${server.address().port}`;
  const closed = await unusedPort();
  const addresses = [`ws://127.0.0.1:${closed}/`, `ws://${at}/401`, `ws://${at}/404`];
  const ours = [], others = [];
  for (const address of addresses) {
    ours.push(await failure(WebSocket, address));
    others.push((await failure(Other, address)).said);
  }
  const fetched = await fetch(`http://127.0.0.1:${closed}/`).catch((error) => error.cause.code);
  server.close();
  console.log("undici:", JSON.stringify(ours), "| its fetch:", fetched, "| ws:", others);
  assert.deepStrictEqual(ours, addresses.map(() => ({ said: "", code: 1006 })));
  assert.strictEqual(fetched, "ECONNREFUSED");
  assert.match(others[0], /ECONNREFUSED/);
  assert.match(others[1], /401/);
  assert.match(others[2], /404/);
});
JS
node run.cjs
