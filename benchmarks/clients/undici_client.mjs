// Connect with undici, the WebSocket of Node.js itself, and print what its events say.
import { createRequire } from "node:module";

const { WebSocket } = createRequire(process.env.NODE_PATH + "/")("undici");
const [url, secret] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${secret}`, "X-Edge-Agent-Id": "edge_1" };
const socket = new WebSocket(url, { headers });
socket.addEventListener("open", () => socket.send('{"type":"ping"}'));
socket.addEventListener("error", (event) => console.error(event.error ?? event.message));
socket.addEventListener("close", (event) => {
  console.error(`closed code=${event.code} reason=${event.reason} clean=${event.wasClean}`);
  process.exit(1);
});
setTimeout(() => process.exit(0), 5000).unref();
