"""The form of a profile's file: the built-in ones, and the schema for editors."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from edgecheck.backend import builtin
from edgecheck.backend.builtin import BUILT_IN, built_in, tree_of_built_in
from edgecheck.backend.example import example_of, form_of
from edgecheck.backend.form import FORM, mistakes_in, schema
from edgecheck.backend.kinds import Either, Table
from edgecheck.backend.profile import Authorization, Place
from edgecheck.backend.reading import made, merged, tree_of
from edgecheck.backend.rules import contradictions
from edgecheck.cli.profile_in_force import unknown_codes
from edgecheck.render.toml import toml
from edgecheck.settings.literals import credentials_written
from tests.backend.wrong_profiles import WRONG

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(schema())
every_built_in = pytest.mark.parametrize("name", BUILT_IN)


def own(name: str) -> dict[str, Any]:
    """Return what the file of a built-in profile says itself."""
    path = ROOT / "edgecheck" / "backend" / "profiles" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_file_is_a_built_in_profile() -> None:
    """There is no code beside them."""
    files = (ROOT / "edgecheck" / "backend" / "profiles").iterdir()

    assert {path.name for path in files if path.name != "__pycache__"} == {
        f"{name}.toml" for name in BUILT_IN
    }


@every_built_in
def test_a_built_in_profile_is_right(name: str) -> None:
    """It is of the form, and every code that it names is in the catalogue."""
    profile = built_in(name)

    assert profile.name == name
    assert mistakes_in(own(name)) == []
    assert contradictions(tree_of_built_in(name)) == []
    assert list(unknown_codes(profile)) == []
    assert list(VALIDATOR.iter_errors(own(name))) == []
    assert profile.is_agent_id(profile.agent_id.example)


@every_built_in
def test_a_profile_is_written_as_it_is_read(name: str) -> None:
    """From the profile to TOML and back."""
    tree = tree_of(built_in(name))
    written = tomllib.loads("\n".join(toml(tree)))

    assert written == tree
    assert mistakes_in(written) == []
    assert made(merged(tree_of_built_in("edge"), written)) == built_in(name)


def test_what_the_default_says_of_its_ids_follows_from_their_pattern() -> None:
    """A profile need not say either."""
    agent = built_in("edge").agent_id

    assert (form_of(agent.pattern), example_of(agent.pattern)) == (agent.form, agent.example)


@pytest.mark.parametrize(
    ("pattern", "form", "example"),
    [
        (r"station-[0-9]{3}", "station-<3 digits>", "station-111"),
        (r"\d+", "<number>", "1"),
        (r"[a-z]+", "<letters>", "a"),
        (r"^gw\d$", "gw<digit>", "gw1"),
        (r"(?:red|blue)-\d{1,4}", r"(?:red|blue)-\d{1,4}", "red-1"),
        (r"(a|b)*c+?", r"(a|b)*c+?", "ac"),
        (r"[^a-z]+", "<text>", "1"),
        (r"a.c", "a<text>c", "aac"),
        (r"\[3,\s*1", r"[3,<text>1", "[3, 1"),
        (r"(?=a)b", r"(?=a)b", ""),
        (r"(x)\1", r"(x)\1", ""),
        (r"(?>ab)c", r"(?>ab)c", "abc"),
        (r"[^1]\W", r"[^1]\W", "a-"),
        (r"[é-ü]", "<text>", ""),
    ],
)
def test_an_example_and_a_form_are_made_of_a_pattern(pattern: str, form: str, example: str) -> None:
    """A form that has no words is the pattern itself."""
    assert form_of(pattern) == form
    assert example_of(pattern) == example


@given(
    st.from_regex(r"[a-z_-]{0,4}(\[[0-9a-f]{1,3}\][+*]?|\\d\{[1-9]\}|\.)[a-z]{0,3}", fullmatch=True)
)
def test_an_example_always_matches(pattern: str) -> None:
    """Or there is none."""
    example = example_of(pattern)

    assert not example or re.fullmatch(pattern, example)


@pytest.mark.parametrize("name", WRONG)
def test_the_schema_agrees_with_the_check(name: str) -> None:
    """What the schema refuses is refused, and what it cannot say is in the list of that."""
    content, place, expected, seen = WRONG[name]
    tree = tomllib.loads(content)
    # jsonschema compares numbers, and NaN with nothing; dates are no JSON.
    refused = bool(list(VALIDATOR.iter_errors(json.loads(json.dumps(tree, default=str)))))

    assert refused is seen
    found = [*map(str, mistakes_in(tree)), *map(str, credentials_written(tree))]
    if not found and place != "extends":  # which files there are, the form does not know
        whole = merged(tree_of_built_in(tree.get("extends", "edge")), tree)
        found = [*map(str, contradictions(whole))]
        if not found:
            found = [f"{where}: {words}" for where, words in unknown_codes(made(whole, "it"))]
    assert place == "extends" or any(
        each.startswith(f"{place}: ") and expected in each for each in found
    )


# For every key of the form another value than that of the default profile.
OTHERWISE: dict[str, Any] = {
    "extends": "websocket",
    "name": "other",
    "readers": ["systemd"],
    "variables.url": "A_URL",
    "variables.secret": "A_SECRET",
    "variables.agent_id": "AN_ID",
    "secret.required": False,
    "agent_id.required": False,
    "agent_id.pattern": "gw[0-9]",
    "agent_id.form": "<id>",
    "agent_id.example": "edge_2",
    "agent_id.probe_id": "edge_0",
    "agent_id.shared": True,
    "request.path": "/x",
    "request.query": {"a": "b"},
    "request.headers": {"A": "b"},
    "request.subprotocols": ["a"],
    "request.origin": "https://a.example",
    "request.authorization": "basic",
    "session.greeting": [{"send": "a", "without_secret": "b"}, {"expect": {"regex": "c"}}],
    "session.ping": {"send": "frame", "expect": "a", "answer": "b"},
    "session.pong": {"regex": "a"},
    "session.binary": ["ping", "commands"],
    "session.keepalive": 1.5,
    "commands": False,
    "commands.match": "a",
    "commands.id": "a.0",
    "commands.kind": "b",
    "commands.payload": "c",
    "commands.payload_type": "any",
    "commands.ack": "{id}",
    "commands.status.completed": "done",
    "commands.status.failed": "error",
    "close": [
        {
            "code": 4000,
            "message": "d",
            "title": "a",
            "side": "client",
            "cause": "b",
            "remedies": ["c"],
        }
    ],
    "refusal": [{"status": 403, "body": "d", "problem": "auth-forbidden"}],
}


def keys(kind: Any, place: str = "") -> Iterator[str]:
    """Yield the places of all single values, lists and free tables of the form."""
    tables = [kind, *getattr(kind, "kinds", ())]
    inner = next((each.keys for each in tables if isinstance(each, Table)), {})
    if place and (not isinstance(kind, Table)):
        yield place
    for key, each in inner.items():
        if not isinstance(kind, Either) or place == "commands":
            yield from keys(each, f"{place}.{key}" if place else key)


def test_every_key_of_the_form_is_changed() -> None:
    """A key that is added to the form is added here."""
    assert set(keys(FORM)) == set(OTHERWISE)


# Further forms of a value, and values with fewer keys.
ALSO = [
    ("session.greeting", [{"send": {"hex": "ff"}}, {"expect": "a", "problem": "auth-forbidden"}]),
    ("session.ping", {"hex": "ff 01"}),
    ("session.ping", {"expect": "a"}),
    ("session.ping", {"expect": {"regex": "^tick (?P<n>.*)"}, "answer": "tock {ping.n}"}),
    ("session.pong", {"hex": "81 ff"}),
    ("session.pong", {"hex": "81 00 *"}),
    ("close", [{"code": 4000, "message": {"hex": "ff"}, "problem": "auth-forbidden"}]),
    ("refusal", [{"status": 403, "title": "a", "side": "client", "cause": "b", "remedies": []}]),
]


@pytest.mark.parametrize(
    ("place", "value"), [*(one for one in OTHERWISE.items() if one[0] != "extends"), *ALSO]
)
def test_every_key_changes_the_profile(place: str, value: Any) -> None:
    """And what it says is written again as it was read."""
    *tables, key = place.split(".")
    own: dict[str, Any] = {key: value}
    for table in reversed(tables):
        own = {table: own}
    profile = made(merged(tree_of_built_in("edge"), own))
    written = tree = tree_of(profile)
    for table in tables:
        written = written[table]

    assert mistakes_in(own) == []
    assert list(VALIDATOR.iter_errors(own)) == []
    assert profile != built_in("edge")
    assert written[key] == value
    assert made(merged(tree_of_built_in("edge"), tree)) == profile


def test_an_answer_repeats_a_group_that_there_is() -> None:
    """The other tests have a name that no group has."""
    ping = {"expect": {"regex": "^tick (?P<n>.*)"}, "answer": "tock {ping.n}"}

    assert contradictions(merged(tree_of_built_in("edge"), {"session": {"ping": ping}})) == []


def trees() -> st.SearchStrategy[dict[str, Any]]:
    """Return trees with known keys and any values."""
    values = st.one_of(
        st.text(max_size=8),
        st.integers(-10, 6000),
        st.booleans(),
        st.lists(st.text(max_size=3), max_size=2),
        st.sampled_from(["bearer", "/x", "frame", '{"a":1}', {"regex": "a"}, {}, 30.5]),
    )
    tables = {
        key: st.dictionaries(st.sampled_from([*kind.keys, "other"]), values, max_size=3)
        for key, kind in FORM.keys.items()
        if hasattr(kind, "keys")
    }
    single = {key: values for key in FORM.keys if key not in tables}
    closes = st.lists(
        st.dictionaries(st.sampled_from(["code", "problem", "title", "cause", "side"]), values),
        max_size=2,
    )
    return st.fixed_dictionaries({}, optional={**single, **tables, "close": closes})


@given(trees())
def test_the_schema_refuses_nothing_that_the_check_takes(tree: dict[str, Any]) -> None:
    """An editor marks no file that edgecheck reads."""
    if not mistakes_in(tree):
        assert list(VALIDATOR.iter_errors(tree)) == []


def test_the_published_schema_is_fresh() -> None:
    """`make docs` writes it."""
    published = json.loads((ROOT / "docs" / "profile.schema.json").read_text(encoding="utf-8"))

    assert published == schema()
    Draft202012Validator.check_schema(published)


def test_several_mistakes_are_said_at_once() -> None:
    """Not one after the other."""
    tree = {"naem": "x", "request": {"path": "x", "origin": 1}, "session": {"keepalive": math.inf}}

    assert [mistake.place for mistake in mistakes_in(tree)] == [
        "naem",
        "request.path",
        "request.origin",
        "session.keepalive",
    ]


def test_a_long_value_is_not_repeated() -> None:
    """It may be a secret that was put into the wrong place."""
    (mistake,) = mistakes_in({"request": {"authorization": "s3cr3t-" * 5}})

    assert "s3cr3t" not in str(mistake)
    assert "a text of 35 characters" in str(mistake)


def test_lists_and_tables_of_free_names_are_replaced() -> None:
    """Other tables are merged key by key."""
    base = tree_of_built_in("edge")
    found = merged(base, {"request": {"query": {"a": "b"}}, "close": [], "variables": {"url": "U"}})

    assert found["request"]["query"] == {"a": "b"}
    assert found["request"]["path"] == base["request"]["path"]
    assert found["variables"] == {**base["variables"], "url": "U"}
    assert found["close"] == []


def test_another_pattern_does_not_keep_the_words_of_the_first() -> None:
    """Nor a ping of another kind the pong."""
    base = tree_of_built_in("edge")
    found = made(merged(base, {"agent_id": {"pattern": "gw[0-9]"}, "session": {"ping": "frame"}}))

    assert (found.agent_id.form, found.agent_id.example) == ("gw<digit>", "gw1")
    assert found.session.pong is None
    assert merged(base, {"session": {"ping": "hi"}})["session"]["pong"] == base["session"]["pong"]


@pytest.mark.parametrize(("key", "place"), [("headers", "header"), ("query", "query")])
def test_the_secret_in_a_field_is_where_the_secret_goes(key: str, place: str) -> None:
    """As `authorization` would say it."""
    own = {"request": {key: {"X-Key": "{secret}", "a": "b"}}}
    found = made(merged(tree_of_built_in("edge"), own)).request

    assert f"{found.authorization.place}:{found.authorization.name}" == f"{place}:X-Key"
    assert ("X-Key", "{secret}") not in (*found.headers, *found.query)


def test_a_word_before_the_secret_is_kept() -> None:
    """Written in the field, as `authorization` writes it, and back."""
    own = {"request": {"headers": {"Authorization": "Token {secret}"}}}
    found = made(merged(tree_of_built_in("edge"), own))

    assert found.request.authorization == Authorization(Place.HEADER, "Authorization", "Token")
    assert tree_of(found)["request"]["authorization"] == "header:Authorization Token"
    assert made(tree_of(found)) == found


def test_a_built_in_profile_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code is kept where Python keeps that of a module, and is made anew when it changes."""
    monkeypatch.setattr(builtin, "_FOLDER", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)
    file = tmp_path / "one.toml"
    file.write_text('name = "first"\n', encoding="utf-8")
    first = builtin._own_tree("one")
    kept = list((tmp_path / "__pycache__").iterdir())
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("it was parsed again"))
    again = builtin._own_tree("one")
    monkeypatch.undo()
    monkeypatch.setattr(builtin, "_FOLDER", tmp_path)
    file.write_text('name = "the second"\n', encoding="utf-8")

    assert first == again == {"name": "first"}
    assert len(kept) == 1
    assert builtin._own_tree("one") == {"name": "the second"}
