"""The result of comparing two secrets, for people and for scripts (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..intake.comparison import Comparison, Slip
from ..terms import Side
from ..wording.units import joined
from .layout import line, marked, prose, remedy
from .styled import Text
from .words import instruction

_RESTART = (
    "Ask the backend's team to restart or redeploy it, if they changed the variable: a "
    "running process keeps the old value."
)
_LINE_ENDS = {"line-end", "windows-line-end", "carriage-return"}


def command(name: str) -> str:
    """Return the command that prints a secret's fingerprint on the other side.

    Args:
        name: of the variable with the secret. As in the contract: the command adds no line end, and
            does not show the secret.
    """
    return f'printf %s "${name}" | sha256sum | cut -c1-12'


def side_of(comparison: Comparison) -> Side | None:
    """Return who has to act; None if the secrets are equal."""
    if comparison.equal:
        return None
    return Side.BACKEND if comparison.theirs and not comparison.ours else Side.CLIENT


def _words(slips: Sequence[Slip]) -> str:
    return joined(dict.fromkeys(slip.words for slip in slips))


def summary(comparison: Comparison, where: str) -> str:
    """Say the result in one or two sentences."""
    ours, theirs = comparison.ours, comparison.theirs
    if comparison.equal:
        return f"Equal: the other side has the secret that is in {where}."
    if ours and theirs:
        return (
            "Not equal, but only because of mistakes in copying: "
            f"ours, in {where}, {_words(ours)}; theirs {_words(theirs)}."
        )
    if ours:
        return (
            f"Not equal, because of a mistake on our side: the secret in {where} {_words(ours)}. "
            "Without that, both are equal."
        )
    if any(slip.name == "empty" for slip in theirs):
        return "Not equal: their secret is empty."
    if theirs:
        return (
            f"Not equal, because of a mistake on their side: their secret {_words(theirs)}. "
            f"Without that, it equals the one in {where}."
        )
    return (
        f"Not equal: theirs is another secret than the one in {where}. No usual mistake in "
        "copying explains the difference."
    )


def remedies(comparison: Comparison, where: str, fix: str, name: str) -> tuple[str, ...]:
    """Return what to do, in this order; nothing if the secrets are equal.

    Args:
        comparison: of the two.
        where: the place of our secret.
        fix: a command that repairs ours; empty if none does.
        name: of the variable with the secret.
    """
    return tuple(_remedies(comparison, where, fix, name))


def _remedies(comparison: Comparison, where: str, fix: str, name: str) -> Iterator[str]:
    ours, theirs = comparison.ours, {slip.name for slip in comparison.theirs}
    if ours:
        yield f"Correct {name} in {where}: it {_words(ours)}." + (f"\n$ {fix}" if fix else "")
    if "empty" in theirs:
        yield (
            "Ask the backend's team to make the fingerprint where its variables are set: in its "
            f"container or service.\n$ {command(name)}"
        )
        yield f"If {name} is not set there either, set it, and restart the backend."
    elif theirs:
        same = "Correct"
        if theirs & _LINE_ENDS:
            yield (
                "Make their fingerprint with this command; others, such as `echo`, add a line "
                f"end to the secret.\n$ {command(name)}"
            )
            same = "If the fingerprint stays the same, correct"
        yield f"{same} {name} on the backend: it {_words(comparison.theirs)}."
        yield _RESTART
    elif not ours and not comparison.equal:
        yield "Check that both are of the same backend and environment (production, staging)."
        yield (
            "Copy the secret again from where it is kept (on the hosting platform: the "
            f"variable {name}) into {where}, and nothing else with it."
        )
        yield _RESTART


def lines(comparison: Comparison, where: str, fix: str, name: str, width: int) -> list[Text]:
    """Lay out the result, who has to act, and what to do."""
    said = marked(prose(summary(comparison, where), width, "  "))
    mark = ("✓", "green") if comparison.equal else ("✗", "bold red")
    laid_out = [line(mark, " ").append_text(said[0][2:]), *said[1:]]
    side = side_of(comparison)
    if side is None:
        return laid_out
    laid_out += [
        line(""),
        *prose(instruction(side), width, style="bold"),
        line(""),
    ]
    for number, text in enumerate(remedies(comparison, where, fix, name), 1):
        laid_out += remedy(text, width, f"{number:>3}. ")
    return laid_out


def document(comparison: Comparison, where: str, fix: str, name: str) -> dict[str, Any]:
    """Return the result for a script; ``ok`` is true if the secrets are equal."""
    slips = [(Side.CLIENT, slip) for slip in comparison.ours] + [
        (Side.BACKEND, slip) for slip in comparison.theirs
    ]
    return {
        "ok": comparison.equal,
        "origin": where,
        "side": side_of(comparison),
        "slips": [{"side": side, "name": slip.name, "words": slip.words} for side, slip in slips],
        "remedies": remedies(comparison, where, fix, name),
    }
