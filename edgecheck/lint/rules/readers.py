"""How python-dotenv and other programs read a value in a ``.env`` file (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ...backend.profile import Variables
from ...dotenv.readers.reading import Reader, Reading
from ...dotenv.text import EnvFile, Line, LineKind
from ...facts.text import escape
from ...lint.defect import Defect
from ...settings.model import Settings
from ...wording.units import LISTED, counted, joined
from ..finding import WARNING, described, finding, named, readable_file
from .env_file import at_line, decisive

_REPLACED_BY_NOTHING = "not set, so replaced by nothing"


def env_value_interpolated(settings: Settings) -> Iterator[Defect]:
    """Find values in which python-dotenv replaced a reference."""
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


# The readers that are compared with python-dotenv.
_OTHERS = (Reader.NODE, Reader.DOCKER, Reader.SHELL)


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
    """Find lines that other readers read differently, and Windows line ends."""
    file = readable_file(settings)
    invalid = (
        {line.number for line in file.lines if line.kind in (LineKind.BARE, LineKind.INVALID)}
        if file is not None
        else set()
    )
    for name, _, line in decisive(settings):
        value = line.value or ""
        others = {reader: _reading(file, reader, name) for reader in _OTHERS}
        # A reader that stopped at an earlier line did not reach this one:
        # that line is the finding (env-line-invalid).
        if all(
            reading.stopped_at in invalid or reading.value == value for reading in others.values()
        ) or not _differs(line, others):
            continue
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            f"{Reader.PYTHON}: {described(settings.names, name, value)}",
            *(
                f"{reader}: {_compared(settings.names, name, reading, value)}"
                for reader, reading in others.items()
            ),
            setting=name,
            where=at_line(file, line),
            what=name,
            loaders=joined(
                str(reader) for reader, reading in others.items() if reading.value != value
            ),
            write=_alike(settings.names, name, value, others),
        )
    if (
        file is not None
        and file.windows_line_ends
        and any(file.holds(name) for name in settings.profile.names)
    ):
        yield finding(
            "env-value-dialect",
            settings,
            WARNING,
            (
                f"{counted(file.windows_line_ends, 'line')} of {file.path} end in CR LF, as "
                "Windows writes them"
            ),
            f"{Reader.SHELL}: keeps the CR as the last character of the value",
            f"{Reader.PYTHON}, {Reader.NODE} and {Reader.DOCKER}: drop it",
            where=file.path,
            what="every line",
            loaders=str(Reader.SHELL),
            write="plain line ends (LF)",
        )


def _reading(file: EnvFile | None, reader: Reader, name: str) -> Reading:
    absent = Reading(None, "it does not see the line")
    return file.readings[reader].get(name, absent) if file is not None else absent


def _quoted_value(names: Variables, name: str, value: str) -> str:
    """Show how to write a value so that nearly all readers agree."""
    if name == names.secret or "'" in value:
        return f"'<{'the secret' if name == names.secret else 'value'}>'"
    return f"'{described(names, name, value).strip('`')}'"


def _differs(line: Line, others: dict[Reader, Reading]) -> bool:
    """Tell whether readers read a line differently in a way that its author hardly intended.

    docker reads quotes, `export` and comments as a part of the value. A user who writes them for
    other readers knows that, or soon learns it. So a difference in docker alone counts only for
    blanks at the end, which nobody sees.
    """
    value = line.value or ""
    if any(others[reader].value != value for reader in (Reader.NODE, Reader.SHELL)):
        return True
    docker = others[Reader.DOCKER].value
    return docker is not None and docker != value and not line.cut and docker.strip() == value


def _compared(names: Variables, name: str, reading: Reading, value: str) -> str:
    """Describe what another reader reads, and how it differs."""
    other = reading.value
    if other is None:
        return f"sets no known value: {reading.note}"
    if other == value:
        return "the same"
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
