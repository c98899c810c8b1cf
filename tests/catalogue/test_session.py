"""What ended an open socket, where the close code alone does not say it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.diagnose import diagnose
from edgecheck.diagnose.verdict import Verdict
from edgecheck.escapes import escape
from edgecheck.facts import Facts, Failure, HttpResponse, Kind, Life, Span
from edgecheck.terms import Confidence, Side
from tests.catalogue.test_told_screens import on_this_machine
from tests.sights import closed, failed

LIKELY, POSSIBLE = Confidence.LIKELY, Confidence.POSSIBLE
CLIENT, INTERMEDIARY, BACKEND = Side.CLIENT, Side.INTERMEDIARY, Side.BACKEND
RESET = "the first thing that was sent after a time without traffic was answered by a reset"


def ended(
    code: int, kind: Kind | None = None, message: str = "it ended", reason: str = "", **session: Any
) -> Facts:
    """Return a session that worked and ended: by the server's close frame, or without one."""
    facts = closed(code, reason)
    assert facts.session is not None
    assert facts.session.failure is not None
    failure = Failure(kind or facts.session.failure.kind, message)
    return replace(
        facts, session=replace(facts.session, failure=failure, **{"pong": True, **session})
    )


def opened_by(facts: Facts, *fields: tuple[str, str]) -> Facts:
    """Return the facts with fields in the answer that opened the socket."""
    assert facts.upgrade is not None
    response = HttpResponse("HTTP/1.1", 101, "Switching Protocols", fields)
    return replace(facts, upgrade=replace(facts.upgrade, response=response))


def lives(code: int, *lasted: float, **more: Any) -> dict[str, Any]:
    """Return a session's times, and those of the connections before it."""
    earlier = tuple(Life(each, answered=True, close_code=code, **more) for each in lasted[:-1])
    return {"earlier": earlier, "span": Span(0.0, lasted[-1]), **more}


def sized(sent: int, passed: int | None = None, reason: str = "", code: int = 1009) -> Facts:
    """Return a session that ended after a message of so many bytes."""
    return ended(code, reason=reason, largest_sent=sent, largest_passed=passed)


def broken(message: str, first_bytes: bytes, *fields: tuple[str, str]) -> Facts:
    """Return a session that the client ended because of what came."""
    seen = {"closed_by": "client", "pong": None, "first_bytes": escape(first_bytes)}
    return opened_by(ended(1002, message=message, **seen), *fields)


IDLE = {"kind": Kind.SESSION_IDLE_CLOSED, "idle_ms": 60_000.0}
OLD = {"idle_ms": 2_000.0, "longest_gap_ms": 5_000.0}
# Facts; code, side and confidence; words of the title, the cause, the first step or the evidence.
ENDS = {
    "another client, most likely": (
        ended(1000, **lives(1000, 8_000.0, 9_700.0, 12_300.0)),
        ("session-replaced", CLIENT, POSSIBLE),
        "3 connections in a row were accepted and answered",
    ),
    "a loop with a reason of its own": (
        ended(1000, reason="server overloaded", **lives(1000, 8_000.0, 9_700.0, 12_300.0)),
        ("session-try-later", BACKEND, LIKELY),
        "overloaded",
    ),
    "the server's own loop": (
        ended(1006, **lives(1006, 500.0, 510.0, 520.0)),
        ("session-dropped", BACKEND, POSSIBLE),
        "The server ends each connection after a short while: 510 ms",
    ),
    # --- idle ---
    "a firewall forgot it": (
        ended(1006, message=RESET, **IDLE),
        ("session-idle-closed", INTERMEDIARY, POSSIBLE),
        "which firewall, NAT router or load balancer forgets a connection after 60.0 s",
    ),
    "a close frame when an idle limit would have passed": (
        ended(1000, idle_ms=60_000.0, longest_gap_ms=15_000.0),
        ("session-idle-closed", BACKEND, POSSIBLE),
        "was closed after 60.0 s without traffic: 1000",
    ),
    "a close frame after a gap like the one before": (
        ended(1000, idle_ms=60_000.0, longest_gap_ms=58_000.0),
        ("session-closed-normally", BACKEND, POSSIBLE),
        "1000",
    ),
    "a close frame to a client that had no answer": (
        ended(1000, pong=None, idle_ms=60_000.0),
        ("session-closed-normally", BACKEND, POSSIBLE),
        "1000",
    ),
    "a limit that nobody can raise": (
        opened_by(ended(1006, **IDLE), ("CF-RAY", "8a-FRA"), ("Server", "cloudflare")),
        ("session-idle-closed", CLIENT, LIKELY),
        "every 30 s in your client",
    ),
    # --- age ---
    "each at the same age": (
        ended(1006, **lives(1006, 30_010.0, 30_020.0, 30_030.0, **OLD)),
        ("session-lifetime-limit", INTERMEDIARY, LIKELY),
        "a connection ended 30.0 s after its opening",
    ),
    "one at a round age, after a longer gap": (
        ended(1006, **lives(1006, 30_010.0, **OLD)),
        ("session-lifetime-limit", INTERMEDIARY, POSSIBLE),
        "it had survived 5000 ms without traffic before",
    ),
    "a close code that says something, after one at a round age": (
        ended(4000, earlier=(Life(30_010.0, answered=True, close_code=1006),), **OLD),
        ("session-closed-unknown", BACKEND, POSSIBLE),
        "4000",
    ),
    # --- a server that stopped ---
    "the port refuses since": (
        ended(1006, refused_next=True),
        ("session-dropped", BACKEND, LIKELY),
        "its port refuses new ones",
    ),
    "the port refuses since a close": (
        ended(1001, refused_next=True),
        ("session-going-away", BACKEND, LIKELY),
        "its port refuses new ones",
    ),
    "an error page in the socket": (
        ended(1006, first_bytes="HTTP/1.1 502 Bad Gateway"),
        ("session-dropped", BACKEND, LIKELY),
        "An HTTP answer (502) came over the open socket",
    ),
    "nothing is in between": (
        on_this_machine(ended(1006)),
        ("session-dropped", BACKEND, LIKELY),
        "nothing is between it and edgecheck",
    ),
    # --- sizes ---
    "a large message, and no word": (
        sized(20_000, code=1006),
        ("session-dropped", CLIENT, LIKELY),
        "lies below 20000 bytes. Servers have these by default: 8192 (Tomcat).",
    ),
    "a large message, and one that passed": (
        sized(2_000_000, 1_100_000),
        ("session-message-too-big", CLIENT, LIKELY),
        "One of 1100000 bytes passed before, so the limit lies between 1100000 and 2000000 bytes.",
    ),
    "a large message, and the limit to a byte": (
        ended(1009, largest_sent=70_000, largest_passed=65_536, smallest_refused=65_537),
        ("session-message-too-big", CLIENT, LIKELY),
        "The limit is 65536 bytes: a ping of as many was answered, and one of a byte more was not.",
    ),
    "a large message, and how far pings got": (
        ended(1009, largest_sent=70_000, largest_passed=65_000, smallest_refused=66_000),
        ("session-message-too-big", CLIENT, LIKELY),
        "lies between 65000 bytes, which were answered, and 66000, which were not.",
    ),
    "a large message, and its limit": (
        sized(200_000, 1_000, "message exceeds limit of 64 KiB"),
        ("session-message-too-big", CLIENT, LIKELY),
        "Send messages of at most 65536 bytes",
    ),
    "a small message, and its limit": (
        sized(0, reason="max size is 128 bytes, min size is 2 bytes"),
        ("session-message-too-big", BACKEND, LIKELY),
        "The limit is 128 bytes, as its reason says.",
    ),
    "a small message, and no limit": (
        sized(0),
        ("session-message-too-big", BACKEND, LIKELY),
        "or it counts something else.",
    ),
    # --- frames ---
    "compressed frames that nobody agreed to": (
        broken("reserved bits must be 0", b"\xc1\r"),
        ("session-compressed-frames", INTERMEDIARY, LIKELY),
        "",
    ),
    "compressed frames, and nothing in between": (
        on_this_machine(broken("reserved bits must be 0", b"\xc1\r")),
        ("session-compressed-frames", BACKEND, LIKELY),
        "switch compression off",
    ),
    "compressed frames that were agreed to": (
        broken(
            "reserved bits must be 0",
            b"\xc1\r",
            ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ),
        ("session-protocol-error", BACKEND, LIKELY),
        "",
    ),
    "other bits than those of compression": (
        broken("reserved bits must be 0", b"\xf1\r"),
        ("session-protocol-error", BACKEND, LIKELY),
        "",
    ),
    "a masked frame": (
        broken("incorrect masking", b"\x81\x85"),
        ("session-protocol-error", BACKEND, LIKELY),
        "The backend masks its frames",
    ),
    "bytes that only look like a masked frame": (
        broken("incorrect masking", b"SSH-2.0"),
        ("session-protocol-error", BACKEND, LIKELY),
        "",
    ),
    "a server that complains": (
        ended(1002, reason="odd bytes"),
        ("session-protocol-error", BACKEND, POSSIBLE),
        'their server says: "1002: odd bytes"',
    ),
}


def verdict(facts: Facts) -> Verdict:
    """Return the verdict."""
    found = diagnose(facts).verdict
    assert found is not None
    return found


@pytest.mark.parametrize("name", ENDS)
def test_what_ended_a_session_is_told_by_its_times_and_bytes(name: str) -> None:
    """Who has to act depends on more than the close code."""
    facts, (code, side, confidence), words = ENDS[name]
    found = verdict(facts)

    assert (found.code, found.side, found.confidence) == (code, side, confidence)
    assert any(
        words in line for line in (found.title, found.cause, found.remedies[0], *found.evidence)
    )


def test_other_ends_between_those_at_the_same_age_are_no_evidence() -> None:
    """A close code of its own and a refused request have no age that a limit explains."""
    earlier = (
        Life(30_010.0, answered=True, close_code=1006),
        Life(5_100.0, answered=True, close_code=4001),
        Life(status=503),
    )
    found = verdict(ended(1006, earlier=earlier, span=Span(0.0, 30_500.0), **OLD))

    assert (found.code, found.confidence) == ("session-lifetime-limit", LIKELY)
    assert found.evidence[:2] == (
        "a connection ended 30.0 s after its opening",
        "a connection ended 30.5 s after its opening",
    )


@pytest.mark.parametrize(
    ("sent", "passed", "step"),
    [
        (20_000, 10_000, "edgecheck ping -c 1 --size 15000"),
        (20_000, None, "edgecheck ping -c 1 --size 10000"),
        (20_000, 19_000, None),  # close enough
    ],
)
def test_a_limit_can_be_narrowed_by_pings(sent: int, passed: int | None, step: str | None) -> None:
    """A ping that is padded does nothing at the backend."""
    steps = " ".join(verdict(sized(sent, passed)).remedies)

    assert ("--size" in steps) is (step is not None)
    assert (step or "") in steps


def test_bounds_between_which_no_server_has_its_limit_name_none() -> None:
    """The bounds are said, and no product."""
    cause = verdict(sized(20_000, 10_000)).cause

    assert "between 10000 and 20000 bytes. Some servers" in cause


@pytest.mark.parametrize(
    ("recent", "prompt", "title"),
    [
        ((100.0, 900.0, 4_000.0), False, "The pongs come later and later"),
        ((100.0, 1_100.0, 2_100.0), True, "The backend answers only some of the pings"),
        ((100.0, 90.0, 110.0), False, "The connection went silent"),
    ],
)
def test_pongs_that_come_later_and_later_wait_in_a_queue(
    recent: tuple[float, ...], prompt: bool, title: str
) -> None:
    """Nothing is lost on the way then; or each counts for an older ping than it answers."""
    facts = failed(Kind.SESSION_NO_PONG)
    assert facts.session is not None
    session = replace(facts.session, round_trip_ms=100.0, recent_ms=recent, prompt=prompt)

    assert verdict(replace(facts, session=session)).title.startswith(title)
