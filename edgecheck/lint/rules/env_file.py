"""The ``.env`` file, its lines, and the names in it (pure)."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator

from ...backend.profile import Variables
from ...dotenv.readers.reading import Reader, Winner
from ...dotenv.readers.table import PROGRAMS
from ...dotenv.text import Encoding, EnvFile, Line, LineKind, Tracking
from ...facts.text import escape
from ...lint.defect import Defect
from ...settings.model import EXAMPLES, OTHERS, Origin, Settings, Source
from ...terms import Severity
from ...wording.units import LISTED, counted, joined, listed
from ..finding import (
    ERROR,
    WARNING,
    described,
    finding,
    located,
    origin_of,
    readable_file,
    slips,
    unset_names,
    value_of,
)


def env_file_missing(settings: Settings) -> Iterator[Defect]:
    """Find that a file is missing that was named, or is needed."""
    file, unset = settings.env_file, unset_names(settings)
    if file is not None and file.missing:
        looked, severity = f"at {file.path}", ERROR if unset else WARNING
    elif file is None and unset:
        looked, severity = f"in {settings.folder} or any folder above it", ERROR
    else:
        return
    evidence = [f"looked for: {file.absolute if file is not None else f'.env {looked}'}"]
    if unset:
        evidence.append(f"not set anywhere else: {joined(unset)}")
    evidence += [
        f"`{name}` is there, but no program looks for that name" for name in settings.beside
    ]
    yield finding(
        "env-file-missing",
        settings,
        severity,
        *evidence,
        where=file.path if file is not None else "",
        remedies=[_taken(name) for name in settings.beside[:1]],
        looked=looked,
    )


def _taken(name: str) -> str:
    """Say how to make the .env file from a file with another name."""
    if name in EXAMPLES:
        return f"Copy the example, then fill in what the backend's team sent you:\n$ cp {name} .env"
    if name in OTHERS:
        return f"Copy {name}, if it holds the settings:\n$ cp {name} .env"
    return f"Rename {name}, if it holds the settings:\n$ mv {name} .env"


def _file_severity(settings: Settings) -> Severity:
    """Return the severity: a file that nothing needs is an error only if it was named."""
    return ERROR if settings.env_file_named or unset_names(settings) else WARNING


def env_file_unreadable(settings: Settings) -> Iterator[Defect]:
    """Find a file that the operating system does not let us read."""
    file = settings.env_file
    if file is None or file.error is None:
        return
    severity = _file_severity(settings)
    if severity is WARNING and "directory" in file.error:
        return  # a virtual environment has that name, and everything is set without the file
    yield finding(
        "env-file-unreadable",
        settings,
        severity,
        f"{file.absolute}: {file.error}",
        where=file.path,
        reason=file.error,
        remedies=(_FILE_IN_IT,) if "directory" in file.error else (),
        inside=shlex.quote(f"{file.path.rstrip('/')}/.env"),
    )


_FILE_IN_IT = "Name the file in it, not the directory:\n$ edgecheck doctor --env-file {inside}"


def env_file_not_utf8(settings: Settings) -> Iterator[Defect]:
    """Find a file in UTF-16 or in a code page."""
    file = settings.env_file
    if file is None or file.encoding is Encoding.UTF8:
        return
    if file.encoding is Encoding.UTF16:
        marked = file.content[:2] in (b"\xff\xfe", b"\xfe\xff")
        evidence = (
            f"it begins with the bytes {file.content[:2].hex(' ')}, the mark of UTF-16"
            if marked
            else "every other byte is zero"
        )
        encoding, source = (
            "UTF-16",
            "UTF-16" if marked else "UTF-16LE" if file.content[1:2] == b"\0" else "UTF-16BE",
        )
    else:
        evidence = f"line {file.bad_line} has a byte that is not UTF-8"
        encoding, source = "not UTF-8", "WINDOWS-1252"
    yield finding(
        "env-file-not-utf8",
        settings,
        _file_severity(settings),
        evidence,
        where=file.path,
        encoding=encoding,
        source_encoding=source,
    )


def env_file_bom(settings: Settings) -> Iterator[Defect]:
    """Find a byte-order mark."""
    file = readable_file(settings)
    if file is not None and file.bom and not _is_skipped(file, settings):
        first = next((line for line in file.lines if line.kind is not LineKind.COMMENT), None)
        lost = (
            first.key
            if first is not None and first.key in settings.profile.names and first.number == 1
            else "the first line"
        )
        yield finding(
            "env-file-bom",
            settings,
            WARNING,
            "it begins with the bytes ef bb bf (U+FEFF)",
            where=file.path,
            lost=lost,
        )


def _is_skipped(file: EnvFile, settings: Settings) -> bool:
    """Tell whether every program that is known to read the file skips its byte-order mark."""
    first = next((line.key for line in file.lines if line.kind is not LineKind.COMMENT), None)
    return bool(settings.readers) and all(
        first is not None and file.read_by(used.reader).value(first) is not None
        for used in settings.readers
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


# Two wrong letters are a misspelling, three are another name (SECRET and SERVER differ by three).
_MAX_SLIPS = 2


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _bare(written: str) -> str:
    return written.removeprefix("$env:").strip("'\"$")


def is_slip(written: str, name: str, names: Variables) -> bool:
    """Tell whether two names differ only by one or two letters, capitals or punctuation."""
    if written in names.all or len(written) > 2 * len(name) + 8:
        return False
    theirs, ours = _letters(_bare(written)), _letters(name)
    return theirs == ours or slips(theirs, ours) <= _MAX_SLIPS


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


def env_file_exposed(settings: Settings) -> Iterator[Defect]:
    """Find a file with the secret that others may read."""
    file = readable_file(settings)
    # 0o044: read for the group, read for others.
    if (
        file is None
        or file.mode is None
        or not file.mode & 0o044
        or not file.holds(settings.names.secret)
    ):
        return
    who = joined(
        [
            who
            for bit, who in ((0o040, "its group"), (0o004, "everybody on this machine"))
            if file.mode & bit
        ]
    )
    yield finding(
        "env-file-exposed",
        settings,
        WARNING,
        f"mode {file.mode:04o}",
        where=file.path,
        who=who,
        mode=f"{file.mode:04o}",
    )


def env_file_tracked(settings: Settings) -> Iterator[Defect]:
    """Find a file with the secret that git tracks, or would add."""
    file = readable_file(settings)
    if (
        file is None
        or file.tracked in (None, Tracking.IGNORED)
        or not file.holds(settings.names.secret)
    ):
        return
    tracked = file.tracked is Tracking.TRACKED
    yield finding(
        "env-file-tracked",
        settings,
        WARNING,
        "git ls-files lists it"
        if tracked
        else "git check-ignore does not list it: `git add .` would add it",
        where=file.path,
        state="tracks" if tracked else "does not ignore",
    )
