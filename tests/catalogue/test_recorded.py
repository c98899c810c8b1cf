"""What servers and proxies really answer is called by its name, by its side, and not too surely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.diagnose import Verdict, diagnose
from edgecheck.escapes import escape
from edgecheck.facts import Facts, Failure, HttpResponse, Kind, Span, UpgradeFacts
from edgecheck.terms import Confidence
from tests.catalogue.recorded import ANSWERS, Recorded
from tests.sights import HEALTHY

SURENESS = list(Confidence)


def response_of(recorded: Recorded) -> HttpResponse:
    """Return an answer as a fact."""
    first, *lines = recorded.head.split("\r\n")
    version, status, reason = first.split(" ", 2)
    fields = (line.split(":", 1) for line in lines if line)
    return HttpResponse(
        version,
        int(status),
        escape(reason),
        tuple((name, value.strip()) for name, value in fields),
        escape(recorded.body),
    )


def seen(recorded: Recorded) -> Facts:
    """Return a checkup that got this answer, without experiments."""
    upgrade = UpgradeFacts(
        Span(1.0, recorded.seconds * 1000),
        response=response_of(recorded),
        failure=Failure(Kind.UPGRADE_STATUS, "refused"),
    )
    return replace(HEALTHY, upgrade=upgrade, session=None)


def verdict_of(recorded: Recorded) -> Verdict:
    """Return the verdict on an answer."""
    verdict = diagnose(seen(recorded)).verdict
    assert verdict is not None
    return verdict


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_called_what_it_is(name: str) -> None:
    """By one of the codes whose bytes these are; the others stay among the alternatives."""
    recorded = ANSWERS[name]
    verdict = verdict_of(recorded)

    assert verdict.code in recorded.codes
    assert set(recorded.codes) <= {verdict.code, *verdict.alternatives}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_somebodys_turn(name: str) -> None:
    """A backend that is down is its own turn, a lost Upgrade field that of the proxy."""
    assert verdict_of(ANSWERS[name]).side in ANSWERS[name].sides


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_is_overclaimed(name: str) -> None:
    """Equal bytes are never certain."""
    recorded = ANSWERS[name]
    surest = SURENESS.index(Confidence(recorded.surest))

    assert SURENESS.index(verdict_of(recorded).confidence) >= surest


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nginx lost", "proxy_set_header Upgrade $http_upgrade;"),
        ("Squid lost", "http_upgrade_request_protocols websocket allow all"),
        ("gunicorn sync Flask", "ASGI server"),
        ("nginx hangs", "`accept()`"),
        ("Traffic Server without a mapping for ws", "map ws://"),
        ("tinyproxy lost", "another reverse proxy"),
    ],
)
def test_the_cure_of_the_product_that_was_seen_is_among_the_first_two(name: str, line: str) -> None:
    """With its own line of configuration."""
    assert any(line in remedy for remedy in verdict_of(ANSWERS[name]).remedies[:2])


def test_every_product_with_a_cure_is_put_first_where_it_passed_a_lost_upgrade_on() -> None:
    """The table is read: each product by a field of its own."""
    from edgecheck.catalogue.products import PRODUCTS, Cure

    plain = Recorded("HTTP/1.1 404 Not Found\r\n", '{"detail":"Not Found"}')
    for product in PRODUCTS:
        for name, pattern in product.fields[:1]:
            if Cure.UPGRADE not in product.cures or not pattern.strip("^").isalpha():
                continue
            head = f"{plain.head}{name}: {pattern.strip('^')}/1.0\r\n"
            verdict = verdict_of(replace(plain, head=head))

            assert verdict.code == "upgrade-header-dropped"
            assert product.name in verdict.remedies[0], product.name
