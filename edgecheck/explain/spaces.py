"""Numbers that know what they are numbers of (pure).

A number means something only in a space: 1006 is a close code behind the word "close", an error of
Cloudflare in a body that says "error code: 1006", and a line of a source file behind "_ssl.c:".
The tables stand in `tables/`, one file each, with their source in the first lines::

    econnrefused 111 61 10061 | tcp-refused | connection refused

that is names and numbers, the codes of the problems in the order of their likelihood, and words.
A line that begins with two blanks belongs to the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .excerpt import Excerpt
from .sign import Sign, Strength

FOLDER = Path(__file__).parent / "tables"


class Row(NamedTuple):
    """What a number or a name of a space means.

    Args:
        codes: of the problems.
        words: that say it.
        name: the first key of its line.
    """

    codes: tuple[str, ...]
    words: str
    name: str


class Table(NamedTuple):
    """A space of numbers.

    Args:
        name: of the space.
        source: of its rows.
        rows: by number and by name.
    """

    name: str
    source: str
    rows: Mapping[str, Row]


def parsed(text: str) -> Table:
    """Read the text of a table.

    Raises:
        ValueError: a line is neither a header, a comment nor a row.
    """
    headers: dict[str, str] = {}
    rows: dict[str, Row] = {}
    for line in text.replace("\n  ", " ").splitlines():
        if not line or line.startswith("#"):
            continue
        match line.split(" | "):
            case [keys, codes, words]:
                row = Row(tuple(codes.split()), words, keys.partition(" ")[0])
                for key in keys.split():
                    rows.setdefault(key, row)
            case [header] if ": " in header and not rows:
                name, _, value = header.partition(": ")
                headers[name] = value
            case _:
                raise ValueError(f"neither a header nor a row: {line}")
    return Table(headers["name"], headers["source"], rows)


@cache
def table(name: str) -> Table:
    """Return a table by the name of its file."""
    return parsed((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


class Space(NamedTuple):
    """Where the numbers of a table stand in a text.

    Args:
        name: of the table.
        triggers: without one of these in the text there is no number of this space.
        pattern: finds a number or a name: its group ``n``.
        strength: of such a sign.
        bare: look where addresses, times and positions are set aside.
        names: a name is looked up by its letters alone, and may be followed by other words.
        decimal: the number is a negative decimal one, and the table's are hexadecimal.
        cased: capitals and small letters are different names.
    """

    name: str
    triggers: tuple[str, ...]
    pattern: str
    strength: float = Strength.NUMBER
    bare: bool = True
    names: bool = False
    decimal: bool = False
    cased: bool = False


_NUMBERED = r"(?:\s?[:=]?\s?['\"(\[]?)"
# How the names of most errnos begin.
_ERRNO_NAMES: tuple[str, ...] = (
    *("econn", "eai_", "etimed", "ehost", "enet", "epipe", "eacces", "eperm", "enotconn"),
    *("enotfound", "eaddr", "eproto", "enoent", "eisdir", "eshut", "eafno", "esockett"),
)
SPACES = (
    Space(
        "errno",
        (
            "errno",
            "errcode",
            "os error",
            "winerror",
            "socketexception",
            "domainposix",
            "nsposix",
            "wsa",
            "socket error",
        ),
        rf"(?:\berrno{_NUMBERED}|\berrcode\s?[:=]\s?(?=\d\d)|os error |winerror "
        rf"|socketexception \((?:0x\w+, )?"
        rf"|(?:nsposixerrordomain|knwerrordomainposix)\W{{0,3}}code{_NUMBERED}"
        rf"|wsa(?:error)?\s?{_NUMBERED}"
        rf"|socket error{_NUMBERED}(?:#)?)(?P<n>-?\d{{1,5}})(?!\d)",
        Strength.SYMPTOM,
    ),
    # CFNetwork writes the domain before it, and the same number again behind it.
    Space("errno", ("error 0:", "error 1:"), r"error [01]:(?P<n>\d\d)(?!\d)", Strength.SYMPTOM),
    Space("errno", ("errno: 0x",), r"errno: (?P<n>0x[0-9a-f]{1,3})\b", Strength.SYMPTOM),
    Space(
        "errno",
        ("(1", "(3", "(2)"),
        r"\((?P<n>\d{2,3}): (?:[a-z])",
        Strength.SYMPTOM,
    ),
    Space(
        "errno",
        _ERRNO_NAMES,
        r"\b(?:wsa)?(?P<n>eai_[a-z]+|e[a-z]{4,15})\b",
        Strength.SYMPTOM,
        bare=False,
    ),
    Space(
        "errno",
        ("refused", "connectionre", "unreach", "hostnotf", "tryagain", "brokenpipe", "notconn"),
        r"(?<![a-z_])(?P<n>connectionrefused|connectionreset|connectionaborted|connectiontimedout"
        r"|hostunreachable|networkunreachable|networkdown|brokenpipe|notconnected|hostnotfound"
        r"|tryagain|connection_(?:refused|reset|aborted|timed_out))(?![a-z])",
        Strength.SYMPTOM,
        bare=False,
    ),
    Space(
        "errno",
        ("100", "1100"),
        r"(?:error|code|failed|os|errno|with)\W{0,4}(?P<n>1(?:00|10)\d\d)(?!\d)",
        Strength.SYMPTOM,
    ),
    Space(
        "verify",
        ("verify", "x509_v_err", "verification"),
        r"(?:verify (?:return code|error:num|code|result)\s?[:=]?\s?|verify_result[=: ]+)"
        r"(?P<n>\d\d?)\b",
    ),
    Space("verify", ("x509_v_err_",), r"x509_v_err_(?P<n>[a-z_]+)", bare=False),
    Space("verify", ("_cert", "_signature"), r"\b(?P<n>[a-z_]*_(?:cert|signature)[a-z_]*)\b"),
    Space(
        "alerts",
        ("alert",),
        r"(?:alert number |alert [(\[]|alert[ =:]|alert description[ =:]+)(?P<n>\d{1,3})\b",
    ),
    Space(
        "alerts",
        ("alert", "remote error: tls"),
        r"(?:alert\b.{0,30}description ?[:=] ?"
        r"|alert(?:received)?(?:\s?received)?(?: fatal)?(?:[:(\[ ]{1,3}|,? ?\{:?)(?:fatal[,:]? )?"
        r"|tls alert, (?!close notify)|remote error: tls: |tlsv1[23]?[_ ]alert[_ ]"
        r"|sslv3[_ ]alert[_ ]|ssl_error_)"
        r"['\"\[]?(?P<n>[a-z][a-z_ ]{3,40})",
        names=True,
    ),
    Space(
        "nsurl",
        ("nsurlerror", "cfnetwork", "code=-", "error -1", "(-1", "code -1", "code: -1"),
        r"(?:nsurlerrordomain\W{0,3}(?:code|error)?|code|error|finished with error \[?|\()\W{0,3}?"
        r"(?P<n>-(?:9\d\d|1[012]\d\d))(?!\d)",
    ),
    Space(
        "cfnetwork",
        ("kcferrordomaincfnetwork",),
        r"kcferrordomaincfnetwork\W{0,3}(?:code|error)?\W{0,3}(?P<n>[123]\d{0,2})(?!\d)",
    ),
    Space(
        "secure_transport",
        ("-98", "-67843"),
        r"(?<![\w-])(?P<n>-98\d\d|-67843)(?!\d)",
    ),
    Space(
        "mbedtls",
        ("-0x", "mbedtls", "esp-tls", "tls_"),
        r"(?:-0x|mbedtls\D{0,30}-)(?P<n>[0-9a-f]{2,4})\b",
    ),
    Space(
        "mbedtls",
        ("ssl_client", "mbedtls", "start_ssl_client", "oserror: (-"),
        r"\((?P<n>-\d{2,5})[,)]",
        decimal=True,
    ),
    Space(
        "mbedtls",
        ("mbedtls_", "mbedtls error"),
        r"mbedtls\w* (?:error|ret|returned?|failed)\W{1,4}(?P<n>\d{2,5})\b",
        decimal=True,
    ),
    # After the words of a phrase, so that it can decide between the causes of the phrase.
    Space(
        "mbedtls",
        ("tls", "ssl"),
        r"(?:(?<=error)|(?<=returned)|(?<=ret)|(?<=code)|(?<=failed))\W{1,4}(?P<n>-\d{4,5})(?!\d)",
        decimal=True,
    ),
    Space(
        "esp_tls",
        ("esp_err_esp_tls", "esp_err_mbedtls", "esp_err_wolfssl"),
        r"(?<![a-z_])(?P<n>esp_err_(?:esp_tls|mbedtls|wolfssl)_[a-z0-9_]+)",
        bare=False,
    ),
    Space(
        "esp_tls",
        ("0x80", "327"),
        r"(?:esp[-_]tls|(?:transport|last|tls)_error|new connection(?=:))\W{1,3}"
        r"(?P<n>0x80[0-3][0-9a-f]|327[67789]\d|328[0-3]\d)(?![0-9a-f])",
        bare=False,
    ),
    Space(
        "bearssl",
        ("bearssl", "br_err", "br_ssl", "brssl", "_getlastsslerror", "getlastsslerror"),
        r"(?:bearssl|br_err|br_ssl\w*|brssl|sslerror)\D{0,24}(?P<n>\d{1,3})\b",
    ),
    Space("chrome", ("err_",), r"(?:net::|net_error |\b)(?P<n>err_[a-z0-9_]+)", bare=False),
    Space(
        "chrome",
        ("net_error", "net error", "handshake failed; returned"),
        r"(?:net_error|net error code|net error)\W{1,3}(?P<n>-\d{1,3})\b",
    ),
    Space(
        "cloudflare",
        ("error code: 1", "error 1", "cloudflare", "cf-ray"),
        r"(?:^\W{0,3}error code: |cloudflare\D{0,40}|\berror (?=1\d{3}\b.{0,60}ray id))"
        r"(?P<n>1[012]\d\d)\b",
        Strength.DECISIVE,
    ),
    Space(
        "heroku",
        ("code=h", "code=r", "error h", "error r", "heroku", "(h1", "(h2"),
        r"(?:code=|error |heroku\W{1,3}|\()(?P<n>[hr]\d\d)\b",
        Strength.DECISIVE,
    ),
    Space("ngrok", ("err_ngrok_",), r"(?P<n>err_ngrok_\d+)", Strength.DECISIVE, bare=False),
    Space(
        "discord",
        ("discord", "shard id"),
        r"(?:closed? with|code|close)\W{1,3}(?P<n>4\d{3})\b",
        Strength.DECISIVE,
    ),
    Space(
        "envoy",
        ('" 4', '" 5', '" 0 ', '" 1', "response_flags", "responseflags"),
        r"(?:\"(?:get|connect|-) ?\S* (?:http/[\d.]+|-)?\"? [0-5]\d{0,2} "
        r"|response_?flags\"?[:=]\s?\"?(?:\w+,)*?)(?P<n>[a-z]{2,5})(?=[ ,\"]|$)",
        # More than the line of an access log, of which it is a part.
        Strength.DECISIVE + 15,
        bare=False,
    ),
    Space(
        "http2",
        ("refused_stream", "enhance_your_calm", "inadequate_security", "http_1_1_required"),
        r"(?P<n>refused_stream|enhance_your_calm|inadequate_security|http_1_1_required)(?![a-z])",
        Strength.CAUSE + 6,
        bare=False,
    ),
    Space(
        "http2",
        ("stream was reset", "rst_stream", "nghttp2_", "stream error", "goaway", "not closed cl"),
        r"(?:stream was reset: |nghttp2_|errcode[=:] ?|stream id \d{1,10}; |cleanly: "
        r"|error ?code:? |rst_stream\W{1,3})"
        r"(?P<n>[a-z]{5,11}_(?:error|timeout|closed)|cancel)(?![a-z])",
        bare=False,
    ),
    Space(
        "haproxy",
        ("/-1 ", "0 - - ", "- - "),
        r" (?:-?\d+/){3,4}\+?-?\d+ (?:-1|\d{3}) \+?\d+ \S+ \S+ (?P<n>[a-zA-Z]{2})[-A-Z]{2} ",
        Strength.DECISIVE + 5,
        bare=False,
        cased=True,
    ),
    Space(
        "winhttp",
        ("12",),
        r"(?:error|code|winhttp|wininet|failed|hresult|\()\D{0,16}(?P<n>12[01]\d\d)(?!\d)",
    ),
    Space(
        "schannel",
        (
            "0x800",
            "-21467624",
            "-214689",
            "-214688",
            "-21470",
            "sec_e_",
            "cert_e_",
            "crypt_e_",
            "cert_trust_",
        ),
        r"(?:0x|\b|(?=-))"
        r"(?P<n>80[09][0-9a-f]{5}|(?:sec_e|cert_e|crypt_e|cert_trust)_\w+|-214\d{7})(?!\w)",
        bare=False,
    ),
    Space(
        "pusher",
        ("pusher",),
        r"(?:code|error|pusher)\"?\W{1,3}(?P<n>4[0-3]\d\d)\b",
        Strength.DECISIVE,
    ),
    Space(
        "curl",
        ("curl: (", "curl error", "curle_"),
        r"curl(?:: \(| error )(?P<n>\d\d?)\b",
        # Whatever curl says beside its exit code is more exact.
        Strength.SYMPTOM + 5,
    ),
)


def numbers_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield the signs that the numbers and the names of known spaces are."""
    for space in SPACES:
        if not any(trigger in excerpt.lower for trigger in space.triggers):
            continue
        text = _where(space, excerpt)
        for match in re.finditer(space.pattern, text):
            rows = table(space.name).rows
            key = _key(match["n"].strip(), space)
            row = _named(key, rows) if space.names else rows.get(key)
            if row is not None:
                row = _of_an_open_socket(row, match[0])
                yield Sign(
                    kind=space.name,
                    text=excerpt.shown[match.start() : match.end()].strip(" :([{'\""),
                    codes=row.codes,
                    score=space.strength,
                    start=match.start(),
                    end=match.end(),
                    source=table(space.name).name,
                    meaning=row.words,
                )


def _of_an_open_socket(row: Row, text: str) -> Row:
    """Return a row as it is meant behind the status 101: the socket was open, and ended."""
    if " 101 " not in text or not any(code.startswith("session-") for code in row.codes):
        return row
    first = [code for code in row.codes if code.startswith("session-")]
    return row._replace(codes=(*first, *(code for code in row.codes if code not in first)))


def _where(space: Space, excerpt: Excerpt) -> str:
    """Return the text in which the numbers of a space are looked for."""
    if space.cased:
        return excerpt.shown
    return excerpt.bare if space.bare else excerpt.lower


def _key(found: str, space: Space) -> str:
    """Return a number as its table has it."""
    if space.decimal:
        return f"{abs(int(found)):04x}"
    if space.name == "mbedtls":
        return found.zfill(4)
    return str(int(found, 16)) if found.startswith("0x") else found


def _named(words: str, rows: Mapping[str, Row]) -> Row | None:
    """Return the row whose name the words begin with, the longest one."""
    letters = "".join(filter(str.isalpha, words))
    names = [name for name in rows if name.isalpha() and letters.startswith(name)]
    return rows[max(names, key=len)] if names else None
