"""Pages of the monitor, written by hand."""

from __future__ import annotations

import random
from dataclasses import replace

from edgecheck.render.monitor import Cause, MonitorRow, Overview, Part
from tests.render.hostile import HOSTILE

SLOTS = 288
OPERATORS = "Next step: the operators of this agent"
BACKEND = "Next step: the backend's team"


def strip(*parts: tuple[str, int]) -> tuple[Part, ...]:
    """Return a strip of states and their lengths."""
    made, start = [], 0
    for state, length in parts:
        made.append(Part(start, length, state, 1.8e9 + start * 300))
        start += length
    assert start == SLOTS
    return tuple(made)


QUIET = strip(("pass", SLOTS))


def busy(seed: int) -> tuple[Part, ...]:
    """Return a day with many changes."""
    draw = random.Random(seed)
    parts, left = [], SLOTS
    while left:
        length = min(left, draw.randint(1, 40))
        parts.append(("fail" if len(parts) % 2 else "pass", length))
        left -= length
    return strip(*parts)


WELL = MonitorRow(
    name="agents/munich-2/.env",
    link="/report?target=agents%2Fmunich-2%2F.env",
    agent_id="edge_2",
    host="backend.example.com",
    state="pass",
    code="",
    title="Healthy",
    turn="",
    since="3 d 4 h",
    checked="12 s ago",
    flapping=False,
    warnings=0,
    ping_ms=24.3,
    strip=QUIET,
    healthy=100,
)
ILL = replace(
    WELL,
    name="agents/berlin-17/a-folder-with-a-long-name-that-somebody-chose/.env",
    link="/report?target=x",
    agent_id="edge_17",
    state="fail",
    code="secret-bearer-prefix",
    title="EDGE_SECRET begins with `Bearer `, which the client adds itself",
    turn=OPERATORS,
    since="2 h 10 min",
    ping_ms=None,
    strip=strip(("skip", 100), ("pass", 162), ("fail", 26)),
    healthy=86,
)
TURNS = replace(
    ILL,
    name="agents/hamburg-3/.env",
    code="auth-inconsistent",
    title="The same request gets different answers: closed 1008, then accepted",
    turn=BACKEND,
    flapping=True,
    strip=busy(1),
    healthy=61,
)
BROKEN = replace(
    ILL, name="inventory.toml:12", link="", code="", title="secret_file: not readable", turn=""
)
NEW = replace(
    WELL, name="new", link="", state="skip", title="Not checked yet", since="", healthy=None
)
FULL = Overview(
    rows=(ILL, TURNS, BROKEN, NEW, WELL, replace(WELL, state="warn", title="Healthy, 2 warnings")),
    causes=(
        Cause("secret-bearer-prefix", OPERATORS, 38),
        Cause("auth-inconsistent", BACKEND, 2),
        Cause("", "", 1),
    ),
    total=412,
    problems=41,
    unchecked=1,
    selected=412,
    number=2,
    pages=3,
    only="",
    now="2026-11-28 03:12:44 UTC",
    every=60.0,
    slots=SLOTS,
    until="tls",
    error="agents.toml: line 3 is not TOML",
)
GREEN = replace(
    FULL,
    rows=(WELL,) * 3,
    causes=(),
    total=3,
    problems=0,
    unchecked=0,
    number=1,
    pages=1,
    until="",
    error="",
)
EMPTY = replace(GREEN, rows=(), total=0)
_EVIL = replace(
    TURNS, name=HOSTILE, agent_id=HOSTILE, host=HOSTILE, code=HOSTILE, title=HOSTILE, turn=HOSTILE
)
POISONED = replace(
    FULL, rows=(_EVIL,), causes=(Cause(HOSTILE, HOSTILE, 1),), only=HOSTILE, error=HOSTILE
)
ALL = {"full": FULL, "green": GREEN, "empty": EMPTY, "poisoned": POISONED}
