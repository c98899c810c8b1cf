"""HTTP statuses and close codes in a text (pure): what they mean stands in the catalogue.

A status below 400 is ordinary, so it counts only in a phrase that says that something failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..backend.profile import Profile
from ..catalogue.condition import OnClose, OnNumber, OnStatus, Otherwise, claimed_by
from ..catalogue.problem import Problem
from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign, Strength
from .spaces import table

_PHRASES = (
    "unauthorized|forbidden|(?:(?:page|route|resource|endpoint|path) )?not found|bad request"
    "|method not allowed|bad gateway"
    "|too many requests|service (?:temporarily )?unavailable|internal server error"
    "|gateway time-?out|upgrade required|proxy authentication required|request time-?out"
    "|network authentication required"
    "|payment required|not acceptable|conflict|gone|length required|precondition failed"
    "|(?:payload|content|request entity) too large|(?:request-)?uri too long|misdirected request"
    "|unprocessable|too early|unavailable for legal|not implemented|http version not supported"
    "|insufficient storage|loop detected|request header fields too large|client closed request"
)
# In a verbose pattern, a blank is none.
_PHRASES = _PHRASES.replace(" ", r"\s")
# What a name in one word has before "Status": "serverStatus", "InvalidResponseStatus".
_BEFORE_STATUS = (
    "http|bad|server|response|upstream|origin|backend|handshake|upgrade|unexpected|invalid"
)
# Who gives an answer: "messages received: 500" counts, and "the server returned: 500" tells one.
_ANSWERS = "server|backend|gateway|proxy|host|peer|upstream|response|handshake|upgrade|origin"
_STATUS = rf"""(?:\bhttp(?:/\d(?:\.\d)?)?\s?:?\s?\(?
      | (?:\b|_|{_BEFORE_STATUS})status(?:\s?_?-?code)?(?:\s(?:of|is|was))?"?\s?[:=,]?\s?['"(\[]?
      | \bstatuscode\s?[:=({{]\s?
      | \bstatus\scode\s(?:is|was)\s(?:not\s)?\w+:\s?
      | \bnon-?101\b[^\d;]{{0,40}}
      | \b(?:reject|refus|den[yi]|declin|abort|respond|repl)\w*(?:\s\w+){{0,3}}\swith
          (?:\s(?:status|code|http|an?))*\s
      | (?:\b|_)response(?:[\s_](?:code|status))?\s?[:=]?\s?['"(]?
      | \bhandshake(?:\sstatus)?\s(?:failed\s?:?\s)?(?:with\s)?
      | \b(?:returned|answered|replied|got|received)(?:\s(?:status|code|with|http|an?|error))*\s
      | (?:^|(?<=\.\s)|\b(?:{_ANSWERS})\s(?:has\s)?)(?:returned|answered|replied|got|received)
          :\s?(?=['"]?\d{{3}}(?:['",.;)]|$))['"]?
      | \b(?:but|instead)\s(?:it\s)?(?:was|got|received|is)?[\s:]?['"(]?
      | \brejected[\s:(]{{1,3}} | \bfailed[\s:(]{{1,3}} | ["']code["']\s?:\s?
      | \bnegotiat\w+(?:\s\w+){{0,2}}[\s:(]{{1,3}}
      | \bupgrade(?:\sfailed|\sconnection)?[\s,:(]{{1,3}}
      | \bdescription['"]?:\s | (?:error|exception)[\s:(-]{{1,3}} | ^\W{{0,3}}(?:error\scode:\s)?
      ) (?P<n>[45]\d\d)(?!\d|[.:]\d|\s?(?:ms|bytes|lines)\b)
    | (?<![\d.])(?P<m>[45]\d\d)[:,]?\s['"]?(?:{_PHRASES})\b
    """
# A line of an access log: method, path, protocol, status. HAProxy writes five times before it, and
# CloudFront the host before the path.
_ACCESS = (
    r"\"?(?P<method>get|websocket) (?:[\w-]+(?:\.[\w-]+){1,6} )?(?P<path>/\S*)"
    r"(?: (?:http/)?[123](?:\.[01])?)?\"? (?P<n>[45]\d\d)(?!\d)"
)
# The same as keys and values, as Heroku's router and Go's loggers write it.
_KEYED = r"\b(?:path|uri|url)=\"?(?P<path>/[^\s\"]*)\"?.{0,240}?\bstatus=\"?(?P<n>[45]\d\d)(?!\d)"
# Where the status stands before the request.
_STATUS_FIRST = r"(?<![\d.])(?P<n>[45]\d\d) (?:[-\d.]+ ){0,6}\"get (?P<path>/\S*) http/"
# An AWS load balancer's: three times, its own status and the target's, sizes, and the address.
_BALANCER = (
    r"(?<![\d.-])(?:-?\d[\d.]{0,12} ){3}(?P<n>[45]\d\d) (?:-|\d{3}) \d+ \d+ "
    r"\"get \w+://[^/\s\"]+(?P<path>/[^\s\"]*)"
)
# IIS with its usual fields (W3C): path, query, port, user, the client's, three statuses, a time.
_IIS = r" get (?P<path>/\S*) \S+ \d{1,5} \S+ \S+ (?:\S+ ){0,2}(?P<n>[45]\d\d) \d{1,3} \d{1,10} \d+$"
# The line of Tornado's access log: the status comes first.
_TORNADO = r"(?<!\d)(?P<n>[45]\d\d) get (?P<path>/\S*) \("
# Each with what stands in every such line.
_LOGGED = (
    (" /", _ACCESS),
    (" get /", _TORNADO),
    ("status=", _KEYED),
    ('"get /', _STATUS_FIRST),
    ('"get ', _BALANCER),
    (" get /", _IIS),
)
_HAPROXY = r" (?:-?\d+/){4}\+?-?\d+ (?P<n>[45]\d\d) \+?\d+ \S+ \S+ [a-z-]{4} "
# Words that say that an opening handshake failed: then any status beside them is the answer to it.
_FAILED = (
    r"bad handshake|failed (?:websocket |opening )?handshake"
    r"|handshake (?:failed|error|failure|exception)|failed to upgrade|upgrade failed"
    r"|not (?:been )?upgraded|expected .{0,24}\b101\b|invalid (?:upgrade|handshake) response"
    r"|(?:upgrade|handshake) (?:was )?(?:rejected|refused|declined)"
    r"|(?:could not connect|unable to connect|failed to connect)(?=.{0,160}http/1)"
    r"|(?:instead of|rather than) (?:upgrad|101|switching)|while upgrading"
)
_ANSWERED = (
    r"(?:status|response|answer(?:ed)?|got|was|with|but|code|page|returned|received|failed"
    r"|http(?:/[12](?:\.[01])?)?)"
    r"[\s:=('\"]{1,3}(?P<n>[23]\d\d)(?!\d|[.:]\d)"
)
# What statuses are called, where a text has the name alone: "unable to upgrade: Forbidden".
_REASONS = {
    "unauthorized": 401,
    "forbidden": 403,
    "method not allowed": 405,
    "proxy authentication required": 407,
    "upgrade required": 426,
    "upgrade request required": 426,
    "too many requests": 429,
    "bad gateway": 502,
    "service unavailable": 503,
    "gateway timeout": 504,
    "gateway time-out": 504,
}
_REASON = (
    r"(?:^|[:\"'(\[{>]\s?| - |\b(?:error|with|is|was|got|received|returned|says?|an?|failed)\s)"
    rf"(?P<n>{'|'.join(_REASONS)})(?=[:;\"'),.\]}}<\s]|$)"
)
# The same in one word, as enumerations of languages have it: "StatusCodeError(Forbidden)".
_ENUMERATED = {
    **{name.replace(" ", ""): number for name, number in _REASONS.items()},
    "badrequest": 400,
    "notfound": 404,
    "internalservererror": 500,
}
_STATUS_NAMED = (
    r"(?<![a-z])(?:http)?status(?:code)?(?:error)?[.:=({\s'\"]{1,3}"
    r"(?:(?:http)?status(?:code)?(?:\.|::))?"
    rf"(?P<n>{'|'.join(name.replace(' ', '').replace('-', '') for name in _ENUMERATED)})(?![a-z])"
)
_UPGRADING = r"\b(?:upgrad(?:e|ing)|handshake)\b[^.;]{0,60}: ?(?P<n>not found|bad request)\b"
# Statuses by which a gateway says that the server behind it did not answer, whatever was asked for.
GATEWAY = frozenset((502, 503, 504, *range(520, 528), 530))
_SOCKET_PATH = (
    r"(?:^|[/._-])(?:ws|wss|websockets?|sockets?|cable|socket\.io|hub|kernels/[^/]+/channels)\b"
)
_NAMES = (
    r"ok|going away|protocol error|unsupported|no status|abnormal|invalid|policy|message too|mandat"
    r"|internal|unexpected|service|try again|bad gateway|tls|private use|registered|\?"
)
_NAMES = _NAMES.replace(" ", r"\s")
_CLOSE = rf"""(?:\b(?:clos(?:e|ed|ing|ure|eevent|ereason|einfo|estatus)|disconnect(?:ed|ion|ing)?
        |terminated|websocketdisconnect)\b
        (?:[\s:(=,'"\[{{_<>-]|by|with|was|is|the|connection|websocket|frame|status|code
        |closecode
        |from|client|server|peer|remote|local|abnormal|normal|gateway|event|reason|received|and
        |error|abnormally
        ){{0,14}}?
      | \b(?:close_status|close|exit|status|ws|error)?_?code['"]?\s?(?:[:=]|is|of)?>?\s?['"(\[]?
      | (?:^\W{{0,3}}|\b(?:ws|websocket|socket|gateway|discord):\s)(?=4\d{{3}}:\s[a-z])
      | \bfail(?:ed|ing|s)?\s(?:the\s)?(?:websocket\s)?connection\W{{1,3}}(?:with\s)?(?:code\s)?
      | \breason[:=]\s?(?=1\d{{3}}\s)
      | \blibrary\( | \berror[\s:(]{{1,3}}(?=4\d{{3}})
      | \bstatus\s?[:=]\s?(?:statuscode\()?
      | \bwsmsgtype\.close:\s8>\s
      ) (?P<n>[1-4]\d{{3}})(?!\d|[.:]\d)
    | \b(?:received\s|sent\s|then\s)?(?<![\d.:])(?P<m>[1-4]\d{{3}})
      (?:\s\((?:{_NAMES})|\sclos(?:e|ure)\b)
    """
_NAMED = (
    r"(?:status ?= ?status|closecode(?:::|\.)|closeframe \{ code: |close(?:d)? ?(?:status|code)?"
    r"[:=] ?|closestatus[.: =]+|close_status_?|close_code_?|websocketclosestatus[.: ]+|code ?= ?"
    r"|closed \()(?:status|close_)?(?P<n>[a-z_]{2,24})\b"
)


_NORMAL = 1000  # RFC 6455, section 7.4.1
_NAMED_TRIGGERS = (
    *("status = ", "status=", "closecode", "closeframe", "closestatus", "close_", "close: "),
    *("close=", "closed (", "code =", "code="),
)
# A piece of a text, and where it stands.
Span = tuple[str, int, int]


def claimed(number: int, sort: type[OnNumber], problems: Mapping[str, Problem]) -> tuple[str, ...]:
    """Return the codes of the entries that a status or a close code leads to.

    Args:
        number: the status or the close code.
        sort: which of the two it is.
        problems: the catalogue.
    """
    extra = table(_table_of(number, sort)).rows.get(str(number))
    codes = () if extra is None else tuple(code for code in extra.codes if code in problems)
    entries = problems.values()
    found = [one.code for one in entries if number in claimed_by(one.when, sort)] or [
        one.code for one in entries if isinstance(one.when, Otherwise) and one.when.sort is sort
    ]
    return (*codes, *(code for code in found if code not in codes))


def _table_of(number: int, sort: type[OnNumber]) -> str:
    """Return the name of the table that knows a number; 44xx follow HTTP by convention."""
    if sort is OnStatus:
        return "status"
    return "graphql_ws" if 4400 <= number < 4600 else "close"


def of_status(
    number: int,
    found: Span,
    problems: Mapping[str, Problem],
    profile: Profile,
    score: float,
    source: str = "",
) -> Sign:
    """Return the sign that an HTTP status is; what the profile says of it comes first."""
    text, start, end = found
    own = [one.meaning for one in profile.refusal if one.status == number]
    if own:
        score = max(score, Strength.ANSWER + 5)  # what this backend itself says
        source = source or f"profile {profile.name}"
    return Sign(
        "http-status",
        text,
        tuple(dict.fromkeys((*own, *claimed(number, OnStatus, problems)))),
        score,
        start,
        end,
        source or "HTTP status",
        values=(("status", str(number)),),
    )


def of_close(
    number: int,
    found: Span,
    problems: Mapping[str, Problem],
    profile: Profile,
    score: float = Strength.NUMBER,
) -> Sign:
    """Return the sign that a close code is; what the profile says of it comes first."""
    own = profile.closes.get(number)
    if own is not None:
        score = max(score, Strength.ANSWER + 5)  # what this backend itself says
    codes = claimed(number, OnClose, problems)
    row = table(_table_of(number, OnClose)).rows.get(str(number))
    if own is not None:
        codes = (own, *(code for code in codes if code != own))
    elif row is None:
        score = min(score, Strength.SYMPTOM)  # a code of its own: the reason beside it says more
    text, start, end = found
    return Sign(
        "close-code",
        text,
        codes,
        score,
        start,
        end,
        "close code" if own is None else f"profile {profile.name}",
        meaning="" if row is None else row.words,
        values=(("close code", str(number)),),
    )


def statuses_in(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    """Yield a sign for each HTTP status that says that a request failed."""
    # Looked for in the whole text first: to set numbers aside takes longer.
    if re.search(r"(?<!\d)[45]\d\d(?!\d)", excerpt.lower) is None:
        return
    for match in re.finditer(_STATUS, excerpt.bare, re.VERBOSE):
        number = int(match["n"] or match["m"])
        yield of_status(number, spanned(excerpt, match), problems, profile, Strength.NUMBER)
    for trigger, pattern in _LOGGED:
        for match in re.finditer(pattern, excerpt.lower) if trigger in excerpt.lower else ():
            number, groups = int(match["n"]), match.groupdict()
            is_ours = groups.get("method") == "websocket" or is_socket(groups["path"])
            if number in GATEWAY or is_ours:
                yield of_status(number, spanned(excerpt, match), problems, profile, Strength.CAUSE)
    for match in re.finditer(_HAPROXY, excerpt.lower):
        yield of_status(int(match["n"]), spanned(excerpt, match), problems, profile, Strength.CAUSE)


def reasons_in(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    """Yield a sign for each status that a text has by its name alone, or beside a failure."""
    for match in re.finditer(_REASON, excerpt.lower):
        number = _REASONS[match["n"]]
        yield of_status(number, spanned(excerpt, match), problems, profile, Strength.SYMPTOM + 3)
    for match in re.finditer(_STATUS_NAMED, excerpt.lower) if "status" in excerpt.lower else ():
        number = _ENUMERATED[match["n"]]
        yield of_status(number, spanned(excerpt, match), problems, profile, Strength.NUMBER)
    for match in re.finditer(_UPGRADING, excerpt.lower):
        number = 404 if match["n"] == "not found" else 400
        yield of_status(number, spanned(excerpt, match), problems, profile, Strength.SYMPTOM + 3)
    if re.search(_FAILED, excerpt.lower):
        for match in re.finditer(_ANSWERED, excerpt.bare):
            yield of_status(
                int(match["n"]), spanned(excerpt, match), problems, profile, Strength.NUMBER
            )


def is_socket(path: str) -> bool:
    """Tell whether a path is that of a WebSocket, by the words that people use.

    Args:
        path: in lower case, with or without a query.
    """
    return re.search(_SOCKET_PATH, path.partition("?")[0]) is not None


def closes_in(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    """Yield a sign for each close code, by number or by name."""
    if re.search(r"(?<!\d)[134]\d{3}(?!\d)", excerpt.lower):
        yield from _numbered(excerpt, problems, profile)
    if any(trigger in excerpt.lower for trigger in _NAMED_TRIGGERS):
        for match in re.finditer(_NAMED, excerpt.bare):
            row = table("close").rows.get(match["n"].replace("_", ""))
            if row is not None and len(match["n"]) > 2:
                yield of_close(int(row.name), spanned(excerpt, match), problems, profile)


# Anybody has codes: 1000 ends a connection only where the text is about one.
_CONNECTION = compiled(r"clos|disconnect|socket|\bws|reason|terminat")


def _numbered(
    excerpt: Excerpt, problems: Mapping[str, Problem], profile: Profile
) -> Iterator[Sign]:
    for match in re.finditer(_CLOSE, excerpt.bare, re.VERBOSE):
        number = int(match["n"] or match["m"])
        if number == _NORMAL and not _CONNECTION.search(excerpt.lower):
            continue
        if 1000 <= number <= 1015 or 3000 <= number <= 4999:
            yield of_close(number, spanned(excerpt, match), problems, profile)


def spanned(excerpt: Excerpt, match: re.Match[str]) -> Span:
    """Return a piece of a text as it is shown, and where it stands."""
    shown = excerpt.shown[match.start() : match.end()].strip(" :,([{'\"")
    return shown, match.start(), match.end()
