"""What the TLS handshake showed."""

from __future__ import annotations

from dataclasses import dataclass

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
        issuer_organization: the issuer's O, or its CN where it has no O.
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
class TlsFacts:
    """The handshake, succeeded or not.

    Args:
        server_name: the name sent as SNI and checked against the certificate.
        version: protocol agreed upon (``TLSv1.3``).
        cipher: cipher suite agreed upon.
        verified: the certificate was checked and is good; False, it is not; None, not reached or
            switched off.
        insecure: the check was switched off.
        chain: what the server presented, its own certificate first; None where it was not seen.
        client_certificate_requested: the server sent a CertificateRequest; None where the handshake
            did not get so far.
        server_date: the ``Date`` field of an unauthenticated answer over an unverified connection,
            RFC 3339; asked for only where a certificate's dates are in question, and never proof.
        first_bytes: what came first, where it was no TLS.
        failure: None where the handshake ended well.
    """

    span: Span
    server_name: str
    version: str | None = None
    cipher: str | None = None
    verified: bool | None = None
    insecure: bool = False
    chain: tuple[Certificate, ...] | None = None
    client_certificate_requested: bool | None = None
    server_date: str | None = None
    first_bytes: str = ""
    failure: Failure | None = None
