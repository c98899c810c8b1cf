"""What a backend writes into an HTTP 401 or 403 says which part of the credentials it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Authorization, Place, SecretUse
from edgecheck.diagnose import diagnose
from edgecheck.diagnose.verdict import Verdict
from edgecheck.facts import Answer, Experiment, ExperimentName, Facts
from tests.catalogue.test_told_screens import on_this_machine
from tests.sights import answered, closed

WRONG = (
    '{"type":"error","code":"token_invalid"}',
    '{"error":"invalid_token"}',
    '{"detail":"invalid client key"}',
    '{"error":{"code":"API_KEY_INVALID","message":"API key not valid."}}',
    '{"message":"Bad credentials"}',
    "wrong password",
    '{"error":"unknown token"}',
)
MISSING = (
    '{"error":"token_missing"}',
    '{"error":"missing_cookie"}',
    '{"code":"NO_API_KEY"}',
    "API key is required",
    '{"detail":"credentials were not provided"}',
)
NEITHER = (
    "",
    '{"detail":"Unauthorized"}',
    '{"detail":"Not authenticated"}',
    '{"error":"Invalid or missing API key"}',
    '{"error":"session_invalid"}',
    "<html><body><h1>Invalid token</h1></body></html>",
    '{"error":"invalid request body","hint":"the key of the map is a number"}',
    '{"message":"No valid API key provided"}',
    '{"error":"Token not found"}',
)


def verdict(facts: Facts) -> Verdict:
    """Return the verdict."""
    found = diagnose(facts).verdict
    assert found is not None
    return found


NOT_ACCEPTED = "The backend does not accept this secret: "
NOT_FOUND = "The backend did not find "
CODES = {401: "auth-unauthorized", 403: "auth-forbidden"}


@pytest.mark.parametrize("status", CODES)
@pytest.mark.parametrize(
    ("bodies", "title"),
    [(WRONG, NOT_ACCEPTED), (MISSING, NOT_FOUND)],
    ids=["wrong", "missing"],
)
def test_a_complaint_is_read(bodies: tuple[str, ...], title: str, status: int) -> None:
    """It is likely and no more, because a gateway may have written it."""
    found = {body: verdict(answered(status, body)) for body in bodies}

    assert {body for body, one in found.items() if not one.title.startswith(title)} == set()
    assert {one.code for one in found.values()} == {CODES[status]}
    assert {one.confidence for one in found.values()} == {"likely"}
    assert {one.side for one in found.values()} == {"client"}


@pytest.mark.parametrize("body", NEITHER)
def test_what_says_both_or_nothing_is_not_read(body: str) -> None:
    """It stays a refusal of either of the two."""
    found = verdict(answered(401, body))

    assert found.code == "auth-unauthorized"
    assert not found.title.startswith((NOT_ACCEPTED, NOT_FOUND))


def test_a_session_is_the_secret_where_a_cookie_holds_it() -> None:
    """Elsewhere it is that of people who log in."""
    cookie = Authorization(Place.HEADER, "Cookie", "sid=")
    profile = replace(EDGE, request=replace(EDGE.request, authorization=cookie))
    facts = replace(answered(401, '{"error":"session_invalid"}'), profile=profile)

    assert verdict(facts).title.startswith(NOT_ACCEPTED)


def test_what_is_missing_may_be_called_by_its_name() -> None:
    """By that of the parameter which holds the secret."""
    query = Authorization(Place.QUERY, "auth")
    profile = replace(EDGE, request=replace(EDGE.request, authorization=query))
    body = '{"error":"the query parameter auth is missing"}'
    facts = replace(answered(401, body), profile=replace(profile, secret=SecretUse(False)))
    assert facts.config is not None
    unset = replace(facts, config=replace(facts.config, origins={"BACKEND_URL": ".env:1"}))

    assert "EDGE_SECRET is not set" in verdict(unset).title


def test_the_same_words_for_every_secret_do_not_show_that_it_was_read() -> None:
    """With another secret and with none."""
    body = '{"error":"invalid_token"}'
    same = Answer(status=401, reason=f"\n{body}")
    names = (ExperimentName.WRONG_SECRET, ExperimentName.WITHOUT_CREDENTIALS)
    tried = tuple(Experiment(name, same) for name in names)

    found = verdict(replace(answered(401, body), experiments=tried))
    assert found.code == "auth-unauthorized"
    assert not found.title.startswith(NOT_ACCEPTED)


@pytest.mark.parametrize("body", [MISSING[0], '{"detail":"Unauthorized"}'])
def test_a_client_that_sends_no_secret_is_not_told_that_it_got_lost(body: str) -> None:
    """The profile can do without one, and none is set."""
    profile = replace(EDGE, secret=SecretUse(required=False))
    facts = replace(answered(401, body), profile=profile)
    assert facts.config is not None
    origins = {name: at for name, at in facts.config.origins.items() if name != "EDGE_SECRET"}
    unset = replace(
        facts, config=replace(facts.config, origins=origins or {"BACKEND_URL": ".env:1"})
    )
    found = verdict(unset)

    assert "EDGE_SECRET is not set" in found.title
    assert found.side == "client"
    assert found.remedies[0].startswith("Set EDGE_SECRET")
    forbidden = Answer(status=403)
    names = (ExperimentName.WRONG_SECRET, ExperimentName.WITHOUT_CREDENTIALS)
    tried = tuple(Experiment(name, forbidden) for name in names)
    regardless = verdict(
        replace(answered(403), experiments=tried, config=unset.config, profile=profile)
    )
    assert regardless.code == "upgrade-refused-regardless"
    assert "none was sent" in regardless.remedies[-1]


@pytest.mark.parametrize("meaning", ["auth-header-rejected", "auth-secret-rejected"])
def test_a_close_tells_a_client_without_a_secret_to_set_one(meaning: str) -> None:
    """By either of the profile's codes."""
    profile = replace(EDGE, secret=SecretUse(required=False))
    code = profile.close_code(meaning)
    assert code is not None
    facts = replace(closed(code), profile=profile)
    assert facts.config is not None
    origins = {"BACKEND_URL": ".env:1", "EDGE_AGENT_ID": ".env:3"}
    found = verdict(replace(facts, config=replace(facts.config, origins=origins)))

    assert found.title.endswith(f"EDGE_SECRET is not set: closed with {code}")
    assert (found.side, found.remedies[0].split(":")[0]) == ("client", "Set EDGE_SECRET in .env")


def test_another_answer_to_another_secret_leaves_the_agent_id_in_question() -> None:
    """The backend knows this secret, and its words may be about another client."""
    other = Experiment(ExperimentName.WRONG_SECRET, Answer(status=403))
    found = verdict(replace(answered(401, WRONG[1]), experiments=(other,)))

    assert found.title.startswith(NOT_ACCEPTED)
    assert found.confidence == "possible"
    assert any("agent id" in step for step in found.remedies[:2])


@pytest.mark.parametrize("status", [403, None])
def test_a_refusal_without_a_secret_is_not_about_one(status: int | None) -> None:
    """The profile sends none."""
    nothing = replace(EDGE.request, authorization=Authorization(Place.NONE))
    facts = answered(status) if status else closed(1008)
    found = verdict(replace(facts, profile=replace(EDGE, request=nothing)))

    assert found.code == "upgrade-refused-regardless"
    assert found.title.startswith("Refused, and not because of a secret: ")
    assert "secret" not in " ".join(found.remedies)


BASIC = {"www_authenticate": 'Basic realm="staging"'}
PAGE, DOCUMENT = "<h1>401 Authorization Required</h1>", '{"detail":"no"}'


@pytest.mark.parametrize(
    ("facts", "is_log_in"),
    [
        (answered(401, PAGE, **BASIC), True),
        (on_this_machine(answered(401, PAGE, **BASIC)), True),
        (on_this_machine(answered(401, DOCUMENT, **BASIC)), False),
        (
            replace(
                answered(401, PAGE, **BASIC),
                experiments=(Experiment(ExperimentName.WRONG_SECRET, Answer(status=403)),),
            ),
            False,
        ),
    ],
)
def test_a_log_in_in_front_is_told_by_its_challenge(facts: Facts, is_log_in: bool) -> None:
    """Unless the secret is looked at, or the application itself answers with nothing between."""
    assert (verdict(facts).code == "auth-basic-in-front") is is_log_in


def test_too_many_requests_are_no_other_backend() -> None:
    """The second answer is about how many requests came."""
    again = Experiment(ExperimentName.AGAIN, Answer(status=429))
    other = Experiment(ExperimentName.AGAIN, Answer(status=404))
    codes = [verdict(replace(answered(401), experiments=(one,))).code for one in (again, other)]

    assert codes == ["auth-unauthorized", "auth-inconsistent"]
