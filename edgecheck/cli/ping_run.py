"""A run of `ping`: the pings, what is shown of them, and the summary."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..agent.pinger import Lost, Other, Pinger, Tally, Unexpected
from ..agent.pongs import Reply
from ..agent.round_trips import RoundTrips, number
from ..agent.size_limit import CONNECTIONS, bounds_of, was_the_size
from ..agent.waiting import unless
from ..facts import MessageKind
from ..patterns import grows
from ..wire.arrival import ArrivalLoop
from ..wire.budget import LIVE_MESSAGE_LIMIT
from ..wire.session import Ended
from ..wire.trip import Trip
from ..wording.units import counted
from .ends import OK, PROBLEM, UsageError
from .live import Live, Reporter
from .options import Given
from .ping_options import PingOptions
from .process import Process
from .verdicts import explain_end, open_or_explain, target_of

if TYPE_CHECKING:
    from ..agent.pinger import Event
    from ..agent.size_limit import Bounds
    from ..backend.profile import Conversation
    from ..facts import Message
    from ..settings.model import Settings
    from ..wire.session import Session

# This many unanswered pings at the end are not a coincidence: the connection is silent.
SILENT_PINGS = 2
# The names that ping(8) uses.
JSON_NAMES = {"minimum": "min", "average": "avg", "maximum": "max", "deviation": "mdev"}
# A bar of this length fits into 80 columns together with its numbers.
HISTOGRAM_COLUMNS = 40


def ping_run(process: Process, given: Given, wanted: PingOptions) -> int:
    """Send the pings, show what happens, and return the exit code.

    Raises:
        UsageError: the profile's ping has no room for `--size`.
    """
    live = Live(process, given, looking=True)

    async def work(settings: Settings) -> int:
        talk = settings.profile.session
        if wanted.size is not None and not (talk.client_pings and talk.ping.text.startswith("{")):
            raise UsageError("--size needs a profile whose ping is JSON, which may end in blanks.")
        return await _measure(live, settings, wanted)

    return live.run(work, loop=ArrivalLoop, until_stopped=True)


async def _measure(live: Live, settings: Settings, wanted: PingOptions) -> int:
    """Open a connection, send the pings, show what happens, and return the exit code."""
    reporter, stop, screen = live.reporter, live.stop, PingLog(live.reporter)
    opened = await unless(stop, open_or_explain(settings, reporter))
    if opened is None:
        # Without an endpoint, the settings were shown to be wrong, and there is nothing to sum up.
        if stop.is_set() and settings.endpoint is not None:
            screen.summary(Tally(), RoundTrips(), 0.0, target_of(settings))
        return PROBLEM
    trip, session = opened
    target = target_of(settings, session)
    # Where the profile has no message that is answered, a frame is.
    control = wanted.control or session.talk.ping.frame or not session.talk.client_pings
    what = _name_of(session.talk, control=control)
    size = wanted.size or 0
    is_padded = size > 0 and size > len(session.talk.ping.text.encode())
    padded = f", padded to {size} bytes," if is_padded else ""
    screen.start(target, session.peer, wanted.interval, f"{what}{padded}")
    pinger = Pinger(
        session,
        interval=wanted.interval,
        wait=wanted.wait,
        count=wanted.count,
        control=control,
        observe=screen.observe,
        size=wanted.size or 0,
    )
    ended = False
    with _snapshots(live.process, pinger):
        try:
            await pinger.run(stop, wanted.deadline)
        except Ended:
            ended = True
    screen.summary(pinger.tally, pinger.round_trips, pinger.milliseconds, target)
    silent = pinger.silent >= SILENT_PINGS or not (pinger.tally.received or stop.is_set())
    slow = pinger.tally.lost >= SILENT_PINGS and grows(session.so_far().recent_ms)
    if ended or silent or slow:
        limit = await _limit(live, settings, session, pinger, wanted, screen) if ended else None
        await explain_end(settings, trip, session, reporter, limit)
    await session.close()
    for message in session.rest():
        if message.command_id:  # nobody else gets what came while the connection was closed
            screen.observe(Other(message))
    return exit_code(pinger, wanted.count if wanted.deadline else None, ended=ended)


async def _limit(
    live: Live,
    settings: Settings,
    session: Session,
    pinger: Pinger,
    wanted: PingOptions,
    screen: PingLog,
) -> Bounds | None:
    """Measure the limit of a message's size, if the first padded ping ended the connection."""
    size = wanted.size or 0
    if pinger.tally.received or not was_the_size(session.facts(), size):
        return None
    live.process.say(f"Measuring the limit, with {CONNECTIONS} more connections at most.")

    async def connect() -> Session | None:
        return await Trip.of(settings, message_limit=LIVE_MESSAGE_LIMIT).open_alone()

    def other(message: Message) -> None:
        screen.observe(Other(message))

    return await unless(live.stop, bounds_of(connect, size, wanted.wait, other))


def _name_of(talk: Conversation, *, control: bool) -> str:
    """Name what is sent."""
    if control:
        return "a WebSocket ping frame"
    return "a JSON ping" if talk.ping.text.startswith("{") else "a ping message"


class PingLog:
    """The output of a run of pings.

    Args:
        reporter: writes it.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def start(self, target: str, peer: str, interval: float, what: str) -> None:
        """Show what is about to be measured."""
        line = f"PING {target}: {what} every {interval:g} s"
        said = [] if self._reporter.quiet else [line]
        self._reporter.event("open", *said, target=target, peer=peer)

    def observe(self, event: Event) -> None:
        """Show one event."""
        # Nobody else gets such a command, so it is something wrong.
        kinds = (MessageKind.COMMAND, MessageKind.MALFORMED_COMMAND)
        taken = isinstance(event, Other) and event.message.kind in kinds
        if self._reporter.quiet and not self._reporter.as_json and not taken:
            return
        tell = self._reporter.event
        match event:
            case Reply(sequence, seconds, late=False):
                took = number(seconds * 1000)
                tell(
                    "pong",
                    f"pong seq={sequence} time={took} ms",
                    seq=sequence,
                    time_ms=round(seconds * 1000, 4),
                )
            case Reply(sequence, seconds):
                line = f"late pong seq={sequence} time={number(seconds * 1000)} ms"
                tell("late", (line, "yellow"), seq=sequence, time_ms=round(seconds * 1000, 4))
            case Lost(sequence):
                tell("lost", (f"no pong seq={sequence} in time", "red"), seq=sequence)
            case Unexpected():
                tell("unexpected", ("unexpected pong: it answers no ping", "yellow"))
            case Other(message):
                name = "command" if taken else "message"
                parts: list[str | tuple[str, str]] = []
                if taken:
                    named = f" {message.command_id}" if message.command_id else ""
                    parts = [(f"command{named} came: not run, not acknowledged", "yellow")]
                if self._reporter.verbose:
                    parts = [*parts, *([" "] if parts else []), f"{name}: {message.excerpt}"]
                more = {"command_id": message.command_id or None} if taken else {}
                tell(name, *parts, kind=str(message.kind), excerpt=message.excerpt, **more)

    def summary(
        self, tally: Tally, round_trips: RoundTrips, milliseconds: float, target: str
    ) -> None:
        """Show the statistics of the whole run."""
        numbers = round_trips.summary()
        if self._reporter.as_json:
            rtt = None
            if numbers is not None:
                named = {JSON_NAMES.get(name, name): n for name, n in asdict(numbers).items()}
                rtt = {name: round(value, 4) for name, value in named.items()}
            fields = {
                **asdict(tally),
                "loss_percent": round(tally.loss_percent, 2),
                "duration_ms": round(milliseconds, 1),
                "rtt_ms": rtt,
            }
            self._reporter.event("summary", **fields)
            return
        tell = self._reporter.event
        tell("", "")  # after the ^C that the terminal shows
        tell("", f"--- {target} ping statistics ---")
        tell("", _counts(tally, milliseconds))
        if numbers is not None:
            values = (numbers.minimum, numbers.average, numbers.maximum, numbers.deviation)
            tell("", f"rtt min/avg/max/mdev = {'/'.join(map(number, values))} ms")
            percentiles = (numbers.p50, numbers.p95, numbers.p99)
            tell("", f"rtt p50/p95/p99 = {'/'.join(map(number, percentiles))} ms")
        if tally.commands or tally.others:
            tell("", _others(tally))
        if self._reporter.is_watched:
            self._histogram(round_trips)

    def _histogram(self, round_trips: RoundTrips) -> None:
        rows = round_trips.histogram()
        most = max((row.count for row in rows), default=0)
        width = max((len(number(row.high)) for row in rows), default=0)
        for row in rows:
            bar = "█" * max(round(row.count / most * HISTOGRAM_COLUMNS), 1 if row.count else 0)
            span = f"{number(row.low):>{width}} – {number(row.high):>{width}} ms "
            count = f" {row.count}" if row.count else ""
            self._reporter.event("", (span, "dim"), (bar, "cyan"), count)


def _counts(tally: Tally, milliseconds: float) -> str:
    words = [f"{tally.sent} sent", f"{tally.received} received"]
    rare = ((tally.late, "late"), (tally.unexpected, "unexpected"))
    words += [f"{number} {word}" for number, word in rare if number]
    if unanswered := tally.sent - tally.received - tally.lost:
        words.append(f"{unanswered} not answered yet")
    return f"{', '.join(words)}, {tally.loss_percent:.3g}% loss, time {milliseconds:.0f} ms"


def _others(tally: Tally) -> str:
    kinds = ((tally.commands, "command"), (tally.others, "other message"))
    came = [counted(number, noun) for number, noun in kinds if number]
    unacknowledged = ", not acknowledged" if tally.commands else ""
    return f"{' and '.join(came)} arrived meanwhile{unacknowledged}"


def exit_code(pinger: Pinger, wanted: int | None, *, ended: bool) -> int:
    """Return 0 if every ping whose outcome is known was answered in time, and there is one.

    Args:
        wanted: with a deadline, the number of pings that had to be answered (ping(8), -c and -w).
        ended: the connection ended before the run did.
    """
    tally = pinger.tally
    enough = tally.received >= (wanted or 1)
    return OK if enough and not tally.lost and not ended else PROBLEM


@contextmanager
def _snapshots(process: Process, pinger: Pinger) -> Iterator[None]:
    """Print a line for every SIGQUIT, and go on (ping(8))."""

    def snapshot() -> None:
        numbers = pinger.round_trips.summary()
        values = (numbers.minimum, numbers.average, numbers.maximum) if numbers else ()
        tally = pinger.tally
        times = f", min/avg/max = {'/'.join(map(number, values))} ms" if values else ""
        process.say(
            f"{tally.received}/{tally.sent} received, {tally.loss_percent:.3g}% loss{times}"
        )

    loop = asyncio.get_running_loop()
    quit_ = getattr(signal, "SIGQUIT", None)  # not on Windows
    if quit_ is not None:
        loop.add_signal_handler(quit_, snapshot)
    try:
        yield
    finally:
        if quit_ is not None:
            loop.remove_signal_handler(quit_)
