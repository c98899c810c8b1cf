"""What an answer's own code or words decide by themselves: the tables (pure)."""

from __future__ import annotations

from . import applications, cdn, filters, gateways, platforms, words
from .tell import Tell

# The most telling first: a platform's field before its CDN's page, a number before a sentence.
TELLS: tuple[Tell, ...] = (
    *platforms.TELLS,
    *gateways.TELLS,
    *cdn.TELLS,
    *applications.TELLS,
    *filters.TELLS,
    *words.TELLS,
)
