"""Lines from other sources than a prompt: a pipe, a file, options."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from typing import TextIO

from .commands import Failed, NotUnderstood, Quit, parse
from .talk import Talk
from .transcript import Reporter

# Longer than any message. Input without a line end for so long is not a script, and may never end.
LONGEST = 4 * 1024 * 1024
# How much of a line that failed is shown, in characters.
_SHOWN = 1000


class Unreadable(Exception):
    """No further line can be read; says why."""


async def lines_of(file: TextIO) -> AsyncIterator[str]:
    """Give a file's lines as they arrive; a thread reads them, and can be abandoned.

    Raises:
        Unreadable: the file cannot be read to its end.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | Unreadable | None] = asyncio.Queue()
    taken = threading.Semaphore(1)

    def put(line: str | Unreadable | None) -> None:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            return  # the loop has ended

    def read() -> None:
        # Read at most one line ahead: another program may use standard input after us.
        try:
            while taken.acquire() and (line := file.readline(LONGEST)):
                put(line)
        except (OSError, ValueError) as error:  # the second one: it is not text, or was closed
            why = error.strerror if isinstance(error, OSError) else str(error)
            put(Unreadable(f"it cannot be read: {why}"))
        else:
            put(None)

    threading.Thread(target=read, daemon=True, name="lines").start()
    while (line := await lines.get()) is not None:
        if isinstance(line, Unreadable):
            raise line
        yield line
        taken.release()


async def given(lines: Iterable[str]) -> AsyncIterator[str]:
    """Give lines that are already known."""
    for line in lines:
        yield line


async def run(
    talk: Talk, lines: AsyncIterator[str], reporter: Reporter, *, keep_going: bool
) -> bool:
    """Run line after line, and return whether all succeeded.

    Args:
        keep_going: go on after a line that failed.
    """
    well, number = True, 0
    try:
        async for line in lines:
            number += 1
            talk.conceal(line)
            try:
                request = parse(line)
                if request is not None:
                    await talk.do(request)
            except Quit:
                break
            except (NotUnderstood, Failed) as error:
                well = False
                # Both may quote a secret that was typed.
                said, why = talk.clean(line.strip(), _SHOWN), talk.clean(str(error), _SHOWN)
                # The error begins with the command, and so does the line that is shown before it.
                brief = why.removeprefix(f"{said.partition(' ')[0]}: ")
                text = f"line {number}: {said}: {brief}"
                reporter.event("error", (text, "red"), line=said, number=number, error=why)
                if not keep_going:
                    break
    except Unreadable as error:
        well = False
        text = f"line {number + 1}: {error}"
        reporter.event("error", (text, "red"), line="", number=number + 1, error=str(error))
    return well
