"""Repairs of the ``.env`` file's text (pure).

Each returns None if the occurrence needs a guess, and raises what `dotenv.edit` raises.
"""

from __future__ import annotations

from ..backend.profile import Profile
from ..dotenv import edit
from ..dotenv.readers.reading import Reader
from ..dotenv.text import Encoding, EnvFile, parse
from ..lint.defect import Defect
from ..settings.model import Settings
from .rules.env_names import is_slip, near_lines
from .rules.readers import env_value_dialect, meant

# Readers for which the CR of a Windows line end is a part of the value.
_KEEP_CR = {Reader.SOURCE, Reader.DASH, Reader.ZSH, Reader.EXPORT_XARGS}


def to_utf8(file: EnvFile, _: Defect, profile: Profile) -> bytes | None:
    """Turn UTF-16 into UTF-8. Other bytes do not show which code page they are in."""
    return (
        edit.from_utf16(file.content, profile.variables.all)
        if file.encoding is Encoding.UTF16
        else None
    )


def without_earlier_lines(
    file: EnvFile, defect: Defect, readers: frozenset[Reader]
) -> bytes | None:
    """Remove the lines of a setting that do not count, unless another line uses the setting.

    For a reader that takes the first one, or refuses the file, which line was meant is a guess.
    """
    name = defect.setting
    if any(name == used for line in file.lines for used, _ in line.expanded):
        return None
    if any(
        file.read_by(reader).value(name) != file.statements(name)[-1].value for reader in readers
    ):
        return None
    return edit.without(file.content, file.statements(name)[:-1])


def with_right_name(file: EnvFile, defect: Defect, profile: Profile) -> bytes | None:
    """Rename the line whose name is the setting's with one or two wrong letters.

    A name that differs by a word may belong to another program.
    """
    names = profile.variables
    lines = near_lines(file, defect.setting, names)
    if len(lines) != 1 or not is_slip(lines[0].key or "", defect.setting, names):
        return None
    return edit.renamed(file.content, lines[0], defect.setting)


def read_alike(file: EnvFile, defect: Defect, profile: Profile) -> bytes | None:
    """Write a line, or all line ends, so that every reader reads what python-dotenv reads."""
    if not defect.setting:
        return edit.with_plain_line_ends(file.content)
    line = file.statements(defect.setting)[-1]
    if line.expanded or line.lost or line.value is None:
        return None
    content = edit.with_value(file.content, defect.setting, line.value)
    again = Settings(env_file=parse(content, {}, path=file.path), profile=profile)
    # If the value still differs, another line is the cause: it makes a reader reject the file.
    return (
        None
        if any(other.setting == defect.setting for other in env_value_dialect(again))
        else content
    )


def read_as_meant(file: EnvFile, defect: Defect, readers: frozenset[Reader]) -> bytes | None:
    """Write a line so that every reader in use reads the value that was meant."""
    value, line = meant(file, defect.setting), file.statements(defect.setting)[-1]
    stops = {file.read_by(reader).stopped_at for reader in readers}
    if value is None or line.lost or not stops <= {None, line.number}:
        return None  # another line stops a reader, and what that is meant to say is not known
    content = edit.without_mark(file.content)
    if readers & _KEEP_CR:
        content = edit.with_plain_line_ends(content)
    return edit.with_value(content, defect.setting, value, readers)
