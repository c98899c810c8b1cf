"""What is done with a command: it is only acked, or a program is run for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..facts.text import escape
from ..settings.secret import Secret
from .events import Status

# A program that was told to end has this many seconds before it is killed.
KILL_SECONDS = 2.0


@dataclass(frozen=True)
class Outcome:
    """The result of a command.

    Args:
        status: for the ack; None if no ack is sent.
        detail: how it went, in a few words.
    """

    status: Status | None
    detail: str = ""


# Called with the command as it arrived: command_id, command_type, payload, timestamp.
Handler = Callable[[Mapping[str, Any]], Awaitable[Outcome]]


def answering(status: Status | None) -> Handler:
    """Return a handler that acks every command and does nothing else."""

    async def handle(_: Mapping[str, Any]) -> Outcome:
        return Outcome(status)

    return handle


def environment_for(
    environ: Mapping[str, str], secret: Secret | None, name_of_secret: str
) -> dict[str, str]:
    """Return the environment for a program: ours, without any variable that holds the secret.

    Args:
        environ: ours.
        secret: None if there is none.
        name_of_secret: the variable of the secret, which is left out whatever it holds.
    """
    return {
        name: value
        for name, value in environ.items()
        if name != name_of_secret and (secret is None or secret.cut_whole_out_of(value) == value)
    }


class Program:
    """A program that is run once for each command, with the command as JSON on standard input.

    Its exit status says how the command was handled.

    Args:
        arguments: the program and its arguments; no shell reads them.
        timeout: seconds that it may take.
        environ: its environment variables.
        output: the file descriptor for what it prints. Not our standard output, which is for the
            result alone.
    """

    def __init__(
        self, arguments: Sequence[str], *, timeout: float, environ: Mapping[str, str], output: int
    ) -> None:
        self._arguments, self._timeout, self._environ, self._output = (
            arguments,
            timeout,
            environ,
            output,
        )

    async def __call__(self, command: Mapping[str, Any]) -> Outcome:
        """Run the program; when cancelled, end it."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=self._output,
                stderr=self._output,
                env=self._environ,
                # In a process group of its own: the user's Ctrl-C is for us, and we let the program
                # finish. And the processes that it starts can be ended together with it.
                start_new_session=True,
            )
        except OSError as error:
            return Outcome(
                Status.FAILED, f"cannot be started: {escape(error.strerror or str(error))}"
            )
        try:
            async with asyncio.timeout(self._timeout):
                await process.communicate(json.dumps(command).encode() + b"\n")
        except TimeoutError:
            await _end(process)
            return Outcome(Status.FAILED, f"stopped after {self._timeout:g} s, its limit")
        except asyncio.CancelledError:
            await _end(process)
            raise
        code = process.returncode
        assert code is not None
        if code < 0:
            return Outcome(Status.FAILED, f"ended by signal {-code}")
        return Outcome(Status.FAILED if code else Status.COMPLETED, f"exit {code}")


async def _end(process: asyncio.subprocess.Process) -> None:
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(KILL_SECONDS):
            await process.wait()
    # Also if the program itself has ended: processes that it started may still run.
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":  # no process groups: what the program started goes on
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
