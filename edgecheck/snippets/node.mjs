// An edge client in Node.js 18 or newer, on ws 8.
//
// Install:  npm install ws
// Run:      edgecheck snippet node --output edge_client.mjs
//           node --env-file=.env edge_client.mjs     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID; --env-file is of Node.js 20.6

import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import WebSocket from "ws";

const PING_SECONDS = 30;
const PONG_SECONDS = 10;
const OPENING_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 60;
// The backend does not want us: the Authorization header is malformed (4001), the secret is another (1008), or a proxy refuses.
const REFUSALS = [4001, 1008, 401, 403];

const log = (...words) => console.error(new Date().toISOString(), ...words);

/** Do what a command says, or throw. Your code goes here; a command whose ack got lost may come a second time. */
async function handle(command) {
  log("command", inspect(command.command_type), inspect(command.payload, { breakLength: Infinity }));
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
  socket.send(JSON.stringify(ack), () => {}); // an ack that cannot be sent any more is no reason to end
}

function read(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

/** Serve one connection to its end. */
function serve(url, headers, stop) {
  return new Promise((resolve) => {
    const end = { answered: false, code: undefined, reason: "" };
    // ws has no limit for the opening handshake of its own.
    const socket = new WebSocket(url, { headers, handshakeTimeout: OPENING_SECONDS * 1000 });
    let timer;

    // A connection can be dead without an error for hours; only an answer shows that it is not.
    const ping = () => {
      socket.send('{"type":"ping"}', () => {});
      timer = setTimeout(() => {
        log(`no pong in ${PONG_SECONDS} s`);
        socket.terminate();
      }, PONG_SECONDS * 1000);
    };
    const leave = () => {
      socket.close(1001); // going away
      setTimeout(() => socket.terminate(), 2000).unref(); // should it not answer
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
    // Before "close", which says 1006 where there was no close frame; errors of several addresses have a code and no message.
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
      log("refused:", code, inspect(reason), "Trying again would change nothing. What to do: edgecheck doctor");
      return 1;
    }
    if (answered) failures = 0;
    // With jitter, so that a thousand clients of one backend do not all come back in the same instant.
    const wait = Math.min(2 ** failures, LONGEST_WAIT_SECONDS) * (1 + Math.random() / 5);
    log("no connection:", code, inspect(reason), `Next attempt in ${wait.toFixed(1)} s. Why: edgecheck doctor`);
    await sleep(wait * 1000, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return 0;
  }
}

function setting(name) {
  const value = (process.env[name] ?? "").trim();
  if (!/^[ -~]+$/.test(value)) {
    console.error(`${name} is not set, or holds a character that no header can. What to do: edgecheck doctor`);
    process.exit(1);
  }
  return value;
}

const [backend, secret, agentId] = ["BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID"].map(setting);
const url = `${backend.replace(/\/+$/, "").replace(/\/edge\/ws$/, "")}/edge/ws?edge_agent_id=${encodeURIComponent(agentId)}`;
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
process.exitCode = await run(url, { Authorization: `Bearer ${secret}`, "X-Edge-Agent-Id": agentId }, stopping.signal);
