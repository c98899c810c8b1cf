"""Values in texts: what the profile says, what was met, where a setting is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.backend.builtin import built_in
from edgecheck.backend.profile import OWN_WORDS, Authorization, Close, Place
from edgecheck.catalogue import PROBLEMS, in_the_words_of
from edgecheck.facts import Greeting, Instead, Kind, TcpFacts
from edgecheck.terms import Side
from edgecheck.wording.values import common_values, named_once, profile_values
from tests.sights import HEALTHY, HOST, SPAN, closed, failed


def test_a_profile_without_a_secret_has_no_place_for_it() -> None:
    """Nor a line in the settings."""
    profile = built_in("websocket")
    nothing = replace(profile.request, authorization=Authorization(Place.NONE))
    values = profile_values(replace(profile, request=nothing))

    assert (values["credential"], values["credential_place"]) == ("no secret", "the request")
    assert values["settings_to_write"].endswith("=wss://<host>")
    assert values["settings_count"] == "one setting"


@pytest.mark.parametrize(
    ("greeting", "refusal"),
    [
        (Greeting(instead=Instead.MESSAGE, received="no such agent"), "answered no such agent"),
        (Greeting(instead=Instead.SILENCE), "not answered"),
        (Greeting(instead=Instead.END), "cut off"),
        (Greeting(done=2), None),
        (None, None),
    ],
)
def test_a_refusal_in_a_greeting_has_words(greeting: Greeting | None, refusal: str | None) -> None:
    """Where no close frame says it."""
    facts = closed(1006)
    assert facts.session is not None
    facts = replace(facts, session=replace(facts.session, greeting=greeting))

    assert common_values(facts).get("refusal") == refusal


def test_a_place_to_connect_to_is_named_where_it_failed() -> None:
    """And the backend's own name where the way there was open, or a proxy's failed."""
    refused = failed(Kind.TCP_REFUSED)
    assert refused.tcp is not None
    there = replace(refused.target, connect_to="10.0.0.9:9000")
    tcp = replace(refused.tcp, host="10.0.0.9", port=9000)
    elsewhere = common_values(replace(refused, target=there, tcp=tcp))
    proxied = common_values(replace(refused, target=replace(there, proxy="http://p:1"), tcp=tcp))
    reached = common_values(
        replace(HEALTHY, target=there, tcp=TcpFacts(SPAN, "10.0.0.9", 9000, "10.0.0.9"))
    )

    assert (elsewhere["host"], elsewhere["port"]) == ("10.0.0.9", "9000")
    assert {(each["host"], each["port"]) for each in (proxied, reached)} == {(HOST, "443")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Set BACKEND_URL in $BACKEND_URL to it.", "Set BACKEND_URL in the environment to it."),
        ("into BACKEND_URL, in $BACKEND_URL.", "into BACKEND_URL, in the environment."),
        ("Set BACKEND_URL in .env:1 to it.", "Set BACKEND_URL in .env:1 to it."),
        ("EDGE_SECRET in $BACKEND_URL", "EDGE_SECRET in $BACKEND_URL"),
        ("Compare BACKEND_URL in --url with it.", "Compare --url with it."),
        ("Set `BACKEND_URL=wss://a.example` in --url.", "Use `--url wss://a.example`."),
        ("off: set `BACKEND_URL=wss://a` in --url.", "off: use `--url wss://a`."),
        ("Check the port in --url.", "Check the port in --url."),
    ],
)
def test_a_setting_of_the_environment_is_named_once(text: str, said: str) -> None:
    """Its place is its own name, which would be said twice."""
    assert named_once(text) == said


def test_a_code_with_words_of_its_own_is_explained_in_them() -> None:
    """And as the catalogue has it, where the profile has no words for it."""
    own = Close(4100, title="The lease has ended", side=Side.CLIENT, cause="It ran out.")
    profile = replace(built_in("edge"), close=(own,))
    entry = in_the_words_of(profile, "closed with 4100")[OWN_WORDS]

    assert (entry.title, entry.side, entry.cause) == (own.title, own.side, own.cause)
    assert in_the_words_of(profile, "closed with 4101") == PROBLEMS
