"""The names of exceptions, read as the words that they are made of (pure).

Every library has classes of its own, and all are named alike: "ConnectionResetException",
"WebsocketClosed", "HandshakeTimeout", "ProxyConnectionError". A name says little beside a message,
and it is often all that a log has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign, Strength

# Two words at least, and the last one says that something failed.
_NAME = compiled(
    r"(?<![a-zA-Z0-9])(?:[A-Z][a-z]+|[A-Z]{2,5}(?=[A-Z][a-z])|WebSocket)"
    r"(?:[A-Z][a-z]+|[A-Z]{2,5}(?=[A-Z][a-z]))*?"
    r"(?:Error|Exception|Closed|Timeout|TimedOut|Refused|Reset|Lost|Dropped|Disconnected|Failed"
    r"|Failure|Rejected|Unauthorized|Forbidden|Aborted|Expired|Unreachable)(?![a-z0-9])"
)
_WORD = compiled(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]*")
_OPEN = "(?:websocket|connection|socket|channel|stream|session)"
_ENDED = "(?:closed|lost|dropped|disconnected|aborted|terminated|shutdown|shut down)"
_MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?:ping|pong|heart ?beat|keep ?alive) .*time", ("pong-timeout", "session-dropped")),
    (r"(?:dns|name|host|resolve\w*|lookup) .*time", ("dns-timeout", "dns-failure")),
    (r"proxy .*time", ("proxy-timeout", "proxy-unreachable")),
    (r"(?:tls|ssl) .*time", ("tls-timeout",)),
    (r"(?:handshake|upgrade|open(?:ing)?) time", ("upgrade-timeout",)),
    (r"(?:idle|inactivity) time", ("session-idle-closed",)),
    (r"connect(?:ion|ing)? time", ("tcp-timeout", "upgrade-timeout")),
    (r"proxy .*(?:error|exception|fail|refused)", ("proxy-unreachable", "proxy-denied")),
    (r"connect(?:ion)? refused", ("tcp-refused",)),
    (r"connection reset", ("tcp-reset", "session-dropped", "upgrade-closed")),
    (rf"{_OPEN} (?:is |was )?{_ENDED}", ("session-dropped", "upgrade-closed")),
    (rf"{_ENDED} (?:\w+ )?{_OPEN}", ("session-dropped", "upgrade-closed")),
    (rf"{_OPEN} (?:read|write|send|receive) ", ("session-dropped", "upgrade-closed")),
    (r"unknown host|(?:host|name|address|domain) (?:not found|resol)", ("dns-not-found",)),
    (r"(?:host|network) unreachable", ("tcp-unreachable",)),
    (r"cert(?:ificate)? expired", ("tls-certificate-expired", "clock-skewed")),
    (r"cert(?:ificate)? ", ("tls-unknown-issuer", "tls-self-signed", "tls-hostname-mismatch")),
    (r"(?:token|signature|session|secret) expired", ("secret-expired", "auth-secret-rejected")),
    (r"(?:payload|message|frame) too (?:big|large|long)", ("session-message-too-big",)),
    (r"(?:tls|ssl) ", ("tls-handshake-rejected", "tls-unknown-issuer")),
    (r"(?:handshake|upgrade) ", ("upgrade-unexpected-status", "upgrade-invalid-response")),
    (r"unauthorized|authentication ", ("auth-unauthorized", "auth-secret-rejected")),
    (r"forbidden", ("auth-forbidden",)),
)


def class_names_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each name of an exception's class that says how a connection failed."""
    for match in _NAME.finditer(excerpt.shown):
        words = " ".join(_WORD.findall(match[0])).lower().replace("web socket", "websocket")
        codes = next((codes for words_of, codes in _MEANINGS if re.search(words_of, words)), ())
        if codes:
            start, end = match.span()
            yield Sign(
                "structure",
                match[0],
                codes,
                Strength.GENERAL,
                start,
                end,
                "the name of an exception",
            )
