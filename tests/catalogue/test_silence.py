"""Who has to act about a silence on an open connection: what the kernel and more looks show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.diagnose import diagnose
from edgecheck.diagnose.verdict import Verdict
from edgecheck.facts import (
    AgainFacts,
    Facts,
    Hop,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    PathFacts,
    Stage,
)
from edgecheck.terms import Confidence, Side
from tests.sights import HEALTHY, SPAN, failed

ADDRESS, GATEWAY = "203.0.113.7", "192.168.1.1"
TLS, PONG, REQUEST = Kind.TLS_TIMEOUT, Kind.SESSION_NO_PONG, Kind.UPGRADE_TIMEOUT
CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
CLIENT, NETWORK, BACKEND = Side.CLIENT, Side.NETWORK, Side.BACKEND
# What the kernel knew: nothing arrived, although sent again; all did; some is still under way.
LOST, RECEIVED, UNDER_WAY = {"unanswered": 3}, {"acknowledged": 500}, {"acknowledged": 200}
GAP = {**RECEIVED, "gap_ms": 2000.0, "out_of_order": 1}
OPEN, KEPT = {"port_answer": "accepted", "port_distance": 1}, {"kept_back": 9}


def silent(
    kind: Kind,
    kernel: dict[str, Any],
    again: dict[str, str | AgainFacts] | None = None,
    path: dict[str, Any] | None = None,
    **tcp: Any,
) -> Facts:
    """Return a checkup that met silence, and what another look at it saw."""
    facts = failed(kind)
    assert facts.tcp is not None
    looks = tuple(
        AgainFacts(LookName(name), LookOutcome(met)) if isinstance(met, str) else met
        for name, met in (again or {}).items()
    )
    stage = {TLS: Stage.TLS, PONG: Stage.SESSION}.get(kind, Stage.UPGRADE)
    known = KernelFacts(stage, **{"sent": 500, "acknowledged": 0, "silent_ms": 5000.0, **kernel})
    seen = PathFacts(SPAN, ADDRESS, 443, **path) if path is not None else None
    return replace(facts, tcp=replace(facts.tcp, kernel=known, again=looks, path=seen, **tcp))


def verdict(facts: Facts) -> Verdict:
    """Return the verdict."""
    found = diagnose(facts).verdict
    assert found is not None
    return found


CERTIFICATE = AgainFacts(LookName.OTHER_NAME, LookOutcome.ANSWERED, "certificate")
ALERT = AgainFacts(LookName.OTHER_NAME, LookOutcome.ANSWERED, "alert")
FARTHER = (Hop(1, GATEWAY, tcp=True), Hop(2, "198.51.100.2", udp=True))

# Facts; code, side and confidence; words of the title, the cause or the evidence.
SILENCES = {
    "the program reads nothing": (
        silent(TLS, {"window": 0, "unanswered": 1}),
        ("tls-timeout", BACKEND, LIKELY),
        "does not read what was sent",
    ),
    "whoever opened it takes nothing": (
        silent(TLS, {"window": 0, "unanswered": 4}),
        ("tls-timeout", BACKEND, POSSIBLE),
        "(a SYN proxy)",
    ),
    "it is still under way": (
        silent(TLS, UNDER_WAY),
        ("tls-timeout", NETWORK, POSSIBLE),
        "200 of 500 bytes of the TLS handshake were acknowledged; nothing came for 5.0 s",
    ),
    "it is still under way, and packets came out of order": (
        silent(TLS, {**UNDER_WAY, "out_of_order": 2}),
        ("tls-timeout", NETWORK, POSSIBLE),
        "2 packets came out of order",
    ),
    "nothing was sent": (
        silent(TLS, {"sent": 0}),
        ("tls-timeout", Side.INTERMEDIARY, POSSIBLE),
        "nothing of the TLS handshake was sent",
    ),
    "the kernel was not asked": (
        failed(TLS),
        ("tls-timeout", Side.INTERMEDIARY, POSSIBLE),
        "",
    ),
    "it arrived": (silent(TLS, RECEIVED), ("tls-timeout", BACKEND, LIKELY), "then nothing came"),
    "it arrived, and what the next connection sent did not in time": (
        silent(
            TLS,
            RECEIVED,
            {"again": AgainFacts(LookName.AGAIN, LookOutcome.SILENT, acknowledged=False)},
        ),
        ("tls-timeout", BACKEND, POSSIBLE),
        "then nothing came",
    ),
    "it arrived after much was lost": (
        silent(TLS, {**RECEIVED, "retransmits": 3}),
        ("tls-timeout", NETWORK, POSSIBLE),
        "then nothing came",
    ),
    "it arrived, and the same was answered in between": (
        silent(TLS, {**RECEIVED, "retransmits": 1}, {"again": "answered"}),
        ("tls-timeout", NETWORK, POSSIBLE),
        "another connection, the same once more: answered",
    ),
    "it arrived, and another connection did not open": (
        silent(TLS, RECEIVED, {"again": "unconnected"}),
        ("tls-timeout", NETWORK, POSSIBLE),
        "the same once more: not connected",
    ),
    "somebody nearer takes connections": (
        silent(TLS, RECEIVED, path={**OPEN, "hops": FARTHER}),
        ("tls-timeout", NETWORK, POSSIBLE),
        "may go 1 hop is accepted, and other packets get to 198.51.100.2, 2 hops from here",
    ),
    "nobody farther is known": (
        silent(TLS, RECEIVED, path={**OPEN, "hops": FARTHER[:1]}),
        ("tls-timeout", BACKEND, LIKELY),
        "then nothing came",
    ),
    # --- nothing gets through ---
    "nothing arrives": (
        silent(TLS, LOST),
        ("tcp-stalled", NETWORK, LIKELY),
        "although sent again 3 times",
    ),
    "another connection lost it as well": (
        silent(
            TLS, {}, {"again": AgainFacts(LookName.AGAIN, LookOutcome.SILENT, acknowledged=False)}
        ),
        ("tcp-stalled", NETWORK, LIKELY),
        "no answer (nothing acknowledged)",
    ),
    "the same was answered, and the whole was not": (
        silent(REQUEST, LOST, {"again": "answered", "whole": "silent"}),
        ("tcp-stalled", NETWORK, POSSIBLE),
        "everything once more: no answer",
    ),
    "all was answered a moment later": (
        silent(REQUEST, LOST, {"again": "answered"}),
        ("upgrade-timeout", NETWORK, POSSIBLE),
        "another connection, the same once more: answered",
    ),
    "the answer was lost on the way back": (
        silent(TLS, RECEIVED, {"half-closed": "lost"}),
        ("tcp-stalled", NETWORK, LIKELY),
        "its end came, and what it had sent before did not",
    ),
    "this machine keeps it back": (
        silent(TLS, LOST, **KEPT),
        ("tcp-stalled", CLIENT, LIKELY),
        "9 packets did not leave this machine",
    ),
    "this machine turns the answer away": (
        silent(TLS, RECEIVED, {"half-closed": "lost"}, turned_away=8),
        ("tcp-stalled", CLIENT, LIKELY),
        "8 packets came back and were dropped",
    ),
    "a few packets may be another program's": (
        silent(TLS, LOST, kept_back=7),
        ("tcp-stalled", NETWORK, LIKELY),
        "although sent again 3 times",
    ),
    # --- a connection that worked ---
    "it was cut, and no other opens": (
        silent(PONG, {}, {"anew": "unconnected"}, {"hops": FARTHER[:1]}),
        ("tcp-stalled", NETWORK, LIKELY),
        f" 1  {GATEWAY}",
    ),
    "it was cut, and nobody looked along the way": (
        silent(PONG, LOST, {"anew": "closed"}),
        ("tcp-stalled", NETWORK, LIKELY),
        "worked, and now nothing gets through",
    ),
    "it was forgotten, and another opens": (
        silent(PONG, LOST, {"anew": "answered"}),
        ("tcp-stalled", NETWORK, LIKELY),
        "only this connection was forgotten",
    ),
    "this machine keeps back every new one": (
        silent(PONG, LOST, {"anew": "unconnected"}, KEPT, kept_back=0),
        ("tcp-stalled", CLIENT, LIKELY),
        "9 packets did not leave this machine",
    ),
    # --- large packets ---
    "small segments alone are answered": (
        silent(TLS, LOST, {"small-segments": "answered", "again": "silent"}),
        ("path-mtu-black-hole", NETWORK, CERTAIN),
        "from here to the backend",
    ),
    "small segments are answered, and nothing else was tried": (
        silent(TLS, RECEIVED, {"small-segments": "answered"}, links=("tun0 (1280)",)),
        ("path-mtu-black-hole", NETWORK, LIKELY),
        "from the backend to here",
    ),
    "small segments are answered, and much is lost": (
        silent(TLS, {**LOST, "retransmits": 2}, {"small-segments": "answered"}),
        ("path-mtu-black-hole", NETWORK, POSSIBLE),
        "from here to the backend",
    ),
    "the same is answered as well": (
        silent(TLS, RECEIVED, {"small-segments": "answered", "half-closed": "answered"}),
        ("tls-timeout", BACKEND, LIKELY),
        "then nothing came",
    ),
    "a slow backend ended the half-closed one": (
        silent(PONG, RECEIVED, {"small-segments": "answered", "half-closed": "closed"}),
        ("pong-timeout", BACKEND, LIKELY),
        "closed without an answer",
    ),
    "a ping met silence as before": (
        silent(PONG, RECEIVED, {"small-segments": "answered", "half-closed": "silent"}),
        ("path-mtu-black-hole", NETWORK, LIKELY),
        "from the backend to here",
    ),
    "a packet is missing, and a later one came": (
        silent(PONG, GAP),
        ("path-mtu-black-hole", NETWORK, POSSIBLE),
        "a packet that the other end sent is missing, and a later one is here: 2.0 s",
    ),
    "a packet is missing, and small segments do not help": (
        silent(PONG, GAP, {"small-segments": "silent"}),
        ("tcp-stalled", NETWORK, LIKELY),
        "its answers do not arrive",
    ),
    "a packet is missing that may not have been sent twice": (
        silent(PONG, {**GAP, "gap_ms": 900.0}),
        ("pong-timeout", BACKEND, LIKELY),
        "is here: 900 ms",
    ),
    # --- names ---
    "another name is answered": (
        silent(TLS, LOST, {"again": "silent", "other-name": "answered"}),
        ("tls-name-blocked", NETWORK, CERTAIN),
        "with the name example.com: answered",
    ),
    "another name is answered, and small segments": (
        silent(
            TLS,
            RECEIVED,
            {"again": "silent", "other-name": CERTIFICATE, "small-segments": "answered"},
        ),
        ("tls-name-blocked", NETWORK, LIKELY),
        "with the name example.com: answered (certificate)",
    ),
    "another name gets an alert, and small segments more": (
        silent(
            TLS, RECEIVED, {"again": "silent", "other-name": ALERT, "small-segments": "answered"}
        ),
        ("path-mtu-black-hole", NETWORK, CERTAIN),
        "from the backend to here",
    ),
    "a connection did not even open": (
        silent(TLS, LOST, {"again": "silent", "other-name": "answered", "no-name": "unconnected"}),
        ("tcp-stalled", NETWORK, POSSIBLE),
        "without a name: not connected",
    ),
}


@pytest.mark.parametrize("name", SILENCES)
def test_who_has_to_act_about_a_silence(name: str) -> None:
    """What was received, and which other connection was answered, tell it."""
    facts, (code, side, confidence), words = SILENCES[name]
    found = verdict(facts)

    assert (found.code, found.side, found.confidence) == (code, side, confidence)
    assert any(words in line for line in (found.title, found.cause, *found.evidence))


@pytest.mark.parametrize(
    ("large", "warned"), [(LookOutcome.SILENT, True), (LookOutcome.ANSWERED, False)]
)
def test_a_large_handshake_alone_may_be_dropped(large: LookOutcome, warned: bool) -> None:
    """The connection of this checkup works: it is a warning about other clients."""
    assert HEALTHY.tcp is not None
    looks = (
        AgainFacts(LookName.AGAIN, LookOutcome.ANSWERED),
        AgainFacts(LookName.LARGE_HELLO, large),
    )
    facts = replace(HEALTHY, tcp=replace(HEALTHY.tcp, again=looks))

    assert ("tls-large-hello-dropped" in codes(facts)) is warned


def codes(facts: Facts) -> dict[str, str]:
    """Return the evidence of each finding by its code."""
    return {one.code: "; ".join(one.evidence) for one in diagnose(facts).findings}


KERNEL = KernelFacts(Stage.SESSION, sent=0, acknowledged=0, packets_sent=30)
FIRST = KernelFacts(Stage.TLS, sent=500, acknowledged=0, silent_ms=5000.0)


@pytest.mark.parametrize(
    ("tcp", "evidence"),
    [
        ({"kernel": replace(KERNEL, retransmits=3)}, "30 packets sent, 3 of them again"),
        ({"kernel": replace(KERNEL, retransmits=2)}, None),  # fewer than one in ten
        ({"kernel": replace(KERNEL, packets_sent=5, retransmits=1)}, None),
        ({"kernel": KERNEL, "first": replace(FIRST, sent=0)}, "silence in the tls stage; 30 pack"),
        ({"kernel": KERNEL, "first": FIRST}, "0 of 500 bytes of the TLS handshake were"),
    ],
)
def test_a_way_that_loses_packets_is_told_where_all_went_well(
    tcp: dict[str, Any], evidence: str | None
) -> None:
    """One packet may be lost anywhere; a first connection that met silence is told as well."""
    assert HEALTHY.tcp is not None
    seen = codes(replace(HEALTHY, tcp=replace(HEALTHY.tcp, **tcp)))

    assert ("tcp-packets-lost" in seen) is (evidence is not None)
    assert (evidence or "") in seen.get("tcp-packets-lost", "")
