"""Repairs of the ``.env`` file's text (pure).

Each returns None if the occurrence needs a guess, and raises what `dotenv.edit` raises.
"""

from __future__ import annotations

import re

from ..backend.profile import Profile
from ..dotenv import edit
from ..dotenv.readers.reading import Reader
from ..dotenv.text import Encoding, EnvFile, LineKind, parse
from ..lint.defect import Defect
from ..settings.model import Settings
from .finding import without_spaces
from .rules.env_names import changes_short_word, has_same_letters, is_slip, near_lines
from .rules.readers import env_value_dialect, meant
from .rules.url_address import Address

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
    # python-dotenv replaces only `${NAME}`, but shells and other readers `$NAME` too.
    used = re.compile(rf"\$(?:\{{[!#]?)?{re.escape(name)}\b")
    if any(line.kind is not LineKind.COMMENT and used.search(line.raw) for line in file.lines):
        return None
    if any(
        file.read_by(reader).value(name) != file.statements(name)[-1].value for reader in readers
    ):
        return None
    return edit.without(file.content, file.statements(name)[:-1], readers)


def with_right_name(file: EnvFile, defect: Defect, profile: Profile) -> bytes | None:
    """Rename the line whose name is the setting's with one or two wrong letters.

    A name that differs by a word, or whose value is none for the setting, may belong to another
    program.
    """
    name, names = defect.setting, profile.variables
    lines = near_lines(file, name, names)
    if len(lines) != 1 or not is_slip(lines[0].key or "", name, names):
        return None
    written, value = lines[0].key or "", lines[0].value or ""
    if not has_same_letters(written, name) and (
        (changes_short_word(written, name) and not _tells(name, value, profile))
        or not _fits(name, value, profile)
    ):
        return None
    return edit.renamed(file.content, lines[0], name)


def _tells(name: str, value: str, profile: Profile) -> bool:
    """Tell whether a value says by itself of which setting it is."""
    plain = without_spaces(value)
    if name == profile.variables.agent_id:
        return profile.tells_agent_ids and profile.is_agent_id(plain)
    return name == profile.variables.url and plain.startswith(("ws://", "wss://"))


def _fits(name: str, value: str, profile: Profile) -> bool:
    """Tell whether a value can be that of a setting; of a secret, nobody can tell."""
    if name == profile.variables.agent_id:
        return profile.is_agent_id(without_spaces(value))
    if name == profile.variables.url:
        address = Address.of(value, Settings(profile=profile))
        # Without a scheme, a host has at least a dot or a port: `Europe/Berlin` is none.
        parts = address.parts
        is_host = address.scheme != "missing" or "." in parts.host or parts.port is not None
        return parts.host_valid and not address.guessed and is_host
    return True


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
