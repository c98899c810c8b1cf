"""An authority and the certificates that it issues: files for servers, made when needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, for a server.

    Args:
        chain: PEM, the server's own certificate first.
        key: PEM.
    """

    chain: Path
    key: Path


@dataclass
class Authority:
    """A root, and an intermediate authority below it that issues the servers' certificates.

    Args:
        folder: for the files.
        name: begins the names of both.
    """

    folder: Path
    name: str = "Test"
    _root: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] = field(init=False)
    _intermediate: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] = field(init=False)

    def __post_init__(self) -> None:
        self._root = _make(f"{self.name} Root CA", None, authority=True)
        self._intermediate = _make(f"{self.name} Intermediate CA", self._root, authority=True)
        self.ca_file.write_bytes(_pem(self._root[0]))
        self.intermediate_file.write_bytes(_pem(self._intermediate[0]))

    @property
    def ca_file(self) -> Path:
        """The root, for clients."""
        return self.folder / "root.pem"

    @property
    def intermediate_file(self) -> Path:
        """The intermediate authority alone."""
        return self.folder / "intermediate.pem"

    def issue(
        self,
        name: str,
        *,
        names: tuple[str, ...] = HERE,
        days: tuple[int, int] = (-1, 90),
        complete: bool = True,
        self_signed: bool = False,
    ) -> Issued:
        """Issue a certificate.

        Args:
            name: of the files.
            names: host names and addresses that it covers.
            days: the first and the last day on which it is valid; today is 0.
            complete: put the intermediate authority's certificate into the chain.
            self_signed: sign it with its own key.
        """
        leaf, key = _make(
            names[0], None if self_signed else self._intermediate, names=names, days=days
        )
        issued = Issued(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        chain = [leaf] if self_signed or not complete else [leaf, self._intermediate[0]]
        issued.chain.write_bytes(b"".join(map(_pem, chain)))
        issued.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return issued


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _make(
    common: str,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    *,
    names: tuple[str, ...] = (),
    days: tuple[int, int] = (-1, 90),
    authority: bool = False,
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    above, above_key = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key.public_key()),
            critical=False,
        )
    )
    if authority:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        usage |= dict.fromkeys(("encipher_only", "decipher_only", "digital_signature"), False)
        builder = builder.add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
        )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(text) for text in names]), critical=False
        )
    return builder.sign(above_key, hashes.SHA256()), key


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
