"""What each program makes of the settings in a ``.env`` file, beside what was meant (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..backend.profile import Variables
from ..dotenv.readers.reading import Reader, UsedReader, Winner
from ..dotenv.readers.table import PROGRAMS
from ..dotenv.text import EnvFile
from ..frozen import dataclass, field, replace
from ..settings.credentials import assigned_to_names_in, credentials_in, named_credentials_in
from ..settings.model import Settings
from ..settings.secret import Secret
from ..settings.url import is_backend
from .masking import read_as_secret, secrets_in
from .rules.readers import is_as_meant, meant
from .rules.secret import SecretShape

# The environment's value is not the reader's fault, but it is what the agent gets.
_HIDDEN = "the process environment has another value, which wins"


@dataclass(frozen=True)
class Cell:
    """What one reader makes of one setting.

    Args:
        name: of the setting.
        value: None if the reader sets nothing, or if it would have to run something to know.
        same: it is what was meant. A setting that the file does not have is read right by nobody.
        note: what is to be said of it, without any part of the value.
    """

    name: str
    value: str | None = field(repr=False)
    same: bool = False
    note: str = ""


@dataclass(frozen=True)
class ReaderRow:
    """What one reader makes of the file.

    Args:
        reader: which one.
        found: where it was found; None if it was not.
        followed: its reading is what edgecheck uses.
        stopped_at: the line, 1-based, at which it gave up; None if it did not.
        lost: the names that the file sets and this reader does not.
        cells: the settings, in their order.
    """

    reader: Reader
    found: str | None
    followed: bool
    stopped_at: int | None
    lost: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def wins(self) -> Winner:
        """Whose value counts if the process environment has the name too."""
        return PROGRAMS[self.reader].wins


def rows(settings: Settings, readers: Iterable[Reader] = ()) -> tuple[ReaderRow, ...]:
    """Return what each reader that is used here makes of the file, and further ones.

    Args:
        settings: with a file that can be read.
        readers: further ones, in the order in which they are listed.
    """
    file = settings.env_file
    assert file is not None
    used: dict[Reader, UsedReader] = {}
    for one in settings.readers:
        used.setdefault(one.reader, one)
    listed = dict.fromkeys((*used, *readers))
    return tuple(_row(settings, file, reader, used.get(reader)) for reader in listed)


def written(file: EnvFile, names: Variables) -> tuple[Cell, ...]:
    """Return what a file was meant to set: the settings that it has."""
    return tuple(
        Cell(name, meant(file, name), same=True) for name in names.all if name in file.names
    )


def shown(settings: Settings, row: ReaderRow) -> ReaderRow:
    """Return a row as it may be shown, without what is a credential in another setting's value.

    The secret's own cell stays as it is: of that only a fingerprint is shown.
    """
    secrets = secrets_in(settings)
    return replace(
        row,
        cells=tuple(shown_cell(settings, cell) for cell in row.cells),
        lost=tuple(_cleared(settings, secrets, credentials_in(name), name) for name in row.lost),
    )


def shown_cell(settings: Settings, cell: Cell) -> Cell:
    """Return a cell as it may be shown (`shown`).

    What a program makes of a value is the question here, so a value is hidden only if it is the
    secret, or if it is known to be a credential by more than being random (its issuer's mark, a
    name or a scheme before it, a password's place in an address, a private key's head). A random
    word is hidden as well if it consists of letters, digits, `-` and `_`: every program reads these
    alike, so that hiding it hides no answer. With `+`, `/` or `=` in it, as in base64, programs
    differ, and a mask would look as if all of them had read the same. Elsewhere, as in `doctor`,
    such a word is hidden too.
    """
    if cell.name == settings.names.secret or cell.value is None:
        return cell
    words, secrets = credentials_in(cell.value), secrets_in(settings)
    # The path of an address has slashes too.
    if cell.name != settings.names.url and "://" not in cell.value:
        named = named_credentials_in(cell.value)
        words = tuple(word for word in words if word in named or not _is_asked(word))
        secrets = [*read_as_secret(settings), *_told_elsewhere(settings)]
    return replace(cell, value=_cleared(settings, secrets, words, cell.value))


def _told_elsewhere(settings: Settings) -> list[Secret]:
    """Return the credentials that stand anywhere in the settings and may not be shown here."""
    assert settings.env_file is not None
    lines = [f"{line.key or ''}={line.raw}" for line in settings.env_file.lines]
    named = {
        word
        for line in lines
        for word in (*named_credentials_in(line), *assigned_to_names_in(line))
    }
    secret = settings.secret.secret.reveal().strip() if settings.secret is not None else ""
    # Two settings that changed places: then the id is the secret.
    changed = settings.profile.is_agent_id(secret) or is_backend(secret)
    return [
        one
        for one in settings.credentials
        if changed or one.reveal() in named or not _is_asked(one.reveal())
    ]


def _is_asked(word: str) -> bool:
    """Tell whether programs may differ in how they read a random word."""
    return re.search(r"[+/=]", word) is not None


def _cleared(settings: Settings, secrets: Iterable[Secret], words: Iterable[str], text: str) -> str:
    for secret in (*secrets, *map(Secret, words)):
        text = secret.cut_out_of(text, settings.names.all)
    return text


def _row(settings: Settings, file: EnvFile, reader: Reader, used: UsedReader | None) -> ReaderRow:
    readings = file.read_by(reader)
    return ReaderRow(
        reader,
        used.where if used is not None else None,
        reader is settings.followed,
        readings.stopped_at,
        tuple(name for name in file.names if readings.value(name) is None),
        tuple(_cell(settings.names, file, reader, name) for name in settings.names.all),
    )


def _cell(names: Variables, file: EnvFile, reader: Reader, name: str) -> Cell:
    reading = file.read_by(reader).reading(name)
    written = meant(file, name)
    note = reading.note
    if reading.value is None and written is None:
        note = "not in the file"
    elif reading.value is not None and PROGRAMS[reader].wins is Winner.PROCESS:
        hidden = file.environ.get(name, reading.value) != reading.value
        note = _HIDDEN if hidden else note
    return Cell(name, reading.value, _is_same(names, file, name, reading.value), note)


def _is_same(names: Variables, file: EnvFile, name: str, value: str | None) -> bool:
    if name not in file.names or value is None:
        return False
    if is_as_meant(file, name, value):
        return True
    # What the lint would repair in the secret is not the reader's doing.
    return name == names.secret and SecretShape.of(meant(file, name) or "").clean == value
