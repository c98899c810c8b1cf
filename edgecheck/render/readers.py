"""What each program makes of a ``.env`` file, as a table and as JSON (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..backend.profile import Variables
from ..dotenv.readers.reading import Winner
from ..dotenv.readers.table import PROGRAMS
from ..lint.finding import described
from ..lint.who_reads import Cell, ReaderRow
from ..settings.secret import Secret
from ..settings.url import parse as parse_url
from .layout import line, prose
from .styled import Text

SCHEMA = "edgecheck.readers/1"
_GAP = "  "


def document(path: str, rows: Iterable[ReaderRow], names: Variables) -> dict[str, Any]:
    """Return the contract's JSON document; the secret is in it as a fingerprint alone."""
    return {
        "schema": SCHEMA,
        "file": path,
        "readers": [
            {
                "reader": str(row.reader),
                "found": row.found,
                "followed": row.followed,
                "wins": str(row.wins),
                "stopped_at": row.stopped_at,
                "lost": list(row.lost),
                "settings": {cell.name: _setting(names, cell) for cell in row.cells},
            }
            for row in rows
        ],
    }


def _setting(names: Variables, cell: Cell) -> dict[str, Any]:
    if cell.name == names.secret:
        value: dict[str, Any] = {"fingerprint": _fingerprint(cell)}
    elif cell.name == names.url and cell.value is not None:
        value = {"value": parse_url(cell.value).masked}
    else:
        value = {"value": cell.value}
    return {**value, "same_as_written": cell.same, "note": cell.note}


def _fingerprint(cell: Cell) -> str | None:
    return None if cell.value is None else Secret(cell.value).fingerprint


def table(
    path: str, written: Iterable[Cell], rows: Sequence[ReaderRow], names: Variables, width: int
) -> list[Text]:
    """Lay out the table, and below it what is wrong.

    Args:
        path: of the file.
        written: what the file was meant to set.
        rows: what each reader makes of it.
        names: of the settings.
        width: columns.
    """
    lines = [line((f"{path}, as its readers see it", "bold")), line("")]
    for cell in written:
        shown = _shown(names, cell)
        lines += prose(f"{cell.name}: {shown}", width, "  ", "    ", break_words=True)
    lines.append(line(""))
    lines += _columns(rows, names)
    for row in rows:
        lines += _details(row, names, width)
    return lines


def _columns(rows: Sequence[ReaderRow], names: Variables) -> Iterator[Text]:
    heads = ("reader", *names.all, "found in")
    cells = [
        (str(row.reader), *(_word(cell) for cell in row.cells), row.found or "-") for row in rows
    ]
    widths = [max(len(one[column]) for one in (heads, *cells)) for column in range(len(heads))]
    yield line((_joined(heads, widths), "dim"))
    for row, each in zip(rows, cells, strict=True):
        parts: list[str | tuple[str, str]] = [("> " if row.followed else "  ", "bold")]
        for column, text in enumerate(each):
            wrong = 0 < column <= len(names.all) and text not in ("as written", "-")
            parts.append((text.ljust(widths[column]) + _GAP, "red" if wrong else ""))
        yield line(*parts)


def _joined(texts: Iterable[str], widths: Iterable[int]) -> str:
    return "  " + _GAP.join(text.ljust(size) for text, size in zip(texts, widths, strict=True))


def _word(cell: Cell) -> str:
    """Say in a word or two what is wrong."""
    if cell.same:
        return "as written"
    if cell.value is None:
        return "-" if cell.note == "not in the file" else "nothing"
    return "another"


def _details(row: ReaderRow, names: Variables, width: int) -> list[Text]:
    wrong = [cell for cell in row.cells if _word(cell) in ("nothing", "another") or _is_told(cell)]
    if not wrong and not row.lost:
        return []
    wins = "wins" if row.wins is Winner.FILE else "does not win"
    lines = [
        line(""),
        *prose(
            f"{row.reader} ({PROGRAMS[row.reader].what}); the file {wins} over the environment",
            width,
        ),
    ]
    for cell in wrong:
        lines += prose(f"{cell.name}: {_shown(names, cell)}", width, "  ", "    ", break_words=True)
    others = [name for name in row.lost if name not in names.all]
    if others:
        lines += prose(f"lost too: {', '.join(others)}", width, "  ", "    ", break_words=True)
    return lines


def _is_told(cell: Cell) -> bool:
    return bool(cell.note) and cell.note != "not in the file"


def _shown(names: Variables, cell: Cell) -> str:
    if cell.value is None:
        return f"nothing: {cell.note}" if cell.note else "nothing"
    fingerprint = _fingerprint(cell) if cell.name == names.secret else None
    words = described(names, cell.name, cell.value) + (f", {fingerprint}" if fingerprint else "")
    return f"{words}; {cell.note}" if cell.note else words
