"""What the backend's team sends: the command that works for it, or one sentence."""

from __future__ import annotations

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Authorization, Place
from edgecheck.frozen import replace
from edgecheck.intake.answers import read

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
BEARER = f"Authorization: Bearer {SECRET}"
AGENT = "X-Edge-Agent-Id: edge_7"
HOST = "wss://edge.example"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
TEXTS = {
    "wscat": f'wscat -c {HOST} -H "{BEARER}" -H "{AGENT}"',
    "npx": f"npx wscat --connect {HOST} --header '{BEARER}' --header '{AGENT}'",
    "websocat": f"$ websocat -H='{BEARER}' -H'{AGENT}' {HOST}",
    "curl": f"curl -iN -H 'Upgrade: x' -H '{KEY}' \\\n  -H '{BEARER}' \\\n  -H '{AGENT}' {HOST}",
    "in a message": f"This works:\n\n  wscat -c {HOST} -H '{AGENT}' -H '{BEARER}'\n\nBye",
    "in the query": f"wscat -c {HOST}?edge_agent_id=edge_7 -H '{BEARER}'",
    "curly quotes": f"wscat -c {HOST} -H “{BEARER}” -H “{AGENT}”",
    "sentence": f"host edge.example, secret {SECRET}, agent edge_7",
    "longer sentence": f"Host is edge.example, the secret is {SECRET} and the agent is edge_7.",
    "other words": f"Use host edge.example with token {SECRET} and agent id edge_7",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_command_or_a_sentence_holds_all_settings(name: str) -> None:
    """Whatever stands around them."""
    values = read(TEXTS[name], "BACKEND_URL").values

    assert values["BACKEND_URL"].removeprefix("wss://").partition("?")[0] == "edge.example"
    assert values["EDGE_SECRET"] == SECRET
    assert values["EDGE_AGENT_ID"] == "edge_7"


@pytest.mark.parametrize("value", ["$TOKEN", "<secret>", "****", "${EDGE_SECRET}", "..."])
def test_a_word_to_fill_in_is_no_secret(value: str) -> None:
    """Its value is elsewhere."""
    text = f"wscat -c {HOST} -H 'Authorization: Bearer {value}'"

    assert dict(read(text, "BACKEND_URL").values) == {"BACKEND_URL": HOST}


@pytest.mark.parametrize(
    "text",
    [
        "the host edge.example is down",
        "secret key, agent of change",
        "host a.example, host b.example",
        f"wscat -c {HOST} -H 'Authorization: Bearer {SECRET}",
    ],
)
def test_what_is_said_of_something_else_gives_no_secret(text: str) -> None:
    """One word alone, words that are no values, the same word twice, and an open quote."""
    assert "EDGE_SECRET" not in read(text, "BACKEND_URL").values


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Authorization(Place.HEADER, "X-Key"), f"{HOST} -H 'x-key: {SECRET}'"),
        (Authorization(Place.HEADER, "X-Key", "Token"), f"{HOST} -H 'X-Key: Token {SECRET}'"),
        (Authorization(Place.HEADER, "X-Key", 'k="', '"'), f"{HOST} -H 'X-Key: k=\"{SECRET}\"'"),
        (Authorization(Place.QUERY, "key"), f"'{HOST}?key={SECRET}'"),
    ],
    ids=["a field", "after a word", "between two texts", "a parameter"],
)
def test_the_secret_is_found_where_the_profile_has_it(place: Authorization, words: str) -> None:
    """Without what stands around it."""
    profile = replace(EDGE, request=replace(EDGE.request, authorization=place))

    assert read(f"wscat -c {words}", "BACKEND_URL", profile).values["EDGE_SECRET"] == SECRET


def test_an_address_that_is_none_holds_no_secret() -> None:
    """Its bracket is not closed."""
    place = Authorization(Place.QUERY, "key")
    profile = replace(EDGE, request=replace(EDGE.request, authorization=place))
    found = read(f"wscat -c 'wss://[edge.example?key={SECRET}'", "BACKEND_URL", profile)

    assert "EDGE_SECRET" not in found.values
