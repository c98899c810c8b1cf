"""A server that asked for a client certificate: what its answer means, with one and without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import ClientCertificateFacts, Facts, Failure, HttpResponse, Kind, UpgradeFacts
from tests.sights import HEALTHY, SPAN

OURS = ClientCertificateFacts(
    "CN=agent-7", "CN=Devices CA", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
)


def seen(failure: Failure | None, *, sent: bool | None, accepted: bool | None = None) -> Facts:
    """Return what follows if the server asked for a certificate, and the upgrade failed."""
    ours = replace(OURS, issuer_accepted=accepted) if sent else None
    assert HEALTHY.tls is not None
    tls = replace(
        HEALTHY.tls,
        client_certificate_requested=True,
        client_certificate_sent=sent,
        client_certificate=ours,
    )
    return replace(HEALTHY, tls=tls, upgrade=UpgradeFacts(SPAN, failure=failure), session=None)


def verdict_of(facts: Facts) -> Verdict:
    """Return the verdict, which must exist."""
    verdict = diagnose(facts).verdict
    assert verdict is not None
    return verdict


CLOSED = Failure(Kind.UPGRADE_CLOSED, "closed without an answer")


@pytest.mark.parametrize(
    ("alert", "meaning"),
    [
        ("unknown_ca", "its issuer is not trusted there"),
        ("bad_certificate", "it is damaged, or cannot be checked"),
        ("certificate_expired", "it is out of date by the server's clock"),
        ("certificate_revoked", "its issuer has revoked it"),
        ("unsupported_certificate", "it is of a kind or purpose that is not accepted"),
        ("access_denied", "it is valid, but not for this server"),
        ("internal_error", "it does not say why"),
    ],
)
@pytest.mark.parametrize("in_handshake", [True, False])
def test_an_alert_says_why_a_certificate_is_refused(
    alert: str, meaning: str, in_handshake: bool
) -> None:
    """Whether it comes during the handshake (TLS 1.2) or after it (TLS 1.3)."""
    facts = seen(Failure(Kind.UPGRADE_CLOSED, alert=alert), sent=True)
    if in_handshake:
        assert facts.tls is not None
        failed = Failure(Kind.TLS_CLIENT_CERTIFICATE, alert=alert)
        facts = replace(facts, tls=replace(facts.tls, failure=failed), upgrade=None)
    verdict = verdict_of(facts)

    assert verdict.code == "tls-client-certificate-rejected"
    assert verdict.confidence == "certain"
    assert verdict.title.endswith(f"refuses the client certificate: {meaning}")
    assert "it was shown CN=agent-7, issued by CN=Devices CA" in verdict.evidence


def test_without_a_certificate_the_alert_means_that_one_is_required() -> None:
    """Whichever alert it is; a report of 0.1.0 does not know whether one was sent."""
    for sent in (False, None):
        verdict = verdict_of(seen(Failure(Kind.UPGRADE_CLOSED, alert="bad_certificate"), sent=sent))

        assert (verdict.code, verdict.confidence) == ("tls-client-certificate-required", "certain")


def test_an_end_without_a_word_has_other_causes_too() -> None:
    """Unless the server has said whom it accepts."""
    silent = verdict_of(seen(CLOSED, sent=True))
    told = verdict_of(seen(CLOSED, sent=True, accepted=False))
    accepted = verdict_of(seen(CLOSED, sent=True, accepted=True))
    facts = seen(CLOSED, sent=True)
    assert facts.tls is not None
    unknown = verdict_of(replace(facts, tls=replace(facts.tls, client_certificate=None)))

    assert (silent.code, silent.confidence) == ("tls-client-certificate-rejected", "possible")
    assert "upgrade-closed" in silent.alternatives
    assert (told.code, told.confidence) == ("tls-client-certificate-rejected", "certain")
    assert "its issuer is not trusted there" in told.title
    assert accepted.confidence == "possible"
    assert (unknown.code, unknown.confidence) == (silent.code, "possible")
    assert unknown.evidence == silent.evidence[: len(unknown.evidence)]


@pytest.mark.parametrize(
    ("sent", "code"),
    [(True, "tls-client-certificate-rejected"), (False, "tls-client-certificate-required")],
)
def test_nginx_answers_with_a_page(sent: bool, code: str) -> None:
    """After a handshake that went well."""
    words = "The SSL certificate error" if sent else "No required SSL certificate was sent"
    facts = seen(Failure(Kind.UPGRADE_STATUS, "HTTP 400"), sent=sent)
    assert facts.upgrade is not None
    page = HttpResponse("HTTP/1.1", 400, "Bad Request", (), f"<center>{words}</center>")

    assert verdict_of(replace(facts, upgrade=replace(facts.upgrade, response=page))).code == code


def test_a_certificate_that_was_asked_for_and_taken_is_no_problem() -> None:
    """Whatever fails later."""
    facts = replace(seen(None, sent=True), upgrade=HEALTHY.upgrade, session=HEALTHY.session)

    assert diagnose(facts).verdict is None


def test_a_certificate_that_did_not_fit_is_said_to_be_unsent() -> None:
    """Its key may be of a kind that the server does not take."""
    facts = seen(Failure(Kind.UPGRADE_CLOSED, alert="certificate_required"), sent=False)
    assert facts.tls is not None
    facts = replace(facts, tls=replace(facts.tls, client_certificate=OURS))
    verdict = verdict_of(facts)

    assert verdict.code == "tls-client-certificate-required"
    assert "was not sent" in verdict.remedies[0]
