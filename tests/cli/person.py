"""Somebody at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from edgecheck.cli.console import prompt
from tests.cli.conftest import COMMAND, PATIENCE
from tests.timing import until

if sys.platform != "win32":
    import pexpect
    import pyte


class Person:
    """Somebody at a terminal of 80 columns."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *arguments: str,
        term: str = "xterm-256color",
    ) -> None:
        self.child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "init", *arguments],
            cwd=str(folder),
            env={**environ, "TERM": term},
            dimensions=(60, 80),
        )
        self.raw = b""
        self.screen = pyte.Screen(80, 60)
        self.stream = pyte.ByteStream(self.screen)

    def text(self) -> str:
        """Return what is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def sees(self, *words: str) -> None:
        """Wait until all of these are on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text() for word in words):
            assert time.monotonic() < end, self.text()
            self._read(must_live=True)

    def sees_last(self, question: str) -> None:
        """Wait until the screen ends with a question, and the terminal is ready for an answer."""
        end = time.monotonic() + PATIENCE
        while not self.text().endswith(question):
            assert time.monotonic() < end, self.text()
            self._read(must_live=True)

    def answers(self, text: str) -> None:
        """Type a line."""
        self.child.send(f"{text}\r")

    def pastes(self, text: str) -> None:
        """Paste, as a terminal tells programs that something is pasted."""
        self.child.send(f"\x1b[200~{text}\x1b[201~")

    def pastes_and_enters(self, text: str) -> None:
        """Paste what is not drawn, and take it."""
        self.pastes(text)
        self.sees_last(prompt.PASTED)
        self.answers("")

    def ends(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self._read(must_live=False):
            pass
        # Closing the terminal of one that has not quite ended would end it.
        until(lambda: not self.child.isalive())
        self.child.close()
        assert self.child.exitstatus is not None, self.text()
        return self.child.exitstatus

    def ends_without_a_checkup(self) -> int:
        """Refuse the checkup at the end of `init`; return the exit code."""
        self.sees_last("Run the checkup now? [Y/n]")
        self.answers("n")
        return self.ends()

    def _read(self, *, must_live: bool) -> bool:
        """Draw what has come; tell whether that was all."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            assert not must_live, self.text()
            return True
        self.raw += data
        self.stream.feed(data)
        return False
