"""Repairs of the ``.env`` file's text (pure).

Each returns None if the occurrence needs a guess, and raises what `dotenv.edit` raises.
"""

from __future__ import annotations

from ..backend.profile import Profile
from ..dotenv import edit
from ..dotenv.text import Encoding, EnvFile, parse
from ..lint.defect import Defect
from ..settings.model import Settings
from .rules.env_file import is_slip, near_lines
from .rules.readers import env_value_dialect


def to_utf8(file: EnvFile, _: Defect, profile: Profile) -> bytes | None:
    """Turn UTF-16 into UTF-8. Other bytes do not show which code page they are in."""
    return (
        edit.from_utf16(file.content, profile.variables.all)
        if file.encoding is Encoding.UTF16
        else None
    )


def without_earlier_lines(file: EnvFile, defect: Defect, _: Profile) -> bytes | None:
    """Remove the lines of a setting that do not count, unless another line uses the setting."""
    if any(defect.setting == name for line in file.lines for name, _ in line.expanded):
        return None
    return edit.without(file.content, file.statements(defect.setting)[:-1])


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
