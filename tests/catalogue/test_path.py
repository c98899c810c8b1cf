"""Who has to act about an address that does not answer: what the way there shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.diagnose import diagnose
from edgecheck.diagnose.verdict import Verdict
from edgecheck.facts import Facts, Hop, Kind, PathFacts, Said
from edgecheck.facts.tcp import HERE
from edgecheck.terms import Confidence, Side
from tests.sights import SPAN, failed

ADDRESS, GATEWAY, SECOND, THIRD = "203.0.113.7", "192.168.1.1", "198.51.100.2", "198.51.100.3"
TIMEOUT, UNREACHABLE, REFUSED = Kind.TCP_TIMEOUT, Kind.TCP_UNREACHABLE, Kind.TCP_REFUSED
CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
CLIENT, NETWORK, BACKEND = Side.CLIENT, Side.NETWORK, Side.BACKEND


def way(*addresses: str | None, **more: Any) -> dict[str, Any]:
    """Return what a look saw: the routers to which a connection gets, and more."""
    hops = tuple(
        Hop(distance, address, tcp=address is not None)
        for distance, address in enumerate(addresses, 1)
    )
    return {"hops": hops, **more}


def unanswered(kind: Kind, seen: dict[str, Any] | None, **attempt: Any) -> Facts:
    """Return a checkup whose address did not let it in, and what a look along the way saw."""
    facts = failed(kind)
    assert facts.tcp is not None
    address = (seen or {}).get("address", ADDRESS)
    attempts = tuple(replace(one, address=address, **attempt) for one in facts.tcp.attempts)
    path = PathFacts(SPAN, **{"address": ADDRESS, "port": 443, **seen}) if seen else None
    return replace(facts, run_id="0f1e", tcp=replace(facts.tcp, attempts=attempts, path=path))


def verdict(facts: Facts) -> Verdict:
    """Return the verdict."""
    found = diagnose(facts).verdict
    assert found is not None
    return found


def told(by: str, distance: int) -> tuple[Said, ...]:
    """Return what somebody said about requests to connect."""
    return (Said(by, "host-unreachable", "tcp", distance),)


# What a look along the way saw after a time-out; code, side and confidence; words of the evidence.
SILENT = {
    "this machine keeps the packets back": (
        {"gateway": GATEWAY, "kept_back": 9},
        ("tcp-dropped-locally", CLIENT, CERTAIN),
        "9 packets did not leave this machine",
    ),
    "this machine turns the answers away": (
        {"gateway": GATEWAY, "turned_away": 9},
        ("tcp-dropped-locally", CLIENT, LIKELY),
        "9 packets came back and were dropped by this machine's own firewall",
    ),
    "the gateway is not there": (
        {"gateway": GATEWAY, "link_silent": True},
        ("tcp-dropped-locally", NETWORK, CERTAIN),
        f"the gateway {GATEWAY} does not answer",
    ),
    "a router of the same private network is the last": (
        way(GATEWAY, "192.168.7.1", gateway=GATEWAY),
        ("tcp-dropped-locally", NETWORK, POSSIBLE),
        "192.168.7.1 (2 hops from here) is the last that answers",
    ),
    "the last is private, and the backend as well": (
        way(GATEWAY, "192.168.7.1", gateway=GATEWAY, address="192.168.9.9"),
        ("tcp-dropped-on-path", NETWORK, POSSIBLE),
        "192.168.7.1 (2 hops from here) is the last that answers",
    ),
    "the provider's first router is the last": (
        way(GATEWAY, SECOND, gateway=GATEWAY),
        ("tcp-dropped-on-path", NETWORK, POSSIBLE),
        f"{SECOND} (2 hops from here) is the last that answers",
    ),
    "a provider carries it farther": (
        way(GATEWAY, SECOND, THIRD, gateway=GATEWAY),
        ("tcp-dropped-at-backend", BACKEND, POSSIBLE),
        f"{THIRD} (3 hops from here) is the last that answers",
    ),
    "the gateway has no readable address": (
        way(None, SECOND, THIRD, gateway="made by hand"),
        ("tcp-dropped-at-backend", BACKEND, POSSIBLE),
        f"{THIRD} (3 hops from here) is the last that answers",
    ),
    "UDP gets to the provider, and nothing else past the gateway": (
        {
            "hops": (Hop(1, GATEWAY, tcp=True), Hop(2, SECOND, udp=True)),
            "gateway": GATEWAY,
            "host_distance": 5,
        },
        ("tcp-dropped-locally", NETWORK, POSSIBLE),
        f"UDP gets to {SECOND}; {GATEWAY} (1 hop from here) drops them, or the next router does",
    ),
    "UDP gets farther within the provider": (
        {
            "hops": (*way(GATEWAY, SECOND)["hops"], Hop(3, THIRD, udp=True)),
            "gateway": GATEWAY,
            "host_distance": 6,
        },
        ("tcp-dropped-on-path", NETWORK, LIKELY),
        f"no farther than {SECOND} (2 hops from here); UDP gets to {THIRD}",
    ),
    "another port gets to the last router that is seen": (
        {
            "hops": (*way(GATEWAY, SECOND)["hops"], Hop(3, THIRD, other=True)),
            "gateway": GATEWAY,
        },
        ("tcp-dropped-on-path", NETWORK, POSSIBLE),
        "before it answers, and may be the backend's",
    ),
    "UDP gets to the gateway, and a connection does not": (
        {"hops": (Hop(1, GATEWAY, udp=True),), "gateway": GATEWAY, "host_distance": 5},
        ("tcp-dropped-locally", NETWORK, LIKELY),
        f"connections get no farther than this machine; UDP gets to {GATEWAY}",
    ),
    "another port of the host answers": (
        way(GATEWAY, gateway=GATEWAY, other_port="refused"),
        ("tcp-dropped-at-backend", BACKEND, POSSIBLE),
        "    another TCP port of it: refused",
    ),
    "nobody says anything": (
        {"gateway": GATEWAY},
        ("tcp-timeout", NETWORK, POSSIBLE),
        "no router on the way says anything",
    ),
    "only a silent router stands there": (
        way(None, gateway=GATEWAY),
        ("tcp-timeout", NETWORK, POSSIBLE),
        " 1  *  no answer",
    ),
    "a moment later it answers": (
        way(GATEWAY, gateway=GATEWAY, port_answer="accepted"),
        ("tcp-timeout", NETWORK, POSSIBLE),
        "a moment later the port was accepted: packets get lost",
    ),
    "nobody looked": (None, ("tcp-timeout", NETWORK, LIKELY), ""),
    "the host itself says no": (
        way(GATEWAY, gateway=GATEWAY, said=told(ADDRESS, 2)),
        ("tcp-unreachable", BACKEND, LIKELY),
        f"{ADDRESS} about the connection: the host cannot be reached",
    ),
    "the gateway says no": (
        way(GATEWAY, gateway=GATEWAY, said=told(GATEWAY, 2)),
        ("tcp-unreachable", NETWORK, LIKELY),
        f"{GATEWAY} about the connection",
    ),
    "the last router before the host says no": (
        way(GATEWAY, SECOND, THIRD, gateway=GATEWAY, said=told(THIRD, 4)),
        ("tcp-unreachable", BACKEND, LIKELY),
        f"{THIRD} about the connection",
    ),
    "a router that answered nothing else says no": (
        way(GATEWAY, SECOND, gateway=GATEWAY, said=told(THIRD, 4)),
        ("tcp-unreachable", BACKEND, LIKELY),
        f"{THIRD} about the connection",
    ),
    "a router in the middle says no": (
        way(GATEWAY, SECOND, THIRD, gateway=GATEWAY, said=told(SECOND, 3)),
        ("tcp-unreachable", NETWORK, LIKELY),
        f"{SECOND} about the connection",
    ),
    "somebody says no whose place is unknown": (
        way(GATEWAY, None, None, gateway=GATEWAY, said=told(THIRD, 5)),
        ("tcp-unreachable", NETWORK, POSSIBLE),
        f"{THIRD} about the connection",
    ),
    "the host on this machine's own link is not there": (
        {"address": "192.168.1.9", "link_silent": True},
        ("tcp-unreachable", BACKEND, LIKELY),
        "192.168.1.9 is on this machine's own link, and does not answer there",
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_who_has_to_act_about_a_silent_address(name: str) -> None:
    """The last router that answers, and who says no, tell it."""
    seen, (code, side, confidence), words = SILENT[name]
    found = verdict(unanswered(TIMEOUT, seen))

    assert (found.code, found.side, found.confidence) == (code, side, confidence)
    assert any(words in line for line in found.evidence)


# A failure; the look, or None; the attempt; code, side and confidence; words of title or evidence.
NO: dict[str, tuple[Kind, Any, dict[str, Any], Any, str]] = {
    "the host's own firewall prohibits": (
        UNREACHABLE,
        None,
        {"refuser": ADDRESS, "refusal": "prohibited"},
        ("tcp-unreachable", BACKEND, LIKELY),
        "",
    ),
    "this machine prohibits": (
        UNREACHABLE,
        None,
        {"refuser": HERE, "refusal": "prohibited"},
        ("tcp-blocked", CLIENT, LIKELY),
        "",
    ),
    "this machine says at once that the host is unreachable": (
        UNREACHABLE,
        None,
        {"refuser": HERE, "refusal": "host-unreachable"},
        ("tcp-blocked", CLIENT, LIKELY),
        "",
    ),
    "this machine has waited for the next hop": (
        UNREACHABLE,
        None,
        {"refuser": HERE, "refusal": "host-unreachable", "duration_ms": 3000.0},
        ("tcp-unreachable", NETWORK, POSSIBLE),
        "",
    ),
    "the next hop is not there": (
        UNREACHABLE,
        {"gateway": GATEWAY, "link_silent": True},
        {"refuser": HERE, "refusal": "host-unreachable"},
        ("tcp-dropped-locally", NETWORK, CERTAIN),
        f"the gateway {GATEWAY} does not answer",
    ),
    "the gateway has no route": (
        UNREACHABLE,
        way(GATEWAY, gateway=GATEWAY),
        {"refuser": GATEWAY, "refusal": "net-unreachable"},
        ("tcp-unreachable", NETWORK, LIKELY),
        "",
    ),
    "it was reached before": (REFUSED, None, {}, ("tcp-refused", BACKEND, LIKELY), "before, and"),
    "the host refuses, as far as anybody sees": (
        REFUSED,
        way(GATEWAY, gateway=GATEWAY, port_answer="refused", port_distance=2),
        {},
        ("tcp-refused", BACKEND, LIKELY),
        "",
    ),
    "this machine resets": (
        REFUSED,
        way(GATEWAY, port_answer="refused", port_distance=1),
        {},
        ("tcp-blocked", CLIENT, LIKELY),
        f"this machine refuses in the place of {ADDRESS}: a request to connect that may go 1 hop",
    ),
    "the gateway resets": (
        REFUSED,
        way(GATEWAY, SECOND, port_answer="refused", port_distance=2),
        {},
        ("tcp-refused", NETWORK, LIKELY),
        f"{GATEWAY} (1 hop from here) refuses in the place of {ADDRESS}",
    ),
    "this machine's firewall says that nothing listens": (
        REFUSED,
        None,
        {"refuser": HERE, "refusal": "port-unreachable"},
        ("tcp-blocked", CLIENT, LIKELY),
        "",
    ),
    "the host's firewall says that nothing listens": (
        REFUSED,
        None,
        {"refuser": ADDRESS, "refusal": "port-unreachable"},
        ("tcp-refused", BACKEND, LIKELY),
        "",
    ),
    "the gateway says that nothing listens": (
        REFUSED,
        way(GATEWAY, gateway=GATEWAY),
        {"refuser": GATEWAY, "refusal": "port-unreachable"},
        ("tcp-refused", NETWORK, LIKELY),
        "",
    ),
}


@pytest.mark.parametrize("name", NO)
def test_who_has_to_act_about_a_refusal(name: str) -> None:
    """A refusal may come from this machine, from a router, or from the host."""
    kind, seen, attempt, (code, side, confidence), words = NO[name]
    facts = unanswered(kind, seen, **attempt)
    if name == "it was reached before":
        assert facts.tcp is not None
        facts = replace(facts, tcp=replace(facts.tcp, answered_before=True))
    found = verdict(facts)

    assert (found.code, found.side, found.confidence) == (code, side, confidence)
    assert any(words in line for line in (found.title, *found.evidence))
