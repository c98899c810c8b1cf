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
// The backend refuses the client: the credentials are missing or malformed (4001) or the secret is
// wrong (1008). Or a server or proxy in between refuses the request (401, 403).
const REFUSALS = [4001, 1008, 401, 403];

const log = (...words) => console.error(new Date().toISOString(), ...words);

/** Return whether a JSON value has everything that another one has. */
function holds(message, part) {
  if (part === null || typeof part !== "object") return message === part;
  if (message === null || typeof message !== "object") return false;
  return Object.entries(part).every(([name, value]) => holds(message[name], value));
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isPong = (text) => text === '{"type":"pong"}' || holds(read(text), {"type": "pong"});

const isCommand = (text) => text === '{"type":"command"}' || holds(read(text), {"type": "command"});

/** Return the id, the type and the content of a command; undefined for any other message. */
function commandIn(text) {
  if (!isCommand(text)) return undefined;
  try {
    const message = read(text);
    const [id, kind] = [message["payload"]["command_id"], message["payload"]["command_type"]];
    return id === undefined ? undefined : { id: String(id), kind, command: message["payload"] };
  } catch {
    return undefined;
  }
}

function ack(id, status) {
  const text = '{"type":"command_ack","data":{"command_id":"{id}","status":"{status}"}}';
  return text
    .replaceAll("{status}", () => status)
    .replaceAll("{id}", () => JSON.stringify(id).slice(1, -1));
}

/**
 * Do what a command says, or throw.
 *
 * Put your code here. A command may come a second time if its ack was lost.
 */
async function handle(kind, command) {
  log("command", inspect(kind), inspect(command, { breakLength: Infinity }));
}

async function work(socket, { id, kind, command }) {
  let status = "completed";
  try {
    await handle(kind, command);
  } catch (error) {
    log("command", inspect(id), "failed:", error);
    status = "failed";
  }
  // No need to look at the error: if the connection is gone, "close" reports it.
  socket.send(ack(id, status), () => {});
}

/** Serve one connection until it ends. */
function serve(url, protocols, options, stop) {
  return new Promise((resolve) => {
    const end = { answered: false, code: undefined, reason: "" };
    // Without handshakeTimeout, ws waits for the opening handshake without limit.
    const handshakeTimeout = OPENING_SECONDS * 1000;
    const socket = new WebSocket(url, protocols, { ...options, handshakeTimeout });
    let timer;

    const connected = () => {
      if (!end.answered) log("connected: the backend answers");
      end.answered = true;
    };
    // A dead connection may give no error for hours; only a pong shows that it still works.
    const ping = () => {
      socket.send('{"type":"ping"}', () => {});
      timer = setTimeout(() => {
        log(`no pong in ${PONG_SECONDS} s`);
        socket.terminate();
      }, PONG_SECONDS * 1000);
    };
    const ponged = () => {
      connected();
      clearTimeout(timer);
      timer = setTimeout(ping, PING_SECONDS * 1000);
    };
    const begin = ping;
    const leave = () => {
      socket.close(1001); // going away
      setTimeout(() => socket.terminate(), 2000).unref(); // if no answer comes
    };

    stop.addEventListener("abort", leave);
    socket.on("open", () => {
      begin();
    });
    socket.on("message", (data) => {
      const text = data.toString();
      if (isPong(text)) return ponged();
      const found = commandIn(text);
      if (found) work(socket, found);
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

async function run(url, protocols, options, stop) {
  for (let failures = 0; ; failures++) {
    const { answered, code, reason } = await serve(url, protocols, options, stop);
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

function setting(name, needed = true) {
  const value = (process.env[name] ?? "").trim();
  if (!/^[ -~]*$/.test(value) || (needed && !value)) {
    console.error(
      `${name} is not set, or has a character that a header field cannot hold. ` +
        "What to do: edgecheck doctor",
    );
    process.exit(1);
  }
  return value;
}

let url = setting("BACKEND_URL");
const secret = setting("EDGE_SECRET");
const agentId = setting("EDGE_AGENT_ID");
const path = "/edge/ws";
url = url.replace(/\/+$/, "");
if (!url.endsWith(path)) url += path;
const query = {
  "edge_agent_id": agentId,
};
url += url.includes("?") ? "&" : "?";
url += Object.entries(query)
  .map((pair) => pair.map(encodeURIComponent).join("="))
  .join("&");
const headers = {
  "X-Edge-Agent-Id": agentId,
  Authorization: `Bearer ${secret}`,
};
const protocols = [];
const options = { headers };
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
process.exitCode = await run(url, protocols, options, stopping.signal);
