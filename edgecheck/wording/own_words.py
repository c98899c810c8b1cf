"""The sentence with which an answer itself says why it refuses (pure)."""

from __future__ import annotations

import json

from ..escapes import escape, unescape
from ..facts import HttpResponse
from ..late import compiled
from ..settings.pieces import MASK

# What comes before the sentence, where a cause quotes it.
QUOTED = "The answer says: "
# What a sentence has room for, and how much of a page is read for it.
_SHOWN, _READ = 160, 16 * 1024
# Where APIs put the sentence, in the order of how telling it is.
_KEYS = (
    "error_description",
    "error_msg",
    "errormessage",
    "message",
    "msg",
    "detail",
    "details",
    "description",
    "reason",
    "faultstring",
    "error",
    "errors",
    "fault",
    "title",
)
# Fields with such a sentence, for answers without content.
_FIELDS = ("l5d-proxy-error", "x-error", "x-error-message", "x-amzn-errormessage", "grpc-message")
# What a challenge says beside its scheme (RFC 6750, section 3).
_DESCRIPTION = compiled(r'(?i)error_description="([^"]{3,300})"')
# What is not closed goes on to the end, as browsers read it.
_NO_TEXT = compiled(r"(?is)<(script|style|head)\b.*?(?:</\1>|\Z)|<!--.*?(?:-->|\Z)")
_HEADLINE = compiled(r"(?is)<(?:title|h1)\b[^<>]{0,200}>(.{0,300}?)</(?:title|h1)>")
# A secret that was cut out of a page looks like a tag.
_TAG = compiled(rf"<(?!{MASK[1:]})[^<>]*>")
_BLANK = compiled(r"\s+")
# Letters and digits need no escape in a document. A server that echoes a secret in this form would
# have it shown: credentials are cut out of what came, and not of what it stands for.
_ESCAPED = compiled(r"(?i)\\u00(?:3[0-9]|[46][1-9a-f]|[57][0-9a])")
# Words that say no more than a status does, and names of servers.
_STATUS_WORDS = compiled(
    r"""(?isx)
    \b(?:http|error|code|status|\d{3}|the|a|an|is|was|on|this|your|request|ed|page|url|path|not|
    found|bad|forbidden|un-?authori[sz]ed|authori[sz]ation|required|internal|server|gateway|
    time-?out|timed|out|service|temporarily|unavailable|available|method|allowed|upgrade|nginx|
    apache|openresty|ok|access|denied|invalid|failed|failure|true|false|null|none|detail|
    resource|requested|temporary|permanently|moved|redirect|could|be|too|many|requests|gone|
    payment|acceptable|conflict)\b|[\W\d_]
    """
)


def own_words(response: HttpResponse) -> str:
    """Return what an answer says about itself, if it is more than its status; escaped.

    Args:
        response: a refusal.
    """
    body = unescape(response.body)[:_READ].strip()
    words = _of_json(body) if body[:1] in ("{", "[") else _of_text(body)
    if not _tells(words):
        challenge = _DESCRIPTION.search(response.field("www-authenticate") or "")
        fields = (response.field(name) for name in _FIELDS)
        words = unescape(challenge[1] if challenge else next(filter(None, fields), ""))
    words = _BLANK.sub(" ", words).strip()
    return escape(words, _SHOWN) if _tells(words) else ""


def _tells(words: str) -> bool:
    """Tell whether words say more than a status."""
    return len(_STATUS_WORDS.sub("", words)) >= 3


def _of_text(body: str) -> str:
    if not body.startswith("<"):
        return body
    text = _BLANK.sub(" ", _TAG.sub(" ", _NO_TEXT.sub(" ", body))).strip()
    headline = " ".join(_TAG.sub(" ", each) for each in _HEADLINE.findall(body)[-1:])
    return text if _tells(text) else headline


def _of_json(body: str) -> str:
    if _ESCAPED.search(body):
        return body
    try:
        return _sentence(json.loads(body), 3)
    except (ValueError, RecursionError):
        return body


def _sentence(value: object, depth: int) -> str:
    """Return the most telling text in a document."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _sentence(value[0], depth - 1) if value and depth else ""
    if not isinstance(value, dict) or not depth:
        return ""
    named = {str(key).lower().replace("-", "_"): each for key, each in value.items()}
    found = (_sentence(named[key], depth - 1) for key in _KEYS if key in named)
    return next((each for each in found if _tells(each)), "")
