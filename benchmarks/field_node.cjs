// The least server of each framework of Node.js, for `make field`: node field_node.cjs NAME PORT.
// An agent id of edge_2 is refused before the socket opens, edge_3 makes the handler throw.
"use strict";

const http = require("node:http");
const [name, port] = [process.argv[2], Number(process.argv[3])];
const HOST = "127.0.0.1";
const PONG = '{"type":"pong"}';
const agentOf = (url) => new URL(url, "http://host").searchParams.get("edge_agent_id");
const pathOf = (url) => new URL(url, "http://host").pathname;

function talk(socket, url) {
  socket.on("message", () => {
    if (agentOf(url) === "edge_3") throw new Error("boom");
    socket.send(PONG);
  });
}

// The HTTP half of a server with ws beside it; the upgrade half is ws' own.
function beside(server) {
  const { WebSocketServer } = require("ws");
  const verifyClient = ({ req }, done) =>
    done(agentOf(req.url) !== "edge_2", 401, "Unauthorized");
  const sockets = new WebSocketServer({ server, path: "/edge/ws", verifyClient });
  sockets.on("connection", (socket, request) => talk(socket, request.url));
  server.listen(port, HOST);
}

// import() does not look into the folder that NODE_PATH names.
const modern = (file) => import(`file://${process.env.NODE_PATH}/${file}`);

async function nest(adapter) {
  require("reflect-metadata");
  const { NestFactory } = require("@nestjs/core");
  const { Module } = require("@nestjs/common");
  class App {}
  const providers = [];
  if (adapter) {
    const { WebSocketGateway } = require("@nestjs/websockets");
    class Edge {
      handleConnection(socket, request) {
        talk(socket, request.url);
      }
    }
    WebSocketGateway({ path: "/edge/ws" })(Edge);
    providers.push(Edge);
  }
  Module({ providers })(App);
  const app = await NestFactory.create(App, { logger: false });
  if (adapter) app.useWebSocketAdapter(new (require(adapter).WsAdapter)(app));
  await app.listen(port, HOST);
}

const SERVERS = {
  "node http alone": () =>
    http.createServer((_, answer) => answer.end("hello")).listen(port, HOST),
  "ws on node http": () => beside(http.createServer((_, answer) => answer.end("hello"))),
  "ws standalone": () => {
    const { WebSocketServer } = require("ws");
    new WebSocketServer({ port, host: HOST, path: "/edge/ws" }).on("connection", (socket, it) =>
      talk(socket, it.url),
    );
  },
  "ws, unknown paths destroyed": () => {
    const { WebSocketServer } = require("ws");
    const sockets = new WebSocketServer({ noServer: true });
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    server.on("upgrade", (request, socket, head) => {
      if (pathOf(request.url) !== "/edge/ws") return socket.destroy();
      if (agentOf(request.url) === "edge_2") {
        return socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
      }
      sockets.handleUpgrade(request, socket, head, (opened) => talk(opened, request.url));
    });
    server.listen(port, HOST);
  },
  "ws on express": () => beside(http.createServer(require("express")())),
  "express alone": () => require("express")().listen(port, HOST),
  "express, a page for every path": () => {
    const app = require("express")();
    app.use((_, answer) => answer.type("html").send("<!doctype html><html><title>Shop</title>"));
    app.listen(port, HOST);
  },
  "express-ws": () => {
    const { app } = require("express-ws")(require("express")());
    app.ws("/edge/ws", (socket, request) => talk(socket, request.url));
    app.listen(port, HOST);
  },
  "socket.io": () => {
    const server = http.createServer();
    new (require("socket.io").Server)(server);
    server.listen(port, HOST);
  },
  "socket.io on express": () => {
    const server = http.createServer(require("express")());
    new (require("socket.io").Server)(server);
    server.listen(port, HOST);
  },
  "sockjs": () => {
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    require("sockjs").createServer({ log() {} }).installHandlers(server, { prefix: "/edge" });
    server.listen(port, HOST);
  },
  "fastify alone": () => require("fastify")().listen({ port, host: HOST }),
  "fastify": async () => {
    const app = require("fastify")();
    await app.register(require("@fastify/websocket"));
    await app.register(async (inner) => {
      inner.addHook("preValidation", async (request, answer) => {
        if (agentOf(request.url) === "edge_2") await answer.code(401).send({ error: "no" });
      });
      inner.get("/edge/ws", { websocket: true }, (socket, request) => talk(socket, request.url));
    });
    app.listen({ port, host: HOST });
  },
  "hono alone": async () => {
    const { Hono } = require("hono");
    require("@hono/node-server").serve({ fetch: new Hono().fetch, port, hostname: HOST });
  },
  "koa alone": () => new (require("koa"))().listen(port, HOST),
  "ws on koa": () => beside(http.createServer(new (require("koa"))().callback())),
  "hapi alone": () => new (require("@hapi/hapi").Server)({ port, host: HOST }).start(),
  "polka alone": () => require("polka")().listen(port, HOST),
  "restify alone": () => {
    require("restify").createServer().listen(port, HOST);
  },
  "websocket": () => {
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    server.listen(port, HOST);
    new (require("websocket").server)({ httpServer: server }).on("request", (request) => {
      if (request.resourceURL.pathname !== "/edge/ws") return request.reject();
      if (agentOf(request.resource) === "edge_2") return request.reject(401, "no");
      const socket = request.accept(null, request.origin);
      socket.on("message", () => socket.sendUTF(PONG));
    });
  },
  "faye-websocket": () => {
    const Faye = require("faye-websocket");
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    server.on("upgrade", (request, socket, body) => {
      if (!Faye.isWebSocket(request)) return;
      const opened = new Faye(request, socket, body);
      opened.on("message", () => opened.send(PONG));
    });
    server.listen(port, HOST);
  },
  "ws on polka": () => beside(http.createServer(require("polka")().handler)),
  "ws on restify": () => beside(require("restify").createServer().server),
  "Nest, WsAdapter": () => nest("@nestjs/platform-ws"),
  "Nest without WebSockets": () => nest(null),
  "engine.io": () => {
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    require("engine.io").attach(server);
    server.listen(port, HOST);
  },
  "primus": () => {
    const Primus = require("primus");
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    const primus = new Primus(server, { pathname: "/edge", transformer: "websockets" });
    primus.on("connection", (spark) => spark.on("data", () => spark.write({ type: "pong" })));
    server.listen(port, HOST);
  },
  "hono, node-ws": () => {
    const { Hono } = require("hono");
    const app = new Hono();
    const { injectWebSocket, upgradeWebSocket } = require("@hono/node-ws").createNodeWebSocket({
      app,
    });
    app.use("/edge/ws", (context, next) =>
      agentOf(context.req.url) === "edge_2" ? context.text("Unauthorized", 401) : next(),
    );
    app.get(
      "/edge/ws",
      upgradeWebSocket((context) => ({
        onMessage(_, socket) {
          if (agentOf(context.req.url) === "edge_3") throw new Error("boom");
          socket.send(PONG);
        },
      })),
    );
    injectWebSocket(
      require("@hono/node-server").serve({ fetch: app.fetch, port, hostname: HOST }),
    );
  },
  "koa-easy-ws": () => {
    const app = new (require("koa"))();
    app.use(require("koa-easy-ws")());
    app.use(async (context) => {
      if (context.path !== "/edge/ws" || !context.ws) return;
      if (agentOf(context.url) === "edge_2") return context.throw(401);
      talk(await context.ws(), context.url);
    });
    app.listen(port, HOST);
  },
  "hapi, nes": async () => {
    const server = new (require("@hapi/hapi").Server)({ port, host: HOST });
    await server.register(require("@hapi/nes"));
    await server.start();
  },
  "crossws": async () => {
    const adapter = (await modern("crossws/dist/adapters/node.mjs")).default;
    const sockets = adapter({
      hooks: {
        upgrade(request) {
          if (pathOf(request.url) !== "/edge/ws") return new Response("no", { status: 404 });
          if (agentOf(request.url) === "edge_2") return new Response("no", { status: 401 });
          return {};
        },
        message(peer) {
          if (agentOf(peer.request.url) === "edge_3") throw new Error("boom");
          peer.send(PONG);
        },
      },
    });
    const server = http.createServer((_, answer) => answer.end("hello"));
    server.on("upgrade", (request, socket, head) => sockets.handleUpgrade(request, socket, head));
    server.listen(port, HOST);
  },
  "h3 alone": async () => {
    const { H3, serve } = await modern("h3/dist/_entries/node.mjs");
    serve(new H3(), { port, hostname: HOST, silent: true });
  },
  "nodejs-websocket": () => {
    const server = require("nodejs-websocket").createServer((socket) => {
      socket.on("error", () => {});
      socket.on("text", () => {
        if (agentOf(socket.path) === "edge_3") throw new Error("boom");
        socket.sendText(PONG);
      });
    });
    server.listen(port, HOST);
  },
  "rpc-websockets": () =>
    new (require("rpc-websockets").Server)({ port, host: HOST }).register("ping", () => "pong"),
  "graphql-ws": () => {
    const { WebSocketServer } = require("ws");
    const { GraphQLSchema, GraphQLObjectType, GraphQLString } = require("graphql");
    const server = http.createServer((_, answer) => answer.writeHead(404).end());
    const query = new GraphQLObjectType({ name: "Query", fields: { it: { type: GraphQLString } } });
    require("graphql-ws/use/ws").useServer(
      { schema: new GraphQLSchema({ query }) },
      new WebSocketServer({ server, path: "/edge/ws" }),
    );
    server.listen(port, HOST);
  },
  "http-server": () => require("http-server").createServer({ root: "." }).listen(port, HOST),
  "http-proxy without ws": () => {
    const proxy = require("http-proxy").createProxyServer({ target: process.argv[4] });
    proxy.on("error", (_, __, answer) => answer.writeHead(502).end());
    http.createServer((request, answer) => proxy.web(request, answer)).listen(port, HOST);
  },
};

if (process.argv.length < 3) console.log(Object.keys(SERVERS).join("\n"));
else SERVERS[name]();
