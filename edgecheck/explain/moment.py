"""When a line of a log was written (pure)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "|".join(_MONTHS)
_ZONE = r"(?P<zone>z|\s?[+-]\d\d:?\d\d)?"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_FORMS = (
    # ISO 8601, and nginx's and Go's form with slashes
    re.compile(rf"(?P<year>\d{{4}})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[t ]{_CLOCK}{_ZONE}"),
    # access logs
    re.compile(rf"(?P<day>\d\d)/(?P<name>{_MONTH})/(?P<year>\d{{4}}):{_CLOCK}{_ZONE}"),
    # Apache's error log, and ctime
    re.compile(rf"(?P<name>{_MONTH}) (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})"),
    # syslog, without a year
    re.compile(rf"(?P<name>{_MONTH}) (?P<day>[ \d]\d) {_CLOCK}"),
    # klog
    re.compile(rf"^[iwef](?P<month>\d\d)(?P<day>\d\d) {_CLOCK}"),
)
# Seconds since 1970 as squid, caddy and pino write them, the latter in milliseconds.
_EPOCH = re.compile(
    r"^(?P<s>\d{10}\.\d{3})\s|\"(?:ts|time|timestamp)\":\s?(?P<t>\d{10,13}(?:\.\d+)?)"
    r"|__realtime_timestamp\"\s?:\s?\"(?P<u>\d{16})"
)
_TIME_ALONE = re.compile(rf"^\W{{0,2}}{_CLOCK}")
# How much of a line may stand before its time.
_BEGINS = 400


def moment_of(line: str, year: int) -> float | None:
    """Return the time of a line in seconds since 1970; None if it has none.

    A time without a zone is taken for UTC: only differences and the order matter.

    Args:
        line: in lower case.
        year: for times without one.
    """
    begins = line[:_BEGINS]
    for form in _FORMS:
        if (match := form.search(begins)) is not None:
            return _seconds(match.groupdict(), year)
    if (match := _EPOCH.search(begins)) is not None:
        if match["u"]:
            return float(match["u"]) / 1e6  # the journal's, in microseconds
        number = float(match["s"] or match["t"])
        return number / 1000 if number > 1e11 else number
    if (match := _TIME_ALONE.search(begins)) is not None:
        return _seconds({**match.groupdict(), "month": "1", "day": "1"}, year)
    return None


def _seconds(parts: dict[str, str | None], year: int) -> float | None:
    name = parts.get("name")
    month = _MONTHS.index(name) + 1 if name else int(parts["month"] or 1)
    zone = (parts.get("zone") or "z").replace(":", "").strip()
    offset = timedelta(0)
    if zone != "z":
        sign = -1 if zone[0] == "-" else 1
        offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    try:
        moment = datetime(
            int(parts.get("year") or year),
            month,
            int(parts["day"] or 1),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=timezone(offset),
        )
    except ValueError:
        return None  # a number that looks like a time
    return moment.timestamp() + float(f"0.{parts.get('fraction') or 0}")


def written(seconds: float) -> str:
    """Return a time as it is shown: ISO 8601, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
