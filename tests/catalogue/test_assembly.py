"""How the catalogue is put together: what is derived from the tables, and what they may not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.assembly import assemble
from edgecheck.catalogue.condition import (
    OnClose,
    OnStatus,
    OnVerifyCode,
    Otherwise,
    Rule,
    Sighting,
    Unseen,
    claimed_by,
)
from edgecheck.catalogue.problem import Problem, Simulated
from edgecheck.facts import Facts, Kind, Stage
from edgecheck.terms import Severity, Side
from tests.backend.changes import changed
from tests.sights import HEALTHY, answered, closed, failed


def entry(code: str = "upgrade-teapot", **fields: object) -> Problem:
    """Return an entry that says little."""
    made = Problem(
        code=code,
        stage=Stage.UPGRADE,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="It is a teapot",
        cause="It only makes tea.",
        remedies=("Ask for the address of the backend.",),
        when=OnStatus(418),
        reproduction=Simulated(),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def seen_by(problem: Problem, facts: Facts) -> bool:
    return problem.see(facts) is not None


# --- otherwise ------------------------------------------------------------------------------------


REST = entry("upgrade-rest", when=Otherwise(OnStatus))


def test_a_number_that_no_entry_claims_is_seen_otherwise() -> None:
    """And one that an entry claims is not: the claim alone says so."""
    problems = assemble([(REST,), (entry(),)])

    assert seen_by(problems["upgrade-rest"], answered(404))
    assert not seen_by(problems["upgrade-rest"], answered(418))
    assert seen_by(problems["upgrade-teapot"], answered(418))


def test_a_rule_claims_numbers_only_where_it_sees_them() -> None:
    """A failure that a rule turns down after all still has an entry."""

    def makes_tea(facts: Facts) -> Sighting | None:
        response = facts.upgrade.response if facts.upgrade else None
        return Sighting() if response is not None and "tea" in response.body else None

    problems = assemble([(REST, entry(when=Rule(makes_tea, claims=(OnStatus(418),))))])

    assert not seen_by(problems["upgrade-rest"], answered(418, "tea"))
    assert seen_by(problems["upgrade-rest"], answered(418, "coffee"))


def test_what_did_not_fail_is_not_seen_otherwise() -> None:
    """An open socket, and nothing at all."""
    (rest,) = assemble([(REST,)]).values()

    assert not seen_by(rest, HEALTHY)
    assert not seen_by(rest, Facts())


def test_a_number_of_another_sort_is_no_claim() -> None:
    """A close code says nothing about statuses."""
    problems = assemble([(REST, entry(when=OnClose(418)))])

    assert seen_by(problems["upgrade-rest"], answered(418))


@pytest.mark.parametrize("sort", [OnStatus, OnClose, OnVerifyCode])
def test_what_the_entries_claim_is_derived_from_every_table(sort: type[OnStatus]) -> None:
    """The whole catalogue: its last resorts know each number that another entry claims."""
    claimed = {number for one in PROBLEMS.values() for number in claimed_by(one.when, sort)}
    conditions = [
        condition
        for problem in PROBLEMS.values()
        for condition in getattr(problem.when, "conditions", (problem.when,))
        if isinstance(condition, Otherwise) and condition.sort is sort
    ]

    assert [set(condition.claims) for condition in conditions] == [claimed]


@pytest.mark.parametrize("code", [1, 18, 23, 62, 99, None])
def test_every_verify_code_gives_one_entry(code: int | None) -> None:
    """Also one that OpenSSL has not invented yet."""
    facts = failed(Kind.TLS_CERTIFICATE, verify_code=code)

    assert len([one for one in PROBLEMS.values() if seen_by(one, facts)]) == 1


# --- close codes of the profile -------------------------------------------------------------------


def with_meaning(facts: Facts, code: int, problem: str) -> Facts:
    profile = changed({"closes": {**facts.profile.closes, code: problem}}, facts.profile)
    return replace(facts, profile=profile)


def codes_seen(facts: Facts) -> list[str]:
    return [code for code, problem in PROBLEMS.items() if seen_by(problem, facts)]


@pytest.mark.parametrize(
    "problem",
    ["auth-header-rejected", "auth-secret-rejected", "auth-unauthorized", "auth-forbidden"],
)
@pytest.mark.parametrize("code", [1011, 3000, 4321])
def test_a_close_code_means_what_the_profile_says(problem: str, code: int) -> None:
    """Whatever the tables say about that code, and where they say nothing."""
    assert codes_seen(with_meaning(closed(code, "no"), code, problem)) == [problem]


def test_a_close_code_can_mean_an_entry_that_knows_no_close_code() -> None:
    """The profile alone decides."""
    assert codes_seen(with_meaning(closed(4409), 4409, "session-replaced")) == ["session-replaced"]


def test_a_close_code_that_the_profile_leaves_out_is_the_tables_again() -> None:
    """4001 means a header in one protocol only."""
    facts = closed(4001, "no")
    plain = replace(facts, profile=changed({"closes": {}}, facts.profile))

    assert codes_seen(facts) == ["auth-header-rejected"]
    assert codes_seen(plain) == ["session-closed-unknown"]


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["refines", "explains", "alternatives"])
def test_a_code_that_no_entry_has_is_refused(field: str) -> None:
    """At once, and not on the day that somebody meets the problem."""
    with pytest.raises(ValueError, match=rf"upgrade-teapot: {field} names upgrade-kettle"):
        assemble([(entry(**{field: ("upgrade-kettle",)}),)])


def test_a_stage_can_be_explained() -> None:
    """All its codes are meant."""
    assert assemble([(entry(explains=(Stage.AUTH,)),)])


def test_a_code_that_two_entries_have_is_refused() -> None:
    """One of them would vanish."""
    with pytest.raises(ValueError, match="two entries have the code upgrade-teapot"):
        assemble([(entry(),), (entry(when=Unseen()),)])
