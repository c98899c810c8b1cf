"""How long tests wait.

No test measures speed; on a slow or busy machine one number makes every limit longer.
"""

from __future__ import annotations

import os

# EDGECHECK_TEST_PATIENCE=3 pytest …: every limit three times as long.
SCALE = float(os.environ.get("EDGECHECK_TEST_PATIENCE", "1"))


def seconds(number: float) -> float:
    """Return a limit for this machine."""
    return number * SCALE


# For what always ends: a bound, not an expectation.
PATIENCE = seconds(60)
# The `--timeout` of a run that meets silence: nothing that answers on loopback takes so long, and
# nobody waits long for what does not.
STAGE_LIMIT = seconds(2)
# For a run in which silence is the only thing that is waited for.
SHORT_LIMIT = seconds(0.3)
