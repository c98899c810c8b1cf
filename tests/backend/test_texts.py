"""Texts follow the profile: the catalogue's, `explain`'s, and the simulator's help."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find
from edgecheck.render import entry, problems
from edgecheck.simulator.names import FAULTS, helps
from edgecheck.terms import fill
from edgecheck.wording.values import profile_values
from tests.backend.changes import ALL, CHANGES, HEADER, WRONG_SECRET, Change, changed, every


@pytest.mark.parametrize("code", PROBLEMS)
def test_no_text_of_the_catalogue_says_what_the_built_in_profile_says(code: str) -> None:
    """Filled in with what another profile says, whichever of its values is another one."""
    problem = PROBLEMS[code]
    texts = (problem.title, problem.cause, *problem.remedies)
    saying = {
        name
        for name, change in CHANGES.items()
        for text in texts
        if re.search(change.old, fill(text, profile_values(change.profile)))
    }

    assert saying == set()


@every
def test_explain_follows(change: Change) -> None:
    """Every place of an entry in which a text can stand, in every form."""
    # One of them is several lines, which are laid out one by one.
    names = {
        name: value for name, value in profile_values(change.profile).items() if "\n" not in value
    }
    template = " ".join(f"{{{name}}}" for name in names)
    filled = " ".join(names.values())
    problem = replace(
        PROBLEMS["upgrade-not-found"],
        title=template,
        cause=template,
        remedies=(template,),
        keywords=("as it is", '{{"a":1}}', '{"b":2}', "closed {header_close}", "{agent_field}"),
        source=template,
    )
    whole = "\n".join(map(str, entry.entry(problem, 4000, [problem], change.profile)))
    document = entry.document(problem, change.profile)
    page = problems.page([problem], change.profile)

    assert whole.count(filled) == 5
    assert filled in str(entry.listing([problem], 4000, change.profile)[1])
    assert document["title"] == document["cause"] == document["source"] == filled
    assert document["remedies"] == [filled]
    assert document["keywords"] == [
        "as it is",
        '{"a":1}',
        '{"b":2}',
        f"closed {change.profile.close_code(HEADER)}",
        change.profile.agent_field.lower(),
    ]
    assert page.count(change.profile.path) == 4
    assert (page == problems.page([problem])) == (change.values.keys() == {"name"})


@every
def test_explain_finds_by_the_close_codes_of_the_profile(change: Change) -> None:
    """A number that means a problem to this backend leads to it."""
    for code, meaning in change.profile.closes.items():
        assert find(str(code), PROBLEMS, change.profile)[0].problem.code == meaning


def test_explain_does_not_find_what_the_backend_does_not_have() -> None:
    """A keyword of a close code that it lacks is none; others are filled in."""
    problem = replace(PROBLEMS[HEADER], keywords=("{header_close}", "{secret_close} {{}}"))
    profile = changed({"closes": {4403: WRONG_SECRET}})

    assert entry.document(problem, profile)["keywords"] == ["4403 {}"]
    assert find("4403 {}", {HEADER: problem}, profile)[0].exact


def test_the_simulators_help_has_the_profiles_close_codes() -> None:
    """Those that it closes with."""
    assert "4401" in helps(ALL.profile)["auth-header-stripped"]
    assert "4403" in helps(ALL.profile)["auth-secret-rejected"]
    assert not any(re.search(ALL.old, line) for line in helps(ALL.profile).values())
    assert helps() == FAULTS
