"""`doctor --watch`: examine again when a file with settings changes, until all is well.

Each time it says what the change has improved.
"""

from __future__ import annotations

import asyncio
import io
import math
import signal
import stat
import time
from contextlib import suppress

from .. import signals
from ..checkup import CheckupObserver, checkup, import_all, offline
from ..render.changes import alike, changes
from ..render.layout import line, rule
from ..render.words import shown
from ..report import Report
from ..settings.model import Settings, Source
from ..settings.profiles import ProfileError
from ..settings.sources import MAX_SECRET_BYTES, STANDARD_INPUT, Options
from ..terms import Side
from .console.output import draw, is_terminal
from .console.progress import follow
from .console.screen import Screen
from .ends import OK, UsageError
from .lookout import Files
from .process import Process

# From the beginning of one checkup to the next. A refused checkup opens up to five connections, and
# an editor may save at every keystroke.
SPACING_SECONDS = 2.0
# If no file can change, the user waits for somebody else. Shorter would be a burden for the
# backend, longer would be slow.
WITHOUT_FILE_SECONDS = 5.0


def watch(
    process: Process, screen: Screen, options: Options, *, every: float | None, send: bool
) -> int:
    """Examine until all is well.

    Args:
        process: where the settings come from.
        screen: shows the reports.
        options: how to connect, and to what.
        every: seconds after which to examine although no file has changed; None for never.
        send: connect to the backend, and do not judge only the settings.

    Returns:
        The exit code: 0 when all is well, 130 when interrupted, 143 by SIGTERM.

    Raises:
        UsageError: the secret can be read only once.
    """
    if every is not None and not SPACING_SECONDS <= every < math.inf:
        raise UsageError(f"--every must be at least {SPACING_SECONDS:g} seconds, not {every:g}.")
    import_all()
    return asyncio.run(_Watch(process, screen, options, every, send=send).run())


class _Watch:
    def __init__(
        self,
        process: Process,
        screen: Screen,
        options: Options,
        every: float | None,
        *,
        send: bool,
    ) -> None:
        self._process, self._screen, self._options = process, screen, options
        self._every, self._send = every, send
        self._cwd = process.cwd
        self._standard_input = _read_once(process, options)
        # The last complete checkup, and the last checkup.
        self._last: Report | None = None
        self._latest: Report | None = None
        # Whether the note on the environment was shown, whether the last line is to be overwritten,
        # and whether the line above it is blank.
        self._noted = self._drawn = self._parted = False

    async def run(self) -> int:
        this = asyncio.current_task()
        assert this is not None
        with suppress(NotImplementedError):  # on Windows
            # As asyncio does for Ctrl-C: `timeout 60 edgecheck doctor --watch` ends cleanly.
            for number in signals.ENDING:
                if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                    asyncio.get_running_loop().add_signal_handler(number, _end, this, number)
        try:
            return await self._rounds()
        except asyncio.CancelledError:
            return self._interrupted()

    async def _rounds(self) -> int:
        why = ""
        while True:
            started = time.monotonic()
            files = Files.of(self._options, self._cwd, self._process.environ)
            settings = await self._settings(files)
            changed = asyncio.create_task(files.changed())
            try:
                report = await self._examine(settings, changed, why)
                # A checkup that a change cut off has no result; the change starts the next round at
                # once.
                if not report.facts.interrupted:
                    self._show(report, why)
                    if self._screen.exit_code(report) == OK:
                        break
                    self._screen.sent(report, last=False)
                    await asyncio.wait({changed}, timeout=self._wait_for(report, settings, files))
                    self._erase()
                why = changed.result() if changed.done() else ""
            finally:
                changed.cancel()
            await asyncio.sleep(started + SPACING_SECONDS - time.monotonic())
        return self._screen.close(report) if self._screen.is_document else self._screen.sent(report)

    async def _settings(self, files: Files) -> Settings:
        """Load the settings; if a profile that is being edited is wrong, wait until it changes."""
        while True:
            try:
                return self._process.load(self._options, io.BytesIO(self._standard_input))
            except ProfileError as error:
                if self._latest is None:
                    raise
                self._process.say(str(error))
                self._draw(f"{self._clock} waiting for {files.awaited}; Ctrl-C ends")
                await files.changed()
                self._erase()
                files = Files.of(self._options, self._cwd, self._process.environ)

    async def _examine(self, settings: Settings, changed: asyncio.Task[str], why: str) -> Report:
        """Examine once, until a change makes that pointless."""

        async def judge(observe: CheckupObserver) -> Report:
            return await checkup(settings, observe) if self._send else offline(settings)

        if why and self._whole:
            self._head(why)
        run = asyncio.create_task(
            follow(judge, self._screen, self._options.timeout, stages=self._whole)
        )
        try:
            await asyncio.wait({run, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.cancel()
            await asyncio.wait({run})
            self._latest = run.result()
        return self._latest

    @property
    def _whole(self) -> bool:
        return self._last is None or self._screen.verbose

    def _show(self, report: Report, why: str) -> None:
        whole, before, self._last = self._whole, self._last, report
        screen = self._screen
        if screen.is_document:
            return  # one, at the end
        if before is None or whole:
            screen.show(report)
        elif why or not alike(before, report):
            self._head(why or "examined again")
            screen.output.print(changes(before, report, screen.output.width, strict=screen.strict))

    def _head(self, why: str) -> None:
        output = self._screen.output
        output.print(
            [
                *([] if self._parted else [line("")]),
                rule(output.width, f"{self._clock} {why}"),
                line(""),
            ]
        )
        self._parted = False

    def _interrupted(self) -> int:
        self._erase()
        report, screen = self._last or self._latest, self._screen
        if report is None:
            raise KeyboardInterrupt
        if screen.is_document or self._last is None:
            screen.show(report)
        elif not screen.quiet:
            root = report.diagnosis.verdict
            screen.output.print(
                [
                    line(""),
                    line(
                        ("Interrupted. ", "bold"),
                        "Not healthy yet",
                        f": {root.code}" if root else "",
                        ".",
                    ),
                ]
            )
        screen.sent(report)
        return signals.exit_code()

    def _wait_for(self, report: Report, settings: Settings, files: Files) -> float | None:
        """Show what is waited for; return the seconds after which to examine without a change."""
        screen, every = self._screen, self._every
        given = [
            setting.origin
            for setting in (settings.backend_url, settings.secret, settings.agent_id)
            if setting is not None
        ]
        fixed = [origin for origin in given if origin.source is not Source.FILE]
        words = f"for {files.awaited}"
        if len(fixed) == len(settings.profile.names) and files.secret is None:
            every = every or WITHOUT_FILE_SECONDS
            words = f"{every:g} s, as no file has these settings"
        elif every is not None:
            words += f", or {every:g} s"
        elif (
            report.diagnosis.verdict is not None
            and report.diagnosis.verdict.side is not Side.CLIENT
        ):
            words += " (--every 30 also checks by time)"
        if screen.is_document or screen.quiet:
            return every
        variables = [str(origin) for origin in fixed if origin.source is Source.ENVIRONMENT]
        if variables and not self._noted:
            self._noted = True
            self._process.say(
                f"\n{' and '.join(variables)}: this run keeps the values of its environment. After "
                "a change there, start it again."
            )
        self._draw(f"{self._clock} waiting {words}; Ctrl-C ends")
        return every

    @property
    def _clock(self) -> str:
        return f"{self._process.now():%H:%M:%S}"

    def _draw(self, words: str) -> None:
        terminal = self._screen.terminal
        if terminal is not None:
            line_before = "" if self._parted else "\n"
            draw(terminal, line_before + shown(words)[: self._screen.output.width - 1])
            self._drawn = self._parted = True
        elif is_terminal(self._process.stderr, self._process.environ):
            self._process.say(f"\n{shown(words)}")

    def _erase(self) -> None:
        terminal = self._screen.terminal
        if self._drawn and terminal is not None:
            draw(terminal, "")
            self._drawn = False


def _end(watch: asyncio.Task[int], number: int) -> None:
    signals.ended_by(number)
    watch.cancel()


def _read_once(process: Process, options: Options) -> bytes:
    """Read the secret from standard input if it comes from there: it can be read only once."""
    if options.secret_file is None:
        return b""
    if options.secret_file == STANDARD_INPUT:
        return process.stdin.buffer.read(MAX_SECRET_BYTES + 1)
    with suppress(OSError, ValueError):
        if stat.S_ISFIFO((process.cwd / options.secret_file).stat().st_mode):
            raise UsageError(
                f"--secret-file {options.secret_file} can be read only once, and --watch reads it "
                "at every run. Use standard input: pass show edge | edgecheck doctor --watch "
                "--secret-file -"
            )
    return b""
