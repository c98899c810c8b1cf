"""Words that say that bytes break the grammar of HTTP or of WebSocket frames (pure).

RFC 6455, section 5, names the parts of a frame, and RFC 9112 those of an answer. Each library has
its own words for "this part is not as it should be", but all of them name the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .excerpt import Excerpt
from .sign import Sign, Strength

_WRONG = (
    r"unexpected(?:ly)?|invalid|illegal|unknown|unrecogni[sz]ed|unsupported|bad|wrong|broken"
    r"|incorrect(?:ly)?|incomplete|malformed|non-?zero|must(?: not| be)?|not (?:allowed|permitted)"
    r"|may not|cannot|can't|no (?:greater|more|longer)|too (?:long|big|large)|expected|attempt to"
    r"|without|nothing to|should (?:not )?be|is not|wasn't|> ?125|less than 1\d\d|previous"
    r"|is reserved"
)
_RESERVED = r"rsv ?[123]?(?: bits?|\b)(?:\(s\))?|reserved? bits?(?:\(s\))?|reserved[123]"
_PARTS = (
    r"op[ _-]?code|continuation(?: frame)?|control (?:frame|opcode|message)s?|masking key"
    r"|(?:un)?masked (?:\w+ )?frame|frames?\b.{0,24}\b(?:un)?mask(?:ed)?|\bmask (?:bit|flag)"
    r"|fragment(?:ed|ation)? (?:control|message|frame)s?|frame (?:header|length|type)"
    r"|close payload|close frame (?:body|payload)"
)
_LINES = r"(?:http )?(?:status|response|header|start)[ -]?line|http version|status ?code line"
_FRAMING = (
    r"content-length(?: headers?)?|transfer-encoding(?: headers?)?|transfer length header"
    r"|continuation line|chunk(?:ed)? (?:size|header|length|extension)|reason phrase"
)
_CONFLICTS = r"conflicting|duplicate|multiple|overflow|not enough data|at start|non-numeric"
# How far apart the part and what is wrong with it may stand, in characters.
_APART = 48
_GRAMMARS = (
    (
        _RESERVED,
        rf"{_WRONG}|\bset\b|\bon\b",
        ("session-protocol-error", "session-compressed-frames"),
    ),
    (_PARTS, _WRONG, ("session-protocol-error",)),
    (_LINES, _WRONG, ("upgrade-not-http", "upgrade-invalid-response")),
    (_FRAMING, rf"{_WRONG}|{_CONFLICTS}", ("upgrade-not-http", "upgrade-invalid-response")),
    ("status code", "expected integer|non-numeric|not a valid", ("upgrade-not-http",)),
)
# Without one of these there is nothing to look for.
_TRIGGERS = (
    *("rsv", "reserved", "code", "continuation", "frame", "mask", "fragment", "control"),
    *("close payload", "line", "http version", "content-length", "transfer", "chunk", "phrase"),
)


def breaches_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each part of a frame or of an answer that is said to be wrong."""
    text = excerpt.lower
    if not any(trigger in text for trigger in _TRIGGERS):
        return
    for part, wrong, codes in _GRAMMARS:
        pattern = (
            rf"(?:{part})[^;]{{0,{_APART}}}?(?<![a-z])(?:{wrong})"
            rf"|(?<![a-z])(?:{wrong})[^;]{{0,{_APART}}}?(?:{part})"
        )
        if (match := re.search(pattern, text)) is not None:
            start, end = match.span()
            words = excerpt.shown[start:end]
            # Less than the phrase of a library, more than that a step failed.
            yield Sign(
                "structure", words, codes, Strength.NUMBER - 3, start, end, "RFC 6455, section 5"
            )
            return
