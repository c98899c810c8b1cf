"""Edits of a ``.env`` file's text that change only what they are asked to change (pure).

Comments, order, other names, blank lines and line ends stay as they are. Each result is read back
before it is returned, so that no reader finds another value in it than the one that was asked for,
and none loses a value that it had.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from ..frozen import dataclass
from ..late import compiled
from .readers.reading import Reader
from .text import EnvFile, Line, LineKind, parse

_BOM = "\ufeff"
# Characters that need no quotes in any reader. `~` is not one, because a shell expands it; nor is
# `#`, which begins a comment.
_HARMLESS = compiled(r"[A-Za-z0-9_.,:/@%+=?\[\]-]*")
_PHYSICAL = compiled(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_END = compiled(r"(?:\r\n|\r|\n)?\Z")
# A statement up to its `=`, as python-dotenv reads it (dotenv.parser).
_HEAD = compiled(r"(\s*(?:export[^\S\r\n]+)?)('[^']+'|[^=#\s]+)([^\S\r\n]*=)?")
_PLAIN_START = compiled(r"[ \t]*(?:export[ \t]+)?")
_QUOTED = compiled(r"[^\S\r\n]*(['\"])(?:\\.|(?!\1)[^\\])*\1", re.DOTALL)
_COMMENT = compiled(r"[^\S\r\n]*#[^\r\n]*")


# What a shell reads in double quotes (POSIX, shell command language, section 2.2.3).
ESCAPED = '\\"$`'

# Who has to read a file alike where it is not known who reads it.
ANYBODY = (Reader.PYTHON_DOTENV, Reader.NODE_DOTENV, Reader.SOURCE)


def written(value: str, readers: Collection[Reader] = ()) -> str | None:
    """Return how to write a value after the ``=``; None if no form is read alike by every reader.

    It is quoted only if it has to be: for ``docker run --env-file`` quotes are a part of the value.

    Args:
        value: without quotes.
        readers: those that read the file; empty if they are not known. python-dotenv is asked too:
            what it reads is what a line is meant to say, for this program and for people.
    """
    return next(_forms(value, readers), None)


def _forms(value: str, readers: Collection[Reader]) -> Iterator[str]:
    if "\n" in value or "\r" in value:
        return  # no two families of readers agree on values of several lines
    if not readers:
        bare = [value] if _HARMLESS.fullmatch(value) else []
        forms = [*bare, f"'{value}'", f'"{value}"']
        yield from (form for form in forms if _is_read(form, value, ANYBODY))
        return
    escaped = "".join(f"\\{each}" if each in ESCAPED else each for each in value)
    # Of these, python-dotenv takes an escaped `$` only behind a `\`, between single quotes.
    dollars = value.replace("$", "\\$")
    forms = [value, f"'{value}'", f'"{value}"', f'"{escaped}"', f"'{dollars}'"]
    good = [form for form in dict.fromkeys(forms) if _is_read(form, value, readers)]
    everybody = (*readers, Reader.PYTHON_DOTENV)
    # First what other programs read right too: the readers that are known may not be all.
    yield from (form for form in good if _is_read(form, value, (*everybody, *ANYBODY)))
    yield from (form for form in good if _is_read(form, value, everybody))


def _is_read(form: str, value: str, readers: Collection[Reader]) -> bool:
    """Tell whether each reader reads a form as a value, and loses nothing beside it."""
    try:
        file = parse(f"K={form}\nL=1\n".encode(), {}, path="")
    except UnicodeEncodeError:
        return False
    if len(file.lines) != 2 or (Reader.PYTHON_DOTENV in readers and file.lines[0].expanded):
        return False
    found = [file.read_by(reader) for reader in readers]
    return all(one.value("K") == value and one.value("L") == "1" for one in found)


def with_value(content: bytes, name: str, value: str, readers: Collection[Reader] = ()) -> bytes:
    """Set a name to a value, in its last statement, which counts, or in a new line at the end.

    An ``export`` before it, an ordinary comment after it and its kind of line end stay. If one of
    the readers would read them otherwise, the ``export`` goes, and the comment gets its own line.

    Args:
        content: of the file.
        name: to be set.
        value: to set it to.
        readers: those that read the file; empty if they are not known.

    Raises:
        ValueError: the file is not UTF-8, no form of the value is read alike by every reader
            (`written`), or an open quote elsewhere in the file would swallow the line.
    """
    form = written(value, readers)
    if form is None:
        who = " and ".join(sorted(readers)) if readers else "every reader"
        raise ValueError(f"no form of the value of {name} is read alike by {who}")
    file, mark, text = _opened(content)
    statements = file.statements(name)
    if not statements:
        ends = re.findall(r"\r\n|\r|\n", text)
        end = "\r\n" if ends[-1:] == ["\r\n"] else "\n"
        text += ("" if not text or text.endswith(("\n", "\r")) else end) + f"{name}={form}{end}"
        return _checked(file, (), mark + text, name, value, readers)
    last = statements[-1]
    before, statement, after = divided(text, last)
    old = pieces(last, statement)
    why = ValueError("another line of the file is in the way")
    for line in _lines_for(name, form, last, old, readers):
        try:
            return _checked(file, (last,), mark + before + line + after, name, value, readers)
        except ValueError as error:
            why = error
    raise why


def _lines_for(
    name: str, form: str, line: Line, old: Pieces, readers: Collection[Reader]
) -> Iterator[str]:
    """Yield what to write in place of a statement, what changes least first."""
    start = old.start if _PLAIN_START.fullmatch(old.start) else "export " if line.exported else ""
    blank, hash_mark, words = old.comment.partition("#")
    # For a shell, a comment begins only after an ordinary blank.
    comment = (
        (blank if re.fullmatch(r"[ \t]+", blank) else " ") + hash_mark + words if hash_mark else ""
    )
    if comment and not form:
        form = "''"  # without it, some readers take the comment for the value
    yield f"{start}{name}={form}{comment}{old.end}"
    if readers:
        yield f"{name}={form}{comment}{old.end}"
        above = f"{hash_mark}{words}{old.end or chr(10)}" if hash_mark else ""
        yield f"{above}{name}={form}{old.end}"


def renamed(content: bytes, line: Line, name: str) -> bytes:
    """Give a statement another name.

    Args:
        content: of the file.
        line: an assignment, as `text.parse` found it in the content.
        name: the new one.

    Raises:
        ValueError: the file is not UTF-8, or the line would have another value under that name.
    """
    file, mark, text = _opened(content)
    before, statement, after = divided(text, line)
    old = pieces(line, statement)
    rest = statement[len(old.start) + len(old.key) :]
    plain = next(one for one in file.lines if one.number == line.number)
    return _checked(
        file, (plain,), mark + before + old.start + name + rest + after, name, plain.value
    )


def without(content: bytes, lines: Iterable[Line], readers: Collection[Reader] = ()) -> bytes:
    """Remove statements, as `text.parse` found them in the content.

    Args:
        content: of the file.
        lines: to be removed.
        readers: those that read the file; empty if they are not known.

    Raises:
        ValueError: the file is not UTF-8, or the rest would be read differently.
    """
    lines = tuple(lines)
    file, mark, text = _opened(content)
    for line in sorted(lines, key=lambda line: -line.number):
        before, _, after = divided(text, line)
        text = before + after
    numbers = {line.number for line in lines}
    removed = [line for line in file.lines if line.number in numbers]
    return _checked(file, removed, mark + text, readers=readers)


def with_plain_line_ends(content: bytes) -> bytes:
    """Replace every CR LF by LF."""
    return content.replace(b"\r\n", b"\n")


def without_mark(content: bytes) -> bytes:
    """Remove the byte-order mark of UTF-8, and further ones directly after it."""
    mark = _BOM.encode()
    while content.startswith(mark):
        content = content.removeprefix(mark)
    return content


def from_utf16(content: bytes, names: Iterable[str]) -> bytes:
    """Turn UTF-16, with a mark or without, into UTF-8 without a mark.

    Args:
        content: of the file.
        names: if one of these is in it as ASCII, only a part of the file is UTF-16.

    Raises:
        ValueError: not all of it is UTF-16.
    """
    if any(name.encode() in content for name in names):
        raise ValueError("only a part of it is UTF-16")
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode(
        "utf-16" if marked else "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    )
    if "\0" in text:
        raise ValueError("it is not text")
    return text.removeprefix(_BOM).encode()


# --- the pieces of a file -------------------------------------------------------------------------


@dataclass(frozen=True)
class Pieces:
    """An assignment, or a name without ``=``, taken apart; put together they are its text again.

    Args:
        start: blanks, and ``export`` if it is there.
        key: the name, as it is written.
        equals: the ``=`` and the blanks before it; empty if there is none.
        value: as it is written, with its quotes and the blanks around it.
        comment: with the blanks before it. What a ``#`` probably cut off the value (`Line.lost`)
            is a part of the value here.
        end: the line end.
    """

    start: str
    key: str
    equals: str
    value: str
    comment: str
    end: str

    @property
    def head(self) -> str:
        """All that is before the value."""
        return self.start + self.key + self.equals


def pieces(line: Line, statement: str) -> Pieces:
    """Take the text of a statement apart (`divided`)."""
    head = _HEAD.match(statement)
    assert head is not None
    tail = statement[head.end() :]
    quoted = _QUOTED.match(tail) if line.quote else None
    if line.lost:
        comment = None
    elif quoted is not None or line.kind is not LineKind.ASSIGNMENT:
        comment = _COMMENT.match(tail, quoted.end() if quoted else 0)
    else:
        comment = re.search(r"[^\S\r\n]+#[^\r\n]*", tail)
    end = _END.search(tail)
    assert end is not None
    stop = min(comment.start() if comment else len(tail), end.start())
    return Pieces(head[1], head[2], head[3] or "", tail[:stop], tail[stop : end.start()], end[0])


def _opened(content: bytes) -> tuple[EnvFile, str, str]:
    """Return the file as it is read, its byte-order mark (or nothing), and its text."""
    file = parse(content, {}, path="")
    if not file.is_read:
        raise ValueError(f"the file is {file.encoding}")
    text = content.decode("utf-8")
    return file, _BOM if file.bom else "", text.removeprefix(_BOM)


def divided(text: str, line: Line) -> tuple[str, str, str]:
    """Return the text before a statement, the statement with its line end, and the rest."""
    lines = _PHYSICAL.findall(text)
    first = line.number - 1
    ends = line.raw.count("\n")
    if line.kind is LineKind.ASSIGNMENT:
        ends += (line.key or "").count("\n")
    after = first + ends + (not line.raw.endswith("\n"))
    return "".join(lines[:first]), "".join(lines[first:after]), "".join(lines[after:])


def _checked(
    before: EnvFile,
    changed: Iterable[Line],
    text: str,
    name: str = "",
    value: str | None = None,
    readers: Collection[Reader] = (),
) -> bytes:
    """Return the new content, after a check that nothing but ``name`` is read differently."""
    content = text.encode("utf-8")
    after = parse(content, {}, path="")
    kept = [_said(line) for line in before.lines if line not in changed]
    own = after.statements(name)[-1:] if name else ()
    comments = [_said(line) for line in after.lines if line.kind is LineKind.COMMENT]
    said = [_said(line) for line in after.lines if line not in own]
    if [one for one in said if one in kept or one not in comments] != kept or (
        name and (not own or (own[0].value != value and not readers))
    ):
        raise ValueError("an open quote elsewhere in the file would swallow the line")
    for reader in readers:
        _check_reader(reader, before, after, name, value)
    return content


def _check_reader(
    reader: Reader, before: EnvFile, after: EnvFile, name: str, value: str | None
) -> None:
    """Check that a reader loses nothing, and reads the new value, if it comes so far."""
    old, new = before.read_by(reader), after.read_by(reader)
    kept = [other for other in before.names if other != name and other in old]
    lost = [other for other in kept if new.value(other) != old.value(other)]
    stopped = new.stopped_at is not None and old.value(name) is None
    if lost or (name and new.value(name) != value and not stopped):
        raise ValueError(f"{reader} would read another value")


def _said(line: Line) -> tuple[LineKind, str | None, str]:
    # The last line of a file gets a line end when another is added after it.
    return line.kind, line.key, line.raw.removesuffix("\n")
