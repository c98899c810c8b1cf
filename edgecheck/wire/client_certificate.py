"""Read a client's certificate and its key, and say what is wrong with them before they are used."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ..facts.dates import to_rfc3339
from ..frozen import replace
from ..settings.request import ClientCertificate
from ..settings.secret import Secret

# OpenSSL's own limit for a password; also more than any file of certificates has.
_LONGEST_PASSWORD, _LARGEST_FILE = 1024, 1 << 20


class CertificateError(Exception):
    """The client's certificate or its key cannot be used."""


def read(
    file: Path, key: Path | None, password: Callable[[], str] | None = None
) -> ClientCertificate:
    """Read a certificate, and check that its key belongs to it.

    Args:
        file: PEM, this client's own certificate first.
        key: PEM; None if it is in the same file.
        password: asks for the password of an encrypted key, and is called only for one. It is kept,
            because every connection reads the key again.

    Raises:
        CertificateError: a file cannot be read, the key does not belong to the certificate, or its
            password is wrong. The text says which.
    """
    described = _described(file, _content("certificate", file))
    named = key or file
    content = _content("key", named)
    secret: Secret | None = None
    if is_encrypted(content):
        if password is None:
            raise CertificateError(f"the key in {named} is encrypted, and there is no password")
        secret = Secret(password())
        if len(secret.reveal().encode()) > _LONGEST_PASSWORD:
            raise CertificateError(f"the password of the key in {named} is too long for OpenSSL")
    made = replace(described, key=key, password=secret)
    try:
        use(made, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    except (OSError, ValueError) as error:
        raise CertificateError(_why(made, content, error)) from None
    return made


def is_encrypted(content: bytes) -> bool:
    """Tell whether a PEM file has an encrypted private key (RFC 5958; RFC 1421 for older ones)."""
    return (
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in content or b"Proc-Type: 4,ENCRYPTED" in content
    )


def use(certificate: ClientCertificate, context: ssl.SSLContext) -> None:
    """Let a context show this certificate to a server that asks for one.

    Raises:
        OSError: a file can no longer be read, or used (`ssl.SSLError`).
    """
    # Without a password OpenSSL would ask on the terminal, in the middle of a connection.
    password = certificate.password.reveal() if certificate.password is not None else ""
    context.load_cert_chain(certificate.file, certificate.key, password)


def _content(what: str, file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise CertificateError(f"the {what} {file} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_FILE:
        raise CertificateError(f"{file} is larger than a {what} can be")
    return content


def _described(file: Path, content: bytes) -> ClientCertificate:
    """Return what the first certificate says of itself."""
    from cryptography import x509

    try:
        chain = x509.load_pem_x509_certificates(content)
        own = chain[0]
        subject, issuer = own.subject.rfc4514_string(), own.issuer.rfc4514_string()
    except ValueError:
        raise CertificateError(
            f"{file} holds no certificate in PEM form, which begins with -----BEGIN "
            f"CERTIFICATE-----{_other_form(content)}"
        ) from None
    try:
        begin, end = own.not_valid_before_utc, own.not_valid_after_utc
    except ValueError as error:  # such as the year 0
        raise CertificateError(f"{file} has a date that does not exist: {error}") from None
    now = datetime.now(UTC)
    outdated = "not_before" if now < begin else "not_after" if now > end else ""
    return ClientCertificate(
        file,
        subject=subject,
        issuer=issuer,
        issuers=tuple(each.issuer.public_bytes() for each in chain),
        not_before=to_rfc3339(begin),
        not_after=to_rfc3339(end),
        outdated=outdated,
    )


def _other_form(content: bytes) -> str:
    """Say how to convert a file that is in another usual form."""
    from cryptography import x509

    if content[:1] != b"\x30":  # no ASN.1 sequence
        return ""
    try:
        x509.load_der_x509_certificate(content)
    except ValueError:
        return ". A .p12 or .pfx file is converted by: openssl pkcs12 -in FILE -out client.pem"
    return ". It is in DER form, and is converted by: openssl x509 -inform der -in FILE"


def _why(made: ClientCertificate, key: bytes, error: OSError | ValueError) -> str:
    """Say why OpenSSL cannot use a certificate and its key."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    named = made.key or made.file
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return f"the key in {named} does not belong to the certificate in {made.file}"
    if b"PRIVATE KEY-----" not in key:
        hint = "" if made.key else ": name its file with --key"
        return f"{named} holds no private key in PEM form{hint}"
    password = made.password.reveal().encode() if made.password is not None else None
    try:
        load_pem_private_key(key, password)
    except (ValueError, TypeError):
        if made.password is not None:
            return f"the password does not open the key in {named}"
        return f"the private key in {named} is damaged"
    except Exception as unusual:  # noqa: BLE001 a kind of key that the library does not know
        return f"the key in {named} cannot be used: {type(unusual).__name__}"
    return f"OpenSSL cannot use {made.file} and its key: {getattr(error, 'reason', None) or error}"
