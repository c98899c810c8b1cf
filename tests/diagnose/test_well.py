"""Where all went well, only the entries are asked that may be seen then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from edgecheck.diagnose import seen
from edgecheck.facts import Facts
from tests.diagnose.defects import NETWORK_FAILURES
from tests.sights import FACTS, HEALTHY, answered, closed


def made_well(facts: Facts) -> Facts:
    """Return facts without their failures, and without what is looked at after one."""

    def without(one: Any, **more: Any) -> Any:
        return None if one is None else replace(one, failure=None, **more)

    tcp, upgrade, session = facts.tcp, facts.upgrade, facts.session
    if tcp is not None:
        attempts = tuple(replace(attempt, failure=None) for attempt in tcp.attempts)
        tcp = without(tcp, first=None, again=(), path=None, attempts=attempts)
    if upgrade is not None and upgrade.response is not None:
        upgrade = replace(upgrade, response=replace(upgrade.response, status=101))
    pong = session.pong or None if session is not None else None
    return replace(
        facts,
        dns=without(facts.dns, servers=()),
        tcp=tcp,
        proxy=without(facts.proxy),
        tls=without(facts.tls),
        upgrade=without(upgrade),
        session=without(session, pong=pong, close_code=None),
        experiments=(),
    )


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example]
)
@given(FACTS)
def test_no_other_entry_is_seen_where_all_went_well(facts: Facts) -> None:
    """Asking the few finds the same as asking all."""
    facts = made_well(facts)

    assert seen.went_well(facts)
    few, every = (
        [problem.code for problem in problems if problem.see(facts) is not None]
        for problems in (seen._seen_if_well(), seen._seen_in_facts())
    )
    assert few == every


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example]
)
@given(FACTS)
def test_settings_alone_show_nothing(facts: Facts) -> None:
    """No entry has to be asked where nothing was tried: a fact that is None is not "no"."""
    facts = replace(
        facts, dns=None, tcp=None, proxy=None, tls=None, upgrade=None, session=None, experiments=()
    )

    assert not facts.is_of_network
    assert [one.code for one in seen._seen_in_facts() if one.see(facts) is not None] == []


@pytest.mark.parametrize("facts", [*NETWORK_FAILURES, answered(403), closed(1000)])
def test_a_failure_is_not_well(facts: Facts) -> None:
    """All entries are asked."""
    assert not seen.went_well(facts)
    assert seen.went_well(HEALTHY)
