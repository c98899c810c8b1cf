"""What programs and people say in words of their own, for which nobody has one phrase (pure).

"Replaced by a newer connection", "the heartbeat was not acknowledged", "closed after 60 seconds of
inactivity": each program words it anew, but from the same few words, in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign, Strength


class Saying(NamedTuple):
    """Something that is said in many ways.

    Args:
        triggers: without one of these in a text it is not said.
        beside: without one of these neither; empty where nothing else is needed.
        pattern: finds it.
        codes: of the problems that it means.
        score: how much it says.
    """

    triggers: tuple[str, ...]
    beside: tuple[str, ...]
    pattern: str
    codes: tuple[str, ...]
    score: float


_ONE = (
    r"(?:connection|session|client|login|log-?in|instance|agent|device|socket|copy)\b"
    r"(?! (?:pool|store|settings|config\w*|process)\b)"
)
_OTHER = r"(?:newer|new|another|other|different|second|duplicate|later)"
_SIGN_OF_LIFE = r"(?:heart ?beats?|pings?|pongs?|keep-?alives?)"
_SOCKET = ("socket", "connect", "session", "link", "ws ", "stream")
_OPENERS = (
    *("zscaler", "netskope", "fortigate", "fortinet", "blue coat", "bluecoat", "mitmproxy"),
    *("kaspersky", "avast", "sophos", "eset", "bitdefender", "umbrella", "fiddler"),
    *("charles proxy", "portswigger", "palo alto", "forcepoint", "websense"),
)
# Nothing failed, or something else did: "no client certificate sent, continuing without".
_MILD = compiled(
    r"\b(?:continuing|falling back|optional|none (?:is |are )?(?:required|needed)|ignored"
    r"|by default|autoscal\w+|db|database|pool|redis|postgres\w*|mysql|disk|edquot|cache|cgroup)\b"
)
# "No missed heartbeats", "heartbeat not received yet".
_NO = compiled(r"\b(?:no|zero|any) $")
_YET = compiled(r" (?:yet|not reached)\b")
_SAYINGS = (
    Saying(
        ("replaced", "superseded", "taken over", "kicked", "in favo", "duplicate", "elsewhere"),
        _SOCKET,
        r"(?<![a-z])(?:replaced|superseded|displaced|taken over|kicked(?: out| off)?"
        r"|(?:closed|dropped|disconnected|evicted)(?= in favo)) (?:by|for|in favou?r of)"
        rf" (?:the |an? )?(?:{_OTHER} )?(?:(?:websocket|ws|edge|agent|client|active|live) )?{_ONE}"
        rf"|duplicate (?:agent|client|device|connection|session)(?: id)?\b"
        rf"|(?:logged|signed|connected|opened) (?:in )?(?:from )?elsewhere",
        ("session-replaced",),
        Strength.CAUSE + 3,
    ),
    Saying(
        ("inactiv", "idle", "silence", "no activity", "no traffic", "no data"),
        ("clos", "drop", "disconnect", "cut", "kill", "lost", "terminat", "reset", "timed out"),
        r"(?<![a-z])(?:after|for|due to|because of|by) (?:(?!if|when|unless)[\w.]+ ){0,4}?"
        r"(?:of )?(?:inactivity|idleness|idle time(?!out)|being idle|silence"
        r"|no (?:activity|traffic|data))\b",
        ("session-idle-closed",),
        Strength.NUMBER + 1,
    ),
    Saying(
        ("heart", "ping", "pong", "keepalive", "keep-alive", "zombie"),
        (),
        rf"(?<![a-z]){_SIGN_OF_LIFE}(?: ack\w*| repl(?:y|ies)| responses?)? "
        r"(?:was |were |is |has been )?(?:not (?:been )?(?:received|answered|acknowledged|acked)"
        r"|un(?:answered|acknowledged)|missed|missing|never (?:came|arrived|answered|returned))\b"
        rf"|(?:not (?:respond|reply|answer)\w* to|no (?:reply|response|answer|ack)\w* to|missed ack"
        rf"\w* (?:of|for)) (?:the |an? |our |its )?(?:\w+ )?{_SIGN_OF_LIFE}"
        rf"|{_SIGN_OF_LIFE} missed ack"
        rf"|missed (?:\w+ )?{_SIGN_OF_LIFE}\b(?! ?[:=])"
        rf"|(?:did not|didn't|failed to|without) (?:receiv|gett?)\w* (?:an? |any |the )?"
        rf"(?:ack\w*|repl(?:y|ies)|responses?|answers?) (?:to|for|of) (?:the |an? |our |its )?"
        rf"(?:last |previous )?{_SIGN_OF_LIFE}"
        r"|zombie(?:d|fied)? (?:connection|socket)",
        ("pong-timeout", "session-dropped"),
        Strength.NUMBER - 2,
    ),
    Saying(
        ("websocket", "web socket", "upgrade"),
        (),
        r"(?<![a-z])(?:expect(?:ed|s|ing)?|only (?:accepts?|supports?|allows?|handles?|serves?)"
        r"|requires?|must be|needs?) (?:an? |the |valid )*(?:http )?"
        r"(?:web ?sockets?(?: (?:upgrades?|handshakes?|connections?|requests?|clients?))"
        r"|upgrade(?: request|d connection| to websocket))"
        r"|(?:not|isn't|wasn't|is no) (?:an? |the )?(?:valid )?(?:web ?socket )?"
        r"(?:upgrade|handshake) request"
        r"|plain (?:http )?(?:get|request)\b[^.;]{0,40}(?:web ?socket|upgrade)",
        ("upgrade-header-dropped", "upgrade-not-websocket", "upgrade-bad-request"),
        Strength.NUMBER - 3,
    ),
    Saying(
        ("html", "web page", "webpage", "web site", "website", "login page", "log-in page"),
        ("upgrad", "websocket", "101", "handshake"),
        r"(?<![a-z])(?:html|web ?(?:page|site)|log-?in page)\b[^;]{0,40}?(?:instead of|rather than)"
        r"|(?:instead of|rather than)[^;]{0,40}?(?<![a-z])(?:html|web ?(?:page|site)|log-?in page)",
        ("upgrade-not-websocket", "upgrade-login-required"),
        Strength.NUMBER,
    ),
    Saying(
        ("cert",),
        (),
        r"(?<![a-z])(?:requires?|requested|expects?|needs?|asks? for|wants?) (?:an? |the |valid )*"
        r"(?:tls |ssl )?client(?:-side)?[ -]cert"
        r"|(?:no|missing|without(?: an?| any)?) (?:required |valid |ssl |tls |client )*cert\w* "
        r"(?:was |were )?(?:sent|provided|presented|supplied|given)"
        r"|(?:did not|didn't|does not|failed to) (?:provide|send|present|supply) "
        r"(?:an? |any |its )?(?:valid )?(?:client )?cert"
        r"|client[ -]cert\w* (?:is |was )?(?:required|missing|needed"
        r"|not (?:sent|provided|presented|supplied|found))",
        ("tls-client-certificate-required",),
        Strength.CAUSE + 2,
    ),
    Saying(
        ("protocol",),
        (),
        r"(?<![a-z])sub[- ]?protocols?\b[^.;]{0,40}?(?:unsupported|mismatch|missing|required"
        r"|not (?:supported|accepted|agreed|offered|allowed|match)|doesn't match|does not match"
        r"|rejected|failed|no match)"
        r"|(?:unsupported|mismatched|missing|no (?:common|matching|supported|valid)|requires?"
        r"|(?:doesn't|does not|did not|didn't|not) (?:support|accept|offer|speak|agree on)\w*|wrong"
        r"|unknown)[^;]{0,24}?(?<![a-z])sub[- ]?protocols?\b"
        r"|(?<![a-z])protocols? mismatche?d?\b",
        ("upgrade-subprotocol-required", "upgrade-invalid-response"),
        Strength.CAUSE,
    ),
    Saying(
        ("rate", "throttl", "quota", "too many", "too fast", "slow down"),
        (),
        r"(?<![a-z])(?:exceed\w*|over|hit|reached|above) (?:the |your |our |its )?"
        r"(?:[a-z]+ ){0,2}?(?:rates?|rate[- ]limits?|quota)\b"
        r"|(?<![a-z])(?:being|been|was|is|are) (?:rate[- ]limited|throttled)"
        r"|(?<![a-z])(?<!disk )(?<!storage )quota (?:is |was |has been )?"
        r"(?:exceeded|reached|used up|exhausted)"
        r"|(?<![a-z])too many (?:\w+ )?(?:requests|attempts|handshakes|reconnects|messages)\b"
        r"|sending (?:\w+ )?too fast",
        ("upgrade-rate-limited", "session-try-later"),
        Strength.SYMPTOM + 4,
    ),
    Saying(
        ("max", "limit", "too many", "full"),
        ("refus", "reject", "den", "reach", "exceed", "too many", "full", "clos", "turn"),
        r"(?<![a-z])max(?:imum)?[ _-](?:number of )?(?:concurrent |websocket |ws |client )?"
        r"(?:clients|connections|sessions|agents|peers)\b(?! ?[=:])"
        r"|(?<![a-z])(?:client|connection|session|agent)s? limit (?:was |is |has been )?"
        r"(?:reached|exceeded|hit)"
        r"|(?<![a-z])too many (?:open |active |concurrent |websocket )*"
        r"(?:clients|connections|sessions|agents)\b",
        ("upgrade-rate-limited", "session-try-later", "upgrade-unavailable"),
        Strength.SYMPTOM + 3,
    ),
    Saying(
        ("origin",),
        (),
        r"(?<![a-z])origin\b[^.;]{0,24}?(?:mismatch|(?:does not|doesn't|did not) match)"
        r"|mismatch\w* (?:in|of|with|for) (?:the )?origin\b"
        r"|(?:wrong|bad|unknown|untrusted) origin\b",
        ("upgrade-origin-required", "auth-forbidden"),
        Strength.SYMPTOM + 4,
    ),
    Saying(
        ("logged in", "log in", "login", "signed in", "unauthenticated", "access"),
        ("socket", "connect", "handshake", "upgrade", "agent", "ws", "session"),
        r"(?<![a-z])(?:not|isn't|must be|need to be) (?:logged|signed) in|must log in"
        r"|(?<![a-z])unauthenticated\b|(?:does not|doesn't|do not|don't) have access"
        r"|(?<![a-z])has no access",
        ("auth-unauthorized", "auth-forbidden"),
        Strength.SYMPTOM,
    ),
    # Programs and boxes that open TLS, by the names that their own authorities have.
    Saying(
        _OPENERS,
        (),
        rf"(?<![\w.-])(?:{'|'.join(_OPENERS)})(?![a-z]|[\w-]*\.[a-z])[^;]{{0,40}}?"
        r"\b(?:ca|authority|issuer)\b"
        r"|\b(?:issue[rd]|signed|cn|o)\b[^;]{0,40}?"
        rf"(?<![\w.-])(?:{'|'.join(_OPENERS)})(?![a-z]|[\w-]*\.[a-z])",
        ("tls-intercepted", "tls-unknown-issuer"),
        Strength.CAUSE + 4,
    ),
)


def sayings_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each thing that a text says in words of its own."""
    text = excerpt.lower
    if _MILD.search(text) is not None:
        return
    for saying in _SAYINGS:
        if not any(trigger in text for trigger in saying.triggers):
            continue
        if saying.beside and not any(word in text for word in saying.beside):
            continue
        if (match := re.search(saying.pattern, text)) is not None:
            start, end = match.span()
            if _NO.search(text[max(start - 8, 0) : start]) or _YET.match(text, end):
                continue
            words = excerpt.shown[start:end]
            yield Sign("structure", words, saying.codes, saying.score, start, end, "its words")
