"""The name of one run, by which its screen, its reports and its annotations are known together."""

from __future__ import annotations

import base64
import os

LENGTH = 12


def new_run_id() -> str:
    """Return 12 random characters, ``a`` to ``z`` and ``2`` to ``7`` (RFC 4648, section 6)."""
    return base64.b32encode(os.urandom(LENGTH)).decode()[:LENGTH].lower()
