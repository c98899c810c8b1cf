"""A run of `fleet`: its signals, what is shown while it goes on, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..checkup import import_all
from ..fleet.baseline import NoBaseline, earlier_run
from ..fleet.check import Checked
from ..fleet.demo import demo
from ..fleet.inventory import Inventory, NoAgents
from ..fleet.results import Results, results
from ..fleet.run import check_all
from ..fleet.summary import Played, Summary, as_document, cause_of
from ..fleet.target import Loader, Target
from ..render.json import line as json_line
from ..settings.choices import Until
from ..settings.sources import Options
from ..surroundings.starters.search import Search
from ..wire.clock import now
from .console.bar import Bar
from .console.output import is_terminal, standard_output
from .ends import INTERRUPTED, OK, PROBLEM, UsageError
from .fleet_options import FleetOptions
from .fleet_reports import FleetReports
from .fleet_screen import agent_lines, closing
from .open_files import make_room
from .option_groups import ConnectionOptions
from .process import Process

TERMINATED = 143
# When the collector looks at the three generations. What was imported is left out of it, so that it
# is quick, and the cycles of finished checks, some of which hold memory of OpenSSL, do not pile up.
_COLLECT_AFTER = (2_000, 5, 2)


class FleetRun:
    """One run.

    Args:
        process: where it runs.
        wanted: what to check and show.
        connection: how to connect.

    Raises:
        UsageError: a report cannot be written to its place.
    """

    def __init__(
        self, process: Process, wanted: FleetOptions, connection: ConnectionOptions
    ) -> None:
        self._process, self._wanted = process, wanted
        self._common = Options(
            proxy=connection.proxy,
            no_proxy=connection.no_proxy,
            ca_file=process.cwd / connection.ca_file if connection.ca_file is not None else None,
            insecure=connection.insecure,
            family=connection.family,
            timeout=connection.timeout,
            allow_plaintext=connection.allow_plaintext,
            given=process.given,
            profile=wanted.profile,
            experiments=not wanted.no_experiments,
            path=not wanted.no_path,
        )
        self._output = standard_output(process, no_color=wanted.no_color)
        self._reports = FleetReports(process, wanted.report or (), quiet=wanted.quiet)
        self._ended_by: int | None = None
        self._started_at, self._started = now(), time.monotonic()

    def run(self) -> int:
        """Check all agents, show and write what was found, and return the exit code."""
        if self._wanted.profile is not None:
            self._process.profile(self._common)  # a wrong one is not each agent's problem
        self._refuse_pipe()
        with results() as found:
            self._compare(found)
            import_all()
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT_AFTER)
            with contextlib.closing(self._run(found)) as whole:
                summary = asyncio.run(whole)
            self._show(summary)
            written = self._reports.write(found, summary, only_problems=self._wanted.only_problems)
        if self._ended_by is not None:
            return TERMINATED if self._ended_by == signal.SIGTERM else INTERRUPTED
        if not summary.ok or not written or (self._wanted.strict and summary.warned):
            return PROBLEM
        return OK

    def _refuse_pipe(self) -> None:
        """Raise `UsageError` if the certificates come from a pipe: each check reads them."""
        path = self._common.ca_file
        with suppress(OSError, ValueError):
            if path is not None and stat.S_ISFIFO(Path(path).stat().st_mode):
                raise UsageError(
                    f"--ca-file {path} can be read only once, and each check reads it. Name a file."
                )

    def _compare(self, found: Results) -> None:
        """Read the earlier run, if there is one to compare with."""
        if self._wanted.baseline is None:
            return
        try:
            found.remember(earlier_run(self._process.cwd / self._wanted.baseline))
        except NoBaseline as error:
            raise UsageError(f"--baseline {self._wanted.baseline}: {error}") from None

    async def _run(self, found: Results) -> Summary:
        stop = asyncio.Event()
        self._heed(stop)
        make_room(self._wanted.jobs)
        notes: tuple[str, ...] = ()
        drawn: Mapping[str, str] | None = None
        if self._wanted.demo is not None:
            async with demo(self._wanted.demo, seed=self._wanted.seed) as fleet:
                drawn = fleet.drawn
                loader = Loader(self._common, environ={}, until=self._wanted.until or Until.SESSION)
                await self._check(fleet.targets(), self._wanted.demo, loader, found, stop)
        else:
            inventory = self._inventory(found)
            loader = Loader(
                self._common,
                environ=self._process.environ,
                find_readers=Search(self._process.environ),
                until=self._wanted.until,
            )
            count = inventory.count() if self._is_watched else 0
            await self._check(inventory, count, loader, found, stop)
            notes = inventory.notes
        return self._summary(found, notes, drawn)

    def _inventory(self, found: Results) -> Inventory:
        try:
            inventory = Inventory(self._wanted.paths or (), self._process.cwd, seen=found.seen())
        except NoAgents as error:
            raise UsageError(str(error)) from None
        if faults := inventory.faults():
            raise UsageError("\n".join(faults))
        return inventory

    async def _check(
        self,
        targets: Iterable[Target],
        count: int,
        loader: Loader,
        found: Results,
        stop: asyncio.Event,
    ) -> None:
        bar = Bar(self._process.stderr if self._is_watched else None, count, self._output.width)

        def done(checked: Checked) -> None:
            document = found.add(checked)
            bar.count(cause_of(checked.outcome), finished=not checked.outcome.interrupted)
            if self._wanted.quiet or (self._wanted.only_problems and checked.outcome.ok):
                return
            bar.erase()
            if self._wanted.as_json:
                self._output.print_plain(document)
            elif not checked.outcome.interrupted:
                self._output.print(agent_lines(checked.outcome, self._output.width))

        async with bar.moving():
            await check_all(targets, loader, jobs=self._wanted.jobs, done=done, stop=stop)
        if stop.is_set() and self._ended_by is None:
            self._ended_by = signal.SIGINT

    @property
    def _is_watched(self) -> bool:
        """Whether somebody sees the bar."""
        process = self._process
        return not self._wanted.quiet and is_terminal(process.stderr, process.environ)

    def _heed(self, stop: asyncio.Event) -> None:
        """Let Ctrl-C and SIGTERM end the run with what is known; a second one ends it at once."""
        loop = asyncio.get_running_loop()

        def note(number: int) -> None:
            self._ended_by = number
            stop.set()
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)

        with suppress(NotImplementedError):  # on Windows, asyncio cancels the task
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                    loop.add_signal_handler(number, note, number)

    def _summary(
        self, found: Results, notes: tuple[str, ...], drawn: Mapping[str, str] | None
    ) -> Summary:
        healthy, problems, warned, unfinished = found.counts()
        interrupted = self._ended_by is not None
        whole = drawn is not None and self._wanted.until in (None, Until.SESSION)
        return Summary(
            agents=healthy + problems + unfinished,
            healthy=healthy,
            problems=problems,
            warned=warned,
            unfinished=unfinished,
            until=found.until(),
            causes=tuple(found.causes()),
            changes=found.changes(whole=not interrupted),
            notes=(*found.failing_later(), *notes, *found.shared_ids()),
            seconds=time.monotonic() - self._started,
            interrupted=interrupted,
            started_at=self._started_at,
            version=__version__,
            warnings=found.warnings(),
            demo=_played(found, drawn) if drawn and whole and not interrupted else None,
        )

    def _show(self, summary: Summary) -> None:
        if self._wanted.as_json:
            self._output.print_plain(json_line(as_document(summary)))
        elif not self._wanted.quiet or not summary.ok:
            self._output.print(closing(summary, self._output.width))


def _played(found: Results, drawn: Mapping[str, str]) -> Played:
    """Compare the causes that were found with the faults that were drawn."""
    missed = []
    for row in found.rows():
        cause, fault = cause_of(row.outcome), drawn.get(row.outcome.target, "")
        if cause != fault:
            missed.append(f"{row.outcome.target}: {fault or 'healthy'}, found {cause or 'healthy'}")
    wrong = sum(not each.split(": ")[1].startswith("healthy,") for each in missed)
    return Played(len(drawn), len(drawn) - wrong, tuple(missed))
