"""How a certificate is described (pure)."""

from __future__ import annotations

from ..facts import Certificate
from ..frozen import dataclass
from .units import listed

# How many host names a line has room for.
_NAMES = 4


@dataclass(frozen=True)
class Described:
    """A certificate, ready to be laid out.

    Args:
        subject: whose certificate it is.
        issuer: who signed it.
        begins, ends: when it is valid, RFC 3339; empty if that is not known.
        names: the host names and addresses that it is for; may be empty.
        key: the kind of key and how the certificate is signed; may be empty.
    """

    subject: str
    issuer: str
    begins: str
    ends: str
    names: str
    key: str


def described(certificate: Certificate) -> Described:
    """Put the facts of a certificate into words."""
    signed = f"signed with {certificate.signature}" if certificate.signature else ""
    return Described(
        certificate.subject or "(no subject)",
        "itself" if certificate.self_issued else _issuer(certificate),
        certificate.not_before,
        certificate.not_after,
        ", ".join(certificate.names),
        ", ".join(filter(None, (certificate.key, signed))),
    )


def line(number: int, certificate: Certificate) -> str:
    """Describe one certificate of a chain in one line; number 0 is the server's own."""
    its = described(certificate)
    names = listed(certificate.names, _NAMES) if number == 0 else ""
    return (
        f"certificate {number}: {its.subject}{' for ' if names else ''}{names}, "
        f"issued by {_issuer(certificate)}"
        + (f", {its.begins[:10]} to {its.ends[:10]}" if its.ends else "")
    )


def validity(certificate: Certificate) -> str:
    """Say from when to when a certificate is valid."""
    return (
        f"{_subject(certificate)} is valid from {certificate.not_before} to {certificate.not_after}"
    )


def validity_of_own(not_before: str, not_after: str) -> str:
    """Say from when to when the client's own certificate is valid; both RFC 3339."""
    return f"valid from {not_before} until {not_after}"


def issuance(certificate: Certificate) -> str:
    """Say who issued a certificate."""
    return f"{_subject(certificate)} was issued by {certificate.issuer}"


def _subject(certificate: Certificate) -> str:
    return certificate.subject or "the certificate"


def _issuer(certificate: Certificate) -> str:
    return certificate.issuer or "(nobody)"
