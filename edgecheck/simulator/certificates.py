"""New certificates for each run: an authority, and what it issues to the server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .behaviour import Certificate

OWN_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Served:
    """What a TLS server needs.

    Args:
        context: with the certificate loaded.
        ca_file: the authority's certificate for clients; None if they must not get it.
    """

    context: ssl.SSLContext
    ca_file: Path | None


def make(wanted: Certificate, host: str, folder: Path) -> Served:
    """Make a certificate for a host, with its files in an empty folder."""
    # A key of P-256 is made in a millisecond, and every client accepts it.
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = _name("edgecheck simulator CA", wanted.organization)
    authority = (
        _builder(
            authority_name,
            authority_name,
            authority_key.public_key(),
            authority_key.public_key(),
            (-365, 3650),
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    name = _name(wanted.subject or "edgecheck simulator", None)
    issuer, issuer_key = (name, key) if wanted.self_signed else (authority_name, authority_key)
    between: list[x509.Certificate] = []
    if wanted.old_intermediate:
        issuer, issuer_key = (
            _name("edgecheck simulator intermediate", wanted.organization),
            ec.generate_private_key(ec.SECP256R1()),
        )
        between.append(_intermediate(issuer, issuer_key, authority_name, authority_key))
    purpose = (
        ExtendedKeyUsageOID.SERVER_AUTH if wanted.for_servers else ExtendedKeyUsageOID.CLIENT_AUTH
    )
    names = wanted.names or dict.fromkeys((*OWN_NAMES, host))
    leaf = (
        _builder(name, issuer, key.public_key(), issuer_key.public_key(), wanted.days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(text) for text in names]), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    ca_file, leaf_file, key_file = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    leaf_file.write_bytes(
        b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, *between))
    )
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf_file, key_file)
    if wanted.wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca_file)
    return Served(context, ca_file if wanted.trusted else None)


def _intermediate(
    name: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    authority_name: x509.Name,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    """Return an authority below the authority, which expired three days ago."""
    return (
        _builder(name, authority_name, key.public_key(), authority_key.public_key(), (-900, -3))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    days: tuple[int, int],
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    # Strict verification, which is Python's default since 3.13, demands both key identifiers (RFC
    # 5280, sections 4.2.1.1 and 4.2.1.2).
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )


def _name(common: str, organization: str | None) -> x509.Name:
    attributes = (
        []
        if organization is None
        else [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]
    )
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
