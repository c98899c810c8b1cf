"""What an answer's own code or words decide: the tables, and the answers that people reported."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.rules.told import told
from edgecheck.catalogue.tells import TELLS
from edgecheck.catalogue.tells.tell import Tell
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import Answer, Experiment, ExperimentName, Facts, HttpResponse
from edgecheck.wording.own_words import own_words
from tests.catalogue.test_harm import SEVERAL
from tests.catalogue.test_placeholders import COMMON, holes
from tests.catalogue.told import SAID, Said
from tests.sights import answered

SURENESS = ("possible", "likely", "certain")


def verdict_of(facts: Facts) -> Verdict:
    """Return the verdict, and see that nothing stands beside it."""
    diagnosis = diagnose(facts)
    assert diagnosis.verdict is not None
    assert [one.code for one in diagnosis.findings if PROBLEMS[one.code].severity == "error"] == []
    return diagnosis.verdict


def facts_of(said: Said) -> Facts:
    """Return a checkup that got this answer."""
    facts = answered(said.status, said.body, said.reason)
    assert facts.upgrade is not None
    assert facts.upgrade.response is not None
    response = replace(facts.upgrade.response, fields=said.fields)
    return replace(facts, upgrade=replace(facts.upgrade, response=response))


@pytest.mark.parametrize("name", SAID)
def test_an_answer_that_says_what_it_is_gets_its_cause_its_cure_and_its_turn(name: str) -> None:
    """The cure is among the first two steps, and nothing sends people to compare the secret."""
    said = SAID[name]
    verdict = verdict_of(facts_of(said))

    assert (verdict.code, verdict.side) == (said.code, said.side)
    assert any(said.cure in step for step in verdict.remedies[:2]), verdict.remedies
    assert SURENESS.index(verdict.confidence) <= SURENESS.index(said.sure)
    assert "ingerprint" not in " ".join(verdict.remedies)
    assert "<" not in verdict.title


@pytest.mark.parametrize("tell", TELLS, ids=lambda tell: f"{tell.code} {tell.title[:30]}")
def test_a_tell_is_filled_and_earns_its_certainty(tell: Tell) -> None:
    """Its texts name what its patterns find or what is always known; certain is one cause."""
    named = {name for _, value in tell.fields for name in re.compile(value).groupindex}
    named |= set(re.compile(tell.words).groupindex)

    assert PROBLEMS[tell.code].severity == "error"
    for text in (tell.title, tell.cause, *tell.steps):
        assert holes(text) <= COMMON | named | {"wait"}, text
    assert tell.steps
    assert tell.words or tell.fields or tell.statuses
    assert tell.confidence != "certain" or not SEVERAL.search(f"{tell.title} {tell.cause}")


@pytest.mark.parametrize(
    ("status", "words", "server", "code"),
    [
        (403, "RBAC: access denied", "istio-envoy", "upgrade-blocked"),
        (400, "Unsupported upgrade request.", "uvicorn", "upgrade-header-dropped"),
        (
            502,
            "Reason: <strong>DNS lookup failure for: b</strong>",
            "Apache",
            "upgrade-bad-gateway",
        ),
    ],
)
def test_the_words_of_a_product_are_certain_only_with_another_trace_of_it(
    status: int, words: str, server: str, code: str
) -> None:
    """Anybody may write a sentence: without the product's field it is likely."""
    alone, signed = (
        verdict_of(answered(status, words, **more)) for more in ({}, {"server": server})
    )

    assert (alone.code, alone.confidence) == (code, "likely")
    assert (signed.code, signed.confidence) == (code, "certain")


# Sentences that name their author, or an option that only one program has.
NAMED_IN_THE_WORDS = (
    "this web app is stopped",  # Azure App Service
    "no endpoints available for service",  # Kubernetes
    "blocked request. this host is not allowed",  # Vite
    "invalid cors request",  # Spring
)


def test_what_is_certain_rests_on_a_field_or_on_a_product() -> None:
    """Words alone are certain in the few sentences above."""
    alone = [
        tell for tell in TELLS if tell.confidence == "certain" and not (tell.fields or tell.product)
    ]

    assert [
        one for one in alone if not any(map(re.compile(one.page).search, NAMED_IN_THE_WORDS))
    ] == []
    assert len(alone) == len(NAMED_IN_THE_WORDS)


def test_what_an_experiment_shows_outranks_the_words() -> None:
    """Two answers of two replicas, and an Origin that changes the answer, are facts."""
    facts = facts_of(SAID["an address that is not allowed"])
    accepted = Answer(101, accepted=True)

    for name, code in (
        (ExperimentName.AGAIN, "auth-inconsistent"),
        (ExperimentName.WITH_ORIGIN, "upgrade-origin-required"),
    ):
        made = (Experiment(name, accepted),)
        assert verdict_of(replace(facts, experiments=made)).code == code


def test_words_of_any_server_yield_to_an_entry_that_knows_more() -> None:
    """A server that names the Upgrade field, and a log-in of a proxy, are told by themselves."""
    lost = answered(400, "Missing Upgrade header. Your IP address is not allowed")
    basic = answered(401, "Rate limit", www_authenticate='Basic realm="x"', server="nginx")

    assert verdict_of(lost).code == "upgrade-header-dropped"
    assert verdict_of(basic).code == "auth-basic-in-front"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '{"error":{"code":7,"message":"Project is in cold storage"}}',
            "Project is in cold storage",
        ),
        ("<html><title>403</title><h1>Forbidden</h1><p>Badge 7 needed</p></html>", "Badge 7"),
        ('{"detail":"Not Found"}', ""),
        ("<html><head><title>502 Bad Gateway</title></head><center>nginx</center></html>", ""),
        ("403: Forbidden", ""),
        ('{"errors":[{"detail":"tenant is unknown"}]}', "tenant is unknown"),
        ("[" * 100_000, ""),
        ("\x1b[31mred\u202e words", "\\x1b[31mred\\u202e words"),
        ('{"message":"no \\\\u0041b3 here"}', "u0041b3 here"),
        ("<h1>No</h1><p>Token <secret> is not known</p>", "Token <secret> is not known"),
    ],
)
def test_the_words_of_an_answer_are_found_if_they_say_more_than_its_status(
    body: str, words: str
) -> None:
    """In documents, pages and texts; they stay escaped, and short."""
    found = own_words(HttpResponse("HTTP/1.1", 403, "Forbidden", (), body))

    assert words in found
    assert bool(words) or found == ""
    assert len(found) <= 800


def test_a_cause_quotes_the_words_of_an_answer() -> None:
    """What no table knows is at least shown where people read first."""
    assert "Badge 7 needed" in verdict_of(answered(403, "Badge 7 needed")).cause


# One answer's content, over and over. What a repeated group or two runs of blanks make slow is
# slower than plain words by some hundred times at this length.
_REPEATED = (
    *("<h1>", "<!--", "<", "'x-aa' ", "error <a> ", "required ", "-wa"),
    f"x-aa{' ' * 10_000}",
    f"required{chr(10) * 10_000}",
)


@pytest.mark.parametrize("piece", _REPEATED, ids=lambda piece: piece[:9])
def test_a_hostile_answer_takes_no_longer_than_plain_words(piece: str) -> None:
    """No pattern of a tell, and none that looks for a sentence, is slow for repeated pieces."""

    def seconds(piece: str) -> float:
        body = (piece * 20_000)[:20_000]
        facts = facts_of(Said(502, "Bad Gateway", (("x-render-routing", body),), body, "", "", ""))
        start = time.process_time()
        told(facts)
        own_words(HttpResponse("HTTP/1.1", 502, "Bad Gateway", (), body))
        return time.process_time() - start

    plain = seconds("plain words, and more of them. ")  # this also compiles the patterns
    plain = min(plain, seconds("plain words, and more of them. "))

    assert seconds(piece) < 20 * plain


def test_a_cause_does_not_quote_what_the_title_says() -> None:
    """A proxy's field is its title already."""
    verdict = verdict_of(facts_of(SAID["Linkerd's own field"]))

    assert "Connection refused" in verdict.title
    assert "Connection refused" not in verdict.cause


def test_words_that_anybody_may_write_are_not_those_of_one_product() -> None:
    """An application's own list of addresses is not Azure's, and its blocked host not for sure."""
    address = verdict_of(answered(403, "Sorry, this IP forbidden"))
    host = verdict_of(answered(403, "Blocked host: x"))

    assert "Azure" not in address.title
    assert (host.code, host.confidence) == ("upgrade-host-not-allowed", "likely")


@pytest.mark.parametrize(
    "body",
    [
        "Unable to find API key",
        "Unable to match the API key",
        "Client certificate issuer unknown",
        "The certificate's issuer is invalid",
        "Unknown issuer of the client certificate",
    ],
)
def test_keys_and_issuers_of_something_else_are_not_a_tokens(body: str) -> None:
    """An API key is not the key of a signature, and a certificate has an issuer as well."""
    title = verdict_of(answered(401, body)).title

    assert "token" not in title
