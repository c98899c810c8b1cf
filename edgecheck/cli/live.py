"""What `ping`, `repl` and `listen` share: their output, and how they stop."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue.rules.messages import commands_taken
from ..render import json, text
from ..render.layout import line
from ..settings.sources import STANDARD_INPUT, load
from ..wire.clock import now
from ..wire.tls import TrustError
from .console.output import standard_output
from .ends import UsageError
from .options import Given
from .process import Process
from .stop import STOP

if TYPE_CHECKING:
    from ..render.styled import Text
    from ..report import Report
    from ..settings.model import Settings

    # Does the work of a command with its settings, and returns the exit code.
    Work = Callable[[Settings], Coroutine[None, None, int]]

# Seconds between the commands of the --demo backend: short enough to see one soon, and long enough
# to type something in between.
DEMO_COMMAND_SECONDS = 3.0


class Reporter:
    """Shows what happens, as it happens, to a person or a script.

    Args:
        process: whose standard output.
        as_json: write one JSON object per line, and nothing else.
        quiet, verbose: how much is shown to a person.
        no_color: the option.
    """

    def __init__(
        self, process: Process, *, as_json: bool, quiet: bool, verbose: bool, no_color: bool
    ) -> None:
        self.as_json, self.quiet, self.verbose = as_json, quiet, verbose
        self._process = process
        self._output = standard_output(process, no_color=no_color)

    @property
    def width(self) -> int:
        """The width of the output in columns, as it is now."""
        return standard_output(self._process, no_color=True).width

    @property
    def is_watched(self) -> bool:
        """Whether a person sees the output on a terminal."""
        return self._process.stdout.isatty()

    def event(self, name: str, *parts: str | tuple[str, str], **fields: object) -> None:
        """Show one event.

        Args:
            name: for scripts.
            parts: the line for the user, of plain and (text, style) parts; without parts, nothing
                is shown.
            fields: for scripts.
        """
        if self.as_json:
            self._output.print_plain(json_line(name, fields))
        elif parts:
            self._output.print([line(*parts)])

    def lines(self, lines: Iterable[Text]) -> None:
        """Write lines for the user."""
        if not self.as_json:
            self._output.print(lines)

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Show why there is no connection, or why it ended, as `doctor` shows it.

        Args:
            report: of a checkup, or of a connection that ended.
            alone: leave out the other findings, but for commands that a look took.
        """
        verdict = report.diagnosis.verdict
        if self.as_json:
            fields: dict[str, Any] = {"verdict": asdict(verdict) if verdict else None}
            if ids := commands_taken(report.facts)[0]:
                fields["commands_taken"] = list(dict.fromkeys(ids))
            self._output.print_plain(json_line("verdict", fields))
            return
        options = report.facts.target.options
        if alone and verdict:
            # What a look took stands beside every verdict.
            found = text.findings(report.diagnosis.taken, self.width, verdict, options)
            self._output.print([*text.verdict(verdict, self.width, options), *found])
        else:
            self._output.print(text.problems(report, self.width))


def json_line(name: str, fields: dict[str, Any]) -> str:
    """Write one event as one line of printable ASCII."""
    return json.line({"event": name, "at": now(), **fields})


class Live:
    """A run of a command whose connection stays open.

    Args:
        process: where it runs.
        given: the options on the connection and the output.
    """

    def __init__(self, process: Process, given: Given, *, looking: bool = False) -> None:
        self.process, self._given, self._looking = process, given, looking
        self.reporter = self.reporter_on(process)
        # Set when the run is told to stop; it exists while the work of `run` goes on.
        self.stop: asyncio.Event

    def reporter_on(self, process: Process) -> Reporter:
        """Return a reporter for the standard output of this process, as the options say."""
        given = self._given
        return Reporter(
            process,
            as_json=given.as_json,
            quiet=given.quiet,
            verbose=given.verbose,
            no_color=given.no_color,
        )

    def run(
        self,
        work: Work,
        *,
        command_every: float | None = None,
        loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
        until_stopped: bool = False,
    ) -> int:
        """Run the work of a command to its end.

        Args:
            work: called with the settings; returns the exit code.
            command_every: seconds between the commands of the --demo backend.
            loop: makes the event loop; None uses asyncio's own.
            until_stopped: SIGINT and SIGTERM ask for the normal end of the work, by `stop`.
        """
        settings = None if self._given.demo else self._load()

        async def everything() -> int:
            asyncio.get_running_loop().set_exception_handler(_ignore)
            if until_stopped:
                STOP.install()
                this = asyncio.current_task()
                assert this is not None
                self.stop = STOP.bind(this)
            if settings is not None:
                return await work(settings)
            async with self._demo(command_every) as demo:
                return await work(demo)

        try:
            if not until_stopped:
                STOP.uninstall()
            # A coroutine that Ctrl-C keeps from beginning is closed, or Python complains of it.
            with asyncio.Runner(loop_factory=loop) as runner, closing(everything()) as whole:
                return runner.run(whole)
        except TrustError as error:
            raise UsageError(f"--ca-file: {error}") from None
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None  # after a second signal
        finally:
            STOP.release()

    def _load(self) -> Settings:
        options = replace(self._given.options, looking=self._looking)
        if exposed := [field.name for field in options.request.fields if field.exposed]:
            # Of `doctor` it is a finding.
            self.process.say(
                f"--header: a credential is on the command line ({', '.join(exposed)}), where "
                "other users of this machine can read it. A file hides it: -H @headers.txt"
            )
        if options.secret_file != STANDARD_INPUT:
            return self.process.load(options)
        with STOP.interrupting():  # somebody may be typing it
            return self.process.load(options)

    @asynccontextmanager
    async def _demo(self, command_every: float | None) -> AsyncIterator[Settings]:
        """Run a backend, and give the settings that lead to it."""
        # Most runs have a backend of their own.
        from tempfile import TemporaryDirectory

        from ..simulator import Scenario, simulate

        profile = self.process.profile(self._given.options)
        scenario = Scenario(
            secret=secrets.token_hex(16), command_every=command_every, profile=profile
        )
        with TemporaryDirectory(prefix="edgecheck-demo-") as name:
            async with simulate(scenario) as backend:
                file = Path(name) / ".env"
                file.touch(0o600)
                file.write_text(backend.env_text, encoding="utf-8")
                yield load(
                    self._given.options,
                    environ={},
                    cwd=Path(name),
                    stdin=io.BytesIO(),
                    profile=profile,
                )


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore what asyncio would log about callbacks that failed.

    Behind a proxy that misbehaves, python-socks leaves such callbacks, and reports the failure
    itself.
    """
