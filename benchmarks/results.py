"""`RESULTS.md`: what was measured, a section for each command that measures.

A run replaces its own section and leaves the others.

Nothing here measures.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edgecheck import __version__, files

RESULTS = Path(__file__).parent / "RESULTS.md"
_TITLE = """\
# What was measured

One run of each command, on the machine and at the time that it names. `make bench fuzz soak`
measures again.
"""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: was measured.
        target: in words (``≤ 1.3 times``).
        figure: what came out, with its unit.
        met: whether the figure meets the target; None where there is no target.
        why: where it is missed, the reason.
    """

    what: str
    target: str
    figure: str
    met: bool | None
    why: str = ""


def show(rows: Sequence[Row]) -> str:
    """Lay out rows as a Markdown table, which a terminal shows well enough."""
    marks = {True: "yes", False: "**no**", None: ""}
    cells = [
        ("what", "target", "figure", "met"),
        *((row.what, row.target, row.figure, marks[row.met]) for row in rows),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    missed = [
        textwrap.fill(f"- {row.what}: {row.why}", 100, subsequent_indent="  ")
        for row in rows
        if row.why
    ]
    return "\n".join([*lines, *(["", *missed] if missed else [])])


def record(section: str, rows: Sequence[Row], notes: str = "") -> int:
    """Print a table, and write it into its section of the file.

    Return the exit code: 1 where a target is missed.

    Args:
        section: its heading, which stays the same from run to run (``make bench: speed``).
        rows: the table.
        notes: how it was measured, in Markdown.
    """
    body = f"{_machine()}\n\n{show(rows)}\n" + (f"\n{notes.strip()}\n" if notes else "")
    print(f"\n{section}\n\n{show(rows)}")
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _TITLE
    pattern = re.compile(rf"^## {re.escape(section)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    part = f"## {section}\n\n{body}\n"
    text = (
        pattern.sub(lambda _: part, text) if pattern.search(text) else f"{text.rstrip()}\n\n{part}"
    )
    files.replace(RESULTS, f"{text.rstrip()}\n".encode(), mode=0o644)
    return 1 if any(row.met is False for row in rows) else 0


def _machine() -> str:
    """Say where and when: no name of the machine or of a person."""
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=RESULTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, edgecheck {__version__} at "
        f"{git.stdout.strip() or 'no commit'};\n"
        f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}"
    )


def _processor() -> str:
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    match = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return match[1].strip() if match else platform.machine()
