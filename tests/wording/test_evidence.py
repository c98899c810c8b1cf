"""What was seen, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import (
    Attempt,
    DnsFacts,
    Facts,
    Failure,
    Greeting,
    HttpResponse,
    Instead,
    Kind,
    Message,
    MessageKind,
    ProxyFacts,
    Span,
    Stage,
)
from edgecheck.facts.tcp import HERE
from edgecheck.wording.evidence import evidence_of, summary_of
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


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_that_was_not_reached_has_no_evidence(stage: Stage) -> None:
    """Nothing was seen of it."""
    assert evidence_of(stage, Facts()) == ()


def test_the_settings_have_no_evidence_of_their_own() -> None:
    """What is wrong with them is a finding, which brings its evidence along."""
    assert evidence_of(Stage.CONFIG, HEALTHY) == ()


def test_a_name_that_resolves_is_quoted_with_its_addresses() -> None:
    """An answer of the resolver can be wrong, too."""
    assert evidence_of(Stage.DNS, HEALTHY) == (f"{HOST} resolves to 203.0.113.5",)


def test_a_handshake_that_went_well_has_no_message() -> None:
    """Only the chain is listed, and what came that is not TLS."""
    assert HEALTHY.tls is not None
    said = replace(HEALTHY.tls, first_bytes="HTTP/1.1 400")

    assert evidence_of(Stage.TLS, HEALTHY) == ()
    assert evidence_of(Stage.TLS, replace(HEALTHY, tls=said)) == ("it said: HTTP/1.1 400",)


@pytest.mark.parametrize(
    ("response", "failure", "lines"),
    [
        (None, None, ()),
        (HttpResponse("HTTP/1.1", 407, ""), None, ("HTTP/1.1 407",)),
        (None, Failure(Kind.PROXY_CLOSED, "it closed"), ("it closed",)),
        (HttpResponse("HTTP/1.1", 403, ""), Failure(Kind.PROXY_DENIED, "no"), ("HTTP/1.1 403",)),
    ],
)
def test_a_proxy_is_quoted_with_its_answer_or_else_with_its_failure(
    response: HttpResponse | None, failure: Failure | None, lines: tuple[str, ...]
) -> None:
    """The address and the origin of the setting come first."""
    proxy = ProxyFacts(Span(0, 1), "http://p:1", "$HTTPS_PROXY", response=response, failure=failure)

    assert evidence_of(Stage.PROXY, replace(HEALTHY, proxy=proxy)) == (
        "proxy http://p:1 from $HTTPS_PROXY",
        *lines,
    )


GREETED = replace(closed(1006, ""), close_code=1006)
SOCKET = replace(HEALTHY.target, unix_socket="/run/edge.sock")


@pytest.mark.parametrize(
    ("stage", "facts", "status", "summary"),
    [
        (Stage.DNS, replace(HEALTHY, target=SOCKET, dns=None), "skip", "not used by --unix-socket"),
        (
            Stage.UPGRADE,
            replace(HEALTHY, until=Stage.TLS, upgrade=None),
            "skip",
            "not checked: --until tls",
        ),
        (
            Stage.SESSION,
            replace(HEALTHY, session=replace(GREETED, greeting=Greeting(instead=Instead.MESSAGE))),
            "fail",
            "a message arrived that the greeting does not expect",
        ),
        (
            Stage.SESSION,
            replace(HEALTHY, session=replace(GREETED, greeting=Greeting(instead=Instead.SILENCE))),
            "fail",
            "the greeting was not answered",
        ),
        (
            Stage.SESSION,
            replace(HEALTHY, session=replace(GREETED, greeting=Greeting(done=1))),
            "fail",
            "ended without a close frame",
        ),
    ],
)
def test_a_stage_has_a_summary_in_one_line(
    stage: Stage, facts: Facts, status: str, summary: str
) -> None:
    """Why it was not checked, or how it ended."""
    assert summary_of(stage, facts, (), status, None) == summary


def test_what_a_greeting_got_is_the_summary_of_its_refusal() -> None:
    """The profile says that this message is a refusal of the credentials."""
    greeting = Greeting(instead=Instead.MESSAGE, problem="auth-secret-rejected", received="no")
    facts = replace(HEALTHY, session=replace(GREETED, greeting=greeting))

    assert summary_of(Stage.AUTH, facts, (), "fail", None) == "answered no"


def test_who_sent_a_refusal_is_named() -> None:
    """A router, or this machine's own firewall."""
    failure = Failure(Kind.TCP_REFUSED, "Connection refused", errno="ECONNREFUSED")
    attempts = tuple(
        Attempt("203.0.113.5", "ipv4", False, 3.0, failure, who, what)
        for who, what in ((HERE, "prohibited"), ("192.168.1.1", "icmp 3/9"))
    )
    seen = replace(TCP, address=None, attempts=attempts, failure=failure)
    line = "203.0.113.5: Connection refused (ECONNREFUSED) after 3.00 ms"

    assert evidence_of(Stage.TCP, replace(HEALTHY, tcp=seen)) == (
        f"{line}; this machine's own firewall said so: prohibited by a firewall",
        f"{line}; 192.168.1.1 said so: icmp 3/9",
    )
