"""The built-in profiles, for servers of other people."""

from __future__ import annotations

from edgecheck.backend.builtin import BUILT_IN as NAMES
from edgecheck.backend.builtin import built_in
from edgecheck.backend.profile import Profile

BUILT_IN: dict[str, Profile] = {name: built_in(name) for name in NAMES}
