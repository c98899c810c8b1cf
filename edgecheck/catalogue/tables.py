"""The tables of all stages, put together (pure)."""

from __future__ import annotations

from .assembly import assemble
from .auth import PROBLEMS as _AUTH
from .client import PROBLEMS as _CLIENT
from .config import PROBLEMS as _CONFIG
from .dns import PROBLEMS as _DNS
from .proxy import PROBLEMS as _PROXY
from .session import PROBLEMS as _SESSION
from .tcp import PROBLEMS as _TCP
from .tls import PROBLEMS as _TLS
from .upgrade import PROBLEMS as _UPGRADE

# In the order of the stages, then of each table.
PROBLEMS = assemble((_CONFIG, _DNS, _TCP, _PROXY, _TLS, _UPGRADE, _AUTH, _SESSION, _CLIENT))
