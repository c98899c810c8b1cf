"""The faults by name, each with a line of help, for completion: quick to import."""

from __future__ import annotations

from .faults import TABLE

FAULTS: dict[str, str] = {code: fault.help for code, fault in TABLE.items()}
