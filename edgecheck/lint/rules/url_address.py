"""The address that is set, looked at part by part, and as it should be (pure)."""

from __future__ import annotations

import re
from functools import lru_cache

from ...backend.profile import Profile
from ...escapes import escape
from ...frozen import dataclass, replace
from ...late import compiled
from ...settings.model import Settings
from ...settings.url import BackendUrl, is_loopback
from ...settings.url import parse as parse_url
from ...settings.url import without_endpoint as base_of
from ..finding import (
    CLOSING_QUOTES,
    OPENING_QUOTES,
    SHOWN,
    slips,
    without_spaces,
)

# `wss//host`, `wss;//host`, `wss:\\host`: a scheme with the wrong characters after it.
_SCHEME_SLIP = compiled(r"(?i)(wss?|https?)(?:[;.,:]?[/\\]+|[;,])(.*)", re.DOTALL)
_SCHEME_TWICE = compiled(r"(?i)([a-z]+):[/\\]+(?=(?:wss?|https?):[/\\])")
# If two schemes are equally near, the safer one comes first.
_MEANT = {"wss": "wss", "https": "wss", "ws": "ws", "http": "ws"}
# Other protocols that differ from those by one letter.
_OTHER_SCHEMES = frozenset(["rss", "ss"])


@dataclass(frozen=True)
class Address:
    """`BACKEND_URL`, repaired step by step, so that each defect is seen by itself.

    Args:
        text: as configured.
        cleaned: without white space and quotes.
        quoted: there are quotes around it.
        scheme: what is wrong with the scheme: ``http``, ``missing``, ``unknown``, or nothing.
        offered: the address with its scheme repaired.
        guessed: the scheme in the text does not show which one is meant.
        parts: the parts of `offered`.
        allow_plaintext: the user allows ``ws://`` to another machine.
        has_secret: there is a secret to send, or the backend needs one.
        profile: how the backend wants to be spoken to.
    """

    text: str
    cleaned: str
    quoted: bool
    scheme: str
    offered: str
    guessed: bool
    parts: BackendUrl
    allow_plaintext: bool
    has_secret: bool
    profile: Profile

    @classmethod
    def of(cls, text: str, settings: Settings) -> Address:
        """Look at a text as the address of these settings."""
        return cls(
            text,
            *_looked_at(text),
            settings.connection.allow_plaintext,
            settings.profile.needs(settings.names.secret) or settings.secret is not None,
            settings.profile,
        )

    @property
    def shown(self) -> str:
        """The repaired address, to show."""
        return escape(self.parts.masked, SHOWN)


@lru_cache(maxsize=16)  # each rule asks for the same text
def _looked_at(text: str) -> tuple[str, bool, str, str, bool, BackendUrl]:
    """Return what an `Address` says of a text: its fields from `cleaned` to `parts`."""
    cleaned = without_spaces(text)
    quoted = len(cleaned) > 2 and cleaned[0] in OPENING_QUOTES and cleaned[-1] in CLOSING_QUOTES
    if quoted:
        cleaned = cleaned[1:-1]
    scheme, offered, guessed = _repaired_scheme(cleaned)
    return cleaned, quoted, scheme, offered, guessed, parse_url(offered)


def _repaired_scheme(text: str) -> tuple[str, str, bool]:
    """Return what is wrong with the scheme of an address, and the repaired address.

    The last value tells whether another protocol may be meant.
    """
    twice = unclear = False
    while found := _SCHEME_TWICE.match(text):
        twice, unclear = True, unclear or _meant(found[1].lower()) is None
        text = text[found.end() :]
    fault, offered, guessed = _with_one_scheme(text)
    return "unknown" if twice else fault, offered, guessed or unclear


def _with_one_scheme(text: str) -> tuple[str, str, bool]:
    """Return the same of an address that has one scheme at most."""
    parts = parse_url(text)
    if parts.scheme in ("ws", "wss") and parts.slashes == 2:
        return "", text, False
    scheme, rest = parts.scheme, text[len(parts.scheme) :].lstrip(":")
    if not scheme and (slip := _SCHEME_SLIP.match(text)):
        scheme, rest = slip[1].lower(), slip[2]
    rest = rest.lstrip("/\\")
    if scheme:
        meant = _meant(scheme)
        return (
            "http" if scheme in ("http", "https") else "unknown",
            f"{meant or 'wss'}://{rest}",
            meant is None,
        )
    return (
        "missing",
        f"{'ws' if is_loopback(parse_url(f'ws://{rest}').host) else 'wss'}://{rest}",
        False,
    )


def _meant(scheme: str) -> str | None:
    """Return ``wss`` or ``ws`` for a scheme with at most one typing error.

    Return None for another protocol.
    """
    if len(scheme) < 2 or scheme in _OTHER_SCHEMES:
        return None
    distance, nearest = min(
        ((slips(scheme, known), known) for known in _MEANT), key=lambda each: each[0]
    )
    return _MEANT[nearest] if distance <= 1 else None


def repaired(address: Address) -> str:
    """Return the address with every defect repaired.

    So the command of each finding is right, even if several are pasted. It has no credentials: the
    password is not shown, and a command with the masked address would destroy it.
    """
    parts = address.parts
    if not parts.host_valid or parts.port == -1:
        return address.shown if parts.credentials is None else _base(parts, parts.path)
    port = None if (parts.scheme, parts.port) in (("wss", 80), ("ws", 443)) else parts.port
    in_clear = (
        not address.scheme
        and parts.scheme == "ws"
        and not is_loopback(parts.host)
        and not address.allow_plaintext
    )
    scheme = "wss" if in_clear or (parts.scheme, parts.port) == ("ws", 443) else parts.scheme
    path = without_endpoint_at_end(parts.path, address.profile).rstrip("/")
    return _base(replace(parts, scheme=scheme, port=port), path)


def _base(parts: BackendUrl, path: str = "") -> str:
    """Return scheme, host and port of an address, without credentials."""
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    port = f":{parts.port}" if parts.port is not None and parts.port > 0 else ""
    return escape(f"{parts.scheme}://{host}{port}{path}", SHOWN)


def without_endpoint_at_end(path: str, profile: Profile) -> str:
    """Take the endpoint's path off the end of a path, however often it is there."""
    while (shorter := base_of(path, profile)) != path.rstrip("/"):
        path = shorter
    return path


# Every address of a machine, of either family (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.2).
_EVERYWHERE = frozenset({"0.0.0.0", "::", "0:0:0:0:0:0:0:0"})


def why_malformed(address: Address) -> str:
    """Say what is wrong with host, port or quotes; empty if nothing is."""
    parts = address.parts
    if address.quoted:
        return "there are quotes around it, which are part of the value"
    if not parts.host:
        return "it names no host"
    if parts.port == -1:
        return "its port is not a number from 1 to 65535"
    if not parts.host_valid:
        return f"`{escape(parts.host, 80)}` is not a host name"
    if parts.host.strip("[]") in _EVERYWHERE:
        return (
            f"{parts.host} is where a server listens, on all of its addresses, and no address to "
            "connect to"
        )
    return ""


def is_sound(address: Address) -> bool:
    """Tell whether quotes are the only thing that is wrong with the form of an address."""
    return not why_malformed(replace(address, quoted=False))
