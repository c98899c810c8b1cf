"""The backend that `simulate` runs: its secret and agent id, its output, and its end."""

from __future__ import annotations

import asyncio
import errno
import math
import secrets
import signal
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from .. import signals
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.problem import Example, NotOnLoopback
from ..render.words import did_you_mean
from ..settings.sources import Options, load
from ..simulator import Backend, Scenario, simulate
from ..simulator.names import FAULTS
from .ends import UsageError
from .process import Process

# From one word that the process has no files left to the next: asyncio tries every second.
SAID_EVERY_SECONDS = 60.0


def check_fault(code: str) -> None:
    """Raise `UsageError` if no server on loopback can fail like that, and say what can."""
    if code in FAULTS:
        return
    problem = PROBLEMS.get(code)
    match problem.reproduction if problem else None:
        case Example():
            raise UsageError(
                f"{code} is a problem of the settings, not of a server. See it with: edgecheck "
                f"doctor --demo --fault {code}"
            )
        case NotOnLoopback(reason):
            raise UsageError(f"{code} cannot be caused on this machine alone: {reason}")
    hint = did_you_mean(code, FAULTS) or " All codes: edgecheck explain"
    raise UsageError(f"No fault is called {code[:80]!r}.{hint}")


@dataclass(frozen=True)
class Owned:
    """The user's own secret, which is not in any output.

    Args:
        origin: where it is.
        option: the option that names that place, for the command to run with the simulator.
    """

    origin: str
    option: str


def identity(
    process: Process, options: Options, profile: Profile
) -> tuple[str, str | None, Owned | None]:
    """Return the backend's secret, the agent id that it knows, and the origin of the secret.

    Args:
        process: where the files are.
        options: at most one of the two files is given.
        profile: names the settings.

    Returns:
        A secret that was made here has no origin, and comes without an agent id. Nor has one
        that the profile sends nowhere.

    Raises:
        UsageError: the file that was named holds no secret.
    """
    secret_file, env_file = options.secret_file, options.env_file
    if secret_file is None and env_file is None:
        return secrets.token_hex(16), None, None
    # Not the process environment: the file was named.
    settings = load(
        options, environ={}, cwd=process.cwd, stdin=process.stdin.buffer, profile=profile
    )
    if settings.secret_file is not None and settings.secret_file.error:
        raise UsageError(f"--secret-file {settings.secret_file.name}: {settings.secret_file.error}")
    if not profile.sends_secret:
        return secrets.token_hex(16), settings.agent_id.text if settings.agent_id else None, None
    if settings.secret is None or not settings.secret.secret:
        raise UsageError(f"{env_file or secret_file} holds no secret ({settings.names.secret}).")
    option = f"--env-file {env_file}" if secret_file is None else f"--secret-file {secret_file}"
    # Also a secret that stands in place of the id.
    process.conceal_also(settings.credentials)
    agent_id = settings.agent_id.text if settings.agent_id else None
    owned = Owned(str(settings.secret.origin), option)
    return settings.secret.secret.reveal(), agent_id, owned


def serve(process: Process, scenario: Scenario, owned: Owned | None) -> None:
    """Run the backend until SIGTERM, or Ctrl-C, which raises `KeyboardInterrupt`.

    Raises:
        OSError: the backend cannot listen at the address.
    """
    with closing(_serve(process, scenario, owned)) as whole:
        asyncio.run(whole)


async def _serve(process: Process, scenario: Scenario, owned: Owned | None) -> None:
    ended = asyncio.Event()
    with suppress(NotImplementedError):  # on Windows
        for number in signals.ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                asyncio.get_running_loop().add_signal_handler(number, ended.set)
    asyncio.get_running_loop().set_exception_handler(_OutOfFiles(process))
    async with simulate(scenario, log=process.say) as backend:
        print(*_env_lines(process, backend, owned), sep="\n", file=process.stdout, flush=True)
        process.say(f"{f'Fails as {scenario.fault}' if scenario.fault else 'Runs'} until Ctrl-C.")
        arguments = "".join(f" {word}" for word in backend.arguments)
        if owned is None:
            process.say("Put these lines into a file called .env, and run in its folder:")
            process.say(f"  edgecheck doctor{arguments}")
        else:
            process.say("Beside it, in another terminal:")
            agent_id = f" --agent-id {backend.agent_id}"
            named = agent_id if process.inert(agent_id) == agent_id else ""
            process.say(f"  edgecheck doctor --url {backend.url}{named} {owned.option}{arguments}")
        await ended.wait()


class _OutOfFiles:
    """Says in one line, once in a while, that no connection can be accepted.

    asyncio reports it with a traceback, a hundred times a second.
    """

    def __init__(self, process: Process) -> None:
        self._process, self._said_at = process, -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
        elif loop.time() - self._said_at >= SAID_EVERY_SECONDS:
            self._said_at = loop.time()
            self._process.say(
                "No further connection is accepted: this process cannot open any more files. Raise "
                "the limit: ulimit -n 4096"
            )


def _env_lines(process: Process, backend: Backend, owned: Owned | None) -> list[str]:
    """Return the settings for the backend, without the user's own secret."""
    lines = []
    for line in backend.env_text.splitlines():
        name, _, value = line.partition("=")
        if owned is not None and name == backend.profile.variables.secret:
            lines.append(f"# {name} is the one in {owned.origin}")
        elif process.inert(value) != value:
            lines.append(f"# {name} is the one that was given, which looks like a secret")
        else:
            lines.append(line)
    return lines
