"""A whole log: its distinct problems, when each came, and which one explains the rest (pure).

The log comes in pieces of any size, and memory does not grow with it: of each problem its count,
its times and one line are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue.problem import Problem
from .answers import GATEWAY, is_socket
from .excerpt import Excerpt
from .find import ranked
from .masking import masked
from .moment import moment_of
from .reading import signs_in
from .rhythm import Times, regular
from .sieve import sieve_with
from .sign import Sign, Strength
from .values import values_in
from .vocabulary import parsed

# A longer line is not one of a log: the rest of it is not read.
MAX_LINE = 64 * 1024
# How many characters of a line are shown.
SAMPLE = 300
# How many different lines are remembered, so that the same one is read once.
_REMEMBERED = 20_000
# What differs between lines that say the same: times, addresses, ids, counters.
_VARYING = re.compile(
    rb"(?<=\d[.:])\d+|(?<=\[)\d+(?=\])|\d{5,}|[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|-\d\d[t ]\d\d"
)
# The keys of a JSON line that hold what a person would read, and those of its time.
_MESSAGES = (
    "log",
    "message",
    "msg",
    "MESSAGE",
    "textPayload",
    "event",
    "error",
    "err",
    "exception",
)
_TIMES = ("time", "ts", "timestamp", "@timestamp", "__REALTIME_TIMESTAMP")
# After a restart everybody connects again; later problems have other causes.
_AFTER_RESTART = 60.0
# A problem that is this much rarer than the most frequent one is a matter of its own.
_RARE = 0.05
# The ends of a connection that an idle limit causes, whatever it looks like to the program.
_ENDS = ("session-dropped", "session-closed-without-code", "session-going-away", "tcp-reset")
_IDLE = "session-idle-closed"
_BY_AGE = (*_ENDS, _IDLE, "session-lifetime-limit", "session-closed-normally", "pong-timeout")
# A start that is told in several lines is one; so many lines, or seconds, apart they are two.
_ONE_START = 10
# How far before a line without a time one is looked for, in bytes: a traceback has it at its head.
_HEAD_SIZE = 6_000
# So many lines without any time, and the log has none.
_TIMELESS = 20
# Where JSON lines keep an error: loggers nest it.
_NESTED = (
    *("err", "error", "exception", "fields", "jsonPayload", "payload", "attributes", "body"),
    "context",
)
_SAYING = ("type", "name", "message", "msg", "error", "detail", "reason", "code")
# Statuses by which any request says that no server stood behind a gateway.
_OF_A_GATEWAY = frozenset(map(str, GATEWAY))
EVENTS = Path(__file__).parent / "events.txt"


@dataclass
class Found:
    """One problem of a log.

    Args:
        problem: the entry.
        sign: the strongest one that led to it.
        line: the number of the first line, from 1.
        sample: that line, without credentials.
        values: what that line fills into the texts of the entry: its status, host, close code.
        count: how many lines.
        times: when they came.
    """

    problem: Problem
    sign: Sign
    line: int
    sample: str
    values: dict[str, str] = field(default_factory=dict)
    count: int = 0
    times: Times = field(default_factory=Times)

    @property
    def says_little(self) -> bool:
        """Whether its lines only say that something failed."""
        return self.sign.score < Strength.SYMPTOM

    @property
    def interval(self) -> float | None:
        """The seconds from one line to the next, if they are always the same."""
        return regular(self.times.intervals)

    @property
    def age(self) -> float | None:
        """How many seconds connections lived until they ended so, if always the same."""
        if self.problem.code not in _BY_AGE:
            return None  # a restart, or a refusal, has nothing to do with the age
        return regular(self.times.ages)


@dataclass(frozen=True)
class LogSummary:
    """What a log says.

    Args:
        lines, size: how much was read; the size in bytes.
        problems: the one that explains most first.
        verdict: the problem to solve first; None if there is none.
        opened, restarted: how many connections were opened, how often a server was started.
        after_restart: how many lines with problems came within a minute after a start.
        times: the first and the last time of a line that was read.
        masked: how many credentials stood in the lines that are shown.
    """

    lines: int
    size: int
    problems: tuple[Found, ...]
    verdict: Found | None
    opened: int
    restarted: int
    after_restart: int
    times: Times
    masked: int


class LogReader:
    """Reads a log piece by piece.

    Args:
        problems: the catalogue, by code.
        year: for times without one.
        profile: says what the backend's own close codes mean.
    """

    def __init__(self, problems: Mapping[str, Problem], year: int, profile: Profile = EDGE) -> None:
        self._problems, self._year, self._profile = problems, year, profile
        self._events = {
            group.heading: tuple(line.lower() for line in group.lines)
            for group in parsed(EVENTS.read_text(encoding="utf-8")).groups
        }
        self._event_of = {word: event for event, words in self._events.items() for word in words}
        self._sieve = sieve_with(tuple(self._event_of))
        self._found: dict[str, Found] = {}
        self._known: dict[bytes, tuple[str, Sign | None]] = {}
        self._counts = dict.fromkeys(self._events, 0)
        self._times = Times()
        self._rest = b""
        self._lines = self._size = self._after_restart = self._masked = 0
        self._opened_at: float | None = None
        self._restarted_at: float | None = None
        self._start_line = -_ONE_START
        self._without_time = 0

    def feed(self, piece: bytes) -> None:
        """Read the next bytes of the log."""
        self._size += len(piece)
        data = self._rest + piece
        end = data.rfind(b"\n") + 1
        self._rest = data[end:][:MAX_LINE]
        if end:
            self._read(data[:end])

    def finish(self) -> LogSummary:
        """Read what is left, and return what the log says."""
        if self._rest:
            self._read(self._rest + b"\n")
            self._rest = b""
        order = self._ordered()
        return LogSummary(
            lines=self._lines,
            size=self._size,
            problems=order,
            verdict=order[0] if order else None,
            opened=self._counts["opened"],
            restarted=self._counts["restarted"],
            after_restart=self._after_restart,
            times=self._times,
            masked=self._masked,
        )

    def _read(self, data: bytes) -> None:
        """Read whole lines."""
        lower = data.lower()
        counted = 0
        for start, end in self._sieve.candidates(lower):
            self._lines += data.count(b"\n", counted, start)
            counted = start
            self._note(data[start:end][:MAX_LINE], self._lines + 1, data, start)
        self._lines += data.count(b"\n", counted)

    def _note(self, raw: bytes, number: int, data: bytes, start: int) -> None:
        """Note what one line says.

        Args:
            raw: the line.
            number: of the line, from 1.
            data: where it stands, with the lines before it.
            start: where it begins.
        """
        key = _VARYING.sub(b"", raw.lower())
        said = self._known.get(key)
        if said is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            said = self._known[key] = self._said(raw)
        what, sign = said
        if not what:
            return
        moment = moment_of(raw.decode("utf-8", "replace").lower(), self._year)
        if moment is None and self._without_time < _TIMELESS:
            moment = self._moment_before(data, start)
            self._without_time = 0 if moment is not None else self._without_time + 1
        if moment is not None:
            self._times.add(moment)
        if sign is None:
            self._happened(what, moment, number)
        else:
            self._failed(what, sign, raw, number, moment)

    def _moment_before(self, data: bytes, start: int) -> float | None:
        """Return the time of the last line before one without: that of a traceback's head."""
        before = data[max(start - _HEAD_SIZE, 0) : start].decode("utf-8", "replace").lower()
        for line in reversed(before.split("\n")):
            if (moment := moment_of(line, self._year)) is not None:
                return moment
        return None

    def _said(self, raw: bytes) -> tuple[str, Sign | None]:
        """Return the problem that a line means, or the event; an empty text for neither."""
        excerpt = Excerpt.of(_message(raw.decode("utf-8", "replace")))
        words = self._sieve.words_in(excerpt.lower)
        if any(word not in self._event_of for word in words):
            known = self._sieve.phrases_in(excerpt.lower, words)
            if signs := signs_in(excerpt, self._problems, self._profile, known):
                best = ranked(signs, self._problems)[0]
                return best.problem.code, best.signs[0]
        return next((self._event_of[word] for word in words if word in self._event_of), ""), None

    def _happened(self, event: str, moment: float | None, number: int) -> None:
        if event == "restarted":
            before = self._restarted_at
            is_same = number - self._start_line < _ONE_START
            if moment is not None and before is not None:
                is_same = 0 <= moment - before < _ONE_START
            self._start_line = number
            if is_same:
                return
        self._counts[event] += 1
        if moment is not None and event == "opened":
            self._opened_at = moment
        elif moment is not None:
            self._restarted_at = moment

    def _failed(self, code: str, sign: Sign, raw: bytes, number: int, moment: float | None) -> None:
        found = self._found.get(code)
        if found is None:
            line = raw.decode("utf-8", "replace").strip()
            sample, count = masked(line[: 4 * SAMPLE])
            self._masked += count
            values = self._values(Excerpt.of(_message(line)), code)
            found = Found(self._problems[code], sign, number, sample[:SAMPLE], values)
            self._found[code] = found
        elif sign.score > found.sign.score:
            found.sign = sign
        for name, value in sign.values:
            found.values.setdefault(name, value)
        found.count += 1
        if moment is None:
            return
        found.times.add(moment, self._opened_at)
        # A connection ends once.
        self._opened_at = None
        if self._restarted_at is not None and 0 <= moment - self._restarted_at <= _AFTER_RESTART:
            self._after_restart += 1

    def _values(self, excerpt: Excerpt, code: str) -> dict[str, str]:
        """Return what a line fills into the texts of the problem that it means."""
        signs = signs_in(excerpt, self._problems, self._profile)
        return values_in(excerpt, [sign for sign in signs if code in sign.codes])

    def _ordered(self) -> tuple[Found, ...]:
        """Return the problems, the one that explains the rest first.

        That is the one that came first of those that are frequent and say more than that something
        failed. A rare one, such as a name that did not resolve once, explains nothing.
        """
        all_found = [self._refined(found) for found in self._found.values()]
        if not all_found:
            return ()
        most = max(found.count for found in all_found)

        def place(found: Found) -> tuple[bool, bool, int]:
            return (found.says_little, found.count < most * _RARE, found.line)

        return tuple(sorted(all_found, key=place))

    def _refined(self, found: Found) -> Found:
        """Name an idle limit where connections always live for the same time."""
        idle = self._problems.get(_IDLE)
        if found.problem.code in _ENDS and found.age is not None and idle is not None:
            found.problem = idle
        return found


def _message(line: str) -> str:
    """Return what a line says; of a JSON object its message, its level and its other values."""
    if not line.startswith("{"):
        return line
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return line
    texts = _texts(row)
    if not texts and _is_of_a_socket(row):
        return line  # a load balancer's log nests all that it says
    level = row.get("level") or row.get("severity") or row.get("levelname")
    rest = [
        f"{key}={value}"
        for key, value in row.items()
        if key not in (*_MESSAGES, *_TIMES, "level") and isinstance(value, str | int | float)
    ]
    return " ".join([f"level={level}"] * bool(level) + texts + rest)


def _is_of_a_socket(row: Mapping[str, object]) -> bool:
    """Tell whether a request that a JSON object nests counts, as one of an access log does."""
    inner = [item for value in row.values() if isinstance(value, dict) for item in value.items()]
    return any(
        (key.lower().startswith("status") and str(value) in _OF_A_GATEWAY)
        or (key.lower().endswith(("url", "uri", "path")) and _asks_for_a_socket(str(value).lower()))
        for key, value in inner
    )


def _asks_for_a_socket(address: str) -> bool:
    scheme, _, rest = address.rpartition("://")
    path = "/" + rest.partition("/")[2] if scheme else rest
    return scheme in ("ws", "wss") or is_socket(path)


def _texts(row: Mapping[str, object]) -> list[str]:
    """Return what the keys of a JSON object say, and those of an error within it."""
    found = [str(row[key]) for key in _MESSAGES if isinstance(row.get(key), str)]
    for key in _NESTED:
        inner = row.get(key)
        if isinstance(inner, dict):
            found += [str(inner[name]) for name in _SAYING if isinstance(inner.get(name), str)]
    return found
