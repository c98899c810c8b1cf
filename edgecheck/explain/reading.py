"""From a pasted text to its signs (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..backend.profile import Profile
from ..catalogue.problem import Problem
from ..late import compiled
from ..wording.values import keywords_of, profile_values
from .absent import absent_settings
from .addresses import as_the_address_shows
from .answers import closes_in, of_close, of_status, reasons_in, spanned, statuses_in
from .class_names import class_names_in
from .elsewhere import is_elsewhere
from .excerpt import Excerpt
from .fields import fields_in
from .grammar import breaches_in
from .phase import as_the_phase_means
from .sayings import sayings_in
from .sides import as_the_gateway_means
from .sign import Sign, Strength
from .spaces import numbers_in
from .structure import structures_in
from .url_parts import url_parts_in
from .vocabulary import Phrase, phrases_in

# Connections end in these ways every day: where a program reports them as information, they are.
_ORDINARY_ENDS = {"1000", "1001", "1005"}
# What programs say of an end that they wanted.
_CLEAN = ("closed cleanly", "closed by user", "disconnected by user", "local:[1000] remote:[1000]")
# A limit that is set: "ping timeout 20 seconds", "connect timeout=5".
_LIMIT = compiled(r"['\"]?\s?(?:is|of|set to)?\s?[=:]?\s?['\"]?\d")
# What stands before what is only provided for: "Handler for close code 1006 registered".
_PROVIDED = compiled(
    r"(?:\b(?:handlers?|callbacks?|listeners?|hooks?|policy|rules?|retry|reconnect|ignor\w+)"
    r" (?:for|on|of|when|if|after) [^.;:]{0,40}|(?:^|[\]:] )on "
    # Several of them are a list; one with a colon behind it happened: "Transient error: …".
    r"|\b(?:known|possible|common|supported|expected|handled|transient|retr\w+|recoverable|custom) "
    r"(?:(?:errors|exceptions|codes|types|classes)\b[^.;]{0,40}"
    r"|(?:error|exception|code)\b[^.;:]{0,40}))$"
)
# Documentation says what would happen: "closed if no pong arrives".
_CONDITION = compiled(
    r"\b(?:(?:if|unless|until|in case) (?:\w+ ){0,2}|(?:might|may|could|can) be (?:an? )?"
    r"|(?:(?:re)?sets?|starts?|clears?|cancels?) (?:the |a )?)$"
)
# The same behind it: "ConnectionClosed handler attached", "connection lost events: 0".
_PROVIDED_BEHIND = compiled(
    r"['\"]?\s(?:events?|(?:event )?(?:handler|listener|callback|hook|check)s?|registered"
    # "timeout for the opening handshake in seconds"
    r"|in (?:milli)?seconds)\b"
)
# How far before it that may begin, in characters.
_PROVIDED_FOR = 60
# Nothing of what the words are about: "reserved bits: 0".
_NOTHING = compiled(r"['\"]?\s?[:=]\s?(?:0|false|off)(?=\s?(?:[,;)}\]]|$))")
# A certificate that somebody makes or trusts is not a failure: "self-signed certificate generated".
_MADE = (
    compiled(
        r"\b(?:generat|creat|trust|install|us|add|accept|allow)(?:ing|ed) "
        r"(?:an? |the |new |own |our )*$"
    ),
    compiled(
        r"(?: cert\w*)?(?: (?:was|is|has been))? "
        r"(?:generated|created|trusted|installed|added|accepted|allowed)\b"
    ),
)
# "0 transport errors", and not "Shard 0 heartbeat missed".
_NONE_OF_THEM = compiled(
    r"(?<![\d.:])(?<!shard )(?<!worker )(?<!agent )(?<!client )(?<!node )(?<!socket )0 $"
)
# A file that may not be read or written: "Permission denied: '/var/log/agent.log'".
_OF_A_FILE = compiled(
    r"(?:permission denied|eacces|errno 13\]?|eperm|operation not permitted)"
    r"[^;]{0,40}?(?:['\"](?:/|\.{0,2}/|~|[a-z]:\\|[\w-]+\.[a-z]{2,4}['\"])"
    r"| /(?:var|etc|home|tmp|srv)/)"
)
# A reason of one word behind what failed: "failed to receive the status line: timeout".
_TIMED_OUT = compiled(r"['\"]?(?::|,| -| \() ?['\"]?(?:timeout|timed out)['\")]?(?=$|[,;.)])")
# A sample of a metric counts what happened, mostly in the past.
_SAMPLE = compiled(r"^#? ?[a-z_:][\w:]*\{[^{}]*\} [\d.e+-]+$")
# A program's words for a failure. Keywords of the catalogue count only beside one of them.
_FAILED = (
    *("error", "err ", "fail", "invalid", "unexpected", "exception", "cannot", "can't", "unable"),
    *("could not", "couldn't", "refused", "denied", "rejected", "missing", "not found", "not have"),
    *("was not", "with no", "warning", "abort", "lost", "illegal", "panic"),
)
# A failure is one at any level: the name of an exception's class, and what it says.
_EXCEPTION = compiled(
    r"(?:\b[A-Z]\w*|\w\.\w+)(?:Exception|Error): (?!(?:none|null|nil|false|0)\b)", re.ASCII
)
# Whatever the phrase, 407 is a proxy's (RFC 9110, section 15.5.8).
_BY_PROXY, _PROXY_AUTHENTICATION = "407", "proxy-auth-required"
# That a TLS handshake failed, and what may be the reason for it.
_TLS_FAILED = "tls-handshake-rejected"
_TLS_CAUSES = ("tls-certificate-", "tls-client-", "tls-self-signed", "tls-hostname-mismatch")
# A keyword of one short word stands in many texts, whatever they are about.
_DISTINCT = 10


def signs_in(
    excerpt: Excerpt,
    problems: Mapping[str, Problem],
    profile: Profile,
    known: Iterable[tuple[Phrase, re.Match[str]]] | None = None,
) -> tuple[Sign, ...]:
    """Return the signs that a text holds, the strongest first.

    A sign within a stronger one is part of it: the errno in "connect() failed (111: Connection
    refused) while connecting to upstream" is the proxy's, not ours.

    Args:
        excerpt: the text.
        problems: the catalogue, by code. A sign names only entries that exist.
        profile: says what the backend's own close codes mean.
        known: the phrases of libraries that stand in it, where they were looked for already; then
            it is a line of a log, in which the keywords of the catalogue mean nothing.
    """
    if is_elsewhere(excerpt):
        return ()
    phrases = phrases_in(excerpt.lower) if known is None else known
    by_phrase = [_sign(*phrase, excerpt, problems, profile) for phrase in phrases]
    # Who printed the status said so already.
    is_answered = any(
        sign.kind == "http-status" and sign.score >= Strength.ANSWER for sign in by_phrase
    )
    found = [
        sign
        for sign in (
            *by_phrase,
            *(() if is_answered else statuses_in(excerpt, problems, profile)),
            *closes_in(excerpt, problems, profile),
            *numbers_in(excerpt),
            *reasons_in(excerpt, problems, profile),
            *structures_in(excerpt),
            *sayings_in(excerpt),
            *class_names_in(excerpt),
            *fields_in(excerpt),
            *url_parts_in(excerpt),
            *breaches_in(excerpt),
            *absent_settings(excerpt, profile),
            *(_keywords(excerpt, problems, profile) if known is None else ()),
        )
        if any(code in problems for code in sign.codes)
    ]
    found = [sign for sign in found if not _is_no_event(sign, excerpt)]
    is_quiet = excerpt.quiet and _EXCEPTION.search(excerpt.shown) is None
    if is_quiet or any(words in excerpt.lower for words in _CLEAN):
        found = [sign for sign in found if _counts_in_a_quiet_line(sign)]
    found = as_the_gateway_means(found, excerpt)
    found = [as_the_phase_means(sign, excerpt) for sign in found]
    found = [as_the_address_shows(sign, excerpt) for sign in found]
    found = [_decided(sign, found, excerpt) for sign in found]
    apart = [one for one in found if not any(other.covers(one) for other in found)]
    strongest: dict[tuple[str, ...], Sign] = {}
    for sign in sorted(apart, key=lambda sign: (-sign.score, sign.start)):
        strongest.setdefault(sign.codes, sign)
    return tuple(strongest.values())


def _is_no_event(sign: Sign, excerpt: Excerpt) -> bool:
    """Tell whether nothing happened: a limit that is set, or a count of nothing.

    "0 transport errors", "ping timeout is 20 s", "Handler for close code 1006 registered".
    """
    if sign.codes[0] in ("tcp-blocked", "env-file-unreadable") and _OF_A_FILE.search(excerpt.lower):
        return ".env" not in excerpt.lower
    before = excerpt.lower[max(sign.start - _PROVIDED_FOR, 0) : sign.start]
    if (" " in before and _PROVIDED.search(before)) or _is_sample(excerpt):
        return True
    if sign.kind not in ("phrase", "words", "structure", "keyword"):
        return False
    if " " in before and _CONDITION.search(before) and not any(word in before for word in _FAILED):
        return True
    if sign.codes[0] == "tls-self-signed" and _is_made(excerpt.lower, sign):
        return True
    if _PROVIDED_BEHIND.match(excerpt.lower, sign.end):
        return True
    # The name of an exception's class counts nothing: "ClientResponseError: 0, message=…".
    is_number = sign.text.lower().endswith("opcode")  # 0 is one of them
    counts = not is_number and " " in sign.text and _NOTHING.match(excerpt.lower, sign.end)
    if counts or _NONE_OF_THEM.search(before):
        return True
    words = excerpt.lower[sign.start : sign.end]
    is_limit = words.endswith("timeout") and "n't" not in words and "not " not in words
    return is_limit and _LIMIT.match(excerpt.lower, sign.end) is not None


def _is_made(lower: str, sign: Sign) -> bool:
    """Tell whether a text says of a certificate only that it is made, or trusted."""
    before, behind = _MADE
    is_said = before.search(lower[: sign.start]) or behind.match(lower, sign.end)
    return is_said is not None and not any(word in lower for word in _FAILED)


def _is_sample(excerpt: Excerpt) -> bool:
    """Tell whether a line is a sample of a metric."""
    return "{" in excerpt.lower and _SAMPLE.match(excerpt.lower) is not None


def _decided(sign: Sign, found: Sequence[Sign], excerpt: Excerpt) -> Sign:
    """Return a sign as the rest of the text makes it more exact.

    "Could not open socket to "edge:443": Connection refused" is a phrase of several causes and its
    reason: that one comes first. "Invalid upgrade response: HTTP/1.1 401" is a phrase for any
    refusal and its status: that says more.
    """
    if sign.kind == "close-code" and _says_no_more(sign, found, excerpt):
        return sign._replace(score=Strength.GENERAL - 1)
    if sign.kind == "http-status":
        refused = [one.score for one in found if _is_any_refusal(one)]
        return sign._replace(score=max(sign.score, *refused, 0.0) + bool(refused))
    if sign.kind == "phrase" and sign.codes[0] == _TLS_FAILED and _says_why(sign, found):
        return sign._replace(score=Strength.GENERAL)
    if sign.kind == "phrase" and sign.codes[0].startswith("proxy-") and _wants_credentials(found):
        return sign._replace(codes=(_PROXY_AUTHENTICATION, *sign.codes))
    if sign.kind != "phrase" or len(sign.codes) == 1 or sign.score >= Strength.DECISIVE:
        return sign
    if _TIMED_OUT.match(excerpt.lower, sign.end):
        late = [code for code in sign.codes if code.endswith("-timeout")][:1]
        return sign._replace(codes=(*late, *(code for code in sign.codes if code not in late)))
    return _with_its_reason(sign, found)


def _with_its_reason(sign: Sign, found: Sequence[Sign]) -> Sign:
    """Return a phrase of several causes, with the one first that another sign gives."""
    beside = [
        other
        for other in found
        if other.score >= (Strength.SYMPTOM if _says_nothing_of_why(other) else Strength.GENERAL)
        and any(code in sign.codes for code in other.codes)
        and (other.kind == "structure" or _is_apart_from(sign, other))
    ]
    if not beside:
        return sign
    decides = max(beside, key=lambda other: other.score)
    first = next(code for code in decides.codes if code in sign.codes)
    return sign._replace(codes=(first, *(code for code in sign.codes if code != first)))


def _says_nothing_of_why(sign: Sign) -> bool:
    """Tell whether a weak sign cannot decide between causes: it only names what failed."""
    return sign.kind == "structure" or sign.codes[0] == _TLS_FAILED


def _says_no_more(sign: Sign, found: Sequence[Sign], excerpt: Excerpt) -> bool:
    """Tell whether 1006, that no close frame came, stands beside what the reason for it was.

    RFC 6455, section 7.1.5: whatever failed, even before the socket opened, ends with it.
    """
    if sign.codes[0] != "session-dropped":
        return False
    # A library that gives a reason means it.
    reason = excerpt.lower.find("reason", sign.end)
    return any(
        (other.score >= Strength.SYMPTOM or 0 <= reason < other.start)
        and other.kind != "close-code"
        and not other.codes[0].startswith("session-")
        and "session-dropped" not in other.codes
        for other in found
    )


def _wants_credentials(found: Sequence[Sign]) -> bool:
    """Tell whether the text has the status by which a proxy asks for credentials."""
    return any(dict(one.values).get("status") == _BY_PROXY for one in found)


def _says_why(sign: Sign, found: Sequence[Sign]) -> bool:
    """Tell whether it stands beside a TLS handshake that failed why it failed."""
    return any(
        other.codes[0].startswith(_TLS_CAUSES)
        and other.score >= Strength.SYMPTOM
        and _is_apart_from(sign, other)
        for other in found
    )


def _is_apart_from(sign: Sign, other: Sign) -> bool:
    """Tell whether another sign stands elsewhere, and does not mean the same anyhow."""
    is_elsewhere = other.end <= sign.start or sign.end <= other.start
    return is_elsewhere and sign.codes[0] not in other.codes


def _is_any_refusal(sign: Sign) -> bool:
    """Tell whether a phrase says that the opening handshake was answered with something else."""
    return (
        sign.kind == "phrase"
        and sign.codes[0] in ("upgrade-unexpected-status", "upgrade-invalid-response")
        and sign.score < Strength.DECISIVE
    )


def _counts_in_a_quiet_line(sign: Sign) -> bool:
    """Tell whether a sign means a failure although the program calls it no error."""
    if sign.kind == "close-code":
        return dict(sign.values).get("close code") not in _ORDINARY_ENDS
    return sign.score >= Strength.CAUSE and sign.kind in ("phrase", "http-status")


def _sign(
    phrase: Phrase,
    match: re.Match[str],
    excerpt: Excerpt,
    problems: Mapping[str, Problem],
    profile: Profile,
) -> Sign:
    """Return the sign that a phrase is, with the number in it."""
    groups = match.groupdict()
    found = spanned(excerpt, match)
    if phrase.mark == "*" and groups.get("status"):
        number = int(groups["status"])
        return of_status(number, found, problems, profile, phrase.score, phrase.library)
    if phrase.mark == "*" and groups.get("close"):
        return of_close(int(groups["close"]), found, problems, profile, phrase.score)
    codes = phrase.codes
    if groups.get("status") == _BY_PROXY and codes[0] != _PROXY_AUTHENTICATION:
        codes = (_PROXY_AUTHENTICATION, *codes)
    names = {"close": "close code"}
    values = tuple(
        (names.get(name, name), excerpt.shown[match.start(name) : match.end(name)])
        for name, value in groups.items()
        if value
    )
    return Sign(phrase.kind, found[0], codes, phrase.score, *found[1:], phrase.library, "", values)


def _keywords(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    """Yield the keywords of the catalogue that no ordinary line has."""
    if excerpt.quiet:
        return
    values = profile_values(profile)
    has_failed = any(words in excerpt.lower for words in _FAILED)
    for code, problem in problems.items():
        for keyword in keywords_of(problem.keywords, values):
            whole = keyword == excerpt.lower
            if not (whole or has_failed):
                continue
            if not whole and (len(keyword) < _DISTINCT or " " not in keyword):
                continue
            at = excerpt.lower.find(keyword)
            if at >= 0 and _is_whole(excerpt.lower, at, at + len(keyword)):
                score = Strength.DECISIVE + 15 if whole else Strength.GENERAL + len(keyword) / 4
                text = excerpt.shown[at : at + len(keyword)]
                yield Sign("keyword", text, (code,), score, at, at + len(keyword), "the catalogue")


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        after.isalnum() and text[end - 1].isalnum()
    )
