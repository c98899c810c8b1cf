"""Names that are nearly those of the settings (pure)."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator

from ...backend.profile import Variables
from ...dotenv.text import EnvFile, Line
from ...escapes import escape
from ...lint.defect import Defect
from ...settings.model import Settings
from ..finding import (
    ERROR,
    finding,
    located,
    readable_file,
    slips,
    unset_names,
)

# Two wrong letters are a misspelling, three are another name (SECRET and SERVER differ by three).
_MAX_SLIPS = 2
# One of them for so many letters: DB_URL is no misspelling of WS_URL, nor TZ one of ID.
_LETTERS_PER_SLIP = 5
# A shorter word with another letter is another word: APP_KEY and API_KEY.
_MIN_WORD = 4


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _bare(written: str) -> str:
    return written.removeprefix("$env:").strip("'\"$")


def is_slip(written: str, name: str, names: Variables) -> bool:
    """Tell whether two names differ only by one or two letters, capitals or punctuation."""
    if written in names.all or len(written) > 2 * len(name) + 8:
        return False
    theirs, ours = _letters(_bare(written)), _letters(name)
    limit = min(_MAX_SLIPS, len(ours) // _LETTERS_PER_SLIP)
    return theirs == ours or slips(theirs, ours) <= limit


def has_same_letters(written: str, name: str) -> bool:
    """Tell whether two names differ only by capitals or punctuation."""
    return _letters(_bare(written)) == _letters(name)


def changes_short_word(written: str, name: str) -> bool:
    """Tell whether two names that differ by letters do so in a word that is too short to tell."""
    theirs, ours = (
        [_letters(word) for word in re.split(r"[\W_]+", each)] for each in (_bare(written), name)
    )
    changed = (
        [word for word, other in zip(ours, theirs, strict=True) if word != other]
        if len(ours) == len(theirs)
        else [word for word in ours if word not in "".join(theirs)]
    )
    return not changed or any(len(word) < _MIN_WORD for word in changed)


def _is_near(written: str, name: str, names: Variables) -> bool:
    """Tell whether two names are alike, by their letters or by their words."""
    if written in names.all or len(written) > 2 * len(name) + 8:
        return False
    if is_slip(written, name, names):
        return True
    bare = _bare(written)
    # A prefix or suffix in words: VITE_ or _KEY; or one left out.
    parts, wanted = bare.upper().split("_"), name.split("_")
    if not re.fullmatch(r"[A-Z_]+", bare.upper()):
        return False
    longer, shorter = (parts, wanted) if len(parts) > len(wanted) else (wanted, parts)
    return len(shorter) > 1 and any(
        longer[i : i + len(shorter)] == shorter for i in range(len(longer) - len(shorter) + 1)
    )


def near_lines(file: EnvFile, name: str, names: Variables) -> list[Line]:
    """Return the lines that set a name that is nearly this one."""
    return [
        line for line in file.lines if line.value and line.key and _is_near(line.key, name, names)
    ]


def env_key_misspelled(settings: Settings) -> Iterator[Defect]:
    """Find names that are nearly the name of a setting that is not set."""
    file = readable_file(settings)
    for name in unset_names(settings):
        line = (
            next(iter(near_lines(file, name, settings.names)), None) if file is not None else None
        )
        if file is not None and line is not None and line.key is not None:
            written, where = escape(line.key), f"{file.path}:{line.number}"
            pattern = re.sub(r"([\\/.*^$\[\]])", r"\\\1", line.key)
            rename = (
                f"sed -i {shlex.quote(f'{line.number}s/{pattern}/{name}/')} "
                f"{shlex.quote(file.path)}"
            )
            foreign = line.key
        else:
            variable = next(
                (
                    variable
                    for variable in settings.environment_names
                    if _is_near(variable, name, settings.names)
                ),
                None,
            )
            if variable is None:
                continue
            written, where, foreign = escape(variable), f"${escape(variable)}", variable
            rename = (
                f'export {name}="${variable}"'
                if re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII)
                else f"export {name}=…"
            )
        yield finding(
            "env-key-misspelled",
            settings,
            ERROR,
            f"{where} sets `{written}`",
            *located(foreign, lambda character: not character.isascii()),
            setting=name,
            where=where,
            written=written,
            rename=rename,
        )
