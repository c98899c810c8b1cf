"""Certificates as facts: every name is cleaned, and an unreadable certificate is a fact, too."""

from __future__ import annotations

import importlib
import sys
import threading

from ..facts import Certificate
from ..facts.dates import to_rfc3339
from .clean import Cleaner

# A public chain has two to four certificates; by default, OpenSSL itself refuses more than 100.
_KEPT = 10
_NAMES_KEPT = 50


def prepare() -> None:
    """Start to import the library that reads certificates, while the server has not answered yet.

    This is not a daemon thread: when the interpreter ends, it stops daemon threads, and one that is
    stopped inside the library's native code crashes the process.
    """
    if "cryptography.x509" in sys.modules:
        return
    threading.Thread(
        target=importlib.import_module, args=("cryptography.x509",), name="certificates"
    ).start()


def read_certificates(chain: list[bytes], clean: Cleaner) -> tuple[Certificate, ...]:
    """Return the facts about a presented chain, the server's own certificate first."""
    return tuple(_read(der, clean) for der in chain[:_KEPT])


def _read(der: bytes, clean: Cleaner) -> Certificate:
    # Slow to import, and not needed for a connection in plain text.
    import warnings

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import NameOID

    with warnings.catch_warnings():
        # The library warns about serial numbers and encodings that it will reject one day; here
        # they are only read.
        warnings.simplefilter("ignore")
        try:
            certificate = x509.load_der_x509_certificate(der)
            subject, issuer = (
                certificate.subject.rfc4514_string(),
                certificate.issuer.rfc4514_string(),
            )
            names = _names(certificate)
            key = certificate.public_key()
            match key:
                case rsa.RSAPublicKey():
                    kind = f"RSA {key.key_size}"
                case ec.EllipticCurvePublicKey():
                    kind = f"EC {key.curve.name}"
                case _:
                    kind = type(key).__name__.removesuffix("PublicKey").strip("_")
            organizations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            commons = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
            organization = next(
                (str(attribute.value) for attribute in (*organizations, *commons)), ""
            )
            hash_algorithm = certificate.signature_hash_algorithm
            return Certificate(
                subject=clean(subject, 300),
                issuer=clean(issuer, 300),
                names=tuple(clean(name, 253) for name in names[:_NAMES_KEPT]),
                not_before=to_rfc3339(certificate.not_valid_before_utc),
                not_after=to_rfc3339(certificate.not_valid_after_utc),
                key=clean(kind),
                signature=hash_algorithm.name if hash_algorithm else "",
                self_issued=certificate.subject == certificate.issuer,
                issuer_organization=clean(organization, 100),
            )
        # A hostile certificate may raise anything; the chain's other certificates still count.
        except Exception as error:  # noqa: BLE001
            return Certificate(subject=clean(f"unreadable: {type(error).__name__}"), issuer="")


def _names(certificate: object) -> list[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    alternative = extension.value
    names = alternative.get_values_for_type(x509.DNSName)
    return [*names, *map(str, alternative.get_values_for_type(x509.IPAddress))]
