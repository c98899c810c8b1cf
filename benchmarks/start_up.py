"""How quickly edgecheck starts.

It is timed beside the smallest Typer application with two commands, and beside other programs'
``--version``.

    python benchmarks/start_up.py

Each round runs every command once, in an environment into which only edgecheck is installed, as a
person would do it, with standard output going nowhere. The Typer application runs under the same
Python with the same packages; it shows its help, which is the quickest of what it can do. Typer
0.29 cannot do without pydantic, which it imports as soon as it parses an option, in that
application as in edgecheck.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from programs import EDGECHECK, HERE, PYTHON, other
from results import Row, show
from side_by_side import Command, take_turns

ROUNDS = 21
BARE = "bare Typer"
# What it may take at most, times the bare Typer application.
TARGETS = {"--version": 1.15, "--help": 1.3, "explain 4001": 1.6, "doctor --offline": 1.8}
SAID = {
    "--version": "edgecheck",
    "--help": "doctor",
    "explain 4001": "auth-header-rejected",
    "doctor --offline": "No problem",
}
# Without a proxy or a network: these only say who they are.
OTHERS = {"wscat": "wscat --version", "http": "http --version"}
WEBSOCKETS = "python -m websockets --version"


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for each target, and one for each other program."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        env_file = folder / ".env"
        env_file.touch(0o600)
        env_file.write_text(
            f"BACKEND_URL=wss://backend.example.com\nEDGE_SECRET={secrets.token_hex(32)}\nEDGE_AGENT_ID=edge_1\n"
        )
        commands = {BARE: Command([PYTHON, HERE / "bare_typer.py", "--help"], folder, "goodbye")}
        commands |= {
            words: Command([EDGECHECK, *words.split()], folder, SAID[words]) for words in TARGETS
        }
        commands[WEBSOCKETS] = Command([PYTHON, *WEBSOCKETS.split()[1:]], folder, "websockets")
        for program, words in OTHERS.items():
            if (path := other(program)) is not None:
                commands[words] = Command([path, "--version"], folder, ".")
        times = take_turns(commands, rounds)
    rows = []
    for words, target in TARGETS.items():
        ratio = times.ratio(words, BARE)
        rows.append(
            Row(
                f"start-up: `{words}` by the smallest Typer application",
                f"≤ {target:g} times",
                f"{ratio:.2f} times",
                ratio <= target,
            )
        )
    for words in (WEBSOCKETS, *OTHERS.values()):
        figure = "not on this machine"
        if words in times.seconds:
            figure = ", ".join(f"{times.ratio(each, words):.2g}" for each in TARGETS) + " times"
        rows.append(Row(f"start-up: {', '.join(TARGETS)} by `{words}`", "", figure, None))
    return rows


if __name__ == "__main__":
    print(show(measure()))
