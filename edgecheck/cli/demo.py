"""`doctor --demo`: a backend in this process, and settings of its own in a temporary folder."""

from __future__ import annotations

import asyncio
import io
import secrets
import subprocess
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.problem import Example, NotOnLoopback
from ..checkup import CheckupObserver, checkup
from ..render.words import did_you_mean
from ..report import Report
from ..settings.sources import Options, load
from ..simulator import Backend, Scenario, simulate
from ..simulator.names import FAULTS
from .ends import UsageError
from .names import demonstrable


async def demonstrate(
    options: Options, fault: str | None, observer: CheckupObserver, *, profile: Profile = EDGE
) -> Report:
    """Examine a backend that runs during the checkup.

    Args:
        options: how to connect; the demo itself sets what to connect to.
        fault: the code to show; None for a healthy backend.
        observer: called whenever a stage begins or ends.
        profile: of the backend.

    Raises:
        UsageError: this machine alone cannot show that fault.
    """
    problem = PROBLEMS.get(fault) if fault is not None else None
    reproduction = problem.reproduction if problem else None
    if fault is not None and (problem is None or isinstance(reproduction, NotOnLoopback)):
        if isinstance(reproduction, NotOnLoopback) and fault in FAULTS:
            raise UsageError(
                f"{fault} is not seen in a checkup: {reproduction.reason}. See it with: edgecheck "
                f"simulate --fault {fault}"
            )
        if isinstance(reproduction, NotOnLoopback):
            raise UsageError(
                f"{fault} cannot be shown on this machine alone: {reproduction.reason}"
            )
        hint = did_you_mean(fault, demonstrable()) or " All codes: edgecheck explain"
        raise UsageError(f"No fault is called {fault[:80]!r}.{hint}")
    simulated = fault if fault in FAULTS else None
    if fault is not None:
        options = replace(options, words=(*options.words, ("--fault", fault)))
    scenario = Scenario(secret=secrets.token_hex(16), fault=simulated, profile=profile)
    # Without files to open, asyncio logs a traceback for each connection that it cannot accept.
    asyncio.get_running_loop().set_exception_handler(lambda _, __: None)
    with TemporaryDirectory(prefix="edgecheck-demo-") as name:
        folder = Path(name)
        async with simulate(scenario) as backend:
            example = (
                reproduction if fault not in FAULTS and isinstance(reproduction, Example) else None
            )
            environ, options = _prepare(folder, backend, example, options)
            settings = load(
                options, environ=environ, cwd=folder, stdin=io.BytesIO(), profile=profile
            )
            return await checkup(settings, observer)


def _prepare(
    folder: Path, backend: Backend, example: Example | None, options: Options
) -> tuple[dict[str, str], Options]:
    """Write the settings; return the environment and the options to use with them."""
    options = replace(options, **_parsed(backend.arguments))
    if example is None:
        _write(folder, backend.env_text, 0o600)
        return {}, options
    example = example.filled(
        url=backend.url,
        secret=backend.secret,
        agent_id=backend.agent_id,
        folder=str(folder),
    )
    if example.env is not None:
        _write(folder, example.env, example.mode)
    if example.git:
        # Fixed words, and the user's own git.
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)  # noqa: S603, S607
    return dict(example.environ), replace(options, **_parsed(example.arguments))


def _write(folder: Path, content: str | bytes, mode: int) -> None:
    path = folder / ".env"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)


def _parsed(arguments: Iterable[str]) -> dict[str, Any]:
    """Parse the few options that a simulator or an example needs.

    Their names are the fields of `Options`.
    """
    kinds = {field.name: field.type for field in fields(Options)}
    words = iter(arguments)
    found: dict[str, Any] = {}
    for word in words:
        name = word.removeprefix("--").replace("-", "_")
        if name == "reader":  # can be given several times
            found["readers"] = (*found.get("readers", ()), next(words))
        else:
            found[name] = True if kinds[name] == "bool" else next(words)
    return found
