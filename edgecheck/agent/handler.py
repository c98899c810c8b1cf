"""What is done with a command: it is only acked, or a program is run for it.

The program has a session of its own, so Ctrl-C does not reach it. A supervisor such as systemd
signals every process of a service, though. A program that ended by such a signal has not failed: it
was not allowed to come to its end, and is run again at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ..escapes import escape
from ..settings.secret import Secret
from .events import Status

# A program that was told to end has this many seconds before it is killed.
KILL_SECONDS = 2.0
# Who signals every process of a service does so within milliseconds, in any order. So much later a
# signal that ended the program was meant for it alone.
TOGETHER_SECONDS = 2.0
# A variable of the program, with a value of its own for each run: by it a later start finds the
# program, if this one is killed while it runs.
TOKEN = "EDGECHECK_RUN"
# By which a supervisor, a shell or a person asks a process to end.
_ASKING = tuple(
    int(getattr(signal, name))
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGKILL")
    if hasattr(signal, name)
)
# A shell reports a signal that ended a program as this much more than its number.
_SHELL = 128


@dataclass(frozen=True)
class CommandResult:
    """The result of a command.

    Args:
        status: for the ack; None if no ack is sent.
        detail: how it went, in a few words.
        left: it did not come to its end, because we were told to stop: it is neither written down
            as handled nor acked, and done at the next start.
    """

    status: Status | None
    detail: str = ""
    left: bool = False


@dataclass(frozen=True)
class Run:
    """What a handler is told of one run, and tells.

    Args:
        token: names this run.
        started: called with the id of the process that was started for it.
    """

    token: str = ""
    started: Callable[[int], None] = lambda _: None


# Called with the command as it arrived: command_id, command_type, payload, timestamp.
Handler = Callable[[Mapping[str, Any]], Awaitable[CommandResult]]


def answering(status: Status | None) -> Handler:
    """Return a handler that acks every command and does nothing else."""

    async def handle(_: Mapping[str, Any]) -> CommandResult:
        return CommandResult(status)

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


class StillRuns(asyncio.CancelledError):
    """The run of a program was cancelled, and the program could not be ended."""


class Program:
    """A program that is run once for each command, with the command as JSON on standard input.

    Its exit status says how the command was handled.

    Args:
        arguments: the program and its arguments; no shell reads them.
        timeout: seconds that it may take.
        environ: its environment variables.
        output: the file descriptor for what it prints. Not our standard output, which is for the
            result alone.
        stop: set when we are told to stop.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        timeout: float,
        environ: Mapping[str, str],
        output: int,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._arguments, self._timeout, self._environ, self._output = (
            arguments,
            timeout,
            environ,
            output,
        )
        self._stop = stop or asyncio.Event()

    async def __call__(self, command: Mapping[str, Any], run: Run | None = None) -> CommandResult:
        """Run the program; when cancelled, end it."""
        run = run or Run()
        try:
            process = await self._start(command, run.token)
        except OSError as error:
            return CommandResult(
                Status.FAILED, f"cannot be started: {escape(error.strerror or str(error))}"
            )
        try:
            run.started(process.pid)
            async with asyncio.timeout(self._timeout):
                code = await process.wait()
        except TimeoutError:
            limit = f"after {self._timeout:g} s, its limit"
            if await _end(process):
                return CommandResult(Status.FAILED, f"stopped {limit}")
            return CommandResult(Status.FAILED, f"still runs {limit}: it could not be ended")
        except BaseException:
            if not await _end(process):
                raise StillRuns from None
            raise
        return await self._judge(code)

    async def _start(self, command: Mapping[str, Any], token: str) -> asyncio.subprocess.Process:
        """Start the program. Raises `OSError`."""
        # A file, because a pipe that a process in the background holds, or that nobody reads, would
        # keep us waiting after the program's end.
        with _file_with(json.dumps(command).encode() + b"\n") as file:
            return await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=file,
                stdout=self._output,
                stderr=self._output,
                env={**self._environ, TOKEN: token} if token else self._environ,
                # In a process group of its own: the user's Ctrl-C is for us, and we let the program
                # finish. And the processes that it starts can be ended together with it.
                start_new_session=True,
            )

    async def _judge(self, code: int) -> CommandResult:
        number = -code if code < 0 else code - _SHELL
        if number in _ASKING and await self._told_to_stop():
            return CommandResult(None, f"ended by signal {number}, as edgecheck was", left=True)
        if code < 0:
            return CommandResult(Status.FAILED, f"ended by signal {-code}")
        return CommandResult(Status.FAILED if code else Status.COMPLETED, f"exit {code}")

    async def _told_to_stop(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TOGETHER_SECONDS):
                await self._stop.wait()
        return self._stop.is_set()


def _file_with(content: bytes) -> IO[bytes]:
    """Return an open file without a name. Raises `OSError`."""
    if sys.platform == "linux":
        file: IO[bytes] = os.fdopen(os.memfd_create("command"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 it is returned
    try:
        file.write(content)
        file.seek(0)  # flushes
    except BaseException:
        file.close()
        raise
    return file


async def _end(process: asyncio.subprocess.Process) -> bool:
    """End a program and all that it started, and return whether the program has ended."""
    _signal(process, signal.SIGTERM)
    await _ends(process)
    # Also if the program itself has ended: processes that it started may still run.
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    # One that runs as another user (sudo) gets no signal from us.
    return await _ends(process)


async def _ends(process: asyncio.subprocess.Process) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(KILL_SECONDS):
            await process.wait()
    return process.returncode is not None


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":  # no process groups: what the program started goes on
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
