"""Lines of the ``.env`` file: that set nothing, set twice, or lose to the environment (pure)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from ...backend.profile import Variables
from ...dotenv.readers.reading import Reader, Winner
from ...dotenv.readers.table import PROGRAMS
from ...dotenv.text import EnvFile, Line, LineKind
from ...lint.defect import Defect
from ...settings.model import Origin, Settings, Source
from ...wording.units import LISTED, counted, joined, listed
from ..finding import (
    ERROR,
    WARNING,
    described,
    finding,
    origin_of,
    readable_file,
    unset_names,
    value_of,
)


def env_line_invalid(settings: Settings) -> Iterator[Defect]:
    """Find lines that set nothing.

    Each line that may set a missing setting is a finding; all other lines are one finding.
    """
    file = readable_file(settings)
    if file is None or _is_well_read(file, settings):
        return
    harmless: list[Line] = []
    told: set[str] = set()
    for before, line in zip((None, *file.lines), file.lines, strict=False):
        if not _sets_nothing(line, file, settings.names):
            continue
        needed = _needed_by(line, settings)
        wrapped = _continues(before, line, settings.names)
        name = needed or wrapped
        if not name or name in told:
            harmless.append(line)
            continue
        told.add(name)
        evidence = [f"{file.path}:{line.number}: {_why_nothing(line)}"]
        if wrapped:
            evidence.append(f"the line before it sets {wrapped}: does its value continue here?")
        yield finding(
            "env-line-invalid",
            settings,
            ERROR if needed else WARNING,
            *evidence,
            setting=name,
            where=f"{file.path}:{line.number}",
            line=str(line.number),
            name=name,
        )
    if harmless:
        yield finding(
            "env-line-invalid",
            settings,
            WARNING,
            *(f"{file.path}:{line.number}: {_why_nothing(line)}" for line in harmless[:LISTED]),
            *(
                [f"and {counted(len(harmless) - LISTED, 'more line')}"]
                if len(harmless) > LISTED
                else []
            ),
            where=f"{file.path}:{harmless[0].number}",
            line=listed(line.number for line in harmless),
            name="NAME",
        )


def _is_well_read(file: EnvFile, settings: Settings) -> bool:
    """Tell whether another reader than python-dotenv is followed, and gets what the file has.

    Its lines are its own: a shell may run commands in the file, and docker passes variables on.
    """
    reader = settings.followed
    if reader is Reader.PYTHON_DOTENV or unset_names(settings):
        return False
    readings = file.read_by(reader)
    named = (line.key for line in file.lines if line.key in settings.names.all)
    return all(readings.value(name) is not None for name in named if name)


def _sets_nothing(line: Line, file: EnvFile, names: Variables) -> bool:
    if line.kind is LineKind.BARE and line.exported:
        # Shells need `export NAME` after `NAME=value`, but python-dotenv then forgets the value.
        return line.key in names.all or not any(
            other.value is not None for other in file.statements(line.key or "")
        )
    return line.kind in (LineKind.BARE, LineKind.INVALID)


def _needed_by(line: Line, settings: Settings) -> str:
    first = line.raw.partition("\n")[0]
    for name in unset_names(settings):
        if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", first):
            return name
    return ""


def _continues(before: Line | None, line: Line, names: Variables) -> str:
    """Return the setting whose value seems to continue on this line; empty if none does."""
    if (
        before is None
        or before.key not in names.all
        or before.quote
        or before.number + 1 != line.number
    ):
        return ""
    return before.key if before.value and len(line.raw.split()) == 1 else ""


def _why_nothing(line: Line) -> str:
    """Say why a line is not a setting, without showing any of it: it may hold the secret."""
    text = line.raw.partition("\n")[0].strip()
    if line.kind is LineKind.BARE and line.exported:
        return "`export` with a name alone: python-dotenv forgets the value that the name had"
    if match := re.match(
        r"(?:set|setx|env|declare|local|typeset|const|let|var)\s", text, re.IGNORECASE
    ):
        return f"begins with `{match[0].strip()}`, which does not belong in a .env file"
    if re.match(r"['\"]?(?:export\s+)?[A-Za-z_]\w*['\"]?\s*:", text):
        return "a `:` instead of the `=`"
    if "=" not in text:
        return "no `=`"
    if match := re.search(r"=\s*(['\"])", text):
        closed = text.count(match[1], match.end())
        return (
            "there is text after the closing quote"
            if closed
            else f"the quote ({match[1]}) after the `=` is never closed"
        )
    if re.match(r"[^=]*\s[^=]*=", text):
        return "a blank in the name before the `=`"
    return "it does not have the form NAME=value"


def env_key_duplicate(settings: Settings) -> Iterator[Defect]:
    """Find settings that the file sets twice, to different values."""
    file = readable_file(settings)
    for name, _, last in decisive(settings):
        statements = (
            [line for line in file.statements(name) if line.value is not None]
            if file is not None
            else []
        )
        if len({line.value for line in statements}) < 2:
            continue
        yield finding(
            "env-key-duplicate",
            settings,
            WARNING,
            *(
                (
                    f"{at_line(file, line)}: {described(settings.names, name, line.value or '')}, "
                    f"{'used' if line is last else 'dropped'}"
                )
                for line in statements[-LISTED:]
            ),
            setting=name,
            where=at_line(file, last),
            lines=joined(str(line.number) for line in statements),
            used=str(last.number),
            dropped=str(statements[0].number),
        )


def shadowed(settings: Settings) -> Iterator[tuple[str, Origin, str, str | None]]:
    """Yield the settings that the environment and the file set to different values.

    With each setting: the place of the value that is not used, the value that is used, and the one
    that is not, or None for a value of the environment.
    """
    file = readable_file(settings)
    for name, origin in settings.shadowed:
        used = value_of(settings, name)
        if used is None or file is None:
            continue
        if origin.source is Source.ENVIRONMENT:
            yield name, origin, used, None
        else:
            yield name, origin, used, file.read_by(settings.followed).value(name)


def env_value_shadowed(settings: Settings) -> Iterator[Defect]:
    """Find settings that the environment and the file set to different values."""
    for name, origin, used, other in shadowed(settings):
        winner = origin_of(settings, name)
        not_used = f", {described(settings.names, name, other)}" if other is not None else ""
        file = settings.env_file
        yield finding(
            "env-value-shadowed",
            settings,
            WARNING,
            f"used: {winner}, {described(settings.names, name, used)}",
            f"not used: {origin}{not_used}",
            setting=name,
            winner=winner.place if winner is not None else "",
            other=origin.place,
            rule=_rule(settings),
            path=shlex.quote(file.path) if file is not None else ".env",
        )


def _rule(settings: Settings) -> str:
    """Say whose value counts, with the reader that is followed."""
    reader = settings.followed
    if PROGRAMS[reader].wins is Winner.FILE:
        return f"With {reader}, the .env file wins over the process environment"
    return f"A variable of the process environment wins over the .env file, as with {reader}"


def at_line(file: EnvFile | None, line: Line) -> str:
    """Say where a line is."""
    return f"{file.path}:{line.number}" if file is not None else f"line {line.number}"


def decisive(settings: Settings) -> Iterator[tuple[str, EnvFile, Line]]:
    """Yield the settings in the file, each with the line that decides its value."""
    file = readable_file(settings)
    if file is None:
        return
    for name in settings.profile.names:
        statements = file.statements(name)
        if statements and statements[-1].value is not None:
            yield name, file, statements[-1]
