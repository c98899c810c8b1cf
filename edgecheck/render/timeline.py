"""The times of the stages, as parts of the whole (pure)."""

from __future__ import annotations

import math

from ..diagnose import StageResult
from ..frozen import dataclass
from ..report import Report

# With more marks on the axis, their labels would touch each other on a phone.
_MOST_MARKS = 4
_SECONDS_FROM_MS = 2000


@dataclass(frozen=True)
class Bar:
    """One stage that took time.

    Args:
        result: the stage.
        start, length: as parts of the whole, 0 to 1.
    """

    result: StageResult
    start: float
    length: float


@dataclass(frozen=True)
class Timeline:
    """The times of all stages.

    Args:
        total_ms: how long the whole checkup took, experiments and second looks included.
        bars: empty if nothing took time.
    """

    total_ms: float
    bars: tuple[Bar, ...]

    @property
    def marks(self) -> list[tuple[float, str]]:
        """The marks of the axis, as parts of the whole, with their labels.

        Their distance is 1, 2 or 5 times a power of ten.
        """
        if self.total_ms <= 0:
            return []
        power = 10.0 ** math.floor(math.log10(self.total_ms / _MOST_MARKS))
        step = next(
            factor * power
            for factor in (1, 2, 5, 10)
            if factor * power * _MOST_MARKS >= self.total_ms
        )
        size, unit = (1000, "s") if self.total_ms >= _SECONDS_FROM_MS else (1, "ms")
        times = [step * number for number in range(int(self.total_ms / step) + 1)]
        return [
            (time / self.total_ms, f"{time / size:g}" + (f" {unit}" if time == times[-1] else ""))
            for time in times
        ]


def timeline(report: Report) -> Timeline:
    """Compute the bars from the stages' times.

    A file for ``--replay`` may hold impossible times; these are brought within bounds.
    """
    ran = [result for result in report.diagnosis.stages if result.span.duration_ms > 0]
    total = max(
        [
            report.facts.total_ms,
            *(result.span.started_ms + result.span.duration_ms for result in ran),
        ],
        default=0.0,
    )
    if not ran or total <= 0:
        return Timeline(max(total, 0.0), ())
    bars = []
    for result in ran:
        start = min(max(result.span.started_ms / total, 0.0), 1.0)
        bars.append(Bar(result, start, min(result.span.duration_ms / total, 1.0 - start)))
    return Timeline(total, tuple(bars))
