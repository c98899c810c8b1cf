"""When a stage ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A stretch of the checkup, in milliseconds since its start."""

    started_ms: float
    duration_ms: float
