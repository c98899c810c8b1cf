"""What the command line says about the request and the way that it takes (pure).

Each parser raises `NotValid`. Its text never repeats what was given, because that may be a secret.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

from ..frozen import dataclass, field, replace
from .credentials import credentials_in, is_credential_name
from .secret import Secret
from .url import is_address, is_loopback
from .url import parse as parse_url

AUTHORIZATION = "authorization"
# Patterns are compiled when they are needed: every command imports this module.
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
# RFC 9110, section 5.5: visible characters, obs-text, and blanks between them.
_VALUE = r"[\t\x20-\x7e\x80-\xff]*"
# RFC 6454, section 6.1: a scheme and an authority, or null.
_ORIGIN = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]+"
# The handshake itself writes these (RFC 6455, section 4.1), or they would add a body to it.
_RESERVED = frozenset(
    {
        "connection",
        "content-length",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "transfer-encoding",
        "upgrade",
    }
)
# Fields that hold credentials although their names do not say so.
_CREDENTIAL_FIELDS = frozenset({"cookie", "x-session", "x-session-id", "session"})
# The limit of the kernel for the name of an interface, with the zero at its end (IFNAMSIZ).
_INTERFACE_NAME = r"[^\s/\x00-\x1f\x7f]{1,15}"


class NotValid(ValueError):
    """An option cannot be used; the text says why."""


@dataclass(frozen=True)
class HeaderField:
    """A header field to send, beside those of the profile or in place of one of them.

    Args:
        name: as given.
        value: without white space at its ends.
        is_credential: name or value look like a credential, so that the value is never shown.
        source: ``--header``, or the file that it was read from.
        exposed: the credential was on the command line, where other users and the shell's history
            have it.
    """

    name: str
    value: Secret
    is_credential: bool = False
    source: str = "--header"
    exposed: bool = False


@dataclass(frozen=True)
class Request:
    """What the person's own client adds to the opening handshake.

    Args:
        fields: in the given order. The `Origin` field of ``--origin`` is one of them.
        subprotocols: to offer, in the order of preference; empty for those of the profile.
    """

    fields: tuple[HeaderField, ...] = ()
    subprotocols: tuple[str, ...] = ()

    def gives(self, name: str) -> bool:
        """Tell whether a field of this name is given."""
        return any(field.name.lower() == name.lower() for field in self.fields)

    def without_own_secret(self) -> Request:
        """Return the request without a given `Authorization` field.

        It stands in the place of the secret, so another secret cannot be tried beside it.
        """
        kept = tuple(field for field in self.fields if field.name.lower() != AUTHORIZATION)
        return replace(self, fields=kept)

    @property
    def revealing(self) -> tuple[str, ...]:
        """What must not be in any output: the parts of credentials that are secret."""
        return tuple(
            part for field in self.fields if field.is_credential for part in _revealing(field)
        )


def _revealing(field: HeaderField) -> Iterable[str]:
    """Yield what is secret in a credential: not the names of its scheme and of its cookies."""
    value = field.value.reveal()
    if field.name.lower() == "cookie":
        # RFC 6265, section 4.2.1
        for cookie in value.split(";"):
            name, _, content = cookie.strip().partition("=")
            yield content or name
        return
    scheme, blank, token = value.partition(" ")
    if not blank or not scheme.isalpha():
        yield value
        return
    yield token.strip()
    if scheme.lower() == "basic":
        # A server may repeat the password without its encoding (RFC 7617, section 2).
        with contextlib.suppress(ValueError):
            pair = base64.b64decode(token, validate=True).decode("utf-8", "replace")
            yield pair.partition(":")[2]


@dataclass(frozen=True)
class Destination:
    """Where to connect instead of the backend's own address; the name and its checks stay.

    Args:
        host: a name or an address, IPv6 without brackets.
        port: None for the backend's own.
    """

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


@dataclass(frozen=True)
class Interface:
    """What the connection goes out through: a device, or one of this machine's addresses.

    Args:
        text: as given.
        address: None for the name of a device.
    """

    text: str
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None = None


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate that the client shows (RFC 8446, section 4.4.2).

    Args:
        file: PEM, this client's own certificate first.
        key: PEM; None if it is in the same file.
        password: of an encrypted key.
        subject, issuer: distinguished names (RFC 4514), not escaped.
        issuers: DER, of each certificate in the file.
        not_before, not_after: RFC 3339, UTC; empty if not known.
        outdated: which of the two dates this machine's clock contradicts; empty for a valid one.
    """

    file: Path
    key: Path | None = None
    password: Secret | None = field(default=None, repr=False)
    subject: str = ""
    issuer: str = ""
    issuers: tuple[bytes, ...] = field(default=(), repr=False)
    not_before: str = ""
    not_after: str = ""
    outdated: str = ""


@dataclass(frozen=True)
class Way:
    """How the connection differs from the ordinary one.

    Args:
        connect_to: another place to connect to.
        unix_socket: the path of a socket to connect to, instead of an address.
        interface: what to go out through.
        certificate: what the client shows.
    """

    connect_to: Destination | None = None
    unix_socket: Path | None = None
    interface: Interface | None = None
    certificate: ClientCertificate | None = None


# --- parsers --------------------------------------------------------------------------------------


def header_field(text: str, *, source: str = "--header", exposed: bool = True) -> HeaderField:
    """Read ``Name: value``.

    Args:
        text: as given.
        source: where it was given.
        exposed: it was on the command line.

    Raises:
        NotValid: RFC 9110 does not allow it, or the handshake writes this field itself.
    """
    name, colon, value = text.partition(":")
    if not colon:
        raise NotValid("a header is written as 'Name: value'; this one has no colon")
    if not re.fullmatch(_TOKEN, name):
        raise NotValid(
            "the name of the header is not valid: it has only letters, digits and "
            "!#$%&'*+-.^_`|~ (RFC 9110, section 5.6.2)"
        )
    if "\r" in value or "\n" in value:
        raise NotValid(f"{name}: the value has a line break, which no header can carry")
    value = value.strip(" \t")
    if not re.fullmatch(_VALUE, value):
        raise NotValid(
            f"{name}: the value has a character that no header can carry (RFC 9110, section 5.5)"
        )
    if name.lower() in _RESERVED:
        raise NotValid(f"{name}: the opening handshake writes this field itself")
    if name.lower() == "sec-websocket-protocol":
        raise NotValid(f"{name}: give subprotocols with --subprotocol")
    secret = Secret(value)
    credential = bool(value) and (
        name.lower() in _CREDENTIAL_FIELDS
        or is_credential_name(name)
        or bool(credentials_in(value))
    )
    return HeaderField(name, secret, credential, source, exposed=credential and exposed)


def header_file(content: bytes, source: str) -> tuple[HeaderField, ...]:
    """Read a file with one header in each line; empty lines do not count.

    Args:
        content: of the file.
        source: its name, as shown.

    Raises:
        NotValid: a line is not a header; the text names its number.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotValid(f"it is not UTF-8 text (byte {error.start + 1})") from None
    fields = []
    for number, line in enumerate(re.split(r"\r?\n", text), 1):
        if not line.strip(" \t"):
            continue
        try:
            fields.append(header_field(line, source=f"{source}:{number}", exposed=False))
        except NotValid as error:
            raise NotValid(f"line {number}: {error}") from None
    return tuple(fields)


def origin_field(text: str) -> HeaderField:
    """Read an origin, and return the field with it.

    Raises:
        NotValid: it is neither ``scheme://host[:port]`` nor ``null``.
    """
    if text != "null" and not (
        re.fullmatch(_ORIGIN, text) and text.isascii() and text.isprintable()
    ):
        raise NotValid(
            "an origin is a scheme and a host, such as https://app.example.com, without a path "
            "(RFC 6454)"
        )
    return HeaderField("Origin", Secret(text), source="--origin")


def request_of(
    fields: Iterable[HeaderField], subprotocols: Iterable[str] = (), origin: str | None = None
) -> Request:
    """Put the parts of a request together.

    Raises:
        NotValid: one of them is not valid, or two of them contradict each other.
    """
    fields, subprotocols = list(fields), tuple(subprotocols)
    for offered in subprotocols:
        if not re.fullmatch(_TOKEN, offered):
            raise NotValid(
                "--subprotocol: a subprotocol is one word of letters, digits and "
                "!#$%&'*+-.^_`|~ (RFC 6455, section 4.1); repeat the option for another one"
            )
    if len(set(subprotocols)) < len(subprotocols):
        raise NotValid("--subprotocol: each one can be offered only once (RFC 6455, section 4.1)")
    if origin is not None:
        try:
            fields.append(origin_field(origin))
        except NotValid as error:
            raise NotValid(f"--origin: {error}") from None
    names = [field.name.lower() for field in fields]
    for single in ("authorization", "host", "origin"):
        if names.count(single) > 1:
            raise NotValid(f"{single.capitalize()} can be given only once")
    return Request(tuple(fields), subprotocols)


def destination_of(text: str) -> Destination:
    """Read ``HOST[:PORT]``; an IPv6 address needs its brackets only in front of a port.

    Raises:
        NotValid: it is something else.
    """
    if ":" in text and is_address(text):
        text = f"[{text}]"
    read = parse_url(f"ws://{text}")
    beside = (read.credentials, read.query, read.fragment)
    if (
        not read.host_valid
        or read.port == -1
        or read.path
        or any(each is not None for each in beside)
        or text.endswith(":")
        or (text.startswith("[") and ":" not in read.host)
    ):
        raise NotValid(
            "the place to connect to is written as HOST or HOST:PORT, such as 10.0.0.7, "
            "[2001:db8::7]:8443 or edge-2.internal:443"
        )
    return Destination(read.host, read.port)


def interface_of(text: str) -> Interface:
    """Read the name of a device, such as ``eth0``, or an address of this machine.

    Raises:
        NotValid: it can be neither.
    """
    try:
        return Interface(text, ipaddress.ip_address(text))
    except ValueError:
        pass
    if not re.fullmatch(_INTERFACE_NAME, text):
        raise NotValid(
            "it is neither the name of a network interface, such as eth0, nor an IP address"
        )
    return Interface(text)


def address_of(text: str) -> str:
    """Return the address that a word on the command line means: with a scheme, if it has none.

    A host alone is short for ``wss://``; this machine's own name or address for ``ws://``. A name
    without a dot needs the scheme or a port, because any word can be one.

    Raises:
        NotValid: the word cannot be an address. It may be a secret, given without its option.
    """
    if "://" in text:
        return text
    read = parse_url(f"ws://{text}")
    plain = read.host_valid and read.port != -1 and read.credentials is None
    if not plain or not (
        is_address(read.host)
        or is_loopback(read.host)
        or "." in read.host.strip(".")
        or read.port is not None
    ):
        raise NotValid(
            "unexpected extra argument: it is not an address, such as wss://host or "
            "host.example.com. A secret is never given on the command line, but with --secret-file"
        )
    return f"{'ws' if is_loopback(read.host) else 'wss'}://{text}"
