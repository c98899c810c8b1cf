"""What the lint found, without any part of a secret (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Defect:
    """One finding of the lint.

    Args:
        code: the problem's code in the catalogue.
        severity: ``error``, ``warning`` or ``info``, for this occurrence.
        where: file and line, variable or option, as a person would write it (``.env:3``).
        setting: the variable that it is about (``EDGE_SECRET``), or an empty string.
        evidence: what was seen, escaped and without any part of a secret.
        values: fills the entry's texts, beside the common values.
        remedies: for this occurrence, to try before the entry's own.
        fix: the command that repairs this occurrence in the file; empty if it is left to the
            person.
    """

    code: str
    severity: str
    where: str = ""
    setting: str = ""
    evidence: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    remedies: tuple[str, ...] = ()
    fix: str = ""
