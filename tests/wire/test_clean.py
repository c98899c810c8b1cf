"""The cleaning of text from the network: its cost, and what is left at a cut."""

from __future__ import annotations

import time

import pytest

from edgecheck.escapes import unescape
from edgecheck.settings.secret import Secret
from edgecheck.wire.clean import Cleaner
from tests.doctor import SECRET


def test_an_excerpt_costs_no_more_than_its_limit() -> None:
    """Cleaning megabytes would block the event loop for seconds, and with it every time limit."""

    def timed(text: str | bytes, limit: int | None) -> tuple[float, str]:
        started = time.thread_time()  # stands still while others have the processor
        shown = clean(text, limit)
        return time.thread_time() - started, shown

    clean = Cleaner(Secret(SECRET))
    whole, _ = timed("x" * 500_000, None)
    for text in (
        SECRET + "x" * 5_000_000,
        (SECRET + "x" * 5_000_000).encode(),
        "\u2028" * 5_000_000,
        "€".encode() * 5_000_000,
    ):
        cost, shown = timed(text, 200)

        assert cost < whole
        assert SECRET[:6] not in shown
        assert shown.endswith("…")


@pytest.mark.parametrize("said", ["short", "x" * 200, "é" * 200, "\U0001f600" * 200])
def test_what_is_within_the_limit_is_shown_whole(said: str) -> None:
    """The limit counts characters, whatever their size in bytes."""
    assert Cleaner(Secret(SECRET))(said.encode(), 200) == said
    assert Cleaner(Secret(SECRET))(f"{said}{'y' * 200}".encode(), len(said)) == f"{said}…"


@pytest.mark.parametrize("before", range(150, 210, 7))
def test_a_secret_across_the_cut_is_cut_out(before: int) -> None:
    """No part of it is left before the ellipsis, in any encoding."""
    clean = Cleaner(Secret(SECRET))
    forms = (
        SECRET,
        SECRET[::-1],
        "".join(f"%{ord(each):02X}" for each in SECRET),
        "".join(f"\\u{ord(each):04x}" for each in SECRET),
    )
    for form in forms:
        size = 6 * len(form) // len(SECRET)
        for text in ("y" * before + form + "z" * 100, ("y" * before + form + "z" * 1000).encode()):
            shown = unescape(clean(text, 200))

            assert not any(form[i : i + size] in shown for i in range(len(form) - size + 1))


@pytest.mark.parametrize(
    ("texts", "needs"),
    [
        (("101", "Switching Protocols", "nginx/1.22.1"), False),
        (("x", SECRET), True),
        (("x", SECRET[5:11]), True),
        (("x", SECRET[:16].upper()), True),
        (("x", f"{SECRET[:4]}-{SECRET[4:8]} {SECRET[8:12]}"), True),
        # In neither of them is a piece of it.
        ((SECRET[:3], SECRET[3:6]), False),
        # What is between them is no part of the secret in UTF-32.
        ((SECRET[0], SECRET[1]), False),
        (("a\\b",), True),
        (("\x1b[31m",), True),
        (("x" * 101,), True),
    ],
)
def test_texts_together_need_what_each_of_them_needs(texts: tuple[str, ...], needs: bool) -> None:
    """To look at all of them at once finds what a look at each finds."""
    clean = Cleaner(Secret(SECRET), "another-password")

    assert clean.need_nothing(texts, 100) is not needs
    assert any(clean(text, 100) != text for text in texts) is needs
