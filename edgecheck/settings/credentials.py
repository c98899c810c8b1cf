"""What looks like a credential, wherever somebody put it (pure).

People paste a secret into the wrong setting, lose a line end before it, or write it into an
address. So the place does not tell what a value is; its shape and the name before it do. All that
is found here is wrapped in a `Secret`, and masked like the secret itself.

Text from the network is not searched like this: protocols have ids, nonces and hashes of their own,
which look the same. There, only named fields and parameters count (`masked_field`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

from ..late import compiled
from .pieces import MASK, longest_first

# --- names ----------------------------------------------------------------------------------------

# A name is taken apart at `_`, `-`, `.` and where a lower-case letter is before an upper-case one.
_NAME_PARTS = compiled(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# As a regular expression without groups of its own.
TELLING = (
    "apikey|auth|authorization|bearer|credentials?|jwt|key|passphrase|passwd|password|pass|pwd"
    "|secret|sig|signature|token"
    "|(?:access|auth|client|edge|id|private|refresh|secret|session|shared)(?:key|secret|token)"
)
_TELLING = compiled(TELLING)
# A name that ends like this is about a credential, and holds none: the id of a key, the type of a
# token, the words of a refusal.
_HARMLESS = compiled(
    "algorithm|error|expires|host|id|length|message|method|mode|name|pins|realm|reason|required"
    "|scheme|status|type|uri|url|version"
)


@lru_cache(maxsize=256)  # the same servers answer with the same fields again and again
def is_credential_name(name: str) -> bool:
    """Tell whether a variable, field or parameter of this name holds a credential."""
    parts = [part.lower() for part in _NAME_PARTS.findall(name)]
    return (
        any(map(_TELLING.fullmatch, parts))
        and _HARMLESS.fullmatch(parts[-1]) is None
        and parts[-2:] != ["public", "key"]
    )


def is_harmless_name(name: str) -> bool:
    """Tell whether what has this name is not secret, however random it is: an id, a public key."""
    parts = [part.lower() for part in _NAME_PARTS.findall(name)]
    public = any(part in ("public", "publishable", "pub") for part in parts)
    return bool(parts) and (public or _HARMLESS.fullmatch(parts[-1]) is not None)


# --- shapes ---------------------------------------------------------------------------------------

# JSON Web Tokens (RFC 7519): base64url of `{"`, then two or more parts.
_TOKEN = r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,3}"
# Prefixes that issuers give to their keys so that scanners find them; from their documentation.
_ISSUED = (
    r"[spr]k_(?:live|test)_[A-Za-z0-9]{8,}"  # Stripe
    r"|whsec_[A-Za-z0-9+/=]{16,}"
    r"|sk-[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|gl(?:pat|dt|rt|ptt|soat|cbt)-[A-Za-z0-9_.-]{16,}"  # GitLab
    r"|xox[abeoprs]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}"  # Slack
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,}"  # Google
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"  # SendGrid
    r"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{20,}"
    r"|do[opr]_v1_[a-f0-9]{32,}|dckr_pat_[A-Za-z0-9_-]{16,}|tskey-[A-Za-z0-9-]{16,}"
    r"|hv[sbr]\.[A-Za-z0-9_-]{20,}|rnd_[A-Za-z0-9]{16,}|fo1_[A-Za-z0-9_-]{16,}"
    r"|fm2_[A-Za-z0-9+/=_-]{16,}|dp\.(?:st|pt|ct)\.[A-Za-z0-9_.-]{16,}"  # Fly.io, Doppler
    r"|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|sq0[a-z]{3}-[A-Za-z0-9_-]{20,}"  # Shopify, Square
    r"|dapi[a-f0-9]{32}|lin_api_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{30,}|sbp_[a-f0-9]{32,}"
    r"|[0-9]{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"  # Telegram
    r"|NRAK-[A-Z0-9]{20,}|gl(?:c|sa)_[A-Za-z0-9_+/=]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
)
# What tells by itself that it is a credential, as a regular expression without groups.
# It is one behind an underscore or a digit, too: `edge_eyJ…`.
MARKED = rf"(?<![A-Za-z])(?:{_TOKEN}|{_ISSUED})"
_MARKED = compiled(MARKED)
# A random value of 16 bytes has 22 characters in base64, and 32 in hexadecimal digits.
_LONG = compiled(r"[A-Za-z0-9+/_=-]{22,}")
_HEXADECIMAL = compiled(r"[0-9A-Fa-f-]{32,}")
_WORD = compiled(r"[A-Za-z0-9+/_~.-]{20,}={0,2}")
_RUN = compiled(r"[A-Za-z0-9]{20,}")
# How often letters and digits alternate in a run of 20 random characters or more: 6 times or more
# in all but one of a thousand; names and dates have two or three.
_ALTERNATIONS = 6
# Of letters alone, random ones differ from names in which letters follow each other. These pairs
# are eight of ten in English, six of ten in compounds of other languages that are written in these
# letters, and less than two of ten at random; of 20 random letters, two of a hundred have four of
# ten.
_PAIRS = (
    "ac ad ag ai al am an ar as at ay ba be ca ce ch ck cl co cr ct de dg di do ea ec ed ee el em "
    "en ep er es et ex fa fi fo ge ha he hi ho ic id ie if il in io ir is it ke la le li ll lo ls "
    "ma me mo na nd ne ng nn no ns nt oc od of om on op or os ot ou ow pa pe pl po pr ra re ri rk "
    "ro rs rt se si so ss st ta te th ti to tr ts ul un ur us ut ve wa we wh wi wo yo"
)
_FEWEST_PAIRS = 0.4
LETTERS = compiled(r"[A-Za-z]{20,}")
# Fewer different ones are a filler: `xxxxxxxxxxxxxxxxxxxx`.
_DISTINCT_LETTERS = 9
_UUID_LENGTH = 36
_UUID = compiled(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# In groups of one length, as people write down long numbers: `Kq7v T2mX w9Lb 4RzN c8Yd`.
_GROUPS = compiled(
    r"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{4}[ -]){4,}[A-Za-z0-9]{1,4}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])(?:[A-Za-z0-9]{8}[ -]){2,}[A-Za-z0-9]{1,8}(?![A-Za-z0-9])"
)
# RFC 7468, section 10 and 11, and what OpenSSL wrote before. The line ends may be written `\n`.
_PRIVATE_KEY = compiled(
    r"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-----(?P<body>[^-]{20,})(?:-----END|\Z)"
)
# After the name of an HTTP authentication scheme (RFC 9110, section 11.1).
# A password with other characters than a token may have is given there, too.
_SCHEME = compiled(r"(?i)\b(?:bearer|basic)\s+(?P<value>[^\s\"'`,;]{8,})")
_ASSIGNED = compiled(
    r"(?P<name>[A-Za-z][A-Za-z0-9_.-]{0,80})[\"']?\s*(?P<sign>=|:(?!//))\s*"
    r"(?P<quote>[\"'`]?)(?!(?i:bearer|basic)\b)(?=[^\s\"'`])"
)
# What is assigned: to a variable, and to a parameter of an address, which ends at the next one.
# What has no `=` is not a parameter: its `&` or `#` is a part of the value, which nobody encoded.
_VALUE = compiled(r"[^\s\"'`]+")
_PARAMETER = compiled(r"[^\s\"'`&#;,]*+(?:[&#;,]+[^\s\"'`&#;,=]+(?![^\s\"'`&#;,]))*+")
_PARTS_OF_VALUE = compiled("[&#;,]+")
# As an option of a pasted command: `--token …`, and `--auth` or `--user` with a pair.
_GIVEN = compiled(
    r"(?<!\S)--?(?P<name>[A-Za-z][\w-]*)\s+(?P<quote>[\"']?)(?P<value>[^\s\"'-][^\s\"']*)"
)
# Words before and behind a random part: `agent-…-old`.
_PLAIN_WORDS = compiled(r"\A(?:[A-Za-z]?[a-z]*[-_])+|(?:[-_][A-Za-z]?[a-z]*)+\Z")
# Of Base64, all but one of a hundred have so many parts to a character, and so long a part without
# a hyphen; names of agents and certificates have one or the other.
_PARTS, _LONGEST_PART = 0.33, 9
# Words, numbers and abbreviations in a row, as a person names things and paths: `Meter_Hall3_2024`,
# `/api/v1/AgentHub`; and what devices are called by their makers, up to a MAC address or a moment:
# `shelly1pm-84CCA8A12B34`, `agent-20261128T091244Z`. Of random values of 22 characters in base64,
# not one of ten thousand looks so.
_NAME_PART = (
    r"(?:[A-Z]?[a-z]{2,}+(?:[A-Z][a-z]{2,}+){0,3}\d{0,4}|[A-Z]{1,4}\d{0,3}|[a-z]\d{1,2}|\d{1,8}"
    r"|[A-Z]?[a-z]{3,}\d{1,2}[a-z]{1,2}|[0-9A-F]{12}|[0-9a-f]{12}|\d{8}T\d{4}(?:\d{2})?Z?)"
)
_NAMED = compiled(rf"/?{_NAME_PART}(?:[-_/]{_NAME_PART})*/?")
# Password generators mix small letters, capitals, digits and punctuation. Of the words in programs
# and documents, one of ten thousand is mixed like that, and most of these are keys.
_SHORTEST_GENERATED, _LONGEST_GENERATED, _OF_EACH_KIND = 16, 128, 2
_LONG_RUN = compiled(r"(.)\1{4}")
_IN_NAMES = frozenset("-_./:,;")
_NAME_BEFORE = compiled(r"\A(?:--)?[A-Za-z_][\w-]*=[\"']?")
# Shorter values are in ordinary words, and cannot be masked by looking for them.
SHORTEST = 6


def may_be_random(word: str) -> bool:
    """Tell whether a word is long enough for a credential, and has a digit, as names have too."""
    return _LONG.fullmatch(word) is not None and re.search(r"\d", word) is not None


def is_random(word: str) -> bool:
    """Tell whether a word is so random that it can only be a credential."""
    cased = all(re.search(kind, word) for kind in (r"[a-z]", r"[A-Z]"))
    return may_be_random(word) and (
        is_hexadecimal(word) or (cased and _NAMED.fullmatch(word) is None)
    )


def is_generated(word: str) -> bool:
    """Tell whether a word is a password as a program makes it: all kinds of characters, mixed."""
    if not _SHORTEST_GENERATED <= len(word) <= _LONGEST_GENERATED:
        return False
    kinds = "".join(map(_kind, word))
    changes = sum(one != other for one, other in pairwise(kinds))
    return (
        min(map(kinds.count, "aA0")) >= _OF_EACH_KIND
        and len({one for one in word if not one.isalnum()} - _IN_NAMES) >= _OF_EACH_KIND
        and 2 * kinds.count(".") <= len(word)
        and 2 * changes >= len(word) - 1
        and _LONG_RUN.search(kinds) is None
    )


def _kind(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return "."


def token_parts(text: str) -> tuple[str, ...] | None:
    """Return the parts of a JSON Web Token (RFC 7519, section 3); None for any other text."""
    return tuple(text.split(".")) if re.fullmatch(_TOKEN, text) is not None else None


def is_hexadecimal(word: str) -> bool:
    """Tell whether a word is 32 hexadecimal digits or more, as keys and ids are."""
    return _HEXADECIMAL.fullmatch(word) is not None


def is_uuid(word: str) -> bool:
    """Tell whether a word is a UUID (RFC 9562), which may as well be an id as a secret."""
    return len(word) == _UUID_LENGTH and _UUID.fullmatch(word) is not None


def is_credential(word: str) -> bool:
    """Tell whether a single word, without blanks, looks like a credential."""
    return (
        _MARKED.fullmatch(word) is not None
        or is_random(word)
        or any(alternates(run) for run in _RUN.findall(word))
        or any(map(is_unspeakable, LETTERS.findall(word)))
    )


def is_unspeakable(run: str) -> bool:
    """Tell whether a run of letters is random: its letters follow each other as in no name."""
    lower = run.lower()
    known = sum(lower[at : at + 2] in _PAIRS for at in range(len(lower) - 1))
    return len(set(lower)) >= _DISTINCT_LETTERS and known < _FEWEST_PAIRS * (len(lower) - 1)


def alternates(run: str) -> bool:
    """Tell whether letters and digits alternate in a run of them as they do in no name."""
    kinds = [character.isdigit() for character in run]
    return sum(one is not other for one, other in pairwise(kinds)) >= _ALTERNATIONS


# A checkup asks about the same lines several times, and the next checkup about the same again.
@lru_cache(maxsize=64)
def credentials_in(text: str) -> tuple[str, ...]:
    """Return the parts of a person's text that look like credentials, the longest first.

    Args:
        text: a setting, a line of a file, an argument, or something pasted; not from the network.
    """
    found = [*named_credentials_in(text), *_in_groups_or_random(_without_hosts(text))]
    return tuple(longest_first(dict.fromkeys(filter(is_long_enough, found))))


def named_credentials_in(text: str) -> tuple[str, ...]:
    """Return the credentials in a person's text that more than their being random tells.

    That is the mark of who issued them, the name that they are assigned to, the scheme before them,
    the place of a password in an address, or the head of a private key.
    """
    found = marked_in(text)
    found += [match["value"] for match in _SCHEME.finditer(text)]
    if "PRIVATE KEY" in text:
        found += [match["body"] for match in _PRIVATE_KEY.finditer(text)]
    found += in_addresses(text)
    found += assigned_in(_without_hosts(text))
    return tuple(filter(is_long_enough, found))


def _in_groups_or_random(text: str) -> list[str]:
    found = [word for word in _WORD.findall(text) if is_credential(word)]
    found += [match[0] for match in _GROUPS.finditer(text) if _is_grouped(match[0])]
    given = (_NAME_BEFORE.sub("", word).rstrip("\"'") for word in text.split())
    found += [word for word in given if is_generated(word)]
    # Base64 may have a slash, which is between two words in a path.
    found += [word for word in text.split() if "=" not in word.rstrip("=") and is_random(word)]
    return found


def marked_in(text: str) -> list[str]:
    """Return what tells by the mark of who issued it that it is a credential."""
    return [match[0] for match in _MARKED.finditer(text)]


def _is_grouped(groups: str) -> bool:
    whole = re.sub("[ -]", "", groups)
    return alternates(whole) and not is_uuid(groups)


def is_long_enough(text: str) -> bool:
    """Tell whether a credential can be masked by looking for it."""
    return len(text) >= SHORTEST


def credentials_in_name(name: str) -> list[str]:
    """Return what looks like a credential in the name that a person gave to something.

    Names have dates, numbers and capitals, so that only a mark or what no person writes counts.
    """
    found = marked_in(name)
    for part in _UUID.sub("", name).split("."):
        bare = _PLAIN_WORDS.sub("", part).rstrip("=")
        if is_random(bare) and is_mixed(bare):
            found.append(bare)
        found += [
            word
            for word in re.split("[-_]", bare)
            if _RUN.fullmatch(word)
            and (is_unspeakable(word) if word.isalpha() else alternates(word))
        ]
    return longest_first(filter(is_long_enough, found))


def is_mixed(name: str) -> bool:
    """Tell whether capitals, small letters and digits alternate in a name as no person has it."""
    if name in (name.lower(), name.upper()):
        return False
    whole = re.sub(r"[-_.]", "", name)
    longest = max(map(len, re.split(r"[-_.]", name)))
    return longest >= _LONGEST_PART and len(_NAME_PARTS.findall(whole)) >= _PARTS * len(whole)


def assigned_in(text: str) -> list[str]:
    """Return the values that are assigned to the name of a credential, such as ``token=…``."""
    found = [match["value"] for match in _GIVEN.finditer(text) if is_credential_name(match["name"])]
    start = 0
    while match := _ASSIGNED.search(text, start):
        # The value of another name is searched, too: `url=…?id=1&token=…`.
        start = match.end()
        is_host = match["sign"] == ":" and "." in match["name"]  # and its port
        if is_host or not is_credential_name(match["name"]):
            continue
        is_variable = match["name"] == match["name"].upper() or match["quote"]
        value = (_VALUE if is_variable else _PARAMETER).match(text, start)
        assert value is not None
        start = value.end()
        found += [value[0], unquote(value[0]), *_PARTS_OF_VALUE.split(value[0])]
    return found


# A line end may be lost between two settings, so that a value ends where the next name begins.
_SET = compiled(r"(?<![A-Z_])(?P<name>[A-Z][A-Z0-9_]{2,80})\s*=\s*")
_BETWEEN = compiled(r"(?:[\s;,]|\\[nr]|\bexport)+\Z")
# In an address that stands alone: a value ends where the next parameter begins.
_PAIRS_OF_ADDRESS = compiled(
    r"[?&#;](?P<name>[A-Za-z][\w.-]{0,80})=(?P<value>.*?)(?=[&#;][A-Za-z][\w.-]{0,80}=|\Z)"
)


def assigned_to_names_in(text: str) -> list[str]:
    """Return the values of credentials in one or more assignments, with their blanks and quotes.

    Args:
        text: a line of a settings file, or a word of a command line. In other texts a value ends
            sooner (`assigned_in`).
    """
    matches = list(_SET.finditer(text))
    starts = [*(match.start() for match in matches), len(text)]
    found = []
    for match, end in zip(matches, starts[1:], strict=True):
        if is_credential_name(match["name"]):
            value = _BETWEEN.sub("", text[match.end() : end]).strip()
            found += [value, value.strip("'\"`")]
    return found


def parameters_in(address: str) -> list[str]:
    """Return the values of credentials in the query or the fragment of one address.

    Nobody encoded them, so a value may have blanks, quotes and what else ends an address in a text.
    """
    found = [
        match["value"].strip()
        for match in _PAIRS_OF_ADDRESS.finditer(address)
        if is_credential_name(match["name"])
    ]
    return [*found, *map(unquote, found)]


# --- addresses ------------------------------------------------------------------------------------

_ADDRESS = compiled(r"(?i)\b[a-z][a-z0-9+.-]{1,20}:/{2}(?P<rest>\S*)")
_HOST = compiled(
    r"(?i)(?:(?:[a-z0-9_-]+\.)+[a-z0-9_-]+|localhost|\[[0-9a-f:.%]+\])\.?(?::[0-9]*)?(?=[/?#]|\Z)"
)
# RFC 3986, section 3.2: what is before the host, as far as it can be told if a password has a
# character that ends it.
_USERINFO = compiled(r"(?P<userinfo>\S*)@(?=[^@\s]*\Z)")
# A query or a fragment with a pair in it. It is searched from one `=` or `@` to the next: a search
# from every `?` on would take long for many of them.
_PAIR = compiled(r"(?:\A|[=@])[^=@?#]*[?#][^=@]+=")


def userinfo_of(rest: str) -> str:
    """Return ``user:password`` of an address, also with a ``/``, ``#`` or ``?`` in the password.

    Args:
        rest: of the address, after its ``//``.

    Returns:
        Empty if there is none.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return authority.rpartition("@")[0]
    match = _USERINFO.match(rest)
    if match is None or not (":" in authority or is_generated(match["userinfo"])):
        return ""
    if _HOST.match(rest[match.end() :]) is None:
        return ""
    # `host:8080/path?mail=a@b.example` has a port, and a query with an `@`.
    is_port = authority.partition(":")[2].isdigit()
    if is_port and _PAIR.search(match["userinfo"]) is not None:
        return ""
    return match["userinfo"]


def in_addresses(text: str) -> list[str]:
    """Return the passwords of the addresses in a text, and keys in place of their users."""
    found = []
    for address in _ADDRESS.finditer(text):
        user, colon, password = userinfo_of(address["rest"]).partition(":")
        if colon:
            found += [password, unquote(password)]
        if user and (not password or is_credential(user)):
            found += [user, unquote(user)]
    return found


_LABEL = 63  # RFC 1035, section 2.3.4: no longer one is a part of a host's name


def _without_hosts(text: str) -> str:
    """Return a text without the hosts of its addresses.

    The names of deployments are random too: `a0f1…-1234567890.elb.amazonaws.com`. Nobody writes
    these with capitals.
    """

    def without(address: re.Match[str]) -> str:
        rest = address["rest"]
        rest = rest[len(userinfo_of(rest)) :].removeprefix("@")
        host = _HOST.match(rest)
        if host is None:
            return f" {rest}"
        labels = host[0].split(".")
        secret = [one for one in labels if len(one) > _LABEL or (is_random(one) and is_mixed(one))]
        return " ".join(("", *secret, rest[host.end() :]))

    return _ADDRESS.sub(without, text)


def masked_parameters(query: str) -> str:
    """Return a query, or the fragment of an address, with the values of credentials masked.

    Args:
        query: pairs of ``name=value``; a value is masked if its name is that of a credential.
    """

    def masked(pair: str) -> str:
        name, sign, value = pair.partition("=")
        return f"{name}{sign}{MASK if value and is_credential_name(unquote(name)) else value}"

    return "&".join(map(masked, query.split("&")))


# --- text from the network ------------------------------------------------------------------------

# Fields with a credential of somebody (RFC 9110, section 11; RFC 6265, section 4). The challenges
# WWW-Authenticate and Proxy-Authenticate have none, and are needed for a diagnosis.
_COOKIES = frozenset({"cookie", "set-cookie"})
_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate", "authentication-info"})
# Public by their purpose (RFC 6455, section 11.3; RFC 9530).
_PUBLIC = frozenset({"sec-websocket-key", "sec-websocket-accept", "idempotency-key"})
_LINKS = frozenset({"location", "content-location", "refresh", "link", "referer"})


def masked_field(name: str, value: str) -> str:
    """Return the value of a header field as it may be shown.

    Cookies keep their names, links lose passwords and parameters of credentials, and a field with
    the name of a credential is masked as a whole.
    """
    lower = name.lower()
    if lower in _COOKIES:
        first, _, attributes = value.partition(";")
        cookie, sign, _ = first.partition("=")
        return f"{cookie}{sign}{MASK}{';' if attributes else ''}{attributes}"
    if lower in _LINKS:
        return masked_link(value)
    if lower in _PUBLIC or lower in _CHALLENGES or not is_credential_name(name):
        return value
    return MASK


def masked_link(text: str) -> str:
    """Return an address, or a text with one, without its password and its credentials."""
    base, mark, tail = text.partition("?")
    if mark:
        query, hash_mark, fragment = tail.partition("#")
        tail = masked_parameters(query) + (
            f"{hash_mark}{masked_parameters(fragment)}" if hash_mark else ""
        )
    else:
        base, mark, fragment = text.partition("#")
        tail = masked_parameters(fragment)
    for hidden in in_addresses(base):
        base = base.replace(hidden, MASK)
    return f"{base}{mark}{tail}"
