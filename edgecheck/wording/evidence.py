"""What was seen, in words: one line for each stage, and the evidence for a verdict (pure)."""

from __future__ import annotations

from ..escapes import unescape_bytes
from ..facts import (
    Attempt,
    Facts,
    Greeting,
    HttpResponse,
    Instead,
    MessageKind,
    Stage,
    TlsFacts,
)
from ..facts.tcp import HERE
from . import certificates
from .names import asked
from .silence import SAID, heard
from .units import counted, listed, milliseconds
from .values import status_line

# Header fields that say who answered, or what to quote to them.
_TELLING_FIELDS = (
    "server",
    "via",
    "www-authenticate",
    "proxy-authenticate",
    "location",
    "retry-after",
    "x-railway-fallback",
    "x-railway-request-id",
    "x-railway-edge",
    "cf-ray",
    "cf-mitigated",
    "x-squid-error",
    "x-render-routing",
    "x-vercel-error",
    "ngrok-error-code",
    "fly-request-id",
    "x-amzn-requestid",
    "x-cache",
    "upgrade",
    "sec-websocket-version",
    "content-type",
)
_BODY_SHOWN = 160
# Bytes of which fewer are readable are shown in hexadecimal, and so many of them.
_MOSTLY, _HEX_SHOWN = 0.8, 32


def evidence_of(stage: Stage, facts: Facts) -> tuple[str, ...]:
    """Return what was seen at a stage: the evidence for a verdict at that stage."""
    match stage:
        case Stage.DNS:
            return _dns(facts)
        case Stage.TCP:
            return tuple(map(_attempt, facts.tcp.attempts)) if facts.tcp else ()
        case Stage.PROXY:
            return (*_proxy(facts), *heard(facts))
        case Stage.TLS:
            return (*_tls(facts.tls), *heard(facts)) if facts.tls else ()
        case Stage.UPGRADE:
            return (*_upgrade(facts), *heard(facts))
        case Stage.AUTH | Stage.SESSION:
            return (*_session(facts), *heard(facts)) if facts.session else _upgrade(facts)
    return ()  # config: what is wrong with the settings is a finding with its own evidence


def summary_of(
    stage: Stage, facts: Facts, severities: tuple[str, ...], status: str, failed: Stage | None
) -> str:
    """Return how a stage went, in one line.

    Args:
        stage: the stage.
        facts: what was seen.
        severities: of the lint's findings in the settings.
        status: of the stage, as in the report.
        failed: the network stage that failed before this one; None if none did.
    """
    if stage is Stage.AUTH and status == "pass":
        return "the credentials were not refused"
    said = _summary(stage, facts, severities) + _waited(stage, facts)
    if status != "skip":
        return said
    if (
        stage is Stage.PROXY
        and facts.proxy is None
        and not (facts.target.proxy and facts.is_past_the_end(stage))
    ):
        return "no proxy"
    if stage is Stage.DNS and facts.target.unix_socket:
        return "not used by --unix-socket"
    if stage is Stage.TLS and facts.tls is None and _plain(facts):
        return "not used by ws://"
    if failed is not None:
        # What was seen after the cause is still of interest. A session that ended in a refusal is
        # not, because the line of auth says the same.
        return f"not checked: {failed} failed" + (
            f" ({said})" if said and failed is not Stage.AUTH else ""
        )
    if facts.is_past_the_end(stage):
        return f"not checked: --until {facts.until}"
    if said:
        return said
    if facts.interrupted:
        return "not reached: interrupted"
    if facts.config is not None and facts.config.request_possible is False:
        return "not tried: the request cannot be written"
    if facts.proxy is not None and facts.proxy.failure is not None:
        return "not reached: the proxy failed"
    return "not tried"


def _waited(stage: Stage, facts: Facts) -> str:
    """Return how long an answer was waited for, if none came; tcp has that for each address."""
    if not facts.failures:
        return ""
    own = getattr(facts, stage) if stage is not Stage.CONFIG else None
    failure, span = getattr(own, "failure", None), getattr(own, "span", None)
    if stage is Stage.TCP or failure is None or span is None:
        return ""
    return f" ({milliseconds(span.duration_ms)})" if "time limit" in failure.message else ""


def _plain(facts: Facts) -> bool:
    return (facts.target.url or "").startswith("ws://")


def _summary(stage: Stage, facts: Facts, severities: tuple[str, ...]) -> str:
    match stage:
        case Stage.CONFIG:
            return _config_summary(facts, severities)
        case Stage.DNS if facts.dns is not None:
            seen = facts.dns
            whose = "the proxy's name " if facts.target.proxy else ""
            if seen.failure is not None:
                return f"{whose}{seen.host}: {seen.failure.message or seen.failure.kind}"
            if seen.literal:
                return f"{seen.host} is an address"
            return f"{whose}{seen.host} → {listed(seen.addresses, 3)}"
        case Stage.TCP if facts.tcp is not None:
            if facts.tcp.failure is not None:
                return "; ".join(map(_attempt, facts.tcp.attempts[:2])) or facts.tcp.failure.message
            return f"connected to {_with_port(facts.tcp.address or '', facts.tcp.port)}"
        case Stage.PROXY if facts.proxy is not None:
            if facts.proxy.failure is not None:
                return f"{facts.proxy.url}: {facts.proxy.failure.message}"
            return f"tunnel through {facts.proxy.url}"
        case Stage.TLS if facts.tls is not None:
            return _tls_summary(facts.tls)
        case Stage.UPGRADE if facts.upgrade is not None:
            if facts.upgrade.response is None:
                return facts.upgrade.failure.message if facts.upgrade.failure else ""
            if facts.upgrade.failure is None:
                return "101: the socket is open"
            return f"answered with HTTP {status_line(facts.upgrade.response)}"
        case Stage.AUTH if facts.session is not None:
            greeting = facts.session.greeting
            if facts.meaning.startswith("auth-") and greeting is not None and greeting.received:
                return f"answered {greeting.received}"
            if facts.session.accepted or facts.session.close_code is None:
                return "the credentials were not refused"
            return f"closed {facts.session.close_code} {facts.session.close_reason}".rstrip()
        case Stage.AUTH if facts.upgrade is not None and facts.upgrade.response is not None:
            return f"HTTP {status_line(facts.upgrade.response)} before the socket opened"
        case Stage.SESSION if facts.session is not None:
            return _session_summary(facts)
    return ""


def _config_summary(facts: Facts, severities: tuple[str, ...]) -> str:
    if facts.config is None:
        return ""
    errors = severities.count("error")
    warnings = severities.count("warning")
    if not errors and not warnings:
        return f"read from {facts.config.env_file}" if facts.config.env_file else "read"
    return ", ".join(
        counted(count, word) for count, word in ((errors, "error"), (warnings, "warning")) if count
    )


def _session_summary(facts: Facts) -> str:
    session = facts.session
    assert session is not None
    commands = sum(message.kind is MessageKind.COMMAND for message in session.messages)
    others = session.messages_seen - commands
    extra = f", {counted(others, 'other message')} first" if others else ""
    if session.commands_seen or commands:
        taken = counted(max(session.commands_seen, commands), "command")
        extra += f", {taken} taken and not acknowledged"
    if session.pong and session.round_trip_ms is not None:
        return f"ping answered in {milliseconds(session.round_trip_ms)}{extra}"
    if session.pong:
        return f"a pong arrived before the ping was sent{extra}"
    if session.pinged and session.failure is None:
        return f"the server's own ping was answered{extra}"
    if session.accepted:
        return f"the socket stays open{extra}"
    if session.greeting is not None and session.greeting.instead is Instead.MESSAGE:
        return "a message arrived that the greeting does not expect"
    if session.greeting is not None and session.greeting.instead is Instead.SILENCE:
        return "the greeting was not answered"
    if session.close_code == 1006:
        return "ended without a close frame"
    if session.close_code is not None:
        return f"closed {session.close_code} {session.close_reason}".rstrip()
    return "no pong" + extra


def _tls_summary(seen: TlsFacts) -> str:
    if seen.failure is not None:
        return seen.failure.message
    checked = "certificate NOT checked" if seen.insecure else "certificate valid"
    return f"{seen.version}, {checked}"


def _dns(facts: Facts) -> tuple[str, ...]:
    seen = facts.dns
    if seen is None:
        return ()
    if seen.failure is None:
        return (f"{seen.host} resolves to {', '.join(seen.addresses)}",)
    return asked(facts)


def _attempt(attempt: Attempt) -> str:
    if attempt.failure is not None:
        name = f" ({attempt.failure.errno})" if attempt.failure.errno else ""
        line = (
            f"{attempt.address}: {attempt.failure.message}{name} after "
            f"{milliseconds(attempt.duration_ms)}"
        )
        if attempt.refuser is None:
            return line
        who = "this machine's own firewall" if attempt.refuser == HERE else attempt.refuser
        return f"{line}; {who} said so: {SAID.get(attempt.refusal or '', attempt.refusal or '')}"
    if attempt.connected:
        return f"{attempt.address}: connected in {milliseconds(attempt.duration_ms)}"
    return f"{attempt.address}: no answer in {milliseconds(attempt.duration_ms)}, then given up"


def _proxy(facts: Facts) -> tuple[str, ...]:
    seen = facts.proxy
    if seen is None:
        return ()
    lines = [f"proxy {seen.url} from {seen.origin}"]
    if seen.response is not None:
        lines += response_lines(seen.response)
    elif seen.failure is not None:
        lines.append(seen.failure.message)
    if seen.first_bytes:
        lines.append(f"it said: {said(seen.first_bytes)}")
    if facts.dns is not None and facts.dns.failure is not None:
        lines += _dns(facts)
    if facts.tcp is not None and facts.tcp.failure is not None:
        lines += map(_attempt, facts.tcp.attempts)
    return tuple(lines)


def _tls(seen: TlsFacts) -> tuple[str, ...]:
    lines = []
    if seen.failure is not None:
        code = (
            f" (OpenSSL verify code {seen.failure.verify_code})" if seen.failure.verify_code else ""
        )
        lines.append(
            f"{seen.failure.message}{code}" if seen.failure.message else str(seen.failure.kind)
        )
        if seen.failure.alert:
            lines.append(f"the server's alert: {seen.failure.alert}")
    if seen.first_bytes:
        lines.append(f"it said: {said(seen.first_bytes)}")
    if seen.chain:
        lines += [certificates.line(number, one) for number, one in enumerate(seen.chain)]
    return tuple(lines)


def _upgrade(facts: Facts) -> tuple[str, ...]:
    seen = facts.upgrade
    if seen is None:
        return ()
    lines: list[str] = []
    if seen.response is not None:
        lines += response_lines(seen.response)
    if seen.failure is not None and (seen.response is None or seen.response.status == 101):
        lines.append(seen.failure.message)
    if seen.first_bytes:
        lines.append(f"it said: {said(seen.first_bytes)}")
    return tuple(lines)


def response_lines(response: HttpResponse) -> list[str]:
    """Return the status line of a response, its telling fields, and the beginning of its body."""
    lines = [f"{response.version} {status_line(response)}"]
    for name in _TELLING_FIELDS:
        lines += [f"{name}: {value}" for value in response.values(name)]
    if response.body:
        cut = "…" if len(response.body) > _BODY_SHOWN else ""
        lines.append(f"body: {response.body[:_BODY_SHOWN]}{cut}")
    return lines


def _session(facts: Facts) -> tuple[str, ...]:
    session = facts.session
    assert session is not None
    lines = _greeting(session.greeting)
    if session.close_code is not None and session.closed_by is not None:
        who = (
            "the server closed with"
            if session.closed_by == "server"
            else "edgecheck had to close with"
        )
        reason = f": {session.close_reason}" if session.close_reason else ", no reason given"
        lines.append(f"{who} {session.close_code} ({close_name(session.close_code)}){reason}")
        if (
            session.closed_by == "client"
            and session.failure is not None
            and session.failure.message != session.close_reason
        ):
            lines.append(session.failure.message)
    elif session.failure is not None:
        lines.append(session.failure.message)
    lines += [
        f"received {_MESSAGES[message.kind]}: {message.excerpt}"
        + (f" ({message.detail})" if message.detail else "")
        for message in session.messages[:3]
    ]
    hidden = session.messages_seen - min(3, len(session.messages))
    if hidden > 0:
        lines.append(f"and {hidden} more")
    return tuple(lines)


def _greeting(seen: Greeting | None) -> list[str]:
    """Say which message of the greeting did not come, and what came in its place."""
    if seen is None or seen.instead is None:
        return []
    lines = [f"expected after the opening handshake: {seen.expected}"] if seen.expected else []
    return lines + ([f"received in its place: {seen.received}"] if seen.received else [])


_MESSAGES = {
    MessageKind.PONG: "the pong",
    MessageKind.PING: "the server's ping",
    MessageKind.COMMAND: "a command",
    MessageKind.MALFORMED_COMMAND: "a malformed command",
    MessageKind.UNKNOWN: "a message of an unknown type",
    MessageKind.NOT_JSON: "a message that is not a JSON object with a type",
    MessageKind.ECHO: "our own ping",
    MessageKind.FAREWELL: "what it says before it closes",
    MessageKind.OTHER: "a message",
}

# The registered close codes: https://www.iana.org/assignments/websocket
_CLOSE_NAMES = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1004: "reserved",
    1005: "no code given",
    1006: "no close frame",
    1007: "invalid payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake",
    3000: "unauthorized",
    3003: "forbidden",
    3008: "timeout",
}


# By convention (graphql-ws, Phoenix and others) the codes from 4400 are the statuses from 400.
_CONVENTIONAL = {
    4400: "bad request",
    4401: "unauthorized",
    4403: "forbidden",
    4404: "not found",
    4408: "request timeout",
    4409: "conflict",
    4429: "too many requests",
    4500: "server error",
}


def close_name(code: int) -> str:
    """Return a close code's registered name, or the meaning of its range (RFC 6455, 7.4.2)."""
    if code in _CLOSE_NAMES:
        return _CLOSE_NAMES[code]
    if code in _CONVENTIONAL:
        return f"by convention HTTP {code - 4000}: {_CONVENTIONAL[code]}"
    if 4000 <= code <= 4999:
        return "private use: the backend's own meaning"
    if 3000 <= code <= 3999:
        return "for libraries and frameworks"
    return "reserved for the protocol" if 1000 <= code <= 2999 else "not a valid close code"


def said(first_bytes: str) -> str:
    """Return the first bytes of an answer: as text if they are text, in hexadecimal if not."""
    raw = unescape_bytes(first_bytes.removesuffix("…"))
    plain = sum(byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in raw)
    if not raw or plain >= _MOSTLY * len(raw):
        return first_bytes
    return raw[:_HEX_SHOWN].hex(" ") + (" …" if len(raw) > _HEX_SHOWN else "")


def _with_port(address: str, port: int) -> str:
    if not port:
        return address  # the path of a Unix socket
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def messages_of(facts: Facts, *kinds: MessageKind) -> list[str]:
    """Return the excerpts of the messages of some kinds, as far as messages were kept."""
    return (
        [message.excerpt for message in facts.session.messages if message.kind in kinds]
        if facts.session
        else []
    )
