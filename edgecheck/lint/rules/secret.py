"""`EDGE_SECRET` (pure)."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from ...escapes import is_plain
from ...frozen import dataclass
from ...late import compiled
from ...lint.defect import Defect
from ...settings.model import Settings
from ...settings.secret import MIN_DISTINCT, MIN_LENGTH, Secret
from ...wording.units import counted, joined, listed
from ..finding import (
    BLANKS,
    CLOSING_QUOTES,
    ERROR,
    LINE_BREAKS,
    OPENING_QUOTES,
    WARNING,
    Judged,
    Rule,
    finding,
    is_invisible,
    located,
    named,
    value_of,
    without_spaces,
)

# Some users copy the whole field, with "Authorization:".
BEARER = compiled(r"(?i)(?:authorization\s*:\s*)?bearer\s+")
# Placeholders of the guide, of templates and of examples. Case, blanks and punctuation do not
# matter.
_PLACEHOLDERS = frozenset(
    [
        "yoursharedsecrethere",
        "yoursharedsecret",
        "yoursecrethere",
        "yoursecret",
        "yourtokenhere",
        "yourtoken",
        "yourkeyhere",
        "changeme",
        "changethis",
        "changeit",
        "replaceme",
        "replacethis",
        "placeholder",
        "secret",
        "edgesecret",
        "sharedsecret",
        "mysecret",
        "secrethere",
        "secretgoeshere",
        "insertsecrethere",
        "todo",
        "fixme",
        "tbd",
        "none",
        "null",
        "undefined",
    ]
)


@dataclass(frozen=True)
class SecretShape:
    """The parts of a secret; each defect is judged as if the others were repaired.

    Args:
        text: the value of the setting.
        leading, trailing: blanks and tabs at the ends.
        quotes: the pair of quotes around it.
        bearer: how long the `Bearer ` prefix is.
        clean: what remains after the repairs that need no guess.
        inner: blanks inside `clean`.
    """

    text: str
    leading: str
    trailing: str
    quotes: str
    bearer: int
    clean: str
    inner: tuple[int, ...]
    is_placeholder: bool

    @staticmethod
    @lru_cache(maxsize=16)  # each rule asks for the shape of the same text
    def of(text: str) -> SecretShape:
        """Split a secret into its parts."""
        leading = trailing = quotes = ""
        bearer = 0
        rest = text
        while True:
            before = rest
            rest = rest.lstrip(BLANKS)
            leading += before[: len(before) - len(rest)]
            shorter = rest.rstrip(BLANKS)
            trailing += rest[len(shorter) :]
            rest = _stripped_of(
                shorter, lambda character: character in LINE_BREAKS or is_invisible(character)
            )
            if len(rest) > 2 and rest[0] in OPENING_QUOTES and rest[-1] in CLOSING_QUOTES:
                quotes = quotes or rest[0] + rest[-1]
                rest = rest[1:-1]
            if match := BEARER.match(rest):
                bearer = bearer or len(match[0])
                rest = rest[match.end() :]
            if rest == before:
                break
        clean = rest
        if not is_plain(rest):
            clean = "".join(
                character
                for character in rest
                if character not in LINE_BREAKS and not is_invisible(character)
            )
        inner = tuple(
            position for position, character in enumerate(clean, 1) if character in BLANKS
        )
        return SecretShape(
            text, leading, trailing, quotes, bearer, clean, inner, is_placeholder(clean)
        )


def _stripped_of(text: str, unwanted: Callable[[str], bool]) -> str:
    start, end = 0, len(text)
    while start < end and unwanted(text[start]):
        start += 1
    while end > start and unwanted(text[end - 1]):
        end -= 1
    return text[start:end]


def is_placeholder(text: str) -> bool:
    """Tell whether a text is a placeholder for a secret."""
    if re.fullmatch(r"<.*>|\[.*\]|\{.*\}|x{3,}|X{3,}|\*{3,}|\.{3,}|…", text, re.DOTALL):
        return True
    words = re.sub(r"[\W_]", "", text).casefold()
    return words in _PLACEHOLDERS or re.fullmatch(r"your[a-z]{2,30}here", words) is not None


def secret_shape(settings: Settings) -> SecretShape | None:
    """Return the secret's shape; None if there is nothing to judge."""
    if not settings.profile.sends_secret:
        return None
    text = value_of(settings, settings.names.secret)
    return SecretShape.of(text) if text is not None and without_spaces(text) else None


def secret_rule(code: str, judge: Callable[[SecretShape], Judged]) -> Rule:
    """Make a rule of a judgement about the secret's shape."""

    def rule(settings: Settings) -> Iterator[Defect]:
        secret = settings.once(secret_shape)
        judged = judge(secret) if secret is not None else None
        if judged is not None:
            severity, evidence, values = judged
            yield finding(
                code, settings, severity, *evidence, setting=settings.names.secret, **values
            )

    return rule


def cleaned(text: str) -> str | None:
    """Make all repairs that need no guess; return None if nothing would remain."""
    return SecretShape.of(text).clean or None


def judge_placeholder(shape: SecretShape) -> Judged:
    """Judge whether it is the guide's placeholder."""
    return (
        (ERROR, ("guides and templates show this value where the secret belongs",), {})
        if shape.is_placeholder
        else None
    )


def judge_whitespace(shape: SecretShape) -> Judged:
    """Judge white space at its ends."""
    if not shape.leading and not (shape.trailing and shape.text[-1] not in LINE_BREAKS):
        return None
    ends = [("before", shape.leading), ("after", shape.trailing)]
    evidence = tuple(f"{_counts(end)} {side} the value" for side, end in ends if end)
    side = "begins" if shape.leading else "ends"
    return ERROR if shape.leading else WARNING, evidence, {"side": side}


def _counts(text: str) -> str:
    counts = Counter(text).items()
    return joined(counted(number, named(character)) for character, number in counts)


def judge_inner_whitespace(shape: SecretShape) -> Judged:
    """Judge white space inside."""
    if not shape.inner:
        return None
    blanks = counted(len(shape.inner), "blank")
    return (
        ERROR,
        (f"{blanks} inside, at position {listed(shape.inner)} of {len(shape.clean)}",),
        {"count": blanks},
    )


def judge_line_break(shape: SecretShape) -> Judged:
    """Judge line breaks at any position."""
    if is_plain(shape.text):
        return None
    breaks = located(shape.text, lambda character: character in LINE_BREAKS)
    at_end = not any(character in shape.text.rstrip(LINE_BREAKS) for character in LINE_BREAKS)
    return (
        (ERROR, breaks, {"position": "at its end" if at_end else "inside it"}) if breaks else None
    )


def judge_quoted(shape: SecretShape) -> Judged:
    """Judge quotes around it."""
    if not shape.quotes:
        return None
    opening, closing = (named(quote) for quote in shape.quotes)
    return ERROR, (f"first character: {opening}", f"last character: {closing}"), {}


def judge_bearer(shape: SecretShape) -> Judged:
    """Judge a `Bearer ` before it."""
    return (
        (ERROR, (f"the first {shape.bearer} characters are the prefix",), {})
        if shape.bearer
        else None
    )


def judge_invisible(shape: SecretShape) -> Judged:
    """Judge invisible characters."""
    if is_plain(shape.text):
        return None
    evidence = located(shape.text, is_invisible)
    count = sum(map(is_invisible, shape.text))
    first = next(filter(is_invisible, shape.text), "")
    return (
        (
            ERROR,
            evidence,
            {"count": counted(count, "invisible character"), "character": named(first)},
        )
        if evidence
        else None
    )


def judge_non_ascii(shape: SecretShape) -> Judged:
    """Judge characters that a header may not contain."""
    if shape.clean.isascii():
        return None
    position = next(i for i, character in enumerate(shape.clean, 1) if not character.isascii())
    count = sum(not character.isascii() for character in shape.clean)
    # Only the first one is named: more would show too much of the secret.
    evidence = (f"{named(shape.clean[position - 1])} at position {position} of {len(shape.clean)}",)
    return (
        ERROR,
        evidence,
        {"count": counted(count, "character"), "character": named(shape.clean[position - 1])},
    )


def judge_weak(shape: SecretShape) -> Judged:
    """Judge whether it can be guessed, once it is repaired."""
    if not Secret(shape.clean).is_weak:
        return None
    length, distinct = counted(len(shape.clean), "character"), len(set(shape.clean))
    if len(shape.clean) < MIN_LENGTH:
        why = f"{length}, fewer than {MIN_LENGTH}"
    elif distinct < MIN_DISTINCT:
        why = f"{length}, only {distinct} of them different"
    else:
        why = f"{length}, most of them the same few"
    return WARNING, (why,), {"why": why}


def secret_file_unreadable(settings: Settings) -> Iterator[Defect]:
    """Find a --secret-file from which no secret could be read."""
    file = settings.secret_file
    if file is not None and file.error is not None:
        name = "standard input" if file.name == "-" else file.name
        yield finding(
            "secret-file-unreadable",
            settings,
            ERROR,
            f"{name}: {file.error}",
            setting=settings.names.secret,
            where=f"--secret-file {file.name}",
            name=name,
            path=shlex.quote(file.name),
            reason=file.error,
        )


def cleaned_secret(settings: Settings) -> Secret | None:
    """Return the secret as the rules would repair it without guessing.

    That removes white space and quotes around it, a `Bearer ` before it, and invisible characters
    and line breaks anywhere.

    Returns:
        None if that changes nothing, or if the result cannot be sent in a header.
    """
    shape = secret_shape(settings)
    if (
        shape is None
        or shape.is_placeholder
        or shape.clean in ("", shape.text)
        or not can_be_sent(shape.clean)
    ):
        return None
    return Secret(shape.clean)


# What websockets lets into a header field (its datastructures.py and http11.py), and RFC 9110,
# section 5.5, allows.
_FIELD_VALUE = compiled(r"[\t\x20-\x7e\x80-\xff]*")


def can_be_sent(text: str) -> bool:
    """Tell whether a header field can carry a secret."""
    return _FIELD_VALUE.fullmatch(text) is not None
