"""The frames of a conversation: shown as they pass, kept for a while, recorded on request."""

from __future__ import annotations

import contextlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol, TextIO

from ..files import PRIVATE
from ..report import Report
from ..settings.pieces import MASK
from ..wire.clean import Cleaner
from ..wire.clock import now
from .frames import Frame, Part, one_line

# The last frames, which `show` finds: at most this many, and this many characters together.
FRAMES_KEPT = 200
CHARACTERS_KEPT = 32 * 1024 * 1024
# The characters of one frame in a JSON line or in a record.
TEXT_LIMIT = 64 * 1024
# Long enough for a command, although a terminal breaks such a line. Longer messages are cut; `show`
# shows all of them.
LINE_LIMIT = 600
# RFC 6455, section 5.5: the largest payload of a control frame, in bytes.
CONTROL_LIMIT = 125


class Reporter(Protocol):
    """Shows what happens."""

    as_json: bool
    verbose: bool

    def event(self, name: str, *parts: Part, **fields: object) -> None:
        """Show one event: a line of parts for people, fields for scripts."""

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Show why there is no connection, or why it ended."""


class Transcript:
    """The frames that passed over the connections of one conversation.

    Args:
        reporter: shows the frames.
        clean: for what is shown and recorded of them.
    """

    def __init__(self, reporter: Reporter, clean: Cleaner) -> None:
        self._reporter, self._clean = reporter, clean
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._characters = 0
        self._last = 0
        self._record: TextIO | None = None

    def frame(self, word: str) -> Frame | None:
        """Return the frame with a number; None if it is not kept."""
        kept = {str(number): frame for number, frame in self._frames.items()}
        return kept.get(word.lstrip("0"))

    def numbers(self) -> Iterator[str]:
        """Return the numbers of the frames that are kept, the last one first."""
        return map(str, reversed(self._frames))

    def add(
        self,
        data: str | bytes,
        *,
        sent: bool,
        kind: str = "",
        beside: Iterable[Part] = (),
        quiet: bool = False,
        **fields: object,
    ) -> None:
        """Show, keep and record a frame.

        Args:
            data: of a message, or of a control frame.
            sent: by us.
            kind: ``ping``, ``pong``; empty for a message.
            beside: parts that follow on the same line.
            quiet: record it, but show it only if the user wants to see everything.
            fields: for scripts and the record.
        """
        kind = kind or ("binary" if isinstance(data, bytes) else "text")
        entry: dict[str, object] = {
            "direction": "sent" if sent else "received",
            "kind": kind,
            "size": len(data),
            **fields,
        }
        if self._reporter.as_json or self._record is not None:
            entry |= self._content(data)
        if self._record is not None:
            self._write(entry)
        if quiet and not self._reporter.verbose:
            return
        self._last += 1
        self._keep(Frame(self._last, now(), sent, data, kind))
        parts: list[Part] = [f"{kind} frame {self._clean(data, CONTROL_LIMIT)}"]
        if kind in ("text", "binary"):
            parts = one_line(data, self._clean, LINE_LIMIT)
        entry["number"] = self._last
        index = f"{self._last:>4} "
        self.tell("frame", "→" if sent else "←", [*parts, *beside], entry, index=index)

    def tell(
        self,
        name: str,
        arrow: str,
        parts: Iterable[Part],
        fields: Mapping[str, object],
        *,
        index: str = "",
    ) -> None:
        """Show one event, with the time of day."""
        moment = f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3]
        self._reporter.event(name, (moment, "dim"), f" {arrow} ", (index, "dim"), *parts, **fields)

    def record(self, path: str) -> None:
        """Append every frame to this file alone from now on; a new file is private to its owner.

        Raises:
            OSError, RuntimeError, ValueError: it cannot be opened.
        """

        def opener(name: str, flags: int) -> int:
            return os.open(name, flags, PRIVATE)  # it holds all messages

        file = Path(path).expanduser()
        record = open(file, "a", encoding="utf-8", opener=opener)  # noqa: SIM115
        self.stop_recording()
        self._record = record

    def stop_recording(self) -> None:
        """Close the record, if there is one."""
        if self._record is not None:
            with contextlib.suppress(OSError):  # what could not be written is still in its buffer
                self._record.close()
            self._record = None

    def _content(self, data: str | bytes) -> dict[str, object]:
        text = self._clean(data, TEXT_LIMIT)
        # Written as hexadecimal digits, the secret would still be readable.
        if isinstance(data, bytes) and MASK not in text:
            return {"hex": data[: TEXT_LIMIT // 2].hex()}
        return {"text": text}

    def _keep(self, frame: Frame) -> None:
        frames = self._frames
        frames[frame.number] = frame
        self._characters += len(frame.data)
        while len(frames) > 1 and (len(frames) > FRAMES_KEPT or self._characters > CHARACTERS_KEPT):
            _, dropped = frames.popitem(last=False)
            self._characters -= len(dropped.data)

    def _write(self, entry: dict[str, object]) -> None:
        assert self._record is not None
        try:
            self._record.write(json.dumps({"at": now(), **entry}) + "\n")
            self._record.flush()
        except OSError as error:
            self.stop_recording()
            why = f"recording stopped: {error.strerror}"
            self._reporter.event("note", (why, "red"), error=error.strerror)
