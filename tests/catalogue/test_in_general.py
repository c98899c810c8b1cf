"""What an entry says of a close code: no gap in its texts, and no blame for another cause."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Authorization, Close, Place
from edgecheck.catalogue import PROBLEMS
from edgecheck.cli.profile_in_force import USUAL, unknown_codes
from edgecheck.diagnose import diagnose
from edgecheck.facts import Answer, Experiment, ExperimentName, Facts
from edgecheck.facts.session import Greeting, Instead
from edgecheck.report import report_of, to_document
from tests.sights import answered, closed


def with_close(code: str) -> Facts:
    """Return a session that ended with a code which the profile gives this meaning."""
    profile = replace(EDGE, close=(Close(4777, code),), request=OFFERING.request)
    return replace(closed(4777, "because"), profile=profile)


OFFERING = replace(EDGE, request=replace(EDGE.request, subprotocols=("v9.agents",)))
CLOSING = [
    code for code in PROBLEMS if not [*unknown_codes(replace(EDGE, close=(Close(4777, code),)))]
]


@pytest.mark.parametrize("code", CLOSING)
def test_an_entry_that_a_close_code_shows_is_whole(code: str) -> None:
    """What its usual condition would fill in has general words."""
    facts = with_close(code)
    verdict = to_document(report_of(facts, "1"))["verdict"]
    gaps = {f"<{name}>" for name in PROBLEMS[code].fills}

    assert verdict["code"] == code
    assert not gaps & set(re.findall(r"<[^<>]*>", json.dumps(verdict)))


def test_the_usual_codes_are_looked_up() -> None:
    """Beside one that is not usual, for which the catalogue is asked."""
    assert "session-restarting" not in USUAL
    for code in USUAL:
        profile = replace(EDGE, close=(Close(4777, code), Close(4778, "session-restarting")))

        assert list(unknown_codes(profile)) == []


def test_what_does_not_end_a_connection_is_no_meaning_of_a_close_code() -> None:
    """Such as a message of a kind that is not known."""
    profile = replace(EDGE, close=(Close(4777, "message-unknown-type"),))

    assert [words for _, words in unknown_codes(profile)] == [
        "a problem that ends a connection; message-unknown-type is only noticed on one"
    ]
    assert len(CLOSING) > 40


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (4404, "no such endpoint", "upgrade-not-found"),
        (4429, "slow down", "upgrade-rate-limited"),
        (4003, "", "auth-secret-rejected"),
    ],
)
def test_a_close_in_place_of_a_greeting_keeps_its_own_meaning(
    code: int, reason: str, verdict: str
) -> None:
    """4404 and 4429 are not about credentials, whatever the greeting waits for."""
    greeting = Greeting(1, "OK", Instead.CLOSE, "auth-secret-rejected")
    ended = closed(code, reason)
    assert ended.session is not None
    facts = replace(ended, session=replace(ended.session, greeting=greeting))
    found = diagnose(facts).verdict

    assert found is not None
    assert found.code == verdict


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (4404, "no such endpoint", "upgrade-not-found"),
        (4401, "", "auth-unauthorized"),
        (4404, "no such subprotocol", "upgrade-subprotocol-required"),
        (1002, "", "upgrade-subprotocol-required"),
    ],
)
def test_a_subprotocol_that_was_not_chosen_is_not_the_only_cause(
    code: int, reason: str, verdict: str
) -> None:
    """A server that closes with a number of HTTP's has looked at more."""
    found = diagnose(replace(closed(code, reason), profile=OFFERING)).verdict

    assert found is not None
    assert found.code == verdict


def test_a_subprotocol_that_was_chosen_is_no_cause() -> None:
    """The server knows it."""
    facts = replace(closed(4321), profile=OFFERING)
    assert facts.upgrade is not None
    assert facts.upgrade.response is not None
    (name,) = OFFERING.request.subprotocols
    response = replace(facts.upgrade.response, fields=(("Sec-WebSocket-Protocol", name),))
    chosen = replace(facts, upgrade=replace(facts.upgrade, response=response))
    found, other = diagnose(chosen).verdict, diagnose(facts).verdict

    assert found is not None
    assert other is not None
    assert (found.code, other.code) == ("session-closed-unknown", "upgrade-subprotocol-required")


@pytest.mark.parametrize(("missing", "read"), [("Who are you?", True), ("Wrong password", False)])
def test_other_words_for_no_secret_show_that_it_was_read(missing: str, read: bool) -> None:
    """Although the status is the same, such as 401 from Basic."""
    basic = replace(EDGE.request, authorization=Authorization(Place.BASIC))
    facts = replace(
        answered(401, "Wrong password", "Unauthorized", www_authenticate='Basic realm="barn"'),
        profile=replace(EDGE, request=basic),
        experiments=tuple(
            Experiment(name, Answer(401, reason=f"Unauthorized {words}"))
            for name, words in (
                (ExperimentName.AGAIN, "Wrong password"),
                (ExperimentName.WITHOUT_CREDENTIALS, missing),
                (ExperimentName.WRONG_SECRET, "Wrong password"),
            )
        ),
    )
    said = json.dumps(to_document(report_of(facts, "1"))["verdict"])

    assert ("The refusal is the same" in said) is not read
    assert ("The backend looks at the secret, and refuses it" in said) is read
    assert "Bearer" not in said


def test_an_experiment_that_failed_on_its_way_proves_nothing() -> None:
    """Only another answer shows that the server looks at the Origin."""
    facts = replace(
        closed(1008, "no"),
        experiments=(
            *(
                Experiment(name, Answer(101, 1008, "no"))
                for name in (
                    ExperimentName.AGAIN,
                    ExperimentName.WITHOUT_CREDENTIALS,
                    ExperimentName.WRONG_SECRET,
                )
            ),
            Experiment(ExperimentName.WITH_ORIGIN, Answer(101, failed="session-timeout")),
        ),
    )
    found = diagnose(facts).verdict

    assert found is not None
    assert found.code != "upgrade-origin-required"
