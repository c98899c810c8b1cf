"""How quickly edgecheck starts, in processor time.

It is compared with the smallest Typer application with two commands, and with other programs'
``--version``.

    python benchmarks/start_up.py [ROUNDS]

Each round runs every command once, in an environment into which only edgecheck is installed, as a
person would do it, with standard output going nowhere. The Typer application runs under the same
Python with the same packages; it shows its help, which is the quickest of what it can do. Typer
0.29 cannot do without pydantic, which it imports as soon as it parses an option, in that
application as in edgecheck. For Tab, bash asks as its script does.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from programs import EDGECHECK, HERE, PYTHON, other
from results import Row, show
from side_by_side import Command, processor_time, take_turns

ROUNDS = 21
BARE = "bare Typer"
# What is timed: what it must say, and what it may take at most, times the bare Typer application.
COMMANDS = {
    "--version": ("edgecheck", 1.15),
    "--help": ("doctor", 1.3),
    "explain 4001": ("auth-header-rejected", 1.6),
    "explain Missing Authorization header": ("auth-header", 0.9),
    "doctor --offline": ("No problem", 1.15),
}
# What is completed, up to the word at which Tab is pressed.
TABS = {
    "doc": ("doctor", 1.1),
    "explain tcp-ref": ("tcp-refused", 1.1),
    "simulate --fault pong-ech": ("pong-echoed", 1.1),
    "doctor --demo --fault pong-ech": ("pong-echoed", 1.1),
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
            f"BACKEND_URL=wss://backend.example.com\nEDGE_SECRET={secrets.token_hex(32)}\n"
            "EDGE_AGENT_ID=edge_1\n"
        )
        commands = {BARE: Command([PYTHON, HERE / "bare_typer.py", "--help"], folder, "goodbye")}
        commands |= {
            words: Command([EDGECHECK, *words.split()], folder, said)
            for words, (said, _) in COMMANDS.items()
        }
        commands |= {
            f"{words}Tab": Command([EDGECHECK], folder, said, asked_by_bash(words))
            for words, (said, _) in TABS.items()
        }
        commands[WEBSOCKETS] = Command([PYTHON, *WEBSOCKETS.split()[1:]], folder, "websockets")
        for program, words in OTHERS.items():
            if (path := other(program)) is not None:
                commands[words] = Command([path, "--version"], folder, ".")
        times = take_turns(commands, rounds, processor_time)
    rows = []
    named = {f"`{words}`": (words, target) for words, (_, target) in COMMANDS.items()}
    named |= {
        f"Tab after `{words}`": (f"{words}Tab", target) for words, (_, target) in TABS.items()
    }
    for what, (name, target) in named.items():
        ratio = times.ratio(name, BARE)
        rows.append(
            Row(
                f"start-up: {what} by the smallest Typer application",
                f"≤ {target:g} times",
                f"{ratio:.2f} times",
                ratio <= target,
            )
        )
    for words in (WEBSOCKETS, *OTHERS.values()):
        figure = "not on this machine"
        if words in times.seconds:
            figure = ", ".join(f"{times.ratio(each, words):.2g}" for each in COMMANDS) + " times"
        rows.append(Row(f"start-up: {', '.join(COMMANDS)} by `{words}`", "", figure, None))
    return rows


def asked_by_bash(words: str) -> dict[str, str]:
    """Return the variables in which bash asks how a line may go on."""
    line = f"edgecheck {words}"
    return {
        "_EDGECHECK_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }


if __name__ == "__main__":
    print(show(measure(*map(int, sys.argv[1:]))))
