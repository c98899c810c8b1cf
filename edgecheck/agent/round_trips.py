"""Statistics of round trips (pure)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

# Rows of a histogram: as many as can be read at a glance.
ROWS = 6
# Fewer round trips than this show no distribution.
SHAPE = 5


@dataclass(frozen=True)
class Summary:
    """Statistics of round trips, in milliseconds.

    Args:
        minimum, average, maximum: of all round trips.
        deviation: the root of the mean square deviation, which ping(8) calls mdev.
        p50, p95, p99: percentiles by nearest rank, so that each is a measured round trip.
    """

    minimum: float
    average: float
    maximum: float
    deviation: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Bin:
    """One row of a histogram: round trips from `low` to `high` milliseconds."""

    low: float
    high: float
    count: int


class RoundTrips:
    """All round trips, in milliseconds: a day with one per second takes 700 KB."""

    def __init__(self) -> None:
        self._values = array("d")

    def add(self, milliseconds: float) -> None:
        """Add one round trip."""
        self._values.append(milliseconds)

    def __len__(self) -> int:
        return len(self._values)

    def summary(self) -> Summary | None:
        """Return the statistics; None if there are no round trips."""
        if not self._values:
            return None
        ordered = sorted(self._values)
        average = math.fsum(ordered) / len(ordered)
        return Summary(
            minimum=ordered[0],
            average=average,
            maximum=ordered[-1],
            deviation=math.sqrt(
                math.fsum((value - average) ** 2 for value in ordered) / len(ordered)
            ),
            p50=percentile(ordered, 50),
            p95=percentile(ordered, 95),
            p99=percentile(ordered, 99),
        )

    def histogram(self) -> list[Bin]:
        """Return rows of equal width; no row if there are too few round trips, or all are equal."""
        if len(self._values) < SHAPE or min(self._values) == max(self._values):
            return []
        low, width = min(self._values), (max(self._values) - min(self._values)) / ROWS
        counts = [0] * ROWS
        for value in self._values:
            counts[min(int((value - low) / width), ROWS - 1)] += 1
        return [
            Bin(low + number * width, low + (number + 1) * width, count)
            for number, count in enumerate(counts)
        ]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that this percentage of the values does not exceed (nearest rank).

    Args:
        ordered: at least one value, ascending.
        percent: more than 0, at most 100.
    """
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def number(milliseconds: float) -> str:
    """Write milliseconds as ping(8) does: the larger the value, the fewer decimal places."""
    digits = next(
        (digits for limit, digits in ((0.9995, 3), (9.995, 2), (99.95, 1)) if milliseconds < limit),
        0,
    )
    return f"{milliseconds:.{digits}f}"
