"""tls: a server asked for a client certificate, and did not take what it got."""

from __future__ import annotations

from collections.abc import Mapping

from ...facts import ClientCertificateFacts, Facts, HttpResponse, Kind
from ...frozen import dataclass
from ...terms import Confidence
from ...wording.certificates import validity_of_own
from ...wording.evidence import response_lines
from ..condition import Sighting

_ASKED = "the server asked for a client certificate during the handshake"
# What nginx writes on its page, without and with a certificate.
_NGINX = ("No required SSL certificate was sent", "The SSL certificate error")
_OTHER_KEY = (
    "Ask the backend's team which kinds of keys their server takes: the certificate of --cert was "
    "not sent, because its key is of another kind."
)
_RIGHT_ISSUER = (
    "Compare the issuer of the certificate with the authority that the backend's team trusts. Put "
    "its intermediate certificates behind it in the file of --cert, if there are any."
)
_RENEW = "Get a new client certificate from the issuer of this one."
_PURPOSE = (
    "See what the certificate is for: `openssl x509 -in client.pem -noout -purpose`. It has to be "
    "for SSL clients."
)
# Without an alert, `openssl s_client` would show no more than was seen here.
_WITHOUT_A_WORD = (
    "The server asks every client for a certificate of its own (mutual TLS). It ended the "
    "connection after the one that it was shown, without an alert: servers on Python's asyncio "
    "(uvicorn, websockets) do so for every certificate that they do not accept. Most often its "
    "issuer is not among the authorities that the server trusts."
)
_ASK_FOR_AUTHORITIES = (
    "Ask the backend's team which authorities their server trusts for clients (uvicorn "
    "`--ssl-ca-certs`, Python `load_verify_locations`, nginx `ssl_client_certificate`), and "
    "compare them with the issuer that is shown below. Their log says why it was refused, if it "
    "was."
)
_SEND_CHAIN = (
    "Put the intermediate certificates behind the certificate in the file of --cert, if its issuer "
    "is not the authority itself."
)
# What the alerts mean that answer a client's certificate (RFC 8446, section 6.2), and what to do.
_ALERTS: Mapping[str | None, tuple[str, tuple[str, ...]]] = {
    "bad_certificate": ("it is damaged, or cannot be checked", (_RIGHT_ISSUER,)),
    "unsupported_certificate": ("it is of a kind or purpose that is not accepted", (_PURPOSE,)),
    "certificate_revoked": ("its issuer has revoked it", (_RENEW,)),
    "certificate_expired": ("it is out of date by the server's clock", (_RENEW,)),
    "certificate_unknown": ("it is not acceptable, for a reason that is not named", ()),
    "unknown_ca": ("its issuer is not trusted there", (_RIGHT_ISSUER,)),
    "access_denied": ("it is valid, but not for this server", ()),
    "decrypt_error": ("its signature does not fit", ()),
}


@dataclass(frozen=True)
class _Refusal:
    """How a server ended a connection after it had asked for a certificate.

    Args:
        alert: by this alert; None without one.
        page: with this answer, nginx's; None without one.
    """

    alert: str | None = None
    page: HttpResponse | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the server just closed the connection."""
        return self.alert is None and self.page is None


def _refusal(facts: Facts) -> _Refusal | None:
    """See a server that asked for a certificate, and ended the connection over what it got."""
    seen, upgrade = facts.tls, facts.upgrade
    if seen is None:
        return None
    response = upgrade.response if upgrade is not None else None
    if response is not None:
        said = response.status == 400 and any(words in response.body for words in _NGINX)
        return _Refusal(page=response) if said else None
    # Under TLS 1.3 the client's handshake has ended before the server looks at the certificate
    # (RFC 8446, appendix E.1.2). asyncio's servers send no alert, whatever the version.
    failure = seen.failure or (upgrade.failure if upgrade is not None else None)
    if failure is None:
        return None
    if failure.kind is Kind.TLS_CLIENT_CERTIFICATE:
        return _Refusal(failure.alert or "certificate_required")
    closed = failure.kind in (Kind.TLS_CLOSED, Kind.UPGRADE_CLOSED)
    return _Refusal(failure.alert) if closed and seen.client_certificate_requested else None


def required(facts: Facts) -> Sighting | None:
    """See a server that asks for a client certificate, and ends the connection without one."""
    refusal, seen = _refusal(facts), facts.tls
    if refusal is None or seen is None or seen.client_certificate_sent:
        return None
    remedies = (_OTHER_KEY,) if seen.client_certificate is not None else ()
    failed = seen.failure is not None and seen.failure.kind is Kind.TLS_CLIENT_CERTIFICATE
    if failed:
        return Sighting(remedies=remedies)
    if refusal.page is not None:
        return Sighting(evidence=(_ASKED, *response_lines(refusal.page)), remedies=remedies)
    return Sighting(
        evidence=(
            _ASKED,
            "and closed the connection when none came"
            if refusal.is_silent
            else f"and then sent the alert {refusal.alert}",
        ),
        confidence=Confidence.LIKELY if refusal.is_silent else Confidence.CERTAIN,
        remedies=remedies,
    )


def rejected(facts: Facts) -> Sighting | None:
    """See a server that ends the connection because of the certificate that it was shown."""
    refusal, seen = _refusal(facts), facts.tls
    if refusal is None or seen is None or not seen.client_certificate_sent:
        return None
    ours = seen.client_certificate
    wrong_issuer = ours is not None and ours.issuer_accepted is False
    reason = "unknown_ca" if wrong_issuer and refusal.alert is None else refusal.alert
    meaning, remedies = _ALERTS.get(reason, ("it does not say why", ()))
    if refusal.page is not None:
        said = response_lines(refusal.page)
    elif refusal.is_silent:
        said = ["and closed the connection after it came"]
    else:
        said = [f"and then sent the alert {refusal.alert}"]
    # A page or an end has other causes as well, unless the issuer is one that it does not accept.
    certain = not refusal.is_silent or wrong_issuer
    if not certain:
        remedies = (_ASK_FOR_AUTHORITIES, _SEND_CHAIN, _PURPOSE)
    return Sighting(
        values={"meaning": meaning},
        cause=None if certain else _WITHOUT_A_WORD,
        only=not certain,
        evidence=(_ASKED, *said, *_described(ours)),
        remedies=remedies,
        confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
        undecided=not certain,
    )


def _described(ours: ClientCertificateFacts | None) -> list[str]:
    """Describe the certificate that was shown."""
    if ours is None:
        return []
    lines = [
        f"it was shown {ours.subject}, issued by {ours.issuer}",
        validity_of_own(ours.not_before, ours.not_after),
    ]
    if ours.issuer_accepted is False:
        lines.append("the server had named the issuers that it accepts: this one is not among them")
    return lines
