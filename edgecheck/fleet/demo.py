"""A fleet on loopback: the simulator plays the backend of many agents, some with a fault.

What is wrong with an agent is caused for real: by a backend of its own that fails, or by its
settings file. The checks know nothing of it: they read the file and connect, as for any fleet.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.problem import Example, Problem, Simulated
from ..simulator import Backend, Scenario, simulate
from ..terms import Severity
from .target import Target

# In three hundred agents, forty have a fault: enough to fill a table. Each has a backend of its
# own, with a socket that stays open.
MOST_FAULTS = 40
_HEALTHY_TO_FAULTY = 7.5
# A reset of the kernel arrives after the connection stands, and on a busy machine later than the
# checkup waits.
_RACES = frozenset({"tcp-reset"})


@dataclass(frozen=True)
class Demo:
    """A fleet that runs.

    Args:
        drawn: the code of the fault of each agent that has one, under the name of its target.
        targets: returns the agents, each time anew.
    """

    drawn: dict[str, str]
    targets: Callable[[], Iterator[Target]]


def drawable() -> tuple[str, ...]:
    """Return the faults that an agent of a demo may have: errors that its own place can cause.

    Left out are those of the process (its environment and its options), which all agents share, and
    those of a file's surroundings (git, permissions, no file at all).
    """
    return tuple(code for code, problem in PROBLEMS.items() if _is_drawable(problem))


def _is_drawable(problem: Problem) -> bool:
    if problem.severity is not Severity.ERROR or problem.code in _RACES:
        return False
    match problem.reproduction:
        case Simulated():
            return True
        case Example(env, environ, arguments, _, git):
            return env is not None and not (environ or arguments or git)
        case _:
            return False


@asynccontextmanager
async def demo(
    count: int,
    *,
    faults: int | None = None,
    seed: int | None = None,
    profile: Profile = EDGE,
    pool: tuple[str, ...] | None = None,
) -> AsyncIterator[Demo]:
    """Run the backends of a fleet, and write the settings of its agents into a temporary folder.

    Every second healthy agent connects over TLS.

    Args:
        count: how many agents.
        faults: how many of them have a fault; None for two in fifteen, at most `MOST_FAULTS`.
        seed: of the draw; None for another fleet each time.
        profile: of the backends.
        pool: the codes to draw from; None for `drawable`.
    """
    faults = min(MOST_FAULTS, round(count / _HEALTHY_TO_FAULTY)) if faults is None else faults
    draw = random.Random(seed)  # noqa: S311 which agent fails is not secret
    unlucky = sorted(draw.sample(range(count), min(faults, count)))
    codes = drawable() if pool is None else pool
    drawn = {number: draw.choice(codes) for number in unlucky}
    with TemporaryDirectory(prefix="edgecheck-fleet-") as name:
        fleet = _Fleet(count, Path(name), profile)
        async with AsyncExitStack() as stack:
            await fleet.start(stack, drawn)
            names = {fleet.name_of(number): code for number, code in drawn.items()}
            yield Demo(names, fleet.targets)


class _Fleet:
    """The agents of a demo, with their files and backends.

    Args:
        count: how many agents.
        folder: empty; for their files.
        profile: of the backends.
    """

    def __init__(self, count: int, folder: Path, profile: Profile) -> None:
        self._count, self._folder, self._profile = count, folder, profile
        self._digits = len(str(count))
        self._secret = secrets.token_hex(16)
        self._special: dict[int, Backend] = {}
        self._examples: dict[int, str | bytes] = {}
        self._healthy: tuple[Backend, ...] = ()

    def name_of(self, number: int) -> str:
        """Return the name of an agent; numbers begin at 0."""
        return f"agent-{number + 1:0{self._digits}}"

    async def start(self, stack: AsyncExitStack, drawn: dict[int, str]) -> None:
        """Start the backends, which run until the stack ends."""
        ids = frozenset(map(self._agent_id, range(self._count)))

        async def run(fault: str | None, number: int, *, tls: bool) -> Backend:
            scenario = Scenario(
                secret=self._secret,
                agent_id=self._agent_id(number),
                agents=ids,
                fault=fault,
                tls=tls,
                profile=self._profile,
            )
            return await stack.enter_async_context(simulate(scenario))

        self._healthy = (await run(None, 0, tls=False), await run(None, 0, tls=True))
        for number, code in drawn.items():
            reproduction = PROBLEMS[code].reproduction
            if isinstance(reproduction, Simulated):
                self._special[number] = await run(code, number, tls=False)
            else:
                assert isinstance(reproduction, Example)
                self._examples[number] = self._written(reproduction, number)

    def targets(self) -> Iterator[Target]:
        """Yield the agents; the file of each is written when it is its turn."""
        for number in range(self._count):
            backend = self._special.get(number) or self._healthy[self._is_secure(number)]
            file = self._folder / f"{self.name_of(number)}.env"
            if not file.exists():
                self._write(file, self._examples.get(number, self._good(backend, number)))
            name = self.name_of(number)
            yield Target(
                name,
                file.name,
                str(self._folder),
                env_file=file.name,
                ca_file=str(backend.ca_file) if backend.ca_file is not None else None,
                proxy=backend.proxy,
            )

    def _is_secure(self, number: int) -> bool:
        return number % 2 == 1 and number not in self._examples

    def _agent_id(self, number: int) -> str:
        """Return an id of the profile's form, from its example: edge_1, edge_2 and so on."""
        example = self._profile.agent_id.example
        found = re.fullmatch(r"(.*?)\d+", example)
        agent_id = f"{found[1]}{number + 1}" if found else f"{example}{number + 1}"
        return agent_id if self._profile.is_agent_id(agent_id) else example

    def _good(self, backend: Backend, number: int) -> str:
        return replace(backend, agent_id=self._agent_id(number)).env_text

    def _written(self, example: Example, number: int) -> str | bytes:
        filled = example.filled(
            self._profile,
            url=self._healthy[0].url,
            secret=self._secret,
            agent_id=self._agent_id(number),
            folder=str(self._folder),
        )
        assert filled.env is not None
        return filled.env

    @staticmethod
    def _write(file: Path, content: str | bytes) -> None:
        file.touch(0o600)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
