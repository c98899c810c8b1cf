"""When a stage ran."""

from __future__ import annotations

from ..frozen import dataclass


@dataclass(frozen=True)
class Span:
    """When a stage began, in milliseconds since the start of the checkup, and how long it took."""

    started_ms: float
    duration_ms: float
