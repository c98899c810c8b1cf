"""What a text says by its structure: a step of the connection, and how it ended (pure).

Every program has words of its own for "the TLS handshake timed out", and no list has them all. But
they name the step, and near it how it ended: "proxyconnect tcp: … connection refused",
"DnsNameResolverTimeoutException", "SSL handshake aborted: … Connection reset by peer". Where a text
names several steps, the more special one counts: whatever is said to be reset, a TLS handshake that
was going on is what failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign, Strength

# From the more special step to the less special one.
_STEPS = {
    "ping": r"(?<![a-z])(?:ping|pong)s?(?:[/ _-]?pong)?|keep-?\s?alive|heartbeat",
    "dns": r"dns|name\s?resol(?:ution|ver)|resolv(?:e|er|ing)\b|(?:host(?:name)?|name|address) "
    r"lookup|lookup(?: of)?(?= )|getaddrinfo",
    "proxy": r"proxy(?!ing)(?:\s?connect)?|connect tunnel|http tunnel|tunnel(?:ing)? socket"
    r"|socks[45]?",
    "certificate": r"\bcert(?:ificate)?s?\b",
    "tls": r"gnutls|schannel|secure connection"
    r"|sslproto|(?:_sslobj|ssl_?)\.do_handshake|start_?handshake(?=\()"
    r"|(?<![a-z-])(?:tls|ssl)(?:[ _-]?(?:handshake|connection|negotiation|connect))?(?![=:\]])"
    r"|ssl_do_handshake|secure channel",
    # The handshake at the end is another one.
    "upgrade": r"(?<!close )(?<!closing )(?:opening |websocket |ws |http )?handshake"
    r"|(?:websocket |http |protocol )?upgrad\w+",
    "idle": r"idle|inactivity",
    "connect": r"(?<!dis)connect(?:ion attempt|ion establishment|ion(?= time)|ing)?(?!ion|ed|or)"
    r"|\bdial(?:ing)?\b",
    "credential": r"\b(?:token|jwt|secret|credentials?|api[ -]?key|password)\b",
    # A key of JSON is not a message.
    "message": r"(?<!control )\b(?:payload|message|frame)\b(?![\"'] ?:)",
}
# Without one of these a text names no step: to compile all patterns takes longer than to look.
_STEP_WORDS = (
    *("ping", "pong", "alive", "heart", "dns", "resol", "lookup", "getaddrinfo", "proxy", "tunnel"),
    *("socks", "cert", "tls", "ssl", "schannel", "secure", "handshake", "upgrad", "idle"),
    *("inactivity", "connect", "dial", "token", "jwt", "secret", "credential", "api", "password"),
    *("payload", "message", "frame"),
)
_OUTCOMES = {
    "timeout": r"timed[ -]out|(?<!will )(?<!may )(?<!can )time-?out(?!_|s\b)"
    r"|deadline (?:has )?(?:been )?(?:elapsed|exceeded)|took too long"
    r"|not (?:finish|complete)\w* .{0,24}(?:in time|within)|not respond|no response|too long"
    r"|etimedout",
    "refused": r"refused|econnrefused",
    "reset": r"reset by|econnreset|was reset|forcibly closed|broken pipe|connection ?reset",
    "closed": r"\beof\b|prematurely|hung up|hang up|closed (?:before|during|by|unexpectedly)"
    r"|closed(?= while)"
    r"|was (?:closed|stopped|cancell?ed)|connection closed|terminated|end of file|aborted",
    "unreachable": r"unreachable|no route to host|network is down",
    "unresolved": r"no such host|nxdomain|enotfound|not resolve|unknown host|not known"
    r"|could not be resolved|does not exist|unresolvable",
    "rejected": r"rejected|declined|denied|forbidden|not allowed|disallowed",
    "expired": r"(?<!before it )(?<!nothing )(?<!not )(?<!never )(?<!n't )expired",
    "early": r"not (?:yet )?valid (?:yet|until|before)|not yet valid",
    "self-signed": r"(?<!allow )(?<!accept )self[- ]?signed",
    "untrusted": r"not (?:be )?(?:trusted|verified|authenticated|validated)|untrusted"
    r"|unknown (?:authority|issuer|ca)|(?:verification|validation|verify) (?:failed|error)",
    "mismatch": r"(?:does not|did not|doesn't|didn't) match|mismatch|not valid for|not issued for",
    "revoked": r"revoked|revocation",
    "excess": r"exceed|too (?:big|large)|larger than|over the (?:limit|maximum)",
    "failed": r"\bfail(?:ed|ure|s)?\b|unsuccessful|not be established|\berror\b"
    r"|(?:unable to|cannot|can't|could not|couldn't|did not) (?:complete|establish|perform|finish)",
}
_LOST = ("upgrade-closed", "session-dropped")
_MEANINGS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ping", "timeout"): ("pong-timeout", "session-dropped"),
    ("dns", "timeout"): ("dns-timeout", "dns-resolver-silent", "dns-failure"),
    ("dns", "refused"): ("dns-failure",),
    ("dns", "unreachable"): ("dns-failure", "dns-timeout"),
    ("dns", "unresolved"): ("dns-not-found", "dns-name-local-only"),
    ("proxy", "timeout"): ("proxy-timeout", "proxy-unreachable"),
    ("proxy", "refused"): ("proxy-unreachable",),
    ("proxy", "unreachable"): ("proxy-unreachable",),
    ("proxy", "unresolved"): ("proxy-unreachable",),
    ("proxy", "reset"): ("proxy-invalid-response", "proxy-unreachable"),
    ("proxy", "closed"): ("proxy-invalid-response", "proxy-unreachable"),
    ("proxy", "rejected"): ("proxy-denied", "proxy-port-forbidden"),
    ("tls", "timeout"): ("tls-timeout",),
    ("tls", "reset"): ("tls-closed",),
    ("tls", "closed"): ("tls-closed",),
    ("upgrade", "timeout"): ("upgrade-timeout",),
    ("upgrade", "reset"): _LOST,
    ("upgrade", "closed"): _LOST,
    ("idle", "timeout"): ("session-idle-closed",),
    ("idle", "closed"): ("session-idle-closed",),
    ("connect", "timeout"): ("tcp-timeout", "upgrade-timeout"),
    ("connect", "refused"): ("tcp-refused",),
    ("connect", "unreachable"): ("tcp-unreachable",),
    ("connect", "unresolved"): ("dns-not-found",),
    ("certificate", "expired"): ("tls-certificate-expired", "clock-skewed"),
    ("certificate", "early"): ("tls-certificate-not-yet-valid", "clock-skewed"),
    ("certificate", "self-signed"): ("tls-self-signed", "tls-unknown-issuer"),
    ("certificate", "untrusted"): ("tls-unknown-issuer", "tls-self-signed", "tls-intercepted"),
    ("certificate", "mismatch"): ("tls-hostname-mismatch",),
    ("certificate", "revoked"): ("tls-certificate-invalid",),
    ("credential", "expired"): ("secret-expired", "auth-secret-rejected", "auth-unauthorized"),
    ("credential", "rejected"): ("auth-secret-rejected", "auth-unauthorized"),
    ("credential", "mismatch"): ("auth-secret-rejected", "auth-unauthorized"),
    ("credential", "untrusted"): ("auth-secret-rejected", "auth-unauthorized"),
    ("message", "excess"): ("session-message-too-big",),
    ("dns", "failed"): ("dns-not-found", "dns-failure"),
    ("proxy", "failed"): ("proxy-unreachable", "proxy-denied"),
    ("tls", "failed"): ("tls-handshake-rejected", "tls-unknown-issuer", "tls-closed"),
    ("upgrade", "failed"): ("upgrade-unexpected-status", "upgrade-closed"),
}
# What ends a sentence, or a value of a line with keys: behind it something else is told.
_NEXT = compiled(r"[.;!] |\" |\\\\n")
# How far, in characters, the step may stand before its outcome, and behind it.
_BEFORE, _BEHIND = 90, 34
# Behind an outcome a step follows with such a word: "timed out during opening handshake".
_LINK = compiled(
    r"^[ ,:(]*(?:[a-z0-9']+ ){0,2}(?:during|while|in|on|before|for|of|waiting)\b"
    r"|^ to (?:do|perform|complete|finish|make|negotiate|start|initiate)\b"
    # "rejected the client's certificate"
    r"|^ (?:(?:the|an?|your|our|its|this|their|given|provided|supplied|client|server|peer|remote"
    r"|agent|opening|bearer|access|api)(?:'s)? ){0,3}$"
)
_RHYTHM = (
    r"\b(?:disconnect|drop|clos|los[te]|dies?\b|cut|end|kick|reconnect|fail)\w*\s(?:\w+\s){0,5}?"
    r"(?:every|each|(?:always|exactly) after|after (?:exactly|always|precisely))\s(?:about\s|~\s?)?"
    r"\d+\s?(?:s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?)\b"
)
# That a connection ended, where a program calls it an error.
# That a sign of life was not there.
_SILENT = (
    r"(?<![a-z])no (?:\w+ )?(?:ping|pong|heart ?beat|keep-?alive)s? (?:was |were |has been )?"
    r"(?:received|seen|arrived|within|for|from|in)\b"
    r"|(?<![a-z])missed (?:\w+ )?(?:pings|pongs|heart ?beats|keep-?alives)\b"
)
# That a program wanted to use a connection that was not open.
_NOT_OPEN = (
    r"(?<![a-z])(?:websocket|socket|connection) (?:has |is |was )?already (?:been )?"
    r"(?:closed|closing|disconnected)(?![a-z])"
    r"|(?<![a-z])(?:send|sending|write|writing|publish|emit)(?![a-z])[^.;]{0,40}?(?:on|to|in|over) "
    r"(?:a |the |an )?(?:already )?(?:closed|closing|disconnected|unopened)"
    r"(?! (?:topic|queue|file|cursor|pool|database|writer|producer|consumer|pipe|log|stdin|stdout))"
    r"|(?:websocket|socket|connection|client|shard|transport|stream)\w* "
    r"(?:is not|isn't|was not|wasn't|has not been) (?:yet )?(?:connected|established)"
    r"|(?:connection|socket|client|transport) is not in (?:the|a|an) ['\"]?(?:connected|open)"
    r"|there is no (?:underlying|open|active) (?:\w+ )?(?:connection|socket)"
)
_FAILURE = ("error", "exception", "cannot", "can't", "failed", "attempt", "unable")
_SIGNS_OF_LIFE = ("ping", "pong", "heart", "keepalive", "keep-alive")
_ENDED = (
    r"(?<![a-z])(?:error|problem|failure|exception|failed) (?:[a-z]+ ){0,2}"
    r"(?:during|while|in|on|at|with) (?:the |a )?(?:websocket|socket|ws)"
    r" (?:write|read|send|receive)"
    r"|(?<![a-z])(?:error|exception|fatal|severe|panic|could not|couldn't|cannot|unable|failed"
    r"|unexpected(?:ly)?)(?![a-z])[^.;]{0,80}?"
    r"(?:disconnected|(?:connection|socket|channel|stream|transport) "
    r"(?:was |is |has been |unexpectedly )?"
    r"(?:lost|closed|dropped|terminated|gone))"
)
# Connections of another kind, and words for what is done when one ends.
_NOT_OURS = compiled(
    r"(?<![a-z])(?:handler|listener|callback|hook|device|printer|bluetooth|usb|serial|audio|video"
    r"|redis|database|db|sql|mysql|postgres\w*|mongo\w*|kafka|ssh|smtp|imap|ldap)(?![a-z])"
)
# More than an errno, less than the phrase of a program.
_SCORE = Strength.NUMBER - 2
# That a step failed, and not how.
_SCORE_FAILED = Strength.GENERAL + 4


def structures_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each thing that a text says by its structure."""
    yield from steps_in(excerpt)
    yield from rhythms_in(excerpt)
    yield from ends_in(excerpt)
    yield from unopened_in(excerpt)
    yield from silences_in(excerpt)


def steps_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each outcome that stands near a step."""
    text = excerpt.bare
    if not any(word in text for word in _STEP_WORDS):
        return
    steps = None
    for outcome, pattern in _OUTCOMES.items():
        for match in re.finditer(pattern, text):
            if steps is None:
                steps = list(_steps(text))
            step = _step_of(match, outcome, steps, text)
            if step is not None:
                name, start, end = step
                begin, last = min(start, match.start()), max(end, match.end())
                codes = _MEANINGS[name, outcome]
                # A more special step says more.
                most = _SCORE_FAILED if outcome == "failed" else _SCORE
                score = most - list(_STEPS).index(name) / 10
                words = excerpt.shown[begin:last]
                yield Sign("structure", words, codes, score, begin, last, "a step and how it ended")


def ends_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign where an error is that a connection ended, in whatever words."""
    for match in re.finditer(_ENDED, excerpt.lower):
        if _NOT_OURS.search(match[0]):
            continue
        start, end = match.span()
        codes, words = ("session-dropped", "upgrade-closed"), excerpt.shown[start:end]
        yield Sign("structure", words, codes, Strength.GENERAL, start, end, "how it ended")


def unopened_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign where an error is that a connection was used that is not open."""
    if not any(word in excerpt.lower for word in _FAILURE) or _NOT_OURS.search(excerpt.lower):
        return
    for match in re.finditer(_NOT_OPEN, excerpt.lower):
        start, end = match.span()
        codes, words = ("session-dropped", "upgrade-timeout"), excerpt.shown[start:end]
        yield Sign("structure", words, codes, Strength.GENERAL, start, end, "how it ended")


def silences_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign where a program misses what shows that its peer is there."""
    if not any(word in excerpt.lower for word in _SIGNS_OF_LIFE):
        return
    for match in re.finditer(_SILENT, excerpt.lower):
        start, end = match.span()
        codes, words = ("pong-timeout", "session-dropped"), excerpt.shown[start:end]
        yield Sign("structure", words, codes, _SCORE, start, end, "a step and how it ended")


def rhythms_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign where a person says that connections end in equal intervals."""
    for match in re.finditer(_RHYTHM, excerpt.lower):
        start, end = match.span()
        codes = ("session-idle-closed", "session-lifetime-limit")
        words = excerpt.shown[start:end]
        yield Sign(
            "structure", words, codes, Strength.SYMPTOM, start, end, "a step and how it ended"
        )


def _steps(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the steps that a text names, the more special ones first, and where they stand."""
    for name, pattern in _STEPS.items():
        for match in re.finditer(pattern, text):
            yield name, match.start(), match.end()


def _step_of(
    outcome: re.Match[str], name: str, steps: list[tuple[str, int, int]], text: str
) -> tuple[str, int, int] | None:
    """Return the most special step that an outcome belongs to."""
    for step in steps:
        if (step[0], name) not in _MEANINGS:
            continue
        between = text[step[2] : outcome.start()]
        if 0 <= outcome.start() - step[2] <= _BEFORE and not _NEXT.search(between):
            return step
        if 0 <= step[1] - outcome.end() <= _BEHIND and _LINK.match(text[outcome.end() : step[1]]):
            return step
    return None
