"""What a comparison of two secrets says, for people and for scripts (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from ..intake.comparison import Comparison, Slip
from ..terms import Side
from ..wording.units import joined
from .layout import line, marked, prose, remedy
from .words import WHOSE_TURN

# The contract's: it adds no line end, and the shell shows the secret to nobody.
COMMAND = 'printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12'
_RESTART = (
    "Ask the backend's people to restart or redeploy it, if they changed the variable: a "
    "running process keeps the old value."
)
_LINE_ENDS = {"line-end", "windows-line-end", "carriage-return"}


def side_of(comparison: Comparison) -> Side | None:
    """Say whose turn it is; nobody's where they are equal."""
    if comparison.equal:
        return None
    return Side.BACKEND if comparison.theirs and not comparison.ours else Side.CLIENT


def _words(slips: Sequence[Slip]) -> str:
    return joined(dict.fromkeys(slip.words for slip in slips))


def summary(comparison: Comparison, where: str) -> str:
    """Say in a sentence or two what came out."""
    ours, theirs = comparison.ours, comparison.theirs
    if comparison.equal:
        return f"Equal: the other side has the secret that is in {where}."
    if ours and theirs:
        return (
            f"Not equal, by slips alone: ours, in {where}, {_words(ours)}; theirs {_words(theirs)}."
        )
    if ours:
        return (
            f"Not equal, by a slip of ours: what is in {where} {_words(ours)}. Without that it "
            "is theirs."
        )
    if theirs:
        return (
            f"Not equal, by a slip of theirs: it {_words(theirs)}. Without that it is ours, in "
            f"{where}."
        )
    return (
        f"Not equal: theirs is another secret than the one in {where}. None of the usual slips "
        "makes one of the other."
    )


def remedies(comparison: Comparison, where: str, fix: str) -> tuple[str, ...]:
    """Say what to do, in this order; nothing where they are equal.

    Args:
        comparison: of the two.
        where: ours stands there.
        fix: a command that repairs ours; empty where none does.
    """
    return tuple(_remedies(comparison, where, fix))


def _remedies(comparison: Comparison, where: str, fix: str) -> Iterator[str]:
    ours, theirs = comparison.ours, {slip.name for slip in comparison.theirs}
    if ours:
        yield f"Correct EDGE_SECRET in {where}: it {_words(ours)}." + (f"\n$ {fix}" if fix else "")
    if "empty" in theirs:
        yield (
            "Make their fingerprint where the backend's variables are set: in its container or "
            f"service.\n$ {COMMAND}"
        )
        yield "Set EDGE_SECRET on the backend, where it is not set there either, and restart it."
    elif theirs:
        counts = ""
        if theirs & _LINE_ENDS:
            yield (
                "Make their fingerprint with this command: another one, such as `echo`, adds a "
                f"line end of its own.\n$ {COMMAND}"
            )
            counts = ", where the digits stay the same"
        yield f"Correct EDGE_SECRET on the backend{counts}: it {_words(comparison.theirs)}."
        yield _RESTART
    elif not ours and not comparison.equal:
        yield "Check that both are of the same backend and environment (production, staging)."
        yield (
            "Copy the secret again from where it is kept (on the hosting platform: the "
            f"variable EDGE_SECRET) into {where}, alone."
        )
        yield _RESTART


def lines(comparison: Comparison, where: str, fix: str, width: int) -> list[Text]:
    """Lay out what came out, whose turn it is, and what to do."""
    said = marked(prose(summary(comparison, where), width, "  "))
    mark = ("✓", "green") if comparison.equal else ("✗", "bold red")
    laid_out = [line(mark, " ").append_text(said[0][2:]), *said[1:]]
    side = side_of(comparison)
    if side is None:
        return laid_out
    laid_out += [
        line(""),
        *prose(
            f"{WHOSE_TURN[side]} Do this{'' if side is Side.CLIENT else ', or hand it on'}:",
            width,
            style="bold",
        ),
        line(""),
    ]
    for number, text in enumerate(remedies(comparison, where, fix), 1):
        laid_out += remedy(text, width, f"{number:>3}. ")
    return laid_out


def document(comparison: Comparison, where: str, fix: str) -> dict[str, Any]:
    """Return the same for a script: ``ok`` is true where they are equal."""
    slips = [(Side.CLIENT, slip) for slip in comparison.ours] + [
        (Side.BACKEND, slip) for slip in comparison.theirs
    ]
    return {
        "ok": comparison.equal,
        "origin": where,
        "side": side_of(comparison),
        "slips": [{"side": side, "name": slip.name, "words": slip.words} for side, slip in slips],
        "remedies": remedies(comparison, where, fix),
    }
