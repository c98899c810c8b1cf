"""`edgecheck simulate`: a backend on this machine, healthy or failing on demand."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import UsageError, not_both

if TYPE_CHECKING:
    from ..simulator import Scenario

# A minute: no client waits longer for one answer.
MAX_LATENCY_MS = 60_000.0


def complete(incomplete: str) -> list[tuple[str, str]]:
    """Complete the code of a fault."""
    from ..simulator.names import FAULTS

    return [(code, words) for code, words in FAULTS.items() if code.startswith(incomplete)]


def simulate(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", help="Port to listen on; 0 takes a free one.")
    ] = 8787,
    secret_file: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="File with the secret, - for standard input; otherwise one is made.",
        ),
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", "-e", metavar="PATH", help="Take secret and agent id from this file."
        ),
    ] = None,
    agent_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The agent that the backend knows; otherwise edge_1."),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve wss:// with a certificate made for the occasion.")
    ] = False,
    fault: Annotated[
        str | None,
        typer.Option(metavar="CODE", autocompletion=complete, help="Fail as this problem does."),
    ] = None,
    latency: Annotated[
        float, typer.Option(metavar="MS", help="Milliseconds to wait before each answer.")
    ] = 0.0,
    command_every: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Send a command so often.")
    ] = None,
) -> int:
    """Run a backend on this machine that fails as told.

    It speaks the protocol: it checks the header, the secret and the agent id, answers pings, sends
    commands and checks their acks.

    Prints the .env to use against it on standard output, and its log on standard error. Ctrl-C ends
    it.

    \b
    Examples:
      edgecheck simulate --command-every 10
      edgecheck simulate --fault auth-secret-rejected
    """
    import asyncio
    import secrets

    from ..simulator import Scenario

    if fault is not None:
        check_fault(fault)
    if not 0 <= port <= 65535:
        raise UsageError(f"--port is a number from 0 to 65535; {port} is not.")
    if not 0 <= latency <= MAX_LATENCY_MS:
        raise UsageError(
            f"--latency is in milliseconds, at most {MAX_LATENCY_MS:g}; {latency:g} is not."
        )
    if command_every is not None and not 0 < command_every < math.inf:
        raise UsageError(f"--command-every is in seconds, more than 0; {command_every:g} is not.")
    not_both(secret_file=secret_file, env_file=env_file)
    secret, found_id, origin = _identity(secret_file, env_file)
    scenario = Scenario(
        secret=secret or secrets.token_hex(16),
        agent_id=agent_id or found_id or "edge_1",
        fault=fault,
        tls=tls,
        latency=latency / 1000,
        command_every=command_every,
        host=host,
        port=port,
    )
    try:
        secret_from = (
            f"--secret-file {secret_file}" if secret_file is not None else f"--env-file {env_file}"
        )
        asyncio.run(_serve(scenario, origin, secret_from))
    except KeyboardInterrupt:
        pass  # how its owner ends it
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. Another port: "
            "--port 0"
        ) from None
    return 0


async def _serve(scenario: Scenario, origin: str | None, secret_from: str) -> None:
    import asyncio
    import signal

    from ..simulator import simulate as run
    from .console.output import say

    ended = asyncio.Event()
    with suppress(NotImplementedError):  # on Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with run(scenario, log=say) as backend:
        lines = backend.env_text.splitlines()
        if origin is not None:
            # A secret of the person's own is in no output.
            lines = [
                f"# EDGE_SECRET is the one in {origin}" if line.startswith("EDGE_SECRET=") else line
                for line in lines
            ]
        print(*lines, sep="\n", flush=True)
        arguments = "".join(f" {word}" for word in backend.arguments)
        say(f"{f'Fails as {scenario.fault}' if scenario.fault else 'Runs'} until Ctrl-C.")
        if origin is None:
            say("Put these lines into a file called .env, and run in its folder:")
            say(f"  edgecheck doctor{arguments}")
        else:
            say("Beside it, in another terminal:")
            say(
                f"  edgecheck doctor --url {backend.url} --agent-id {backend.agent_id} "
                f"{secret_from}{arguments}"
            )
        await ended.wait()


def _identity(
    secret_file: str | None, env_file: Path | None
) -> tuple[str | None, str | None, str | None]:
    """Return secret, agent id, and where the secret came from; None for what is not given."""
    if secret_file is None and env_file is None:
        return None, None, None
    from ..settings.sources import Options, load

    # Not the process environment: the file was named.
    settings = load(
        Options(secret_file=secret_file, env_file=env_file),
        environ={},
        cwd=Path.cwd(),
        stdin=sys.stdin.buffer,
    )
    if settings.secret_file is not None and settings.secret_file.error:
        raise UsageError(f"--secret-file {settings.secret_file.name}: {settings.secret_file.error}")
    if settings.secret is None or not settings.secret.secret:
        raise UsageError(f"{env_file or secret_file} holds no secret (EDGE_SECRET).")
    agent_id = settings.agent_id.text if settings.agent_id else None
    return settings.secret.secret.reveal(), agent_id, str(settings.secret.origin)


def check_fault(code: str) -> None:
    """Raise `UsageError` where no server on loopback can fail like that, and say what can."""
    from ..catalogue import PROBLEMS
    from ..catalogue.problem import Example, NotOnLoopback
    from ..render.words import did_you_mean
    from ..simulator.names import FAULTS

    if code in FAULTS:
        return
    problem = PROBLEMS.get(code)
    match problem.reproduction if problem else None:
        case Example():
            raise UsageError(
                f"{code} is a fault of settings, not of a server. See it with: edgecheck doctor "
                f"--demo --fault {code}"
            )
        case NotOnLoopback(reason):
            raise UsageError(f"{code} cannot be caused on this machine alone: {reason}")
    raise UsageError(
        "No fault is called "
        f"{code[:80]!r}.{did_you_mean(code, FAULTS) or ' All codes: edgecheck explain'}"
    )
