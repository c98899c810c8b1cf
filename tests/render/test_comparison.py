"""The result of comparing two secrets: what is said, who has to act, and what to do."""

from __future__ import annotations

import pytest

from edgecheck.intake.comparison import Comparison, Slip
from edgecheck.render.comparison import command, remedies, side_of, summary
from edgecheck.terms import Side

BEARER = Slip("bearer-prefix", "has the word `Bearer` before it")
QUOTES = Slip("quotes", "has quotes around it")
LINE_END = Slip("line-end", "has a line end after it")
EMPTY = Slip("empty", "is empty")


@pytest.mark.parametrize(
    ("comparison", "side", "said"),
    [
        (Comparison(True), None, "Equal: the other side has the secret that is in .env:2."),
        (
            Comparison(False, (BEARER,), (QUOTES,)),
            Side.CLIENT,
            (
                "Not equal, but only because of mistakes in copying: ours, in .env:2, has the word "
                "`Bearer` before it; theirs has quotes around it."
            ),
        ),
        (
            Comparison(False, (BEARER,)),
            Side.CLIENT,
            (
                "Not equal, because of a mistake on our side: the secret in .env:2 has the word "
                "`Bearer` before it. Without that, both are equal."
            ),
        ),
        (
            Comparison(False, (), (QUOTES,)),
            Side.BACKEND,
            (
                "Not equal, because of a mistake on their side: their secret has quotes around it. "
                "Without that, it equals the one in .env:2."
            ),
        ),
        (Comparison(False, (), (EMPTY,)), Side.BACKEND, "Not equal: their secret is empty."),
        (
            Comparison(False),
            Side.CLIENT,
            (
                "Not equal: theirs is another secret than the one in .env:2. No usual mistake in "
                "copying explains the difference."
            ),
        ),
    ],
)
def test_the_result_names_each_side_that_made_a_mistake(
    comparison: Comparison, side: Side | None, said: str
) -> None:
    """The next step is on the other side only if the mistakes are there alone."""
    assert summary(comparison, ".env:2") == said
    assert side_of(comparison) is side


def test_a_mistake_of_theirs_is_to_be_corrected_there_and_the_backend_restarted() -> None:
    """A fingerprint has to be made again only if the command may have made the mistake."""
    first, restart = remedies(Comparison(False, (), (QUOTES,)), ".env:2", "", "EDGE_SECRET")
    again, then, same_restart = remedies(
        Comparison(False, (), (LINE_END,)), ".env:2", "", "EDGE_SECRET"
    )

    assert first == "Correct EDGE_SECRET on the backend: it has quotes around it."
    assert command("EDGE_SECRET") in again
    assert then.startswith("If the fingerprint stays the same, correct EDGE_SECRET on the backend")
    assert restart == same_restart
    assert "restart" in restart


def test_mistakes_of_both_sides_are_to_be_corrected_ours_first() -> None:
    """Ours has the command that repairs it, if there is one."""
    ours, theirs, _ = remedies(
        Comparison(False, (BEARER,), (QUOTES,)), ".env:2", "edgecheck fix", "EDGE_SECRET"
    )

    assert ours.startswith("Correct EDGE_SECRET in .env:2: ")
    assert ours.endswith("\n$ edgecheck fix")
    assert theirs.startswith("Correct EDGE_SECRET on the backend: ")
    assert remedies(Comparison(True), ".env:2", "edgecheck fix", "EDGE_SECRET") == ()
