"""The catalogue as data: every entry is whole, and its texts can be filled and pasted."""

from __future__ import annotations

import re
import string

import pytest

from edgecheck.catalogue import (
    PROBLEMS,
    auth,
    client,
    config,
    dns,
    proxy,
    session,
    tcp,
    tls,
    upgrade,
)
from edgecheck.catalogue.condition import (
    Lint,
    OnClose,
    OnKind,
    OnNumber,
    OnStatus,
    OnVerifyCode,
    Unseen,
    claimed_by,
)
from edgecheck.catalogue.problem import Problem
from edgecheck.facts import Facts, Kind, Stage
from edgecheck.terms import Severity, fill
from edgecheck.wording.values import common_values
from tests.sights import HEALTHY, failed

TABLES = {
    Stage.CONFIG: config,
    Stage.DNS: dns,
    Stage.TCP: tcp,
    Stage.PROXY: proxy,
    Stage.TLS: tls,
    Stage.UPGRADE: upgrade,
    Stage.AUTH: auth,
    Stage.SESSION: session,
    None: client,
}
# The words that begin a code, by the stage that shows it.
PREFIXES = {
    Stage.CONFIG: ("env", "secret", "url", "agent", "header", "mtls"),
    Stage.TCP: ("tcp", "path"),
    Stage.TLS: ("tls", "clock"),
    Stage.UPGRADE: ("upgrade", "platform"),
    Stage.SESSION: ("session", "pong", "message", "command"),
    None: ("client",),
}
EVERY = list(PROBLEMS.values())


def holes(template: str) -> set[str]:
    """Return the names that a template is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def texts(problem: Problem) -> list[str]:
    """Return all that people read of an entry."""
    return [problem.title, problem.cause, *problem.remedies]


def test_every_entry_is_in_one_table_and_once() -> None:
    """A code that two tables had would vanish from one."""
    codes = [problem.code for table in TABLES.values() for problem in table.PROBLEMS]

    assert len(codes) == len(set(codes)) == len(PROBLEMS)
    assert codes == list(PROBLEMS)


@pytest.mark.parametrize("stage", TABLES, ids=str)
def test_an_entry_stands_in_its_stages_room(stage: Stage | None) -> None:
    """And its code begins as the stage's codes do."""
    for problem in TABLES[stage].PROBLEMS:
        assert problem.stage is stage
        assert problem.code.partition("-")[0] in PREFIXES.get(stage, (str(stage),))


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_an_entry_is_whole(problem: Problem) -> None:
    """Title, cause, remedies, each of its form."""
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", problem.code)
    assert problem.title
    assert "\n" not in problem.title
    assert not problem.title.endswith(".")
    assert 40 < len(problem.cause) < 700
    assert problem.cause.endswith((".", ".)"))
    assert problem.remedies
    for remedy in problem.remedies:
        assert remedy[0].isupper(), remedy
        first = remedy.partition("\n")[0]
        assert "`" in first or first.endswith((".", ":", "?", '"')) or len(remedy) < 200, remedy
        for line in remedy.split("\n")[1:]:
            assert line.startswith(("$ ", "    ")), line
    assert len(set(problem.remedies)) == len(problem.remedies)


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_an_entry_speaks_to_people(problem: Problem) -> None:
    """Without a please, an exclamation mark or blame."""
    said = " ".join(texts(problem))

    assert not re.search(r"\bplease\b|\bobviously\b|\byou forgot\b|\bsimply\b", said, re.IGNORECASE)
    assert not re.search(r"[A-Za-z]!(?:\s|$)", said)


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_texts_read_well_with_nothing_known(problem: Problem) -> None:
    """As `explain` shows them: each hole by its name."""
    for text in texts(problem):
        filled = fill(text, common_values(Facts()))
        assert all(f"{{{name}}}" not in filled for name in holes(text))
        assert "None" not in filled


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_keywords_are_in_lower_case(problem: Problem) -> None:
    """As `explain` compares them."""
    assert all(word == word.lower() and word.strip() == word for word in problem.keywords)


def test_every_entry_of_the_settings_is_lint_and_every_clients_unseen() -> None:
    """The rest looks at facts."""
    for problem in EVERY:
        assert isinstance(problem.when, Lint) == (problem.stage is Stage.CONFIG)
        assert isinstance(problem.when, Unseen) == (problem.stage is None)


def test_no_kind_of_failure_is_claimed_twice() -> None:
    """Two rows for one fact would be two verdicts."""
    claimed = [kind for one in EVERY if isinstance(one.when, OnKind) for kind in one.when.kinds]

    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize("sort", [OnStatus, OnClose, OnVerifyCode])
def test_no_number_is_claimed_twice(sort: type[OnNumber]) -> None:
    """The same for HTTP statuses, close codes and verify codes."""
    claimed = [number for one in EVERY for number in claimed_by(one.when, sort)]

    assert claimed
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CRASHED])
def test_a_row_of_a_kind_matches_its_kind_and_no_other(kind: Kind) -> None:
    """Data, not code: the row says all."""
    for problem in EVERY:
        if isinstance(problem.when, OnKind):
            assert (problem.when.see(failed(kind)) is not None) == (kind in problem.when.kinds)


def test_no_entry_takes_the_place_of_a_graver_one() -> None:
    """A warning that refined an error would hide it.

    The lint itself sees to that for its own, whose severity varies.
    """
    order = list(Severity)
    for problem in EVERY:
        if problem.stage is Stage.CONFIG:
            continue
        assert [
            code
            for code in problem.refines
            if order.index(PROBLEMS[code].severity) < order.index(problem.severity)
        ] == [], problem.code


def test_common_values_are_text() -> None:
    """Whatever was seen."""
    for facts in (Facts(), HEALTHY, *(failed(kind) for kind in Kind if kind is not Kind.CRASHED)):
        assert all(common_values(facts).values())


def test_a_template_is_filled_once() -> None:
    """A value with braces in it is not a template."""
    assert fill("{a} and {b}", {"a": "{b}", "b": "{a}"}) == "{b} and {a}"
    assert fill("{unknown}", {}) == "<unknown>"
