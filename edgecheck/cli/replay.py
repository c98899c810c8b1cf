"""Read a report back: for `doctor --replay`."""

from __future__ import annotations

import json
from typing import Any

from ..render.words import shown
from ..report import Report, ReportError, report_in
from .ends import UsageError
from .foreign import quoted
from .process import Process

# A report holds at most 64 KiB of a response's body and the heads beside it: escaped, less than 1
# MiB, as measured with a hostile server. A larger file is something else, and JSON can take sixty
# times its size in memory.
MAX_BYTES = 2 << 20
# Thirty years in milliseconds: no time and no number in a report is larger.
MAX_NUMBER = 1e12


def replayed(process: Process, name: str) -> Report:
    """Judge the facts of a report again.

    Args:
        process: where it is read.
        name: path of the file; ``-`` for standard input.

    Raises:
        UsageError: it cannot be read, or is not a report.
    """
    try:
        if name == "-":
            content = process.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with (process.cwd / name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--replay {name}: {(isinstance(error, OSError) and error.strerror) or error}"
        ) from None
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"--replay {name}: it is larger than {MAX_BYTES >> 20} MiB, the limit for a report"
        )
    try:
        document = _safe(
            json.loads(content, parse_float=_number, parse_int=_number, parse_constant=_number)
        )
    except (ValueError, RecursionError):
        raise UsageError(
            f"--replay {name}: it is not JSON, as `edgecheck doctor --json` prints it"
        ) from None
    if isinstance(document, dict) and "error" in document:
        raise UsageError(
            f"--replay {name}: that run had no result, so there is nothing to judge: "
            f"{document['error']}"
        )
    try:
        return quoted(report_in(document), document)
    except ReportError as error:
        raise UsageError(f"--replay {name}: {error}") from None
    # A forged report can contain anything: it is not a bug of edgecheck.
    except Exception as error:  # noqa: BLE001
        raise UsageError(
            f"--replay {name}: what it holds cannot be judged ({type(error).__name__})"
        ) from None


def _number(text: str) -> float:
    """Read a number; raises `ValueError` for one that cannot be in a report, such as NaN."""
    number = float(text)
    if not abs(number) < MAX_NUMBER:
        raise ValueError(text)
    return int(number) if text.lstrip("-").isdigit() else number


def _safe(value: Any) -> Any:
    """Escape every text.

    A report from edgecheck has nothing to escape; a forged one is as hostile as the network.
    """
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return [_safe(each) for each in value]
    if isinstance(value, dict):
        return {shown(name): _safe(each) for name, each in value.items()}
    return value
