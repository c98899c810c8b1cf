"""Numbers with their units, and lists in words (pure)."""

from __future__ import annotations

from collections.abc import Iterable

# How many items of a list are named before the rest is only counted.
LISTED = 5


def milliseconds(value: float) -> str:
    """Write a duration given in milliseconds; the longer it is, the fewer decimals it has."""
    if value < 10:
        return f"{value:.2f} ms"
    if value < 100:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"


def rounded(value: float) -> str:
    """Write an age or a limit, given in milliseconds: from a second on in tenths."""
    return milliseconds(value) if value < 950 else f"{value / 1000:.1f} s"


def elapsed(seconds: float) -> str:
    """Write how long something has lasted: ``7 s``, ``3:07`` (minutes) or ``2:03:07`` (hours)."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def counted(number: int, noun: str) -> str:
    """Write a number and its noun, which gets an s unless the number is 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(items: Iterable[object], most: int = LISTED) -> str:
    """Name the first items, separated by commas, and count the others."""
    texts = [str(item) for item in items]
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def joined(names: Iterable[str]) -> str:
    """Name all items, with ``and`` before the last one."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
