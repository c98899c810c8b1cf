// Connect with a client library of Node.js, Bun or Deno: node_clients.mjs LIBRARY URL SECRET
const [library, url, secret] = globalThis.Deno ? Deno.args : process.argv.slice(2);
const headers = { Authorization: `Bearer ${secret}`, "X-Edge-Agent-Id": "edge_1" };
const ping = '{"type":"ping"}';
const { createRequire } = await import("node:module");
const load = createRequire((globalThis.process ?? {}).env.NODE_PATH + "/");
const say = (...words) => console.error(...words);
const end = () => setTimeout(() => process.exit(1), 50);
setTimeout(() => process.exit(0), 5000);

function standard(socket) {
  socket.addEventListener("open", () => socket.send(ping));
  socket.addEventListener("error", (event) => say(event.error ?? event.message ?? event));
  socket.addEventListener("close", (event) => {
    say(`closed code=${event.code} reason=${event.reason} clean=${event.wasClean}`);
    end();
  });
}

const libraries = {
  bun: () => standard(new WebSocket(url, { headers })),
  deno: () => standard(new WebSocket(url, { headers })),
  native: () => standard(new WebSocket(url, { headers })),
  websocket() {
    const client = new (load("websocket").client)();
    client.on("connectFailed", (error) => (say("Connect Error: " + error.toString()), end()));
    client.on("connect", (connection) => {
      connection.on("error", (error) => say("Connection Error: " + error.toString()));
      connection.on("close", (code, reason) => (say(`closed: ${code} ${reason}`), end()));
      connection.sendUTF(ping);
    });
    client.connect(url, null, null, headers);
  },
  faye() {
    const Client = load("faye-websocket").Client;
    const socket = new Client(url, [], { headers });
    socket.on("open", () => socket.send(ping));
    socket.on("error", (error) => say("error", error.message));
    socket.on("close", (event) => (say("close", event.code, event.reason), end()));
  },
  socketio() {
    const socket = load("socket.io-client").io(url.replace("ws", "http"), {
      transports: ["websocket"], extraHeaders: headers, reconnection: false, timeout: 3000,
    });
    socket.on("connect_error", (error) => (say(error), end()));
    socket.on("disconnect", (reason) => (say("disconnect", reason), end()));
  },
  signalr() {
    const { HubConnectionBuilder } = load("@microsoft/signalr");
    const hub = new HubConnectionBuilder().withUrl(url.replace("ws", "http"), { headers }).build();
    hub.start().catch((error) => (say(error), end()));
  },
  graphqlws() {
    const client = load("graphql-ws").createClient({
      url, webSocketImpl: load("ws"), retryAttempts: 0, lazy: false,
      onNonLazyError: (error) => (say(error), end()),
    });
    client.on("closed", (event) => (say("closed", event.code, event.reason), end()));
  },
  mqtt() {
    const client = load("mqtt").connect(url, { wsOptions: { headers }, connectTimeout: 3000 });
    client.on("error", (error) => (say(error), end()));
    client.on("close", () => (say("mqtt closed"), end()));
  },
  rpc() {
    const socket = new (load("rpc-websockets").Client)(url, { headers, reconnect: false });
    socket.on("error", (error) => (say(error), end()));
    socket.on("close", (code, reason) => (say("close", code, reason), end()));
  },
  axios: () => load("axios").get(url.replace("ws", "http"), { headers, timeout: 3000 })
    .then((answer) => say(answer.status), (error) => (say(`${error}`), end())),
  got: () => import(load.resolve("got")).then(({ default: got }) =>
    got(url.replace("ws", "http"), { headers, timeout: { request: 3000 }, retry: { limit: 0 } })
      .catch((error) => (say(`${error.name}: ${error.message}`), end()))),
  nodefetch: () => load("node-fetch")(url.replace("ws", "http"), { headers, timeout: 3000 })
    .catch((error) => (say(`${error.name}: ${error.message}`), end())),
  fetch: () => fetch(url.replace("ws", "http"), { headers, signal: AbortSignal.timeout(3000) })
    .catch((error) => (say(error), end())),
};
libraries[library]();
