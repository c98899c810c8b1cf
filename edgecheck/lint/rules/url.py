"""`BACKEND_URL` (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...escapes import escape, is_plain
from ...lint.defect import Defect
from ...settings.model import Settings
from ...settings.url import is_loopback
from ...settings.url import parse as parse_url
from ...wording.units import counted, joined, listed
from ..finding import (
    ERROR,
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
    value_of,
    without_spaces,
)
from .url_address import Address, is_sound, repaired, why_malformed


def _address(settings: Settings) -> Address | None:
    """Return the address; None if there is nothing to judge."""
    text = value_of(settings, settings.names.url)
    if text is None or not without_spaces(text):
        return None
    return Address.of(text, settings)


_MALFORMED = "url-malformed"


def url_rule(code: str, judge: Callable[[Address], Judged]) -> Rule:
    """Make a rule of a judgement about the address."""

    def rule(settings: Settings) -> Iterator[Defect]:
        address = settings.once(_address)
        judged = judge(address) if address is not None else None
        if address is not None and judged is not None:
            severity, evidence, values = judged
            corrected = values.get("offered", repaired(address))
            common = {
                "offered": corrected,
                "given": escape(parse_url(address.text).masked, SHOWN),
                "set_it": command_that_sets(
                    origin_of(settings, settings.names.url), settings.names.url, corrected
                ),
            }
            remedies = (
                [WITHOUT_QUOTES]
                if address.quoted and code == _MALFORMED and is_sound(address)
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


def judge_scheme(kind: str) -> Callable[[Address], Judged]:
    """Return the judgement about one kind of wrong scheme."""

    def judge(address: Address) -> Judged:
        if address.scheme != kind:
            return None
        written = escape(parse_url(address.cleaned).scheme or address.cleaned[:5], 20)
        return (
            ERROR,
            (
                f"given: `{escape(parse_url(address.text).masked, SHOWN)}`",
                f"meant: `{repaired(address)}`",
            ),
            {"written": written},
        )

    return judge


def judge_url_whitespace(address: Address) -> Judged:
    """Judge white space and invisible characters."""
    if is_plain(address.text) and " " not in address.text:
        return None
    evidence = located(address.text, is_space)
    count = sum(map(is_space, address.text))
    first = next(filter(is_space, address.text), "")
    return (
        (ERROR, evidence, {"count": counted(count, "character"), "character": named(first)})
        if evidence
        else None
    )


def judge_url_malformed(address: Address) -> Judged:
    """Judge host, port and quotes."""
    reason = why_malformed(address)
    if not reason:
        return None
    return (
        ERROR,
        (f"`{escape(parse_url(address.text).masked, SHOWN)}`: {reason}",),
        {"reason": reason},
    )


def judge_has_endpoint(address: Address) -> Judged:
    """Judge whether the address already has the endpoint's path."""
    parts = address.parts
    if not parts.has_endpoint(address.profile):
        return None
    return WARNING, (f"its path is `{escape(parts.path, 80)}`",), {}


def judge_has_path(address: Address) -> Judged:
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
        {"path": path, "offered": repaired(address).removesuffix(path.rstrip("/"))},
    )


def judge_has_query(address: Address) -> Judged:
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


def judge_has_credentials(address: Address) -> Judged:
    """Judge a user name or password."""
    parts = address.parts
    if parts.credentials is None:
        return None
    return ERROR, (f"`{escape(parts.masked, SHOWN)}`",), {}


def judge_plaintext(address: Address) -> Judged:
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
    offered = {"offered": repaired(address).replace("ws://", "wss://", 1)} if allowed else {}
    return (
        WARNING if allowed else ERROR,
        tuple(evidence),
        {**offered, "host": escape(parts.host, 80)},
    )


def judge_port_mismatch(address: Address) -> Judged:
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


def judge_known_port(address: Address) -> Judged:
    """Judge a port that belongs to another protocol (IANA, Service Name Registry)."""
    port = address.parts.port or 0
    service = _KNOWN_PORTS.get(port)
    if service is None or address.scheme == "missing":
        return None
    evidence = f"`{address.shown}`: port {port} is usually that of {service}"
    return WARNING, (evidence,), {"port": str(port), "service": service}
