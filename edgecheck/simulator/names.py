"""The faults by name, each with a line of help, for completion: quick to import."""

from __future__ import annotations

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..terms import fill
from ..wording.values import profile_values
from .faults import TABLE


def helps(profile: Profile = EDGE) -> dict[str, str]:
    """Return a line of help for every fault, under its code."""
    values = profile_values(profile)
    return {code: fill(fault.help, values) for code, fault in TABLE.items()}


FAULTS = helps()
