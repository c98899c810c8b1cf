"""What was seen of the TLS handshake."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class Certificate:
    """One certificate of the presented chain (RFC 5280), names escaped.

    Args:
        subject, issuer: distinguished names in RFC 4514 form.
        names: the DNS names and addresses of the subjectAltName extension.
        not_before, not_after: RFC 3339, UTC.
        key: kind and size of the public key (``RSA 2048``).
        signature: the signature's hash algorithm (``sha256``).
        self_issued: subject and issuer are the same name.
        issuer_organization: the issuer's O, or its CN if it has no O.
    """

    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    not_before: str = ""
    not_after: str = ""
    key: str = ""
    signature: str = ""
    self_issued: bool = False
    issuer_organization: str = ""


@dataclass(frozen=True)
class ClientCertificateFacts:
    """The client's own certificate, names escaped.

    Args:
        subject, issuer: distinguished names in RFC 4514 form.
        not_before, not_after: RFC 3339, UTC.
        issuer_accepted: the server named its issuer, or one above it, among those that it accepts;
            None if the server named none.
    """

    subject: str
    issuer: str
    not_before: str = ""
    not_after: str = ""
    issuer_accepted: bool | None = None


@dataclass(frozen=True)
class TlsFacts:
    """The handshake, whether it succeeded or not.

    Args:
        server_name: the name sent as SNI and checked against the certificate.
        version: the protocol version that was agreed on (``TLSv1.3``).
        cipher: the cipher suite that was agreed on.
        verified: the certificate is valid; None if it was not checked.
        insecure: the check was switched off.
        chain: what the server presented, its own certificate first; None if it was not seen.
        client_certificate_requested: the server sent a CertificateRequest; None if the handshake
            ended before that.
        client_certificate_sent: we answered it with a certificate; None as above, and where it is
            not known, as in a report of 0.1.0.
        client_certificate: what we have to show, whether it was asked for or not; None without one.
        server_date: the ``Date`` field of an answer over an unverified connection, RFC 3339. It is
            asked for only if a certificate's dates are in question, and it proves nothing.
        trusted_roots: how many authorities this machine trusts; None if they were not counted.
        first_bytes: the first bytes that came, if they were not TLS.
        failure: None if the handshake succeeded.
    """

    span: Span
    server_name: str
    version: str | None = None
    cipher: str | None = None
    verified: bool | None = None
    insecure: bool = False
    chain: tuple[Certificate, ...] | None = None
    client_certificate_requested: bool | None = None
    client_certificate_sent: bool | None = None
    client_certificate: ClientCertificateFacts | None = None
    server_date: str | None = None
    trusted_roots: int | None = None
    first_bytes: str = ""
    failure: Failure | None = None
