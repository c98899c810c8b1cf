// Reverse proxies of Node.js for `make field`:
// node field_node_proxies.cjs NAME FILE
// The file says whether WebSockets are to be passed on, the proxy's port, and the backends' ports.
"use strict";

const http = require("node:http");
const [name, file] = process.argv.slice(2);
const [upgrade, port, works, down, hangs, cuts, garbage] = require("node:fs")
  .readFileSync(file, "utf8")
  .split(" ");
const HOST = "127.0.0.1";
const TO = { down, hangs, cuts, garbage };
const targetOf = (url) => `http://${HOST}:${TO[url.split("/")[1]] || works}`;
const WAIT = 3000;

const PROXIES = {
  "http-proxy": () => {
    const proxy = require("http-proxy").createProxyServer({ proxyTimeout: WAIT });
    proxy.on("error", (_, __, answer) => {
      if (answer.writeHead) answer.writeHead(502).end("Bad Gateway");
      else answer.destroy();
    });
    const server = http.createServer((request, answer) =>
      proxy.web(request, answer, { target: targetOf(request.url) }),
    );
    if (upgrade === "1") {
      server.on("upgrade", (request, socket, head) =>
        proxy.ws(request, socket, head, { target: targetOf(request.url) }),
      );
    }
    server.listen(Number(port), HOST);
  },
  "http-proxy-middleware": () => {
    const { createProxyMiddleware } = require("http-proxy-middleware");
    const app = require("express")();
    const proxy = createProxyMiddleware({
      target: targetOf("/"),
      router: (request) => targetOf(request.url),
      proxyTimeout: WAIT,
    });
    app.use(proxy);
    const server = app.listen(Number(port), HOST);
    if (upgrade === "1") server.on("upgrade", proxy.upgrade);
  },
  "fastify http-proxy": async () => {
    const app = require("fastify")();
    for (const path of Object.keys(TO)) {
      app.register(require("@fastify/http-proxy"), {
        upstream: targetOf(`/${path}/`),
        prefix: `/${path}`,
        rewritePrefix: `/${path}`,
        websocket: upgrade === "1",
        http: { requestOptions: { timeout: WAIT } },
      });
    }
    app.register(require("@fastify/http-proxy"), {
      upstream: targetOf("/"),
      websocket: upgrade === "1",
    });
    await app.listen({ port: Number(port), host: HOST });
  },
  "httpxy": async () => {
    const { createProxyServer } = await import(
      `file://${process.env.NODE_PATH}/httpxy/dist/index.mjs`
    );
    const proxy = createProxyServer({ proxyTimeout: WAIT });
    const server = http.createServer((request, answer) =>
      proxy.web(request, answer, { target: targetOf(request.url) }).catch(() => {
        if (!answer.headersSent) answer.writeHead(502).end("Bad Gateway");
      }),
    );
    if (upgrade === "1") {
      server.on("upgrade", (request, socket, head) =>
        proxy.ws(request, socket, { target: targetOf(request.url) }, head).catch(() =>
          socket.destroy(),
        ),
      );
    }
    server.listen(Number(port), HOST);
  },
};

PROXIES[name]();
