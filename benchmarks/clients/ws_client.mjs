// Connect with ws, and let the error end the program.
import { createRequire } from "node:module";

const WebSocket = createRequire(process.env.NODE_PATH + "/")("ws");
const [url, secret] = process.argv.slice(2);
const socket = new WebSocket(url, {
  headers: { Authorization: `Bearer ${secret}`, "X-Edge-Agent-Id": "edge_1" },
  handshakeTimeout: 3000,
});
socket.on("open", () => socket.send('{"type":"ping"}'));
socket.on("close", (code, reason) => {
  console.error(`Disconnected (code: ${code}, reason: "${reason}")`);
  process.exit(1);
});
setTimeout(() => process.exit(0), 5000).unref();
