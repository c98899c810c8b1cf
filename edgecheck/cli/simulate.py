"""`edgecheck simulate`: a backend on this machine, healthy or failing on demand."""

from __future__ import annotations

import errno
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from .ends import OK, UNWRITABLE, UsageError
from .options import not_both
from .process import Process

if TYPE_CHECKING:
    import typer

    from .option_types import ProfileName

# A minute: no client waits longer for one answer.
MAX_LATENCY_MS = 60_000.0


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete the code of a fault."""
    from ..simulator.names import FAULTS  # not needed for help

    return [(code, words) for code, words in FAULTS.items() if code.startswith(incomplete)]


@dataclass(frozen=True)
class SimulateOptions:
    """The options of `simulate`."""

    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Port to listen on; 0 takes a free one.")
    ] = 8787
    profile: ProfileName = None
    secret_file: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="File with the secret, - for standard input; otherwise one is made.",
        ),
    ] = None
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", "-e", metavar="PATH", help="Take secret and agent id from this file."
        ),
    ] = None
    agent_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The agent that the backend knows; otherwise the example of the profile.",
        ),
    ] = None
    tls: Annotated[bool, typer.Option("--tls", help="Serve wss:// with a new certificate.")] = False
    fault: Annotated[
        str | None,
        typer.Option(metavar="CODE", autocompletion=complete, help="Fail as this problem does."),
    ] = None
    latency: Annotated[
        float, typer.Option(metavar="MS", help="Milliseconds to wait before each answer.")
    ] = 0.0
    command_every: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Send a command this often.")
    ] = None


def simulate(process: Process, wanted: SimulateOptions) -> int:
    """Run a backend on this machine that fails on demand.

    It speaks the protocol: it checks the header, the secret and the agent id, answers pings, sends
    commands and checks their acks.

    Prints the .env to use against it on standard output, and its log on standard error. Ctrl-C ends
    it.

    \b
    Examples:
      edgecheck simulate --command-every 10
      edgecheck simulate --fault auth-secret-rejected
    """
    # The simulator, which is not needed for help.
    from ..settings.sources import Options
    from ..simulator import Scenario
    from .simulation import check_fault, identity, serve

    if wanted.fault is not None:
        check_fault(wanted.fault)
    _check(wanted)
    options = Options(
        secret_file=wanted.secret_file, env_file=wanted.env_file, profile=wanted.profile
    )
    profile = process.profile(options)
    secret, known_id, owned = identity(process, options, profile)
    scenario = Scenario(
        secret=secret,
        agent_id=wanted.agent_id or known_id or profile.agent_id.example,
        fault=wanted.fault,
        tls=wanted.tls,
        latency=wanted.latency / 1000,
        command_every=wanted.command_every,
        host=wanted.host,
        port=wanted.port,
        profile=profile,
    )
    try:
        serve(process, scenario, owned)
    except KeyboardInterrupt:
        pass  # how its owner ends it
    except OSError as error:
        if error.errno in (*UNWRITABLE, errno.EMFILE, errno.ENFILE):  # listening fails otherwise
            raise
        raise UsageError(
            f"Cannot listen on {wanted.host} port {wanted.port}: {error.strerror or error}. "
            "Another port: --port 0"
        ) from None
    return OK


def _check(wanted: SimulateOptions) -> None:
    """Raise `UsageError` for a number out of bounds, and for options that exclude each other."""
    if not 0 <= wanted.port <= 65535:
        raise UsageError(f"--port must be from 0 to 65535, not {wanted.port}.")
    if not 0 <= wanted.latency <= MAX_LATENCY_MS:
        raise UsageError(
            f"--latency must be 0 to {MAX_LATENCY_MS:g} milliseconds, not {wanted.latency:g}."
        )
    every = wanted.command_every
    if every is not None and not 0 < every < math.inf:
        raise UsageError(f"--command-every must be more than 0 seconds, not {every:g}.")
    not_both(secret_file=wanted.secret_file, env_file=wanted.env_file)
