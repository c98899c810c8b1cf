"""Dates as text: HTTP's form (RFC 9110, section 5.6.7) and RFC 3339 (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..late import compiled

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_ZONE = r"(?:GMT|UTC|\+0000)"  # only GMT is right; the others mean the same and do occur
_FORMS = tuple(
    compiled(form, re.ASCII)
    for form in (
        rf"\w+, (?P<day>\d\d?) (?P<month>\w+) (?P<year>\d{{4}}) {_TIME} {_ZONE}",  # IMF-fixdate
        rf"\w+, (?P<day>\d\d?)-(?P<month>\w+)-(?P<year>\d\d) {_TIME} {_ZONE}",  # RFC 850
        rf"\w+ (?P<month>\w+) +(?P<day>\d\d?) {_TIME} (?P<year>\d{{4}})",  # asctime
    )
)


def from_http(value: str | None) -> datetime | None:
    """Read the value of a field such as ``Date``; return None if it is not a date.

    A recipient has to accept two obsolete forms beside the current one (RFC 9110, section 5.6.7).
    """
    for form in _FORMS if value else ():
        if found := form.fullmatch((value or "").strip()):
            return _moment(found)
    return None


def _moment(found: re.Match[str]) -> datetime | None:
    year = int(found["year"])
    if year < 100:
        # The pivot of POSIX (strptime, %y). The RFC's own rule depends on the current year; for
        # dates near the present, and servers send no others, both give the same year.
        year += 1900 if year >= 69 else 2000
    try:
        return datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59),  # a leap second
            tzinfo=UTC,
        )
    except ValueError:
        return None


def from_rfc3339(text: str | None) -> datetime | None:
    """Read a date and time; return None if it is not one. UTC is assumed if it names no zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_rfc3339(moment: datetime, precision: str = "seconds") -> str:
    """Write a date and time as RFC 3339 in UTC.

    Args:
        moment: with a time zone.
        precision: ``seconds`` or ``milliseconds``.
    """
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec=precision).removesuffix('+00:00')}Z"
