"""Show a checkup while it runs: a line for each stage that ended, and what it waits for."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing, suppress
from typing import TextIO

from ... import __version__, signals
from ...checkup import CheckupObserver
from ...facts import Facts, Stage, ignore
from ...lint.defect import Defect
from ...render import text
from ...render.words import shown
from ...report import Report, report_of
from ...wire.tls import TrustError
from ..ends import UsageError
from .output import Output, draw
from .screen import Screen

# A checkup; it takes the observer of its stages.
Run = Callable[[CheckupObserver], Coroutine[None, None, Report]]

_FRAMES = "|/-\\"  # shown by every terminal, whatever its encoding
_FRAME_SECONDS = 0.1
# A wait that ends before anybody can read about it would only flicker.
_PATIENCE_SECONDS = 0.2
_WAITS = {
    Stage.CONFIG: "reading the settings",
    Stage.DNS: "asking for the addresses of {host}",
    Stage.TCP: "connecting to {host} port {port}",
    Stage.PROXY: "asking the proxy for a way through",
    Stage.TLS: "TLS handshake with {host}",
    Stage.UPGRADE: "waiting for {host} to answer the upgrade request",
    Stage.AUTH: "refused: trying controlled changes of the request",
    Stage.SESSION: "open: waiting for the pong",
}
# What a refusal means is known only after the experiments: these two are printed with the final
# report.
_LAST = (Stage.AUTH, Stage.SESSION)


class Progress:
    """Observes a checkup and prints it.

    Args:
        output: where finished stages go.
        spinner: the terminal on which to draw what is waited for, or None.
        limit: seconds that one stage may take.
        stages: print the heading and the stages; otherwise only what is waited for is shown.
    """

    def __init__(
        self, output: Output, *, spinner: TextIO | None, limit: float, stages: bool = True
    ) -> None:
        self._output, self._spinner, self._limit, self._stages = output, spinner, limit, stages
        self._printed: dict[Stage, str] = {}
        self._headed = self._drawn = False
        self._wait, self._most, self._since = "", "", 0.0

    def observe(self, stage: Stage, facts: Facts, defects: Sequence[Defect]) -> None:
        """Show a stage that begins (its facts are still None) or has ended."""
        self._erase()
        if self._stages and not self._headed and facts.config is not None:
            self._head(facts)
        if stage is not Stage.AUTH and getattr(facts, stage.value) is not None:
            self._wait = ""
            if self._stages and stage is not Stage.SESSION:
                self._print(report_of(facts, __version__, defects), up_to=stage)
        else:
            target = facts.target
            # The experiments are several handshakes, with a limit each.
            self._most = "" if stage is Stage.AUTH else f" of at most {self._limit:g} s"
            self._wait = shown(
                _WAITS[stage].format(host=target.host or "the backend", port=target.port or "")
            )
            self._since = time.monotonic()

    def finish(self, report: Report) -> None:
        """Print the remaining stages, and again those whose result has changed."""
        self._erase()
        if not self._stages:
            return
        if not self._headed:
            self._head(report.facts)
        self._print(report, up_to=Stage.SESSION)

    async def spin(self) -> None:
        """Redraw what is waited for, until cancelled."""
        if self._spinner is None:
            return
        for frame in itertools.cycle(_FRAMES):
            await asyncio.sleep(_FRAME_SECONDS)
            waited = time.monotonic() - self._since
            if self._wait and waited > _PATIENCE_SECONDS:
                words = f"{frame} {self._wait}, {waited:.1f} s{self._most}"
                self._draw(words[: self._output.width - 1])

    def _head(self, facts: Facts) -> None:
        self._headed = True
        self._output.print(text.heading(facts, __version__, self._output.width))

    def _print(self, report: Report, up_to: Stage) -> None:
        for result in report.diagnosis.stages:
            lines = text.stage(result, self._output.width)
            # Only the text counts: the duration of a stage may have changed.
            said = f"{result.status} {result.summary}"
            if self._printed.get(result.stage) != said:
                self._printed[result.stage] = said
                self._output.print(lines)
            if result.stage is up_to:
                break

    def _draw(self, words: str) -> None:
        assert self._spinner is not None  # nothing is drawn without it
        self._drawn = True
        draw(self._spinner, words)

    def _erase(self) -> None:
        if self._drawn:
            self._draw("")
            self._drawn = False


def followed(run: Run, screen: Screen, limit: float) -> Report:
    """Show a run while it goes on, in its own event loop (`follow`).

    The first Ctrl-C or SIGTERM ends it with what is known.
    """

    async def cancellable() -> Report:
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        assert this is not None

        def cancel() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(this.cancel)

        with signals.Cancelling(cancel):
            return await follow(run, screen, limit)

    try:
        # A coroutine that Ctrl-C keeps from beginning is closed, or Python complains of it.
        with closing(cancellable()) as whole:
            return asyncio.run(whole)
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None  # before or after the checkup


async def follow(run: Run, screen: Screen, limit: float, *, stages: bool = True) -> Report:
    """Show a run while it goes on.

    Args:
        run: makes the checkup.
        screen: where to show it.
        limit: seconds that one stage may take.
        stages: print them; otherwise show only what is waited for.

    Raises:
        UsageError: the file of trusted certificates cannot be used.
    """
    try:
        if screen.is_document or screen.quiet:
            return await run(ignore)
        stages = stages and screen.streams
        progress = Progress(screen.output, spinner=screen.terminal, limit=limit, stages=stages)
        spinning = asyncio.create_task(progress.spin())
        try:
            report = await run(progress.observe)
        finally:
            spinning.cancel()
    except TrustError as error:
        raise UsageError(f"--ca-file: {error}") from None
    progress.finish(report)
    return report
