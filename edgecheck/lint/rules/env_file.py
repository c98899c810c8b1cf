"""The ``.env`` file itself: that it is there, can be read, and is kept from others (pure)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ...dotenv.text import Encoding, EnvFile, LineKind, Tracking
from ...lint.defect import Defect
from ...settings.model import EXAMPLES, OTHERS, Settings
from ...terms import Severity
from ...wording.units import joined
from ..finding import (
    ERROR,
    WARNING,
    finding,
    readable_file,
    unset_names,
)


def env_file_missing(settings: Settings) -> Iterator[Defect]:
    """Find that a file is missing that was named, or is needed.

    One that was named may have been meant to hold a setting that nothing needs.
    """
    file, unset = settings.env_file, unset_names(settings)
    if file is not None and file.missing:
        looked, severity = f"at {file.path}", ERROR if unset else WARNING
    elif file is None and any(map(settings.profile.needs, unset)):
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
