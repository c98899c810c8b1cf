"""What a user pastes when one setting is asked for (pure).

It may be the value, another setting's value, or a whole message that names several settings.

Laws: if there are two candidates, neither is taken. Text that has more than one value, or could be
the secret, is not shown on the screen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qs

from ..backend.builtin import EDGE
from ..backend.profile import Profile, Variables
from ..dotenv.text import parse as parse_file
from ..settings.credentials import credentials_in, is_random, may_be_random
from ..settings.url import parse as parse_url
from .pasted_code import settings_in_code
from .pasted_command import settings_in_command

# --- what a single word is ---------------------------------------------------------------------

# Includes the typing errors that the lint knows: `wss//`, `wss;//`, `wss:\\`.
_SCHEME = re.compile(
    r"(?i)[a-z][a-z0-9+.-]*://|(?:w{1,3}s{1,2}|ht{1,3}ps?)[;.,]?(?::[/\\]*|[/\\]{2,})"
)
_HOST = re.compile(
    r"(?i)(?:localhost|\[[0-9a-f:.%]+\]|(?:[\w-]{1,63}\.)+[^\W\d_][\w-]{0,62}\.?"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[\w-]+(?=:[0-9]))"
    r"(?::[0-9]*)?(?:[/?#]\S*)?"
)
# Shorter, but still not a word: random text in the path of an address.
_TOKEN = re.compile(r"[A-Za-z0-9+_=-]{16,}")
_PAIRS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<": ">",
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "\u201e": "\u201c",
    "\u00ab": "\u00bb",
}
_ENDS = ".,;:!?*~"
_ADDRESS_6 = re.compile(r"(?i)\[[0-9a-f:.%]+\]")


def may_be_secret(text: str) -> bool:
    """Tell whether a word could be a secret, pasted where another setting was asked for.

    Such a word must not be shown.
    """
    return may_be_random(_bare(text))


def may_be_address(text: str) -> bool:
    """Tell whether a text is one word that has a scheme, a dot or a port, as an address does."""
    word = _bare(text)
    if not word or any(map(str.isspace, word)) or may_be_secret(word):
        return False
    if (scheme := _SCHEME.match(word)) is not None:
        return re.search(r"[,;|]", word[scheme.end() :]) is None
    return _HOST.fullmatch(word) is not None and not _hidden_in_host(word)


def is_agent_id(text: str, profile: Profile = EDGE) -> bool:
    """Tell whether a text has the form of an agent id."""
    return profile.is_agent_id(text)


def agent_id_meant(text: str, profile: Profile = EDGE) -> str | None:
    """Return the agent id for a bare number, or for a number after a misspelt word.

    None if it may be anything else, or if an agent id is more than a word and a number.
    """
    form = re.fullmatch(r"(([A-Za-z]*)[_-]*)[0-9]+", profile.agent_id.example)
    if form is None:
        return None
    start, word = form.groups()
    match = re.fullmatch(rf"(?i)(?:{word}|agent)?[ _-]*([0-9]{{1,5}})", text.strip())
    meant = f"{start}{match[1]}" if match is not None else ""
    return meant if profile.is_agent_id(meant) else None


def hidden_in(text: str) -> tuple[str, ...]:
    """Return the parts of an address that could be the secret, and are not to be shown."""
    head, slash, path = (
        text.partition("://")[2].partition("/") if "://" in text else text.partition("/")
    )
    tokens = [token for token in _TOKEN.findall(slash + path) if re.search(r"\d", token)]
    found = (*credentials_in(text), *_hidden_in_host(head), *tokens)
    return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))


def _hidden_in_host(text: str) -> list[str]:
    # The name of a deployment is also long and has digits: `backend-production-1a2b.example`.
    return [token for token in re.findall(r"[A-Za-z0-9+_=-]+", text) if is_random(token)]


def _bare(word: str) -> str:
    """Return a word without the quotes and punctuation around it."""
    while word and _ADDRESS_6.fullmatch(word) is None:
        before = word
        word = word.strip().strip("\"'`*").rstrip(_ENDS)
        if word[:1] in _PAIRS and (_PAIRS[word[0]] == word[-1] or _PAIRS[word[0]] not in word):
            word = word[1 : -1 if _PAIRS[word[0]] == word[-1] else None]
        elif word[-1:] in _PAIRS.values() and not any(
            opening in word for opening, closing in _PAIRS.items() if closing == word[-1]
        ):
            word = word[:-1]
        if word == before:
            break
    return word


def _kind(word: str, profile: Profile) -> str | None:
    """Return the setting whose value a bare word clearly is.

    A host alone is not clear, because a sentence may have a dot in it.
    """
    # Before the agent id, because its form may match a lot: a secret must not be shown as an id.
    if is_random(word):
        return profile.variables.secret
    if re.match(r"(?i)(?:wss?|https?)://[^\s/]", word) and may_be_address(word):
        return profile.variables.url
    if not profile.tells_agent_ids:
        return None
    return profile.variables.agent_id if profile.is_agent_id(word) else None


def _is_prose(word: str) -> bool:
    bare = _bare(word)
    if len(bare) > 20 or any(
        character.isdigit() or character in "/:=@_+\\<>#$%&^" for character in bare
    ):
        return False
    return bare[1:] == bare[1:].lower() or bare == bare.upper()


# --- a message ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingsInText:
    """What a text says of the settings.

    Args:
        values: the settings that it names, or whose value a part of it clearly is.
        unclear: the settings with more than one candidate, or with text that may be more than the
            value.
    """

    values: Mapping[str, str] = field(repr=False)
    unclear: tuple[str, ...] = ()


# Common names of each setting, followed by `:` or `=`.
_URL = r"url|uri|address|host(?:[ _-]?name)?|backend|server|endpoint"
_SECRET = r"secret|token|key"
_AGENT_ID = r"id|agent"
_OURS = (
    r"(?:(?:edge|shared|backend|server|agent|agent['\u2019]s|api|access|auth|secret|web "
    r"?socket|ws)[ _-]*){0,4}?"
)


@lru_cache(maxsize=4)
def _label(names: Variables) -> re.Pattern[str]:
    """Return the pattern of what stands before a value: the name of a setting, and a sign."""
    return re.compile(
        # Not in the middle of a word or of an address.
        r"(?:(?<![^\s,;|>*`\"'\u201c\u2018(\[{#\u2022\u00b7])|(?<=^-))"
        r"(?:export[^\S\n]+)?"
        rf"(?:(?P<exact>{'|'.join(names.all)})"
        r"|(?P<whose>(?i:your|the|our|my|this)[^\S\n]+)?"
        rf"(?P<name>(?i:{_OURS}(?:{_URL}|{_SECRET}|{_AGENT_ID}))))"
        r"[*_`\"'\u201d\u2019)\]]*[^\S\n]*(?P<sign>=>|->|[:=\u2192])(?!//)[*_]*",
        re.MULTILINE,
    )


_KINDS = tuple(re.compile(rf"(?i){_OURS}(?:{nouns})") for nouns in (_URL, _SECRET, _AGENT_ID))
# A setting and its value in a sentence, without a sign between them.
_SPOKEN = re.compile(
    rf"(?<![^\s,;(])(?P<name>(?i:{_OURS}(?:{_URL}|{_SECRET}|{_AGENT_ID})))"
    r"(?:[^\S\n]+(?i:is|id|name))?[^\S\n]+(?P<value>[^\s,;]+)"
)
# A shorter word after `secret` or `key` is rather a part of the sentence.
_SHORTEST_SPOKEN = 6
# `backend:8000` is an address.
_IS_PORT = re.compile(r"[0-9]{1,5}(?=[/?#\s]|\Z)")
# Words before a label; any other word means something else: `wiki url:`, `public key:`.
_BEFORE = frozenset(
    {"a", "an", "and", "is", "with", "as", "this", "use", "new", "their", "plus", "also", "set"}
)
_LINK = re.compile(
    r"\[[^\]\n]{0,200}\]\(([^)\s]{0,500})\)|<([a-z]+://[^|>\s]{1,500})\|[^>\n]{0,500}>"
)
_QUOTED = re.compile(r"([\"'`])(?P<value>(?:(?!\1).)*)\1[\s,;.|)}\]]*")


def read(text: str, asked: str, profile: Profile = EDGE) -> SettingsInText:
    """Tell what a text says.

    Args:
        text: as pasted, or as read from a file.
        asked: the setting that was asked for. If the text names no setting and has only one value,
            the whole text is the value of this setting.
        profile: says how an agent id looks.
    """
    names = profile.variables
    if commanded := settings_in_command(text, profile):
        return SettingsInText({name: commanded[name] for name in names.all if name in commanded})
    message = _read(text, asked, profile)
    said = message.values
    # A program, a manifest or a request names settings in other ways than a message does.
    doubtful = [name for name in names.all if name not in said or _is_doubtful(said[name], name)]
    if not doubtful or re.search(r"[\s\"{]", text.strip()) is None:
        return message
    code = settings_in_code(text, profile)
    # One value alone may stand in any text, such as one that is asked for.
    if len(code) < 2 and not (set(said) - {asked}):
        return message
    values = {**said, **{name: code[name] for name in doubtful if name in code}}
    return SettingsInText(
        {name: values[name] for name in names.all if name in values},
        tuple(name for name in message.unclear if name not in values),
    )


def _is_doubtful(value: str, name: str) -> bool:
    """Tell whether a value has more in it than a value: words, a piece of code, its own name."""
    return name in value or re.search(r"[\s\"{}]", value.strip()) is not None


def _read(text: str, asked: str, profile: Profile) -> SettingsInText:
    """Tell what a message of a person's says, as `read` does."""
    names = profile.variables
    commented_out = (
        rf"(?m)^[^\S\n]*#[^\S\n]*(?:export[^\S\n]+)?(?:{'|'.join(names.all)})[^\S\n]*=.*$"
    )
    plain = re.sub(commented_out, "", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = _LINK.sub(lambda link: link[1] or link[2], plain)
    plain = _with_signs(plain, profile)
    labelled, rest = _labelled(plain, profile)
    lone, unclear = _lone(rest, profile)
    if not labelled and _is_one_value(text, lone, asked, names):
        return _one_value(text, asked, profile)
    values: dict[str, str] = {}
    for name in names.all:
        said, seen = labelled.get(name, set()), lone.get(name, set())
        # `secret: below`, and other text below.
        is_doubtful = name == names.secret and not any(
            word is None or is_random(word) for word in said
        )
        candidates: set[str | None] = {*said, *seen} if not said or is_doubtful else said
        only = next(iter(candidates), None)
        if len(candidates) == 1 and only is not None and (said or name not in unclear):
            values[name] = only
        elif candidates:
            unclear.add(name)
    if (
        (host := values.get(names.url))
        and not labelled.get(names.url)
        and "://" not in host
        and names.secret not in values
    ):
        unclear.add(names.url)  # a secret may have dots, and this may be it
        del values[names.url]
    return SettingsInText(
        values, tuple(name for name in names.all if name in unclear and name not in values)
    )


def _is_one_value(text: str, lone: Collection[str], asked: str, names: Variables) -> bool:
    """Tell whether a text without labels, with values of these settings, is one value."""
    if len(lone) > 1:
        return False
    # The lint judges a word before the secret or a line end inside it, as long as the text has no
    # other setting.
    is_secret = asked == names.secret and all(name == names.secret for name in lone)
    return is_secret or re.search(r"\s", text.strip()) is None


def _one_value(text: str, asked: str, profile: Profile) -> SettingsInText:
    """Tell of which setting a text is the value: of the one that is asked for, or an agent id."""
    names = profile.variables
    is_id = _kind(_bare(text), profile) == names.agent_id
    if is_id and asked != names.secret and text.strip() != _bare(text):
        return SettingsInText({names.agent_id: _bare(text)})
    return SettingsInText({names.agent_id if is_id and asked == names.url else asked: text})


def _with_signs(text: str, profile: Profile) -> str:
    """Put a sign between a setting and its value in a sentence: `host X, secret Y, agent Z`.

    Two of them at least must be said so, each once, because a word like `host` is in many
    sentences.
    """
    names, found = profile.variables, list(_SPOKEN.finditer(text))
    kinds = [names.all[_spoken_kind(one)] for one in found]
    fits = [
        (one, name)
        for one, name in zip(found, kinds, strict=True)
        if _fits(name, _bare(one["value"]), profile)
    ]
    told = [name for _, name in fits]
    if len(set(told)) < 2 or len(set(told)) < len(told):
        return text
    for one, _ in reversed(fits):
        # A value ends with its line.
        text = f"{text[: one.end('name')]}: {one['value']}\n{text[one.end() :]}"
    return text


def _spoken_kind(spoken: re.Match[str]) -> int:
    return next(number for number, kind in enumerate(_KINDS) if kind.fullmatch(spoken["name"]))


def _fits(name: str, word: str, profile: Profile) -> bool:
    """Tell whether a word can be the value of a setting."""
    names = profile.variables
    if name == names.url:
        return may_be_address(word)
    if name == names.agent_id:
        return profile.is_agent_id(word) or agent_id_meant(word, profile) is not None
    return len(word) >= _SHORTEST_SPOKEN and not _is_prose(word)


def may_be_drawn(text: str, asked: str, profile: Profile = EDGE) -> bool:
    """Tell whether a pasted answer may appear on the screen as it is.

    It may if it is one value that cannot be the secret.
    """
    if read(text, asked, profile).values.get(asked) != text or "\n" in text:
        return False
    if asked == profile.variables.url:
        # Passwords and tokens are before an `@` and after a `?`.
        return may_be_address(text) and not hidden_in(text) and re.search(r"[?#@]", text) is None
    if asked == profile.variables.agent_id:
        return profile.is_agent_id(text)
    return True  # as asterisks


def _labelled(text: str, profile: Profile) -> tuple[dict[str, set[str | None]], str]:
    """Return the text after the name of each setting that is named, and the rest of the text.

    None means that it is not one value.
    """
    labels = list(_labels(text, profile.variables))
    found: dict[str, set[str | None]] = {}
    rest, end = [], 0
    for place, (name, label) in enumerate(labels):
        following = labels[place + 1][1].start() if place + 1 < len(labels) else len(text)
        stop = min(following, _end_of_line(text, label.end()))
        exact = label["exact"] is not None and label["sign"] == "="
        if not text[label.end() : stop].strip() and not exact:
            # The value is on the next line, below its name.
            below = re.compile(r"\s*").match(text, label.end())
            stop = min(following, _end_of_line(text, below.end() if below else label.end()))
        said = text[label.end() : stop]
        rest.append(text[end : label.start()])
        end = stop
        if said.strip():
            # The separator before the next name is not part of the value, nor is a quote that opens
            # there.
            said = _without_separator(said) if stop == following else said
            words = said.split()
            if exact:
                found.setdefault(name, set()).add(_as_loaded(said))
            elif (
                len(words) > 1
                and all(map(_is_prose, words))
                and _QUOTED.fullmatch(said.strip()) is None
            ):
                rest.append(said)  # `secret: see below`
            else:
                found.setdefault(name, set()).add(_value(name, said, profile))
    return found, "\n".join([*rest, text[end:]])


def _labels(text: str, names: Variables) -> Iterator[tuple[str, re.Match[str]]]:
    end = 0
    kinds = tuple(zip(names.all, _KINDS, strict=True))
    for label in _label(names).finditer(text):
        name = label["exact"] or next(
            name for name, pattern in kinds if pattern.fullmatch(label["name"])
        )
        if name == names.url and label["sign"] == ":" and _IS_PORT.match(text, label.end()):
            continue
        if label["exact"] is None and label["whose"] is None:
            line = text.rfind("\n", 0, label.start()) + 1
            before = text[max(line, end) : label.start()].split()
            # The first word after another label is its value.
            if (
                len(before) > (end > line)
                and before[-1].isalpha()
                and before[-1].lower() not in _BEFORE
            ):
                continue
        end = label.end()
        yield name, label


def _without_separator(text: str) -> str:
    """Take the separator at the end of a text off, and a quote that opens behind it."""
    before = text.rstrip("\"'`*({[")
    end = len(before)
    while end and (before[end - 1].isspace() or before[end - 1] in ",;|"):
        end -= 1
    return text if end == len(before) else before[:end]


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _as_loaded(text: str) -> str:
    text = re.sub(r"\A\s*`([^`]+)`\s*\Z", r"\1", text)
    lines = parse_file(f"NAME={text}".encode("utf-8", "surrogatepass"), {}, path="").lines
    if len(lines) != 1 or lines[0].value is None or lines[0].expanded or lines[0].lost:
        return text.strip()  # a reader of .env files would read another value than was meant
    return lines[0].value


def _value(name: str, text: str, profile: Profile) -> str | None:
    """Return the one value after a name; None if it may be more than one value."""
    if (quoted := _QUOTED.fullmatch(text.strip())) is not None:
        return quoted["value"].strip() or None
    words = text.split()
    plain = {_bare(word) for word in words if _kind(_bare(word), profile) == name}
    if len(words) == 1:
        # A full stop at its end may be part of it.
        bare = next(iter(plain), _bare(words[0]))
        return (
            bare
            if plain or bare == words[0] or (name == profile.variables.url and may_be_address(bare))
            else None
        )
    others = [word for word in words if _bare(word) not in plain]
    return (
        plain.pop()
        if len(plain) == 1
        and all(_is_prose(word) or _kind(_bare(word), profile) for word in others)
        else None
    )


def _lone(text: str, profile: Profile) -> tuple[dict[str, set[str]], set[str]]:
    """Return the values that clearly belong to one setting, although no name is given.

    Also return the settings for which that is not certain.
    """
    names = profile.variables
    found: dict[str, set[str]] = {}
    unclear: set[str] = set()
    for part in re.split(r"[\n,;|]", text):
        words = [word for word in part.split() if _bare(word)]
        kinds = {word: _kind(_bare(word), profile) for word in words}
        if len(words) == 1 and kinds[words[0]] is None and may_be_address(words[0]):
            kinds[words[0]] = names.url
        others = [word for word, name in kinds.items() if name is None]
        is_odd = not all(map(_is_prose, others))
        is_named = any(
            word.endswith((":", "=")) for word in others
        )  # `wiki: https://…` is something else
        for word, name in kinds.items():
            if name is not None:
                found.setdefault(name, set()).add(_bare(word))
            if name in (names.secret, names.url):
                is_ours = re.match(r"\W*wss?:", word) is not None
                unclear.update([name] if is_odd or (is_named and not is_ours) else [])
    return found, unclear


def agent_id_in(address: str, profile: Profile = EDGE) -> str | None:
    """Return the agent id in the query of a whole address, such as one from a log.

    None if the query has no agent id of the profile's form.
    """
    query = parse_qs(parse_url(_bare(address)).query or "")
    return next(filter(profile.is_agent_id, query.get(profile.agent_parameter, ())), None)
