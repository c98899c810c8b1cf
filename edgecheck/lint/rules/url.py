"""`BACKEND_URL` (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote

from ...backend.profile import Profile
from ...facts.text import escape
from ...frozen import dataclass
from ...late import compiled
from ...lint.defect import Defect
from ...settings.model import Settings
from ...settings.url import BackendUrl, is_loopback
from ...settings.url import parse as parse_url
from ...settings.url import without_endpoint as base_of
from ...wording.units import counted, joined, listed
from ..finding import (
    CLOSING_QUOTES,
    ERROR,
    OPENING_QUOTES,
    SHOWN,
    WARNING,
    WITHOUT_QUOTES,
    Judged,
    Rule,
    command_that_sets,
    finding,
    is_space,
    located,
    named,
    origin_of,
    slips,
    trimmed,
    value_of,
    without_spaces,
)

# `wss//host`, `wss;//host`, `wss:\\host`: a scheme with the wrong characters after it.
_SCHEME_SLIP = compiled(r"(?i)(wss?|https?)(?:[;.,:]?[/\\]+|[;,])(.*)", re.DOTALL)
_SCHEME_TWICE = compiled(r"(?i)([a-z]+):[/\\]+(?=(?:wss?|https?):)")
# If two schemes are equally near, the safer one comes first.
_MEANT = {"wss": "wss", "https": "wss", "ws": "ws", "http": "ws"}
# Other protocols that differ from those by one letter.
_OTHER_SCHEMES = frozenset(["rss", "ss"])


@dataclass(frozen=True)
class _Address:
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
    def of(cls, text: str, settings: Settings) -> _Address:
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
    """Return what an `_Address` says of a text: its fields from `cleaned` to `parts`."""
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
    if twice := _SCHEME_TWICE.match(text):
        _, offered, guessed = _repaired_scheme(text[twice.end() :])
        return "unknown", offered, guessed or _meant(twice[1].lower()) is None
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


def _address(settings: Settings) -> _Address | None:
    """Return the address; None if there is nothing to judge."""
    text = value_of(settings, settings.names.url)
    if text is None or not without_spaces(text):
        return None
    return _Address.of(text, settings)


_MALFORMED = "url-malformed"


def _is_sound(address: _Address) -> bool:
    """Tell whether quotes are the only thing that is wrong with the form of an address."""
    return judge_url_malformed(replace(address, quoted=False)) is None


def url_rule(code: str, judge: Callable[[_Address], Judged]) -> Rule:
    """Make a rule of a judgement about the address."""

    def rule(settings: Settings) -> Iterator[Defect]:
        address = _address(settings)
        judged = judge(address) if address is not None else None
        if address is not None and judged is not None:
            severity, evidence, values = judged
            corrected = values.get("offered", _repaired(address))
            common = {
                "offered": corrected,
                "given": escape(parse_url(address.text).masked, SHOWN),
                "set_it": command_that_sets(
                    origin_of(settings, settings.names.url), settings.names.url, corrected
                ),
            }
            remedies = (
                [WITHOUT_QUOTES]
                if address.quoted and code == _MALFORMED and _is_sound(address)
                else []
            )
            yield finding(
                code,
                settings,
                severity,
                *evidence,
                setting=settings.names.url,
                remedies=remedies,
                **{**common, **values},
            )

    return rule


def judge_scheme(kind: str) -> Callable[[_Address], Judged]:
    """Return the judgement about one kind of wrong scheme."""

    def judge(address: _Address) -> Judged:
        if address.scheme != kind:
            return None
        written = escape(parse_url(address.cleaned).scheme or address.cleaned[:5], 20)
        return (
            ERROR,
            (
                f"given: `{escape(parse_url(address.text).masked, SHOWN)}`",
                f"meant: `{_repaired(address)}`",
            ),
            {"written": written},
        )

    return judge


def judge_url_whitespace(address: _Address) -> Judged:
    """Judge white space and invisible characters."""
    evidence = located(address.text, is_space)
    count = sum(map(is_space, address.text))
    first = next(filter(is_space, address.text), "")
    return (
        (ERROR, evidence, {"count": counted(count, "character"), "character": named(first)})
        if evidence
        else None
    )


# Every address of a machine, of either family (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.2).
_EVERYWHERE = frozenset({"0.0.0.0", "::", "0:0:0:0:0:0:0:0"})


def judge_url_malformed(address: _Address) -> Judged:
    """Judge host, port and quotes."""
    parts = address.parts
    if address.quoted:
        reason = "there are quotes around it, which are part of the value"
    elif not parts.host:
        reason = "it names no host"
    elif parts.port == -1:
        reason = "its port is not a number from 1 to 65535"
    elif not parts.host_valid:
        reason = f"`{escape(parts.host, 80)}` is not a host name"
    elif parts.host.strip("[]") in _EVERYWHERE:
        reason = (
            f"{parts.host} is where a server listens, on all of its addresses, and no address to "
            "connect to"
        )
    else:
        return None
    return (
        ERROR,
        (f"`{escape(parse_url(address.text).masked, SHOWN)}`: {reason}",),
        {"reason": reason},
    )


def _repaired(address: _Address) -> str:
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
    path = _without_endpoint(parts.path, address.profile).rstrip("/")
    return _base(replace(parts, scheme=scheme, port=port), path)


def _base(parts: BackendUrl, path: str = "") -> str:
    """Return scheme, host and port of an address, without credentials."""
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    port = f":{parts.port}" if parts.port is not None and parts.port > 0 else ""
    return escape(f"{parts.scheme}://{host}{port}{path}", SHOWN)


def _without_endpoint(path: str, profile: Profile) -> str:
    while (shorter := base_of(path, profile)) != path.rstrip("/"):
        path = shorter
    return path


# --- repairs -----------------------------------------------------------------------------------


def _known_address(text: str, settings: Settings) -> _Address | None:
    """Return the address if white space, quotes and scheme can be repaired without a guess."""
    address = _Address.of(text, settings)
    return (
        address
        if not address.guessed and address.parts.host_valid and _bare(address) is not None
        else None
    )


def _bare(address: _Address) -> str | None:
    """Return the address without white space and quotes around it.

    Return None if there is white space inside.
    """
    ends = trimmed(address.text)
    if ends is None and address.quoted:
        start = next(i for i, character in enumerate(address.text) if not is_space(character))
        end = len(address.text) - next(
            i for i, character in enumerate(reversed(address.text)) if not is_space(character)
        )
        ends = trimmed(address.text[start + 1 : end - 1])
    return None if ends is None else address.cleaned


def cleaned(text: str, settings: Settings) -> str | None:
    """Repair white space at the ends, and quotes around it."""
    return _bare(_Address.of(text, settings))


def unquoted(text: str, settings: Settings) -> str | None:
    """Repair quotes around an address; return None if the rest is not an address."""
    address = _Address.of(text, settings)
    return _bare(address) if address.quoted and _is_sound(address) else None


def with_scheme(text: str, settings: Settings) -> str | None:
    """Repair the scheme: ``https``, a missing one, or a typing error.

    Return None if another protocol may be meant, or no host follows.
    """
    address = _known_address(text, settings)
    return address.offered if address is not None else None


def without_endpoint(text: str, settings: Settings) -> str | None:
    """Remove the endpoint's path, but keep what follows it."""
    address = _known_address(text, settings)
    if address is None:
        return None
    path = address.parts.path
    before, _, after = address.offered.partition(path)
    return before + _without_endpoint(path, settings.profile) + after


def without_query(text: str, settings: Settings) -> str | None:
    """Remove an empty query or fragment.

    Also remove a query that has only the agent id, which the client appends itself.
    """
    address = _known_address(text, settings)
    if address is None or address.parts.fragment:
        return None
    agent_id = without_spaces(value_of(settings, settings.names.agent_id) or "")
    parameter = settings.profile.agent_parameter
    is_own = bool(parameter) and unquote(address.parts.query or "") == f"{parameter}={agent_id}"
    if address.parts.query and not is_own:
        return None
    return re.split(r"[?#]", address.offered)[0]


# --- what is wrong with it ---------------------------------------------------------------------


def judge_has_endpoint(address: _Address) -> Judged:
    """Judge whether the address already has the endpoint's path."""
    parts = address.parts
    if not parts.has_endpoint(address.profile):
        return None
    return WARNING, (f"its path is `{escape(parts.path, 80)}`",), {}


def judge_has_path(address: _Address) -> Judged:
    """Judge another path."""
    parts = address.parts
    if not parts.path.strip("/") or parts.has_endpoint(address.profile):
        return None
    if address.profile.path in ("", "/{agent_id}"):
        return None  # the path before the id, or the whole path, is in the address
    path = escape(parts.path, 80)
    requested = escape(f"{parts.path.rstrip('/')}{address.profile.path}", 80)
    return (
        WARNING,
        (f"its path is `{path}`", f"edgecheck asks for `{requested}`"),
        {"path": path, "offered": _repaired(address).removesuffix(path.rstrip("/"))},
    )


def judge_has_query(address: _Address) -> Judged:
    """Judge a query or a fragment."""
    parts = address.parts
    # A profile without a path and a query of its own takes the address as it is.
    given = not address.profile.path and not address.profile.request.query
    if parts.fragment is None and (parts.query is None or given):
        return None
    what = joined(
        [
            kind
            for kind, value in (("a query", parts.query), ("a fragment", parts.fragment))
            if value is not None
        ]
    )
    names = [
        escape(pair.partition("=")[0], 40) for pair in (parts.query or "").split("&") if "=" in pair
    ]
    evidence = [f"it has {what}"]
    if names:
        evidence.append(f"names in the query: {listed(names)}")
    return WARNING, tuple(evidence), {"what": what}


def judge_has_credentials(address: _Address) -> Judged:
    """Judge a user name or password."""
    parts = address.parts
    if parts.credentials is None:
        return None
    return ERROR, (f"`{escape(parts.masked, SHOWN)}`",), {}


def judge_plaintext(address: _Address) -> Judged:
    """Judge whether the secret would travel in the clear."""
    parts = address.parts
    if not address.has_secret or not address.profile.sends_secret:
        return None
    # If the scheme is wrong, that is the first finding, and offers an address with the right
    # scheme.
    if address.scheme or parts.scheme != "ws" or not parts.host_valid or is_loopback(parts.host):
        return None
    allowed = address.allow_plaintext
    evidence = [f"`{address.shown}`: {escape(parts.host, 80)} is not this machine"]
    if allowed:
        evidence.append("--allow-plaintext was given: the secret is sent anyway")
    offered = {"offered": _repaired(address).replace("ws://", "wss://", 1)} if allowed else {}
    return (
        WARNING if allowed else ERROR,
        tuple(evidence),
        {**offered, "host": escape(parts.host, 80)},
    )


def judge_port_mismatch(address: _Address) -> Judged:
    """Judge a port that belongs to the other scheme."""
    parts = address.parts
    usual = {("wss", 80): 443, ("ws", 443): 80}.get((parts.scheme, parts.port or 0))
    if usual is None or address.scheme == "missing":
        return None
    other = "ws" if parts.scheme == "wss" else "wss"
    values = {"scheme": parts.scheme, "port": str(parts.port), "other": other}
    return WARNING, (f"`{address.shown}`: port {parts.port} is where {other}:// is served",), values


# Ports that IANA has registered for other protocols, or that their servers have made their own.
_KNOWN_PORTS = {
    **dict.fromkeys((20, 21), "FTP"),
    22: "SSH",
    23: "Telnet",
    **dict.fromkeys((25, 465, 587), "SMTP, which is mail"),
    53: "DNS",
    **dict.fromkeys((110, 995), "POP3, which is mail"),
    **dict.fromkeys((143, 993), "IMAP, which is mail"),
    **dict.fromkeys((389, 636), "LDAP"),
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle's database",
    **dict.fromkeys((1883, 8883), "MQTT without WebSockets"),
    **dict.fromkeys((2375, 2376), "Docker's API"),
    **dict.fromkeys((2379, 2380), "etcd"),
    3306: "MySQL",
    3389: "Remote Desktop",
    4222: "NATS without WebSockets",
    5432: "PostgreSQL",
    **dict.fromkeys((5671, 5672), "AMQP"),
    5900: "VNC",
    6379: "Redis",
    9042: "Cassandra",
    9092: "Kafka",
    11211: "memcached",
    27017: "MongoDB",
    61613: "STOMP without WebSockets",
}


def judge_known_port(address: _Address) -> Judged:
    """Judge a port that belongs to another protocol (IANA, Service Name Registry)."""
    port = address.parts.port or 0
    service = _KNOWN_PORTS.get(port)
    if service is None or address.scheme == "missing":
        return None
    evidence = f"`{address.shown}`: port {port} is usually that of {service}"
    return WARNING, (evidence,), {"port": str(port), "service": service}
