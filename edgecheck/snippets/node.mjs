// An edge client in Node.js 18 or newer, on ws 8.
//
// Install:  npm install ws
// Run:      edgecheck snippet node --output edge_client.mjs
//           node --env-file=.env edge_client.mjs     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
//           --env-file needs Node.js 20.6 or newer

import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import WebSocket from "ws";

const PING_SECONDS = 30;
const PONG_SECONDS = 10;
const OPENING_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 60;
// The backend refuses the client: the Authorization header is malformed (4001) or the secret is
// wrong (1008). Or a server or proxy in between refuses the request (401, 403).
const REFUSALS = [4001, 1008, 401, 403];

const log = (...words) => console.error(new Date().toISOString(), ...words);

/**
 * Do what a command says, or throw.
 *
 * Put your code here. A command may come a second time if its ack was lost.
 */
async function handle(command) {
  const payload = inspect(command.payload, { breakLength: Infinity });
  log("command", inspect(command.command_type), payload);
}

async function work(socket, command) {
  let status = "completed";
  try {
    await handle(command);
  } catch (error) {
    log("command", inspect(command.command_id), "failed:", error);
    status = "failed";
  }
  const ack = { type: "command_ack", data: { command_id: command.command_id, status } };
  // No need to look at the error: if the connection is gone, "close" reports it.
  socket.send(JSON.stringify(ack), () => {});
}

function read(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

/** Serve one connection until it ends. */
function serve(url, headers, stop) {
  return new Promise((resolve) => {
    const end = { answered: false, code: undefined, reason: "" };
    // Without handshakeTimeout, ws waits for the opening handshake without limit.
    const socket = new WebSocket(url, { headers, handshakeTimeout: OPENING_SECONDS * 1000 });
    let timer;

    // A dead connection may give no error for hours; only a pong shows that it still works.
    const ping = () => {
      socket.send('{"type":"ping"}', () => {});
      timer = setTimeout(() => {
        log(`no pong in ${PONG_SECONDS} s`);
        socket.terminate();
      }, PONG_SECONDS * 1000);
    };
    const leave = () => {
      socket.close(1001); // going away
      setTimeout(() => socket.terminate(), 2000).unref(); // if no answer comes
    };

    stop.addEventListener("abort", leave);
    socket.on("open", ping);
    socket.on("message", (data) => {
      const message = read(data);
      if (message.type === "pong") {
        if (!end.answered) log("connected: the backend answers");
        end.answered = true;
        clearTimeout(timer);
        timer = setTimeout(ping, PING_SECONDS * 1000);
      } else if (message.type === "command" && message.payload?.command_id) {
        work(socket, message.payload);
      }
    });
    socket.on("unexpected-response", (request, response) => {
      end.code = response.statusCode;
      end.reason = response.statusMessage;
      socket.terminate();
    });
    // It comes before "close", which has only 1006 if there was no close frame. An error about
    // several addresses has a code and no message.
    socket.on("error", (error) => (end.reason ||= error.message || error.code));
    socket.on("close", (code, reason) => {
      clearTimeout(timer);
      stop.removeEventListener("abort", leave);
      end.code ??= code;
      end.reason ||= reason.toString();
      resolve(end);
    });
  });
}

async function run(url, headers, stop) {
  for (let failures = 0; ; failures++) {
    const { answered, code, reason } = await serve(url, headers, stop);
    if (stop.aborted) return 0;
    if (REFUSALS.includes(code)) {
      const advice = "Trying again would change nothing. What to do: edgecheck doctor";
      log("refused:", code, inspect(reason), advice);
      return 1;
    }
    if (answered) failures = 0;
    // The jitter keeps a thousand clients of one backend from reconnecting at the same moment.
    const wait = Math.min(2 ** failures, LONGEST_WAIT_SECONDS) * (1 + Math.random() / 5);
    const next = `Next attempt in ${wait.toFixed(1)} s. Why: edgecheck doctor`;
    log("no connection:", code, inspect(reason), next);
    await sleep(wait * 1000, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return 0;
  }
}

function setting(name) {
  const value = (process.env[name] ?? "").trim();
  if (!/^[ -~]+$/.test(value)) {
    console.error(
      `${name} is not set, or has a character that a header field cannot hold. ` +
        "What to do: edgecheck doctor",
    );
    process.exit(1);
  }
  return value;
}

const [backend, secret, agentId] = ["BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID"].map(setting);
const base = backend.replace(/\/+$/, "").replace(/\/edge\/ws$/, "");
const url = `${base}/edge/ws?edge_agent_id=${encodeURIComponent(agentId)}`;
const headers = { Authorization: `Bearer ${secret}`, "X-Edge-Agent-Id": agentId };
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
process.exitCode = await run(url, headers, stopping.signal);
