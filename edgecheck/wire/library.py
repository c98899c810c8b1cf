"""Import websockets without `importlib.metadata`, which takes longer than all of websockets.

Its module `version` imports that first of all, and uses it only in versions that were never
released. This file is the only one that knows.
"""

from __future__ import annotations

import sys
from types import ModuleType

_UNUSED = "importlib.metadata"


def _prepare() -> None:
    """Import websockets' version with an empty module in place of the one that it does not use."""
    if _UNUSED in sys.modules or "websockets" in sys.modules:
        return
    sys.modules[_UNUSED] = ModuleType(_UNUSED)
    try:
        import websockets.version  # noqa: F401
    except AttributeError:
        pass  # a version that was not released: it needs the real one, and is imported again
    finally:
        del sys.modules[_UNUSED]


_prepare()
from websockets import exceptions as exceptions  # noqa: E402, PLC0414 `fold` takes it from here
