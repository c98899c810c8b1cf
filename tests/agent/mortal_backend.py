"""A backend that is killed and started again, in its own process.

`test_kills.py` and `benchmarks/soak.py` start it. Its ledger is a file: it appends a line before it
sends a command and after it has read an ack, so that SIGKILL cannot take away what it noted. To
every new connection it sends the commands without an ack, and then new ones, a few at a time.

    mortal_backend.py PORT LEDGER COMMANDS [SECONDS]

SECONDS is the time from one new command to the next. It reads lines from standard input: ``start``
forks a server, ``drain`` forks one that sends no new commands, ``kill`` kills the server with
SIGKILL, ``end`` ends it with SIGTERM, ``pause`` and ``resume`` stop it and let it go on. It forks,
because starting a new Python takes longer.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

PING, PONG = {"type": "ping"}, '{"type":"pong"}'
# The number of commands that are sent and not acked at the same time.
WINDOW = 20


async def main(port: int, ledger: Path, commands: int, pace: float) -> None:
    """Serve until killed, or told to end."""
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(word: str, command_id: str) -> None:
        os.write(file, f"{word} {command_id}\n".encode())

    # Reading a file blocks the event loop, but nothing is served yet.
    noted = [line.split() for line in ledger.read_text().splitlines()]  # noqa: ASYNC240
    issued = list(dict.fromkeys(command_id for word, command_id in noted if word == "issued"))
    acked = {command_id for word, command_id in noted if word == "acked"}

    # One agent has one connection. Commands for an older one, which may be half open, go to the
    # newest.
    older: list[ServerConnection] = []

    async def handle(connection: ServerConnection) -> None:
        while older:
            older.pop().transport.abort()
        older.append(connection)

        async def send(command_id: str) -> None:
            payload = {"command_id": command_id, "command_type": "t", "payload": {}}
            await connection.send(json.dumps({"type": "command", "payload": payload}))

        async def talk() -> None:
            for command_id in list(issued):
                if command_id not in acked:
                    await send(command_id)
            while len(issued) < commands and connection in older:
                if len(issued) - len(acked) < WINDOW:
                    issued.append(f"c{len(issued)}")
                    note("issued", issued[-1])
                    await send(issued[-1])
                await asyncio.sleep(pace)

        talking = asyncio.create_task(talk())
        try:
            async for text in connection:
                message = json.loads(text)
                if message == PING:
                    await connection.send(PONG)
                else:
                    acked.add(message["data"]["command_id"])
                    note("acked", message["data"]["command_id"])
        except ConnectionClosed:
            pass
        finally:
            talking.cancel()

    async with serve(handle, "127.0.0.1", port, ping_interval=None):
        told = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
        await told.wait()


def obey(word: str, child: int) -> int:
    """Do what a line says, and return the server's process; 0 if there is none."""
    match word:
        case "kill" | "end" if child:
            os.kill(child, signal.SIGKILL if word == "kill" else signal.SIGTERM)
            os.waitpid(child, 0)
            child = 0
        case "pause" | "resume":
            os.kill(child, signal.SIGSTOP if word == "pause" else signal.SIGCONT)
        case "start" | "drain":
            if (child := os.fork()) == 0:
                commands, pace = (
                    int(sys.argv[3]),
                    float(sys.argv[4]) if len(sys.argv) > 4 else 0.001,
                )
                asyncio.run(
                    main(
                        int(sys.argv[1]),
                        Path(sys.argv[2]),
                        commands if word == "start" else 0,
                        pace,
                    )
                )
                os._exit(0)
    return child


if __name__ == "__main__":
    server = 0
    for line in sys.stdin:
        server = obey(line.strip(), server)
        print("done", flush=True)
