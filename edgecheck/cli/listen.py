"""`edgecheck listen`: the reference edge client, which stays connected and acks commands."""

from __future__ import annotations

import math
import shlex
import shutil

from ..settings.choices import OnUnknown
from .ends import UsageError
from .listen_options import Ack, ListenOptions
from .options import Given, not_both
from .process import Process

# In seconds. A shorter interval would be load, and no sooner knowledge: a pong has ten seconds to
# arrive.
SHORTEST_KEEPALIVE = 1.0


def listen(process: Process, given: Given, wanted: ListenOptions) -> int:
    """Stay connected, take commands and ack them.

    This is what an edge client should do: send keepalive pings, reconnect, handle each command once
    and ack every command. With --exec, a program handles each command, and its exit status decides
    the ack: 0 is completed, any other is failed. The program does not get the secret. Ctrl-C lets
    running commands finish, sends their acks and closes the connection; SIGTERM, SIGHUP, SIGQUIT
    and SIGUSR1 do the same. A program that such a signal ends too has not failed: with --journal it
    runs again at the next start.

    A backend that allows one connection for each agent id closes this one when another agent, or
    doctor, ping or repl, connects with the same id.

    Exit code: 0 stopped, 1 refused by the backend or the journal cannot be used, 2 wrong usage.

    \b
    Examples:
      edgecheck listen --exec './schedule.py --dry-run' --journal edge.db
      edgecheck listen --ack failed --json
    """
    _check(wanted)
    if wanted.on_unknown is OnUnknown.ASK and not _has_terminal(process):
        raise UsageError(
            "--on-unknown ask needs a terminal to ask on. Use --on-unknown retry or fail."
        )
    arguments = _arguments(wanted.program)
    from .listen_run import listen_run  # asyncio and the catalogue, which a help does without

    return listen_run(process, given, wanted, arguments)


def _has_terminal(process: Process) -> bool:
    return process.stdin.isatty() and process.stderr is not None and process.stderr.isatty()


def _check(wanted: ListenOptions) -> None:
    """Raise `UsageError` for a number out of bounds, and for options that exclude each other."""
    seconds = (("exec-timeout", wanted.exec_timeout, 0.001), ("grace", wanted.grace, 0.0))
    for name, value, least in seconds:
        if not least <= value < math.inf:
            raise UsageError(
                f"--{name} must be a number of seconds, at least {least:g}, not {value:g}."
            )
    if wanted.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {wanted.jobs}.")
    if wanted.keepalive is not None and not SHORTEST_KEEPALIVE <= wanted.keepalive < math.inf:
        raise UsageError(
            f"--keepalive must be a number of seconds, at least {SHORTEST_KEEPALIVE:g}, not "
            f"{wanted.keepalive:g}."
        )
    if wanted.program is not None:
        not_both(exec=True, ack=wanted.ack is not Ack.COMPLETED)


def _arguments(program: str | None) -> list[str]:
    """Split the command line of a program. Raises `UsageError` if it cannot be run."""
    if program is None:
        return []
    try:
        arguments = shlex.split(program)
    except ValueError as error:
        raise UsageError(f"--exec cannot be read as a command line: {error}") from None
    if not arguments:
        raise UsageError("--exec must name a program.")
    if shutil.which(arguments[0]) is None:
        raise UsageError(f"--exec: the program {arguments[0]!r} was not found, or cannot be run.")
    return arguments
