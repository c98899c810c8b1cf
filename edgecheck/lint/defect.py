"""What the lint found, without any value that is secret (pure)."""

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
        setting: the variable concerned (``EDGE_SECRET``), or an empty string.
        evidence: what was seen, escaped and without any part of a secret.
        values: what the entry's texts are filled with, beside the common values.
        remedies: for this occurrence, tried before the entry's own.
        fix: the command that repairs this occurrence in the file; empty where it is left to the
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
