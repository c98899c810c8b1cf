"""A whole healthy `doctor` beside wscat.

Both open the same connection to the same simulator on loopback and send the same ping.

    python benchmarks/whole_checkup.py

wscat runs twice in each round: as people call it, where it waits for two seconds after it has sent,
and told not to wait (``-w 0``), where it hangs up at once, most often after the pong, and sometimes
before it. The target is for the first. For the second, the libraries that `doctor` stands on are
imported in each round as well, and nothing else is done.
"""

from __future__ import annotations

from backend import Backend, simulator
from programs import EDGECHECK, PYTHON, other
from results import Row, show
from side_by_side import Command, take_turns

ROUNDS = 11
TARGET = 1.5
LIBRARIES = (
    "import asyncio, ssl, dotenv.parser, rich.text, typer, websockets.client; print('imported')"
)
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
        commands = {
            "doctor": Command([EDGECHECK, "doctor"], backend.folder, "Healthy"),
            "libraries": Command([PYTHON, "-c", LIBRARIES], backend.folder, "imported"),
            "wscat": Command(words, backend.folder, "pong"),
            "wscat -w 0": Command([*words, "-w", "0"], backend.folder, ""),
        }
        times = take_turns(commands, rounds)
    usual, unwaited, floor = (
        times.ratio("doctor", "wscat"),
        times.ratio("doctor", "wscat -w 0"),
        times.ratio("libraries", "wscat -w 0"),
    )
    return [
        Row(
            f"{WHAT}, which waits for 2 s",
            f"≤ {TARGET:g} times",
            f"{usual:.2f} times",
            usual <= TARGET,
        ),
        Row(
            f"{WHAT} that does not wait",
            "",
            f"{unwaited:.2f} times; to import its libraries alone {floor:.2f} times",
            None,
        ),
    ]


if __name__ == "__main__":
    print(show(measure()))
