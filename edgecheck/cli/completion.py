"""Complete the most frequent words for bash without Typer, which is slow to import.

Those are the name of a command, a code after `explain`, and a code after `--fault`. Typer completes
everything else, also these for the other shells, which show a line of help with each word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# The variable by which a shell's completion asks.
COMPLETION = "_EDGECHECK_COMPLETE"
# A word with one of them is not the word that it stands for.
_QUOTING = frozenset("\"'\\$`")


def completed(environ: Mapping[str, str]) -> list[str] | None:
    """Return the words that bash asks for; None if Typer has to complete them.

    Args:
        environ: has the line and the number of its word, in the variables of bash.
    """
    line, number = environ.get("COMP_WORDS", ""), environ.get("COMP_CWORD", "")
    if environ[COMPLETION] != "complete_bash" or not number.isdecimal() or _QUOTING & set(line):
        return None
    words = [*line.split(), ""][: int(number) + 1]
    candidates = _candidates(words[1:-1]) if len(words) > 1 else None
    if candidates is None or words[-1].startswith("-"):
        return None
    return [each for each in candidates if each.startswith(words[-1])]


def _candidates(before: list[str]) -> Iterable[str] | None:
    """Return what may follow some words; None if they are not among the most frequent.

    Each import is late, so that a key needs only its own list.
    """
    match before:
        case []:
            from .table import COMMANDS

            return COMMANDS
        case ["explain"]:
            from .names import codes

            return codes()
        case ["doctor", *_, "--fault"]:
            from .names import demonstrable

            return demonstrable()
        case ["simulate", *_, "--fault"]:
            from ..simulator.names import FAULTS

            return FAULTS
    return None
