"""What the lint found; it has no part of a secret (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from ..frozen import dataclass, field


@dataclass(frozen=True)
class Defect:
    """One finding of the lint.

    Args:
        code: the problem's code in the catalogue.
        severity: ``error``, ``warning`` or ``info``, for this occurrence.
        where: file and line, variable or option, as a person would write it (``.env:3``).
        setting: the variable that it is about (``EDGE_SECRET``), or an empty string.
        evidence: what was seen, escaped and without any part of a secret.
        values: fill the entry's texts, in addition to the common values.
        remedies: for this occurrence, to try before those of the entry.
        covers: other settings that are wrong, or not set, because of it.
        fix: the command that repairs this occurrence in the file; empty if there is none.
    """

    code: str
    severity: str
    where: str = ""
    setting: str = ""
    evidence: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    remedies: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    fix: str = ""
