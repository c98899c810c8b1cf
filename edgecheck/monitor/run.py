"""The monitor as it runs: the checks, the server, the watch over the files, and the supervisor."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..agent.handler import environment_for
from ..checkup import import_all
from ..fleet.target import Loader
from ..frozen import dataclass
from ..settings.model import Settings
from ..settings.secret import Secret
from ..wording.own_fault import own_fault
from ..wording.units import counted
from .access import Access
from .change_program import ChangeProgram, document
from .schedule import Schedule
from .serving import CannotServe, Files, load_certificates, server_of, tls_context
from .systemd import Notifier
from .targets import Source
from .watch import Watch
from .watched import Change, name_of
from .web import Pages

# A check stands in the history for so many periods without another one.
_HOLD_PERIODS = 3.0
# A connection that has ended is garbage in a circle, and holds a hundred KiB of OpenSSL's that
# Python does not count. They must not pile up until there are as many objects as a quick command
# may leave (`cli`). What was imported is not looked through.
_COLLECT_AFTER = 2_000
# Signs of life for the supervisor, in one period of its watchdog.
_SIGNS = 3.0


@dataclass(frozen=True)
class MonitorConfig:
    """What to run.

    Args:
        targets: the agents.
        loader: reads the settings of each.
        every: seconds between two checks of one agent.
        jobs: how many checks run at the same time.
        sockets: listening ones.
        files: for TLS.
        access: reads again who may ask; raises `CannotServe` if it cannot.
        program: to run for each change; empty for none.
        environ: of this process.
        program_environ: of the program; variables that hold a target's secret are left out of it.
        forget: called when all is to be read again, also what is remembered for a while.
        announce: called when it begins to answer.
        say: called with a line for people.
        tell: called with the JSON object of each change; None if nobody reads it.
    """

    targets: Source
    loader: Loader
    every: float
    jobs: int
    sockets: Sequence[socket.socket]
    files: Files
    access: Callable[[], Access]
    program: Sequence[str]
    environ: Mapping[str, str]
    program_environ: Mapping[str, str]
    forget: Callable[[], None]
    announce: Callable[[], None]
    say: Callable[[str], None]
    tell: Callable[[dict[str, Any]], None] | None = None


async def monitor(config: MonitorConfig, stop: asyncio.Event) -> None:
    """Check, and serve, until told to stop.

    Args:
        config: what to run.
        stop: set when it is to end.

    Raises:
        CannotServe: a file that the server needs cannot be used.
    """
    asyncio.get_running_loop().set_exception_handler(_ignore)
    import_all()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    running = _Monitor(config, stop)
    await running.run()


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore what asyncio would log, with its text: connections that others broke off."""


class _Monitor:
    def __init__(self, config: MonitorConfig, stop: asyncio.Event) -> None:
        self._config, self._stop = config, stop
        self._notifier = Notifier(config.environ)
        self._program_environ = dict(config.program_environ)
        self._program = (
            ChangeProgram(
                config.program,
                environ=self._program_environ,
                output=sys.__stderr__.fileno() if sys.__stderr__ is not None else 2,
                log=config.say,
            )
            if config.program
            else None
        )
        self._kept_back = set[Secret]()
        self._watch = Watch(
            config.loader,
            config.every * _HOLD_PERIODS,
            self._changed,
            self._keep_back_secret,
            lambda name, taken: config.say(f"{name}: {taken}"),
        )
        self._schedule = Schedule(self._watch.check, config.every, config.jobs, self._failed)
        self._pages = Pages(
            self._watch,
            self._schedule,
            config.targets,
            access=config.access(),
            every=config.every,
            log=config.say,
        )
        self._context = tls_context(config.files)
        self._hang_up = asyncio.Event()

    async def run(self) -> None:
        self._take()
        server = server_of(self._pages, self._context, self._started)
        work = [self._schedule.run(), self._reload_on_signal(), self._reload_on_change()]
        if self._program is not None:
            work.append(self._program.run())
        if self._notifier.watchdog_seconds is not None:
            work.append(self._give_signs(self._notifier.watchdog_seconds))
        self._heed_hang_up()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
            serving = group.create_task(server.serve(list(self._config.sockets)))
            await self._stop.wait()
            self._notifier.stopping()
            for task in tasks:
                task.cancel()
            server.end()
            await serving

    def _started(self) -> None:
        self._config.announce()
        self._ready()

    def _ready(self) -> None:
        self._notifier.ready(self._status())

    def _status(self) -> str:
        return f"watching {counted(len(self._watch.agents), 'agent')}"

    def _failed(self, name: str, error: BaseException) -> None:
        """Say where a check failed, without the text of the error, which may hold anything."""
        self._config.say(f"{name}: {own_fault(error)}")

    def _changed(self, name: str, change: Change) -> None:
        before = name_of(change.before) if change.before is not None else "not checked"
        after = change.after
        why = f" ({after.side}): {after.title}" if after.code and not after.ok else ""
        why = f": {after.error}" if after.error else why
        self._config.say(f"{after.at} {name}: {before}, now {name_of(after)}{why}")
        if self._program is None and self._config.tell is None:
            return
        changed = document(name, change)
        if self._program is not None:
            self._program.tell(changed)
        if self._config.tell is not None:
            self._config.tell(changed)

    def _keep_back_secret(self, settings: Settings) -> None:
        """Take an agent's secret out of the program's environment, under whatever name it is."""
        secret = settings.secret.secret if settings.secret is not None else None
        if self._program is None or secret is None or secret in self._kept_back:
            return
        self._kept_back.add(secret)
        name = settings.profile.variables.secret
        left = environment_for(self._program_environ, secret, name)
        for each in self._program_environ.keys() - left.keys():
            del self._program_environ[each]

    # --- reading again ---------------------------------------------------------------------------

    def _heed_hang_up(self) -> None:
        if sys.platform != "win32":  # which has no such signal
            with suppress(NotImplementedError, ValueError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up.set)

    async def _reload_on_signal(self) -> None:
        while True:
            await self._hang_up.wait()
            self._hang_up.clear()
            self._notifier.reloading()
            self._config.forget()
            self._reload_files()
            await self._read()
            self._config.say(f"SIGHUP: read again, {self._status()}")
            self._ready()

    async def _reload_on_change(self) -> None:
        async with self._config.targets.stirrings() as stirred:
            while True:
                await stirred()
                if await self._read():
                    self._config.say(f"the targets have changed: {self._status()}")
                    self._ready()

    def _reload_files(self) -> None:
        """Read the token and the certificate again; what cannot be used does not count."""
        try:
            self._pages.access = self._config.access()
            if self._context is not None:
                load_certificates(self._context, self._config.files)
        except CannotServe as error:
            self._config.say(f"{error}. The earlier one stays in use.")

    async def _read(self) -> bool:
        targets = self._config.targets
        failed = targets.error
        changed = await targets.read()
        if targets.error and targets.error != failed:
            self._config.say(f"{targets.error}. The earlier targets are still watched.")
        if changed:
            self._take()
        return changed

    def _take(self) -> None:
        """Watch the targets that were read last."""
        for note in self._config.targets.notes:
            self._config.say(note)
        for target in self._config.targets.names:
            if target.secret_env is not None:
                self._program_environ.pop(target.secret_env, None)
        self._watch.set_targets(self._config.targets.names)
        self._schedule.set_names(self._watch.agents)

    async def _give_signs(self, seconds: float) -> None:
        """Tell the supervisor that the checks go on, as long as they do."""
        while True:
            if not self._pages.is_stuck:
                self._notifier.alive()
            await asyncio.sleep(seconds / _SIGNS)


def read_access(token_file: Path | None, *, loopback: bool, hosts: Sequence[str]) -> Access:
    """Return who may ask.

    Args:
        token_file: has what a request must bring; None if it needs nothing.
        loopback: only this machine can connect.
        hosts: further names of this machine.

    Raises:
        CannotServe: the file cannot be read, or has no token.
    """
    token = None
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise CannotServe(f"--token-file {token_file}: {why}") from None
        if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
            raise CannotServe(
                f"--token-file {token_file}: a token has at least {SHORTEST_TOKEN} characters, all "
                "of them printable ASCII. To make one: openssl rand -hex 32"
            )
    return Access(token, loopback, tuple(host.lower() for host in hosts))


# Less can be guessed by trying.
SHORTEST_TOKEN = 16
