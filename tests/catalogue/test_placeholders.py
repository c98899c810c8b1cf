"""No placeholder reaches a person unfilled: each has something that fills it."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.condition import AnyOf, Lint, Otherwise, Rule
from edgecheck.catalogue.problem import Problem
from edgecheck.facts import Facts, HttpResponse, Kind
from edgecheck.lint.finding import ERROR, finding
from edgecheck.settings.model import EDGE_SECRET, Settings
from edgecheck.terms import fill
from edgecheck.wording.values import common_values, keywords_of, profile_values
from tests.sights import FACTS, HEALTHY, answered, closed, failed

EVERY = list(PROBLEMS.values())
PROFILE = set(profile_values(EDGE))
# All that the facts fill, whatever the problem is: each of these fills a part.
PROXIED = failed(Kind.PROXY_DENIED)
assert PROXIED.proxy is not None
PROXIED = replace(
    PROXIED,
    target=replace(PROXIED.target, proxy=PROXIED.proxy.url),
    proxy=replace(PROXIED.proxy, response=HttpResponse("HTTP/1.1", 403, "Forbidden")),
)
COMMON = set().union(*map(common_values, (HEALTHY, PROXIED, answered(400), closed(1000))))
# What every defect of a setting fills.
LINTED = set(finding("", Settings(), ERROR, setting=EDGE_SECRET).values)

KINDS = [kind for kind in Kind if kind is not Kind.CRASHED]


def holes(template: str) -> set[str]:
    """Return the names that a template is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def texts(problem: Problem) -> list[str]:
    """Return all that people read of an entry."""
    return [problem.title, problem.cause, *problem.remedies]


def fillable(problem: Problem) -> set[str]:
    """Return the names that an entry may use."""
    if problem.stage is None:
        return PROFILE
    return COMMON | set(problem.fills) | (LINTED if isinstance(problem.when, Lint) else set())


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_every_placeholder_of_an_entry_is_one_that_something_fills(problem: Problem) -> None:
    """A misspelt one would be shown to people as it is."""
    for text in texts(problem):
        assert holes(text) <= fillable(problem), text


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_what_an_entry_says_of_itself_needs_the_profile_alone(problem: Problem) -> None:
    """Its keywords and its source, which no facts fill."""
    for text in (problem.source, *problem.keywords):
        if '{"' not in text:  # a piece of JSON
            assert holes(text) <= PROFILE, text
    assert len(list(keywords_of(problem.keywords, profile_values(EDGE)))) == len(problem.keywords)


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_no_entry_says_itself_what_the_profile_says(problem: Problem) -> None:
    """Another backend's path, header field, id, messages and close codes are other ones."""
    said = " ".join((*texts(problem), problem.source, problem.left, *problem.keywords))
    values = profile_values(EDGE)
    own = {name: values[name] for name in PROFILE - {"keepalive", "agent_parameter"}}

    assert [name for name, value in own.items() if value in said] == []
    assert f"every {values['keepalive']} s" not in said


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: problem.code)
def test_what_a_condition_fills_is_used(problem: Problem) -> None:
    """A name that no text has is a leftover."""
    assert set(problem.fills) <= set().union(*map(holes, texts(problem)))
    assert len(set(problem.fills)) == len(problem.fills)
    assert not set(problem.fills) & PROFILE


def check(facts: Facts) -> set[str]:
    """Check every sighting that the facts give; return the codes that were seen by rules."""
    seen = set()
    for code, problem in PROBLEMS.items():
        sighting = problem.when.see(facts)
        if sighting is None:
            continue
        assert set(sighting.values) == set(problem.fills), code
        for remedy in sighting.remedies:
            assert holes(remedy) <= COMMON | set(problem.fills), (code, remedy)
            fill(remedy, {})
        seen.add(code)
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_the_sightings_of_every_failure_fill_what_their_entries_say(kind: Kind) -> None:
    """No more, and no less."""
    assert check(failed(kind))


def test_the_sightings_of_every_number_fill_what_their_entries_say() -> None:
    """The same for HTTP statuses and close codes."""
    for status in range(200, 600):
        assert check(answered(status))
    for code in range(1000, 5000):
        assert check(closed(code, "replaced"))


@settings(max_examples=300, deadline=None)
@given(FACTS)
def test_any_sighting_fills_what_its_entry_says(facts: Facts) -> None:
    """Whatever was seen."""
    check(facts)


def test_conditions_of_one_entry_fill_the_same_names() -> None:
    """Whichever of them sees it, the texts are the same."""
    for problem in EVERY:
        if isinstance(problem.when, AnyOf):
            first, *others = problem.when.conditions
            assert all(set(other.fills) == set(first.fills) for other in others), problem.code


def test_every_condition_that_is_a_function_declares_what_it_fills() -> None:
    """What is data fills nothing."""
    for problem in EVERY:
        if not isinstance(problem.when, Rule | Otherwise | AnyOf | Lint):
            assert problem.fills == ()
