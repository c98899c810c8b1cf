"""How python-dotenv and other programs read a value in a ``.env`` file (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ...backend.profile import Variables
from ...dotenv.edit import ESCAPED, with_plain_line_ends, without_mark, written
from ...dotenv.readers.reading import Reader, Reading, UsedReader, Winner
from ...dotenv.readers.table import PROGRAMS
from ...dotenv.text import EnvFile, Line, LineKind, parse
from ...escapes import escape
from ...late import compiled
from ...lint.defect import Defect
from ...settings.model import Settings, Source
from ...settings.secret import Secret
from ...terms import verbatim
from ...wording.units import LISTED, counted, joined
from ..finding import (
    ERROR,
    SHOWN,
    WARNING,
    described,
    finding,
    named,
    origin_of,
    readable_file,
)
from .env_lines import at_line, decisive

_REPLACED_BY_NOTHING = "not set, so replaced by nothing"


def env_value_interpolated(settings: Settings) -> Iterator[Defect]:
    """Find values in which python-dotenv replaced a reference, if its reading counts."""
    if settings.followed is not Reader.PYTHON_DOTENV:
        return
    for name, file, line in decisive(settings):
        if not line.expanded:
            continue
        evidence = []
        for variable, known in line.expanded[:LISTED]:
            # The text in the braces may be a piece of the secret, unless it is the name of a
            # variable.
            secret = name == settings.names.secret and not (
                known and variable in settings.environment_names
            )
            shown = "${…}" if secret else f"${{{escape(variable)}}}"
            evidence.append(
                f"`{shown}`: {'replaced by its value' if known else _REPLACED_BY_NOTHING}"
            )
        yield finding(
            "env-value-interpolated",
            settings,
            WARNING,
            *evidence,
            f"python-dotenv reads {described(settings.names, name, line.value or '')}",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


def env_value_truncated(settings: Settings) -> Iterator[Defect]:
    """Find values that a `#` cut off."""
    for name, file, line in decisive(settings):
        if not line.lost:
            continue
        read, cut = (
            described(settings.names, name, line.value or ""),
            counted(len(line.lost), "character"),
        )
        yield finding(
            "env-value-truncated",
            settings,
            WARNING,
            f"python-dotenv reads {read}, and reads the {cut} from ` #` on as a comment",
            setting=name,
            where=f"{file.path}:{line.number}",
        )


# The readers that are compared with python-dotenv as long as it is not known who reads the file.
_OTHERS = (Reader.NODE_DOTENV, Reader.DOCKER, Reader.SOURCE)
_NAMED = {
    Reader.NODE_DOTENV: "Node's dotenv",
    Reader.DOCKER: "docker --env-file",
    Reader.SOURCE: "a shell's source",
}
# A file that every reader reads alike: nothing has to be compared.
_PLAIN = compiled(r"(?:(?:[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.,:/@%+=-]*|#[^\r\n\"\\]*)?(?:\n|\Z))*")


def is_plain(file: EnvFile) -> bool:
    """Tell at a glance whether every reader reads a file alike."""
    names = file.names
    return len(names) == sum(line.kind is not LineKind.COMMENT for line in file.lines) and bool(
        _PLAIN.fullmatch(file.text)
    )


def meant(file: EnvFile, name: str) -> str | None:
    """Return the value that a line was meant to set: python-dotenv's, without any expansion."""
    statements = file.statements(name)
    return statements[-1].written if statements else None


def is_as_meant(file: EnvFile, name: str, value: str | None) -> bool:
    """Tell whether a value is what was meant, or what a reference in it was meant to become."""
    statements = file.statements(name)
    if value is None or not statements:
        return False
    line = statements[-1]
    known = bool(line.expanded) and all(is_known for _, is_known in line.expanded)
    return value == line.written or (known and value == line.value)


def _alike(names: Variables, name: str, value: str, others: Mapping[Reader, Reading]) -> str:
    """Say how to write a line so that all readers except docker read the same."""
    if all(
        reading.value == value for reader, reading in others.items() if reader is not Reader.DOCKER
    ):
        return "the line again, without the blanks at its end, which nobody sees"
    return (
        f"`{name}={_quoted_value(names, name, value)}`, which python-dotenv, Node's dotenv and a "
        "shell read the same"
    )


def env_value_dialect(settings: Settings) -> Iterator[Defect]:
    """Find lines that other readers read differently, and Windows line ends.

    Only as long as it is not known which program reads the file: otherwise its reading counts
    (`env_reader_misreads`).
    """
    file = readable_file(settings)
    if file is None or settings.readers or is_plain(file):
        return
    invalid = {line.number for line in file.lines if line.kind in (LineKind.BARE, LineKind.INVALID)}
    # A byte-order mark and Windows line ends have findings of their own.
    plain = file
    if file.bom or file.windows_line_ends:
        content = without_mark(with_plain_line_ends(file.content))
        plain = parse(content, file.environ, path=file.path)
    for name, _, line in decisive(settings):
        value = line.value or ""
        others = {reader: plain.read_by(reader).reading(name) for reader in _OTHERS}
        # A reader that stopped at an earlier line did not reach this one:
        # that line is the finding (env-line-invalid).
        if all(
            reading.stopped_at in invalid or reading.value == value for reading in others.values()
        ) or not _differs(line, others):
            continue
        differing = {
            reader: reading for reader, reading in others.items() if reading.value != value
        }
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            f"python-dotenv: {described(settings.names, name, value)}",
            *(
                f"{_NAMED[reader]}: {_compared(settings.names, name, reading, value)}"
                for reader, reading in differing.items()
            ),
            setting=name,
            where=at_line(file, line),
            what=name,
            loaders=joined(_NAMED[reader] for reader in differing),
            write=_alike(settings.names, name, value, others),
        )
    if file.windows_line_ends and any(file.holds(name) for name in settings.profile.names):
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            (
                f"{counted(file.windows_line_ends, 'line')} of {file.path} end in CR LF, as "
                "Windows writes them"
            ),
            "a shell's source: keeps the CR as the last character of the value",
            where=file.path,
            what="every line",
            loaders="a shell's source",
            write="plain line ends (LF)",
        )


def env_reader_misreads(settings: Settings) -> Iterator[Defect]:
    """Find settings that a program which reads the file here does not get as they were meant."""
    file = readable_file(settings)
    if file is None:
        return
    seen: set[Reader] = set()
    for used in settings.readers:
        if used.reader in seen:
            continue
        seen.add(used.reader)
        readings = file.read_by(used.reader)
        told = False
        for name, _, line in decisive(settings):
            value = readings.value(name)
            if is_as_meant(file, name, value) or not _counts(settings, used.reader, name):
                continue
            lost = value is None and readings.stopped_at is not None
            if lost and told:
                continue  # one line is the cause: it is told once
            told = told or lost
            yield _misread(settings, used, file, line, name)


def _counts(settings: Settings, reader: Reader, name: str) -> bool:
    """Tell whether a reader's reading is used: not if an option or the environment wins."""
    origin = origin_of(settings, name)
    if origin is None:
        return True
    if origin.source is Source.ENVIRONMENT:
        return PROGRAMS[reader].wins is Winner.FILE
    return origin.source is Source.FILE


def _misread(settings: Settings, used: UsedReader, file: EnvFile, line: Line, name: str) -> Defect:
    readings = file.read_by(used.reader)
    reading = readings.reading(name)
    value = meant(file, name) or ""
    followed = used.reader is settings.followed
    where = at_line(file, line)
    gets = (
        f"no {name} from {where}"
        if reading.value is None
        else f"another {name} than {where} was meant to set"
    )
    stopped = readings.stopped_at if reading.value is None else None
    lost = [
        other
        for other, _, _ in decisive(settings)
        if stopped is not None and readings.value(other) is None
    ]
    how = "named with --reader" if used.named else f"found in {used.where}"
    evidence = [
        f"{used.reader} reads {file.path} here: {how}",
        f"meant: {fingerprinted(settings.names, name, value)}",
        f"{used.reader} reads: {_misreading(settings.names, name, reading, value)}",
    ]
    if len(lost) > 1:
        evidence.append(f"it gets none of {joined(lost)}")
    form = None if stopped is not None else written(value, _in_use(settings))
    return finding(
        "env-reader-misreads",
        settings,
        ERROR if followed else WARNING,
        *evidence,
        setting=name,
        where=where,
        remedies=_remedies(
            settings.names, name, value, form, line=line, stopped=stopped, file=file
        ),
        reader=str(used.reader),
        gets=gets,
        program=PROGRAMS[used.reader].what,
    )


def _in_use(settings: Settings) -> set[Reader]:
    return {used.reader for used in settings.readers}


def _remedies(
    names: Variables,
    name: str,
    value: str,
    form: str | None,
    *,
    stopped: int | None,
    file: EnvFile,
    line: Line,
) -> list[str]:
    """Say how to write the line, or what to do about the line that stops the reader."""
    if stopped is not None and stopped != line.number:
        return [
            verbatim(
                f"Look at line {stopped} of {file.path}, which the program does not understand: "
                "remove it, put a `#` at its very beginning, or write it as `NAME=value`."
            )
        ]
    if form is None:
        return []
    shown, how = escape(form, SHOWN), ""
    if name in (names.secret, names.url):
        inside = f"<{_noun(names, name)}>"
        if name == names.url and value in form:
            inside = described(names, name, value).strip("`")
        quote = form[:1] if form[:1] in ("'", '"') else ""
        shown, how = f"{quote}{inside}{quote}", _escaping(form, value)
    how = f", with {how}" if how else ""
    return [
        verbatim(f"Write line {line.number} of {file.path} as follows{how}:\n    {name}={shown}")
    ]


def _escaping(form: str, value: str) -> str:
    """Say which characters a form (`written`) escapes, without the value; empty for none."""
    if value in (form, form[1:-1]):
        return ""
    dollars_alone = value.replace("$", "\\$") == form[1:-1]
    escaped = ["`$`"] if dollars_alone else [f"`{each}`" for each in ESCAPED if each in value]
    return f"`\\` before each {joined(escaped)} in it"


def _noun(names: Variables, name: str) -> str:
    return "the secret" if name == names.secret else "value"


def fingerprinted(names: Variables, name: str, value: str) -> str:
    """Show a value; of the secret, its length and its fingerprint, if it is not weak."""
    fingerprint = Secret(value).fingerprint if name == names.secret else None
    return described(names, name, value) + (f", {fingerprint}" if fingerprint else "")


def _misreading(names: Variables, name: str, reading: Reading, value: str) -> str:
    if reading.value is None:
        return f"nothing: {reading.note}"
    return _compared(names, name, reading, value) + (
        f", {fingerprint}"
        if name == names.secret and (fingerprint := Secret(reading.value).fingerprint)
        else ""
    )


def _quoted_value(names: Variables, name: str, value: str) -> str:
    """Show how to write a value so that nearly all readers agree."""
    if name == names.secret or "'" in value:
        return f"'<{_noun(names, name)}>'"
    return f"'{described(names, name, value).strip('`')}'"


def _differs(line: Line, others: dict[Reader, Reading]) -> bool:
    """Tell whether readers read a line differently in a way that its author hardly intended.

    docker reads quotes, `export` and comments as a part of the value. A user who writes them for
    other readers knows that, or soon learns it. So a difference in docker alone counts only for
    blanks at the end, which nobody sees.
    """
    value = line.value or ""
    if any(others[reader].value != value for reader in (Reader.NODE_DOTENV, Reader.SOURCE)):
        return True
    docker = others[Reader.DOCKER].value
    return docker is not None and docker != value and not line.cut and docker.strip() == value


def _compared(names: Variables, name: str, reading: Reading, value: str) -> str:
    """Describe what another reader reads, and how it differs."""
    other = reading.value
    if other is None:
        return f"sets no known value: {reading.note}"
    how = ""
    if other[1:-1] == value and other[:1] == other[-1:] and other[:1] in ("'", '"', "`"):
        how = "with the quotes"
    elif value.startswith(other):
        how = f"cut off after character {len(other)}"
    elif other.strip() == value:
        how = f"with {_located_ends(other)}"
    elif other.startswith(value):
        how = f"with {counted(len(other) - len(value), 'character')} more at its end"
    elif "${" in other and "${" not in value:
        how = "with `${…}` as it is written"
    words = described(names, name, other)
    return (
        f"{words}, {how}" if how else f"{words}, another value" if name == names.secret else words
    )


def _located_ends(text: str) -> str:
    ends = text[: len(text) - len(text.lstrip())] + text[len(text.rstrip()) :]
    return joined(counted(number, named(character)) for character, number in Counter(ends).items())
