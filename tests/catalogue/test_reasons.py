"""What a server's own words in a close frame mean, whatever its close code is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.diagnose import Diagnosis, diagnose
from edgecheck.facts import Facts, Kind, Message, MessageKind
from edgecheck.facts.reasons import PASSING, Topic, topic_of
from edgecheck.terms import Confidence, Severity, Side
from tests.sights import closed, failed

# Reasons that servers were reported to send, and what they mean.
REASONS = {
    "Max tenant sessions limit reached!": (Topic.LIMIT, "session-try-later"),
    "Rate limited.": (Topic.RATE, "upgrade-rate-limited"),
    "JWT expired": (Topic.EXPIRED, "auth-secret-rejected"),
    "CloudFlare WebSocket Proxy restarting": (Topic.RESTART, "session-restarting"),
    "Heartbeat timeout": (Topic.HEARTBEAT, "session-idle-closed"),
    "Idle Timeout": (Topic.IDLE, "session-idle-closed"),
    "Max frame length of 65536 has been exceeded.": (Topic.TOO_BIG, "session-message-too-big"),
    "Authentication timeout": (Topic.FIRST_MESSAGE, "upgrade-other-protocol"),
    "device not registered": (Topic.UNKNOWN_AGENT, "upgrade-refused-regardless"),
    "Slow consumer": (Topic.SLOW_READER, "session-try-later"),
    "maximum connection duration exceeded": (Topic.LIFETIME, "session-lifetime-limit"),
    "unknown opcode": (Topic.NOT_UNDERSTOOD, "session-unsupported-data"),
    "server overloaded": (Topic.OVERLOADED, "session-try-later"),
    "internal error": (Topic.FAILED, "session-server-error"),
    "client version too old": (Topic.VERSION, "session-unsupported-data"),
    "Unauthorized: invalid token": (Topic.REFUSED, "auth-secret-rejected"),
}
# With these codes another entry is as exact as a reason that speaks of the credentials.
OWN = {
    3000: "auth-unauthorized",
    3003: "auth-forbidden",
    4001: "auth-header-rejected",
    4401: "auth-unauthorized",
    4403: "auth-forbidden",
}
# About the request, or about nothing that a topic has.
NONE = (
    "",
    "Missing or malformed Authorization header",
    "Invalid origin!",
    "Going away",
)
# Those that some entry claims, and some that none does; 1005 and 1006 have no reason.
CODES = (
    *(1000, 1001, 1002, 1003, 1004, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 2000, 3000),
    *(3003, 3008, 4000, 4001, 4008, 4400, 4401, 4403, 4404, 4408, 4409, 4429, 4500, 4999),
)


def ended(code: int, reason: str) -> Diagnosis:
    """Judge a connection that the server closed."""
    facts = closed(code)
    assert facts.session is not None
    return diagnose(
        replace(facts, session=replace(facts.session, close_reason=reason, closed_by="server"))
    )


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_counts_for_more_than_the_close_code(reason: str) -> None:
    """With every close code one error, and it is what the words say; never for certain."""
    topic, code = REASONS[reason]

    assert topic_of(reason) is topic
    for number in CODES:
        diagnosis = ended(number, reason)
        errors = [one for one in diagnosis.findings if one.severity is Severity.ERROR]
        assert diagnosis.verdict is not None, number
        expected = "session-server-error" if (topic, number) == (Topic.HEARTBEAT, 1011) else code
        expected = OWN.get(number, code) if topic is Topic.REFUSED else expected
        assert (diagnosis.verdict.code, errors) == (expected, []), number
        if number not in (1012, 1013):  # their entries are about exactly that
            assert diagnosis.verdict.confidence is not Confidence.CERTAIN, number


def test_every_topic_is_tried_here() -> None:
    """But the one that other tests have: another connection with the same id."""
    assert {topic for topic, _ in REASONS.values()} == set(Topic) - {Topic.REPLACED}


@pytest.mark.parametrize("reason", NONE)
def test_words_that_say_nothing_more_are_no_topic(reason: str) -> None:
    """They are for the experiments, or for the close code."""
    assert topic_of(reason) is None


@pytest.mark.parametrize("reason", ["Token verification failed", "Invalid secret", "forbidden"])
def test_words_about_the_credentials_are_a_refusal(reason: str) -> None:
    """Whatever the close code is: Quart and sanic say 1000."""
    verdict = ended(1000, reason).verdict

    assert topic_of(reason) is Topic.REFUSED
    assert verdict is not None
    assert verdict.code == "auth-secret-rejected"


def test_a_complaint_in_a_message_counts_like_a_reason() -> None:
    """A server that closes without a word may have said it before."""
    facts = closed(1000)
    assert facts.session is not None
    said = Message(MessageKind.UNKNOWN, '{"type":"error","message":"Invalid API key"}', "error")
    session = replace(facts.session, closed_by="server", messages=(said,), messages_seen=1)
    verdict = diagnose(replace(facts, session=session)).verdict

    assert verdict is not None
    assert verdict.code == "auth-secret-rejected"
    assert "Invalid API key" in verdict.title


def test_a_limit_is_not_blamed_on_the_secret() -> None:
    """1008 is the secret's close code, and a reason about a limit says that it is not meant."""
    verdict = ended(1008, "Max tenant sessions limit reached!").verdict

    assert verdict is not None
    assert verdict.side is Side.CLIENT
    assert "fingerprint" not in " ".join(verdict.remedies)
    assert "other connections" in verdict.remedies[0]


def test_what_passes_by_itself_is_no_judgement_of_the_client() -> None:
    """What is about the client itself is not among it."""
    about_the_client = {Topic.EXPIRED, Topic.UNKNOWN_AGENT, Topic.VERSION, Topic.REPLACED}

    assert not PASSING & about_the_client


@pytest.mark.parametrize(
    ("code", "reason", "meant"),
    [
        (4001, "new session started elsewhere", "session-replaced"),
        (1008, "subprotocol required", "upgrade-subprotocol-required"),
    ],
)
def test_a_reason_that_names_the_cause_outweighs_what_the_profile_has_for_its_code(
    code: int, reason: str, meant: str
) -> None:
    """The codes of the profile are used for much else."""
    verdict = ended(code, reason).verdict

    assert verdict is not None
    assert verdict.code == meant


@pytest.mark.parametrize(
    ("kind", "said", "detail"),
    [
        (MessageKind.UNKNOWN, '{"type":"error","message":"Authentication timeout"}', "error"),
        (MessageKind.UNKNOWN, '{"type":"auth_required"}', "auth_required"),
        (MessageKind.NOT_JSON, "o", ""),
    ],
)
@pytest.mark.parametrize("facts", [closed(1000), failed(Kind.SESSION_NO_PONG)], ids=["end", "none"])
def test_a_server_that_begins_otherwise_speaks_another_protocol(
    facts: Facts, kind: MessageKind, said: str, detail: str
) -> None:
    """It complains of a missing log-in, asks for one, or opens a session as SockJS does."""
    assert facts.session is not None
    message = Message(kind, said, detail)
    session = replace(facts.session, messages=(message,), messages_seen=1)
    verdict = diagnose(replace(facts, session=session)).verdict

    assert verdict is not None
    assert verdict.code == "upgrade-other-protocol"


@pytest.mark.parametrize(("reason", "is_certain_of_it"), [("", False), ("boom", True)])
def test_daphne_may_only_have_failed_to_close(reason: str, is_certain_of_it: bool) -> None:
    """Its library refuses most close codes, and then sends 1011 without a reason."""
    facts = closed(1011, reason)
    assert facts.upgrade is not None
    assert facts.upgrade.response is not None
    response = replace(facts.upgrade.response, fields=(("Server", "daphne"),))
    found = replace(facts, upgrade=replace(facts.upgrade, response=response))
    verdict = diagnose(found).verdict

    assert verdict is not None
    assert verdict.code == "session-server-error"
    assert ("cannot send its close code" in verdict.title) is not is_certain_of_it


def test_a_ping_of_the_servers_own_is_named() -> None:
    """A missed sign of life may be the answer to it."""
    facts = closed(4000, "Heartbeat timeout")
    assert facts.session is not None
    message = Message(MessageKind.UNKNOWN, '{"type":"ping"}', "ping")
    session = replace(facts.session, messages=(message,), messages_seen=1)
    verdict = diagnose(replace(facts, session=session)).verdict

    assert verdict is not None
    assert verdict.code == "session-idle-closed"
    assert '{"type":"ping"}' in verdict.cause
