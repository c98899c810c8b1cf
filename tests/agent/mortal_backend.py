"""A backend that is killed and comes back: started by `test_kills.py` in a process of its own.

Its ledger is a file to which it appends a line before it sends a command and after it read an ack, so that SIGKILL takes nothing away that
it had noted. To every new connection it sends the commands without an ack, and then new ones, a few at a time.

    mortal_backend.py PORT LEDGER COMMANDS

Reads lines from standard input: ``start`` forks a server, ``kill`` kills it with SIGKILL. It forks because starting Python anew takes
longer.
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
# So many are under way without an ack at once.
WINDOW = 20


async def main(port: int, ledger: Path, commands: int) -> None:
    """Serve until killed."""
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(word: str, command_id: str) -> None:
        os.write(file, f"{word} {command_id}\n".encode())

    noted = [line.split() for line in ledger.read_text().splitlines()]  # noqa: ASYNC240 nothing is served yet
    issued = list(dict.fromkeys(command_id for word, command_id in noted if word == "issued"))
    acked = {command_id for word, command_id in noted if word == "acked"}

    async def handle(connection: ServerConnection) -> None:
        async def send(command_id: str) -> None:
            payload = {"command_id": command_id, "command_type": "t", "payload": {}}
            await connection.send(json.dumps({"type": "command", "payload": payload}))

        async def talk() -> None:
            for command_id in issued:
                if command_id not in acked:
                    await send(command_id)
            while len(issued) < commands:
                if len(issued) - len(acked) < WINDOW:
                    issued.append(f"c{len(issued)}")
                    note("issued", issued[-1])
                    await send(issued[-1])
                await asyncio.sleep(0.001)

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
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    child = 0
    for line in sys.stdin:
        if line.strip() == "kill":
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        elif (child := os.fork()) == 0:
            asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
        print("done", flush=True)
