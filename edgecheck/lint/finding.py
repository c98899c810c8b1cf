"""What every rule can use: the settings by name, and words for what it found (pure)."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable

from ..backend.profile import Variables
from ..dotenv.text import EnvFile
from ..escapes import escape, is_plain, is_unsafe
from ..lint.defect import Defect
from ..settings.model import Origin, Settings, Source
from ..settings.url import parse as parse_url
from ..terms import Severity, fill
from ..wording.units import LISTED, counted, listed

# The longest value that is shown whole.
SHOWN = 200

ERROR, WARNING = Severity.ERROR, Severity.WARNING
# A function that finds one kind of defect.
Rule = Callable[[Settings], Iterable[Defect]]
# The severity, the evidence, and the values for the texts; None if nothing is wrong.
Judged = tuple[Severity, tuple[str, ...], dict[str, str]] | None


def value_of(settings: Settings, name: str) -> str | None:
    """Return a setting's value; None if it is not set."""
    if name == settings.names.secret:
        return settings.secret.secret.reveal() if settings.secret else None
    setting = settings.backend_url if name == settings.names.url else settings.agent_id
    return setting.text if setting else None


def origin_of(settings: Settings, name: str) -> Origin | None:
    """Return where a setting came from; None if it is not set."""
    setting = {
        settings.names.url: settings.backend_url,
        settings.names.secret: settings.secret,
        settings.names.agent_id: settings.agent_id,
    }[name]
    return setting.origin if setting else None


def unset_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the settings that are not set."""
    return tuple(name for name in settings.profile.names if value_of(settings, name) is None)


def readable_file(settings: Settings) -> EnvFile | None:
    """Return the file; None if there is no file that programs can read."""
    return (
        settings.env_file if settings.env_file is not None and settings.env_file.is_read else None
    )


def finding(
    code: str,
    settings: Settings,
    severity: Severity,
    *evidence: str,
    setting: str = "",
    where: str = "",
    remedies: Iterable[str] = (),
    **values: str,
) -> Defect:
    """Build a finding.

    Its texts can use ``where``, ``place``, ``file`` and ``setting``, in addition to its own values.

    Args:
        remedies: for this occurrence, tried before the entry's own.
    """
    origin = origin_of(settings, setting) if setting else None
    path = settings.env_file.path if settings.env_file is not None else ".env"
    where = where or (str(origin) if origin else "")
    common = {"where": where or path, "file": shlex.quote(path), "place": _place(origin, path)}
    if setting:
        common["setting"] = setting
    texts = common | values
    return Defect(
        code,
        severity,
        where,
        setting,
        evidence,
        texts,
        tuple(fill(remedy, texts) for remedy in remedies),
    )


def _place(origin: Origin | None, path: str) -> str:
    """Say where to edit, for the middle of a sentence."""
    if origin is None:
        return path
    match origin.source:
        case Source.FILE:
            return f"line {origin.line} of {origin.name}"
        case Source.ENVIRONMENT:
            return f"the environment variable {origin.name}"
        case _:
            return origin.name


def command_that_sets(origin: Origin | None, name: str, value: str) -> str:
    """Return a command that replaces the value that is set; not for a secret."""
    if origin is None or origin.source is Source.ENVIRONMENT:
        return f"export {name}={shlex.quote(value)}"
    if origin.source is Source.OPTION:
        return f"edgecheck doctor {origin.name} {shlex.quote(value)}"
    escaped = re.sub(r"([\\|&])", r"\\\1", value)
    return f"sed -i {shlex.quote(f'{origin.line}s|=.*|={escaped}|')} {shlex.quote(origin.name)}"


def described(names: Variables, name: str, value: str) -> str:
    """Show a value; of the secret, show only its length."""
    if not value:
        return "an empty value"
    if name == names.secret:
        return counted(len(value), "character")
    return f"`{escape(parse_url(value).masked if name == names.url else value, SHOWN)}`"


# --- characters -----------------------------------------------------------------------------------

WITHOUT_QUOTES = (
    "Remove only the quotes, in {place} (`docker run --env-file` keeps the quotes of a file):\n"
    "$ {set_it}"
)
BLANKS = " \t"
LINE_BREAKS = "\r\n"
OPENING_QUOTES = (
    "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c"
)
CLOSING_QUOTES = (
    "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300d"
)


def is_invisible(character: str) -> bool:
    """Tell whether a character is invisible and is not an ordinary blank or line end."""
    # Surrogates (bytes that are not UTF-8), private and unassigned characters are drawn as
    # something: they are not ASCII, but visible.
    if (
        character in BLANKS
        or character in LINE_BREAKS
        or unicodedata.category(character) in ("Cs", "Co", "Cn")
    ):
        return False
    return is_unsafe(character)


def is_space(character: str) -> bool:
    """Tell whether a character is white space or invisible."""
    return character.isspace() or is_invisible(character)


def without_spaces(text: str) -> str:
    """Remove white space and invisible characters."""
    if is_plain(text):
        return text.replace(" ", "")
    return "".join(character for character in text if not is_space(character))


def trimmed(text: str) -> str | None:
    """Remove white space at the ends, and invisible characters anywhere.

    Returns:
        None if there is white space inside: the right value would be a guess.
    """
    start, end = 0, len(text)
    while start < end and is_space(text[start]):
        start += 1
    while end > start and is_space(text[end - 1]):
        end -= 1
    bare = text[start:end]
    return None if any(map(str.isspace, bare)) else without_spaces(bare)


def slips(one: str, other: str) -> int:
    """Count the letters to insert, delete, replace or swap with a neighbour.

    This is the optimal string alignment distance.
    """
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def named(character: str) -> str:
    """Name a character as Unicode does."""
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return "a byte that is not UTF-8"  # how Python keeps one (PEP 383)
    plain = {" ": "blank", "\t": "tab", "\r": "CR", "\n": "LF"}
    return (
        plain.get(character) or f"U+{number:04X} {unicodedata.name(character, 'control character')}"
    )


def located(text: str, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """List the characters of a text that are asked for, each kind with its positions."""
    positions: dict[str, list[int]] = {each: [] for each in dict.fromkeys(text) if wanted(each)}
    for position, character in enumerate(text, 1) if positions else ():
        if character in positions:
            positions[character].append(position)
    lines = [
        f"{named(character)} at position {listed(places)} of {len(text)}"
        for character, places in list(positions.items())[:LISTED]
    ]
    if len(positions) > LISTED:
        lines.append(f"and {counted(len(positions) - LISTED, 'other kind')} of character")
    return tuple(lines)
