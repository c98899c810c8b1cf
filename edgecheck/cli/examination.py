"""The ways in which `doctor` examines: once or again and again, with a connection or without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ..checkup import checkup, offline
from ..frozen import dataclass, replace
from ..settings.choices import Until
from ..settings.model import Settings
from ..settings.sources import Options
from .console.output import standard_output, tell
from .console.screen import Screen
from .options import Given
from .process import Process
from .replay import replayed
from .reports import Reports
from .words_in_use import words_of_doctor

if TYPE_CHECKING:
    from ..render.styled import Text
    from .console.progress import Run


@dataclass(frozen=True)
class Examination:
    """What is examined, and where it is shown; each method except `repair` returns the exit code.

    Each method imports what only it needs, because the simulator, the repairs, the watcher and the
    network are slow to import.

    Args:
        process: where the settings come from.
        options: how to connect, and to what.
        screen: shows what was found.
        quiet, no_color: the options.
    """

    process: Process
    options: Options
    screen: Screen
    quiet: bool
    no_color: bool

    @classmethod
    def of(
        cls,
        process: Process,
        given: Given,
        *,
        reports: tuple[Sequence[str], str | None],
        otlp: str | None,
        strict: bool,
        experiments: bool,
        path: bool = True,
        until: Until | None = None,
        deep: bool = False,
        kept: float = 0.0,
    ) -> Examination:
        """Prepare an examination from the options.

        Args:
            process: where it is made.
            given: the options of every command that connects.
            reports: where else to write them, and in which format.
            otlp: the collector that gets each as a trace; empty for the usual one, None for none.
            strict: a warning counts as a problem.
            experiments: after a refusal, try changed requests.
            until: the last stage; None for the pong.
            path: if nothing answers, look how far packets get.
            deep: if all is well, look for what fails only for others or later.
            kept: seconds for which a healthy connection is kept open.

        Raises:
            UsageError: a report cannot be written to its place, or no trace be sent.
        """
        output = standard_output(process, no_color=given.no_color)
        sent = Reports(process, *reports, otlp=otlp, as_json=given.as_json, quiet=given.quiet)
        screen = Screen(
            process, output, sent, quiet=given.quiet, verbose=given.verbose, strict=strict
        )
        of_doctor = words_of_doctor(
            until=until, experiments=experiments, path=path, deep=deep, kept=kept
        )
        # A demo's backend knows one agent.
        options = replace(
            given.options,
            words=(*given.options.words, *of_doctor),
            looking=not given.demo,
            experiments=experiments,
            until=until,
            path=path,
            deep=deep,
            kept=kept,
        )
        return cls(process, options, screen, given.quiet, given.no_color)

    def replay(self, name: str) -> int:
        """Judge a report again."""
        report = replayed(self.process, name)
        self.process.say(
            "edgecheck: names and options in the commands are from that report. Read a command "
            "before you run it."
        )
        return self.screen.finished(report)

    def demonstrate(self, fault: str | None) -> int:
        """Examine a backend in this process, which causes a problem or is healthy."""
        from .demo import demonstrate

        profile = self.process.profile(self.options)
        return self._live(
            lambda observe: demonstrate(self.options, fault, observe, profile=profile)
        )

    def watch(self, *, every: float | None, send: bool) -> int:
        """Examine until all is well.

        Args:
            every: seconds after which to examine although no file has changed; None for never.
            send: connect to the backend, and do not judge only the settings.
        """
        from .watch import watch

        return watch(self.process, self.screen, self.options, every=every, send=send)

    def once(self, settings: Settings | None, *, send: bool) -> int:
        """Examine once.

        Args:
            settings: None for those of this process.
            send: connect to the backend, and do not judge only the settings.
        """
        settings = settings or self.process.load(self.options)
        if not send:
            return self.screen.finished(offline(settings))
        return self._live(lambda observe: checkup(settings, observe))

    def repair(self, *, yes: bool) -> Settings:
        """Repair the file, and return the new settings; `yes` means without asking."""
        from .fix import fix

        return fix(self.process, self.options, self._tell, yes=yes, quiet=self.quiet)

    def _tell(self, lines: Callable[[int], Iterable[Text]]) -> None:
        """Write lines besides a report: on standard error if standard output is one document."""
        if self.screen.is_document:
            tell(self.process, lines, no_color=self.no_color)
        else:
            self.screen.output.print(lines(self.screen.output.width))

    def _live(self, run: Run) -> int:
        """Show a run while it goes on, and its result."""
        from .console.progress import followed

        return self.screen.close(followed(run, self.screen, self.options.timeout))
