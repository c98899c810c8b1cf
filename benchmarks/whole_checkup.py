"""A whole healthy `doctor` beside wscat.

Both open the same connection to the same simulator on loopback and send the same ping.

    python benchmarks/whole_checkup.py [ROUNDS]

wscat runs twice: as people call it, where it waits for two seconds after it has sent, and told not
to wait (``-w 0``), where it hangs up at once, most often after the pong, and sometimes before it.
The first is compared by the clock, the second by processor time as well. For the second, the
libraries that `doctor` stands on are imported in each round too, and nothing else is done.
"""

from __future__ import annotations

import sys

from backend import Backend, simulator
from programs import EDGECHECK, PYTHON, other
from results import Row, show
from side_by_side import Command, processor_time, take_turns

ROUNDS = 21
# Rounds with the wscat that waits: 2 s each.
WAITED = 5
TARGET, UNWAITED_TARGET = 1.5, 1.2
LIBRARIES = "import asyncio, ssl, websockets.client; print('imported')"
WHAT = 'a whole healthy `doctor` by `wscat -x \'{"type":"ping"}\'`'


def wscat_words(program: str, backend: Backend) -> list[str]:
    """Return the command that asks for what `doctor` asks for."""
    settings = backend.settings
    assert settings.endpoint is not None
    assert settings.secret is not None
    assert settings.agent_id is not None
    fields = {
        "Authorization": f"Bearer {settings.secret.secret.reveal()}",
        "X-Edge-Agent-Id": settings.agent_id.text,
    }
    headers = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    return [program, "-c", settings.endpoint.url, *headers, "-x", '{"type":"ping"}']


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for each way to call wscat, or one that says that there is none."""
    program = other("wscat")
    if program is None:
        return [Row(WHAT, f"≤ {TARGET:g} times", "wscat is not on this machine", None)]
    with simulator() as backend:
        words = wscat_words(program, backend)
        doctor = Command([EDGECHECK, "doctor"], backend.folder, "Healthy")
        unwaited = {
            "doctor": doctor,
            "libraries": Command([PYTHON, "-c", LIBRARIES], backend.folder, "imported"),
            "wscat": Command([*words, "-w", "0"], backend.folder, ""),
        }
        waited = {"doctor": doctor, "wscat": Command(words, backend.folder, "pong")}
        usual = take_turns(waited, min(rounds, WAITED)).ratio("doctor", "wscat")
        spent = take_turns(unwaited, rounds, processor_time)
        lasted = take_turns(unwaited, rounds)
    rows = [Row(f"{WHAT}, which waits for 2 s", *_judged(usual, TARGET))]
    for what, times in (("", lasted), (", in processor time", spent)):
        target, figure, met = _judged(times.ratio("doctor", "wscat"), UNWAITED_TARGET)
        figure += f"; to import its libraries alone {times.ratio('libraries', 'wscat'):.2f} times"
        rows.append(Row(f"{WHAT} that does not wait{what}", target, figure, met))
    return rows


def _judged(ratio: float, target: float) -> tuple[str, str, bool]:
    """Return a row's target, its figure, and whether the target is met."""
    return f"≤ {target:g} times", f"{ratio:.2f} times", ratio <= target


if __name__ == "__main__":
    print(show(measure(*map(int, sys.argv[1:]))))
