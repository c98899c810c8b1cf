"""What is said of an answer that a tell decides: it fits, it fits together, and it does no harm."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module

import pytest

from edgecheck.catalogue.tells import TELLS
from edgecheck.catalogue.tells.tell import Tell
from edgecheck.diagnose import Verdict
from edgecheck.facts import Facts
from edgecheck.render.first_screen import LINES, first_screen, rows
from edgecheck.report import report_of
from edgecheck.terms import Side
from tests.catalogue.test_reasons import CODES, REASONS, ended
from tests.sights import answered

# Whom the first step may ask, and whom it may not, for each turn.
OTHERS = {
    Side.CLIENT: r"the administrators|your network",
    Side.NETWORK: r"the backend's team|the administrators",
    Side.INTERMEDIARY: r"the backend's team|your network",
    Side.BACKEND: r"the administrators|your network",
}
# What the person at the keyboard does, which is nobody else's turn.
OWN_STEPS = r"Wait|Try|Check|Compare|Look|Leave|Quote|Connect|Send|Write|Get"
_VERBS = (
    r"Add|Allow|Ask|Check|Compare|Connect|Get|Leave|Let|Look|Make|Name|Open|Quote|Run|Send|Set|"
    r"Start|Stop|Switch|Tell|Try|Use|Wait|Write"
)
# A name in angle brackets, or braces that nothing filled; regular expressions have others.
_PLACEHOLDER = re.compile(r"<[a-z][a-z _-]*>|(?<![$\\])\{\w+\}")
_SECRET = re.compile(r"(?i)-H '[^']*: ?(?:key|secret|token|value|password)'")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")
_LONG_HOST = f"edge-gateway-{'x' * 40}.prod.eu-central-1.internal.backend.example.com"
_BODIES = (
    "",
    '{"message":"' + "the tenant 0123456789 is not what it has been " * 40 + '"}',
    '{"message":"' + "\u202e\x1b[31m" * 300 + '"}',
)


def _elsewhere(facts: Facts) -> Facts:
    """Return the facts with a long name, path and id."""
    path = f"/api/v2/tenants/{'0123456789abcdef' * 3}/edge/ws"
    url = f"wss://{_LONG_HOST}:8443{path}?edge_agent_id=edge_{'7' * 40}"
    target = replace(facts.target, url=url, host=_LONG_HOST, port=8443)
    return replace(facts, target=target)


def on_this_machine(facts: Facts) -> Facts:
    """Return the facts of a server on this machine, without TLS."""
    url = "ws://127.0.0.1:8787/edge/ws?edge_agent_id=edge_1"
    target = replace(facts.target, url=url, host="127.0.0.1", port=8787)
    if facts.tcp is None:
        return replace(facts, target=target)
    attempts = tuple(replace(one, address="127.0.0.1") for one in facts.tcp.attempts)
    tcp = replace(facts.tcp, host="127.0.0.1", port=8787, attempts=attempts)
    if tcp.address is not None:
        tcp = replace(tcp, address="127.0.0.1")
    tls = facts.tls if facts.tls is not None and facts.tls.failure is not None else None
    return replace(facts, target=target, tcp=tcp, tls=tls)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tell: Tell) -> Tell:
    """Let this tell decide every refusal, with something for each name in its patterns."""
    patterns = (tell.page, *(value for _, value in tell.fields))
    names = {name for each in patterns for name in re.compile(each).groupindex}
    values = {name.removesuffix("_2"): "x-value-7" for name in names}
    told = import_module("edgecheck.catalogue.rules.told")
    monkeypatch.setattr(told, "TELLS", (tell,))
    monkeypatch.setattr(told, "_values", lambda *_: dict(values))
    return tell


def _status(tell: Tell) -> int:
    return 403 if 403 in tell.statuses or not tell.statuses else tell.statuses[0]


def _verdict(facts: Facts) -> Verdict:
    verdict = report_of(facts, "0.1.0").diagnosis.verdict
    assert verdict is not None
    return verdict


_EACH = pytest.mark.parametrize(
    "tell", TELLS, ids=[f"{number} {tell.title[:30]}" for number, tell in enumerate(TELLS)]
)


@_EACH
def test_the_screen_of_a_tell_fits_whatever_the_answer_says(alone: Tell) -> None:
    """Also with a long name, path and id; the title, the turn and the first step are there."""
    for body in _BODIES:
        facts = _elsewhere(answered(_status(alone), body))
        lines = first_screen(report_of(facts, "0.1.0"), 80)
        shown = [each.plain for each in lines]

        assert rows(lines, 80) <= LINES
        assert any(each.startswith("Next step: ") for each in shown)
        assert any(each.startswith(" 1. ") for each in shown)


@_EACH
def test_the_steps_of_a_tell_are_whose_turn_it_is_and_do_no_harm(alone: Tell) -> None:
    """They begin with a verb, the first is for the one whose turn it is, and all is filled in."""
    verdict = _verdict(answered(_status(alone)))
    first = verdict.remedies[0]
    texts = (verdict.title, verdict.cause, *verdict.remedies)

    assert all(re.match(rf"(?:{_VERBS})\b", step) for step in verdict.remedies)
    # What belongs to its own table of entries has its own tests.
    if verdict.code == alone.code:
        assert not re.match(rf"Ask (?:{OTHERS[verdict.side]})", first)
        assert verdict.side is Side.CLIENT or not re.match(rf"(?:{OWN_STEPS})\b", first)
    assert not [text for text in texts if _PLACEHOLDER.search(text)]
    assert not [text for text in texts if _SECRET.search(text)]
    assert not [text for text in texts if "shown below" in text]
    assert "ws://" not in re.sub(
        "wss://|(?:in place of|says|begins with|lb:|or|serves) ?ws://", "", "".join(texts)
    )


@pytest.mark.parametrize(
    "tell", [tell for tell in TELLS if tell.general], ids=lambda tell: tell.title[:30]
)
def test_on_this_machine_no_words_of_any_server_are_a_proxys_turn(alone: Tell) -> None:
    """Nothing is in between there, unless the answer shows it."""
    verdict = _verdict(on_this_machine(answered(_status(alone))))

    assert verdict.side is not Side.INTERMEDIARY
    assert not verdict.remedies[0].startswith("Ask the administrators")


@_EACH
def test_nothing_is_said_twice_about_a_tell(alone: Tell) -> None:
    """No sentence stands in two of its texts."""
    verdict = _verdict(answered(_status(alone)))
    texts = (verdict.title, verdict.cause, *verdict.remedies)
    sentences = [one for text in texts for one in _SENTENCE.split(text)]

    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("reason", REASONS)
def test_a_close_with_a_reason_is_explained_by_its_own_code(reason: str) -> None:
    """No cause speaks of a close code that did not come."""
    for code in CODES:
        verdict = ended(code, reason).verdict
        assert verdict is not None
        named = re.findall(r"\b([134]\d{3}) means\b", verdict.cause)

        assert set(named) <= {str(code)}, (code, verdict.cause)
