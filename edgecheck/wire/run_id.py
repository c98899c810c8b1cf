"""The name of one run, by which its screen, its reports and its annotations are known together."""

from __future__ import annotations

import os

LENGTH = 12
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_run_id() -> str:
    """Return 12 random characters, ``a`` to ``z`` and ``2`` to ``7`` (RFC 4648, section 6)."""
    # A byte has eight times as many values as the alphabet has characters, so all are as likely.
    return "".join([_ALPHABET[octet % len(_ALPHABET)] for octet in os.urandom(LENGTH)])
