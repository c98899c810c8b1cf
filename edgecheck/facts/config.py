"""What was seen in the settings, without any value that is secret.

`Defect` values are made by the catalogue's lint rules; they are kept here, as facts, so that a report holds
all that its verdict was derived from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .span import Span


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
        fix: the command that repairs this occurrence in the file; empty where it is left to the person.
    """

    code: str
    severity: str
    where: str = ""
    setting: str = ""
    evidence: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    remedies: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True)
class ConfigFacts:
    """Where each setting came from, and what is wrong with it.

    Args:
        env_file: the ``.env`` file's path as shown to people; None where none was read.
        origins: for every setting that is set, where it came from (``BACKEND_URL``: ``.env:1``).
        defects: what the lint found, in the order of the file.
        request_possible: whether the opening handshake can be written and sent with these settings; None if not judged.
        span: when the settings were read and judged.
    """

    env_file: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()
    request_possible: bool | None = None
    span: Span | None = None
