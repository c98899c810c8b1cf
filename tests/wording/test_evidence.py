"""What was seen, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import Attempt, DnsFacts, Failure, Kind, Message, MessageKind, Span, Stage
from edgecheck.wording.evidence import evidence_of
from tests.render.samples import HEALTHY, HOST, REFUSED, TCP, closed


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_of_message_has_words(kind: MessageKind) -> None:
    """A kind that is added needs words."""
    session = replace(closed(1008, "no"), messages=(Message(kind, "text"),), messages_seen=1)
    lines = evidence_of(Stage.SESSION, replace(REFUSED, session=session))

    assert lines[0] == "the server closed with 1008 (policy violation): no"
    assert lines[1].startswith("received ")
    assert lines[1].endswith(": text")
    assert "-" not in lines[1]


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("any", f"the resolver's answer for {HOST}: no such name (EAI_NONAME)"),
        ("ipv6", f"the resolver's answer for {HOST} (ipv6): no such name (EAI_NONAME)"),
    ],
)
def test_a_resolver_is_quoted(family: str, line: str) -> None:
    """The family is named if only one was asked for."""
    failure = Failure(Kind.DNS_NOT_FOUND, "no such name", errno="EAI_NONAME")
    seen = DnsFacts(Span(0, 1), HOST, family, failure=failure)

    assert evidence_of(Stage.DNS, replace(HEALTHY, dns=seen)) == (line,)


def test_an_attempt_that_another_one_overtook_was_given_up() -> None:
    """It is neither a success nor a failure."""
    attempt = Attempt("2001:db8::1", "ipv6", None, 250.0)
    seen = replace(TCP, attempts=(attempt, *TCP.attempts))

    assert evidence_of(Stage.TCP, replace(HEALTHY, tcp=seen)) == (
        "2001:db8::1: no answer in 250 ms, then given up",
        "203.0.113.5: connected in 24.0 ms",
    )
