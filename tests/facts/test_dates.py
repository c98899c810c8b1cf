"""Dates as text: what HTTP and RFC 3339 allow, and what is no date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.facts.dates import from_http, from_rfc3339, to_rfc3339

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
SECONDS = st.integers(-30_000_000_000, 200_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 6 Nov 1994 08:49:37 UTC ",
    ],
)
def test_every_form_of_http_is_read(value: str) -> None:
    """The three of RFC 9110, section 5.6.7, by its own example, and small departures."""
    assert from_http(value) == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        "0",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:3\u00b2 GMT",
    ],
)
def test_what_is_no_date_is_none(value: str | None) -> None:
    """No value of a field raises."""
    assert from_http(value) is None


def test_a_leap_second_is_read_as_the_second_before() -> None:
    """Python has no second 60."""
    assert from_http("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


@given(SECONDS)
def test_what_other_programs_write_is_read_back(moment: datetime) -> None:
    """As the standard library writes it."""
    assert from_http(format_datetime(moment, usegmt=True)) == moment


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    """It is a date or it is not."""
    assert from_http(text) is None or isinstance(from_http(text), datetime)
    assert from_rfc3339(text) is None or isinstance(from_rfc3339(text), datetime)


@given(st.datetimes(timezones=st.just(UTC)))
def test_rfc3339_is_written_and_read_back(moment: datetime) -> None:
    """To the millisecond."""
    read = from_rfc3339(to_rfc3339(moment, "milliseconds"))

    assert read is not None
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)


def test_rfc3339_is_in_utc_and_ends_in_z() -> None:
    """Whatever zone the moment is in; a text without a zone is taken for UTC."""
    moment = datetime(2026, 1, 5, 10, 12, 44, tzinfo=timezone(timedelta(hours=1)))

    assert to_rfc3339(moment) == "2026-01-05T09:12:44Z"
    assert from_rfc3339("2026-01-05T09:12:44") == moment
