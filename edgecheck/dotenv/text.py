"""The text of a ``.env`` file: its statements, and what each reader makes of it (pure).

The statements are python-dotenv's, because that is what most agents read the file with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from ..frozen import dataclass, field, kept
from .readers import table
from .readers.python_dotenv import statements
from .readers.reading import Reader, Reading, Readings

__all__ = [
    "MAX_BYTES",
    "Encoding",
    "EnvFile",
    "Line",
    "LineKind",
    "Reader",
    "Reading",
    "Readings",
    "Tracking",
    "parse",
]

# No settings file is nearly as large. Some rules of python-dotenv take time by the square of the
# length; for a file of this size that is at most a second.
MAX_BYTES = 64 << 10

_BOM = "\ufeff"


class Encoding(StrEnum):
    """Which encoding the bytes of the file are in."""

    UTF8 = "UTF-8"
    UTF16 = "UTF-16"
    UNKNOWN = "neither UTF-8 nor UTF-16"


class Tracking(StrEnum):
    """Whether git has the file, would add it, or ignores it."""

    TRACKED = "tracked"
    NOT_IGNORED = "not-ignored"
    IGNORED = "ignored"


class LineKind(StrEnum):
    """What a statement is for python-dotenv."""

    COMMENT = "comment"
    ASSIGNMENT = "assignment"
    BARE = "bare"  # a name and no `=`: nothing is set
    INVALID = "invalid"  # not understood, therefore skipped


@dataclass(frozen=True)
class Line:
    """One statement of the file. If its value is in quotes, it can have several lines.

    Args:
        number: of its first line, 1-based.
        kind: what it is for python-dotenv.
        key: the name; None for comments and for what is not understood. It is not in the repr: a
            secret on a line of its own can look like a name.
        raw: of an assignment, all that follows the ``=``, the comment too; else the whole text.
        value: what python-dotenv reads, expanded; None if it reads nothing.
        expanded: each name in ``${NAME}`` that python-dotenv replaced, and whether it had a value.
        exported: it begins with ``export``.
        written: the value without expansion, which is what was meant, unless a rule says otherwise.
    """

    number: int
    kind: LineKind
    key: str | None = field(default=None, repr=False)
    raw: str = field(default="", repr=False)
    value: str | None = field(default=None, repr=False)
    expanded: tuple[tuple[str, bool], ...] = field(default=(), repr=False)
    exported: bool = False
    written: str | None = field(default=None, repr=False)

    @property
    def quote(self) -> str:
        """The kind of quote around the value, which python-dotenv removes; empty if none."""
        first = self.raw.lstrip(" \t")[:1]
        return first if self.kind is LineKind.ASSIGNMENT and first in ("'", '"') else ""

    @property
    def cut(self) -> str:
        """What python-dotenv treats as a comment after an unquoted value, ``#`` included."""
        if self.kind is not LineKind.ASSIGNMENT or self.quote:
            return ""
        match = re.search(r"\s(#.*)", self.raw)
        return match[1].rstrip() if match else ""

    @property
    def lost(self) -> str:
        """The part of the value that a ``#`` probably cut off; empty for an ordinary comment.

        If it has blanks, it is probably words; if it is nothing but ``#``, it is decoration.
        """
        return "" if not self.cut.strip("#") or any(map(str.isspace, self.cut)) else self.cut


@dataclass(frozen=True)
class EnvFile:
    """A ``.env`` file, as far as it could be read.

    Args:
        path: as shown to people.
        absolute: the absolute path.
        content: its bytes.
        error: why it could not be read, in the operating system's words; None if it could.
        missing: there is no such file.
        encoding: readers understand only UTF-8.
        bad_line: 1-based line of the first byte that is not UTF-8.
        bom: it begins with a UTF-8 byte-order mark.
        mode: permission bits; None if the system has none.
        tracked: what git does with it; None if that is not known.
        lines: its statements.
        environ: the process environment, which ``${NAME}`` and ``$NAME`` refer to.
    """

    path: str
    absolute: str = ""
    content: bytes = field(default=b"", repr=False)
    error: str | None = None
    missing: bool = False
    encoding: Encoding = Encoding.UTF8
    bad_line: int | None = None
    bom: bool = False
    mode: int | None = None
    tracked: Tracking | None = None
    lines: tuple[Line, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    _read: dict[Reader, Readings] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def is_read(self) -> bool:
        """Whether any reader can read it."""
        return self.error is None and not self.missing and self.encoding is Encoding.UTF8

    @property
    def windows_line_ends(self) -> int:
        """How many lines end in CR LF."""
        return self.content.count(b"\r\n")

    @property
    def text(self) -> str:
        """The content, with its byte-order mark and its line ends. Only for a file that is read."""
        return self.content.decode("utf-8")

    def read_by(self, reader: Reader) -> Readings:
        """Return what a reader makes of the file; nothing if it cannot be read."""
        if not self.is_read:
            return Readings({})
        if reader not in self._read:
            self._read[reader] = table.read(reader, self.text, self.environ)
        return self._read[reader]

    @property
    def read_so_far(self) -> tuple[Readings, ...]:
        """What the readers make of it that were asked until now."""
        return tuple(self._read.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the file sets, for python-dotenv, in the order of the file."""
        return tuple(
            dict.fromkeys(line.key for line in self.lines if line.key and line.value is not None)
        )

    @kept
    def _by_name(self) -> dict[str | None, tuple[Line, ...]]:
        found: dict[str | None, tuple[Line, ...]] = {}
        for line in self.lines:
            found[line.key] = (*found.get(line.key, ()), line)
        return found

    def statements(self, key: str) -> tuple[Line, ...]:
        """Return the statements of one name, in the order of the file; the last one counts."""
        return self._by_name.get(key, ())

    def holds(self, key: str) -> bool:
        """Tell whether the file sets a name to a value that is not empty."""
        return any(line.value for line in self.statements(key))


def parse(
    content: bytes,
    environ: Mapping[str, str],
    *,
    path: str,
    absolute: str = "",
    mode: int | None = None,
    tracked: Tracking | None = None,
) -> EnvFile:
    """Read a file's bytes as each reader does. Never raises.

    Args:
        content: the whole file.
        environ: the process environment, which ``${NAME}`` and ``$NAME`` refer to.
        path: as shown to people.
        absolute: the absolute path.
        mode: permission bits.
        tracked: what git does with it.
    """
    encoding, bad_line = _encoding_of(content)
    if encoding is not Encoding.UTF8:
        return EnvFile(
            path,
            absolute,
            content,
            encoding=encoding,
            bad_line=bad_line,
            mode=mode,
            tracked=tracked,
        )
    text = content.decode("utf-8")
    bom = text.startswith(_BOM)
    text = text.removeprefix(_BOM)
    lines = tuple(_lines(text, environ))
    return EnvFile(
        path, absolute, content, bom=bom, mode=mode, tracked=tracked, lines=lines, environ=environ
    )


def _encoding_of(content: bytes) -> tuple[Encoding, int | None]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Encoding.UTF16, None
    # UTF-16 without a mark: in ASCII text, every second byte is zero. A quarter of them is enough
    # here, because not all of the text has to be ASCII.
    sample = content[:4096]
    if len(sample) >= 4 and max(sample[0::2].count(0), sample[1::2].count(0)) * 4 > len(sample):
        return Encoding.UTF16, None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Encoding.UNKNOWN, content.count(b"\n", 0, error.start) + 1
    return Encoding.UTF8, None


def _lines(text: str, environ: Mapping[str, str]) -> Iterator[Line]:
    for statement in statements(text, environ):
        number, body, key = statement.number, statement.text, statement.key
        exported = re.match(r"export[^\S\r\n]", body) is not None
        if not statement.understood:
            yield Line(number, LineKind.INVALID, raw=body)
        elif key is None:
            if body:
                yield Line(number, LineKind.COMMENT, raw=body)
        elif statement.value is None:
            yield Line(number, LineKind.BARE, key, body, exported=exported)
        else:
            name_end = body.index(key, len("export ") if exported else 0) + len(key)
            raw = body[body.index("=", name_end) + 1 :]
            yield Line(
                number,
                LineKind.ASSIGNMENT,
                key,
                raw,
                statement.value,
                statement.expanded,
                exported,
                statement.written,
            )
