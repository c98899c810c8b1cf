"""What is pasted or read takes a time that grows with its length, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.text import parse
from edgecheck.intake.answers import hidden_in, read
from edgecheck.settings.credentials import credentials_in, masked_link

# What patterns may begin to match again and again, in a short text and in one four times as long.
PIECES = (
    *("a", "a.", "1.", "a:", "a=", "-", " \n", "\n", "\t", "[", "://", "a@", "?"),
    *("eyJa.", "--a ", "Kq7v ", "secret: ", "curl -H ", "export ", "a b: "),
    *('A="\\"\n', "A='\n", "K ", "A=$(\n", "\\\n"),
)
SHORT, LONG = 2048, 8192
# The longer text takes 4 times as long where the time is linear, and 16 times where it is not.
MOST = 9.0
# In seconds of the processor. No search of its length squared is as quick.
QUICK = 0.03

DOORS: dict[str, Callable[[str], object]] = {
    "credentials_in": credentials_in.__wrapped__,
    "masked_link": masked_link,
    "hidden_in": lambda text: (credentials_in.cache_clear(), hidden_in(text)),
    "read": lambda text: read(text, EDGE.variables.url, EDGE),
    **{
        f"read_by {reader}": lambda text, reader=reader: parse(text.encode(), {}, path="").read_by(
            reader
        )
        for reader in Reader
    },
}


def seconds(act: Callable[[str], object], text: str, times: int = 1) -> float:
    """Return the processor's time, the shortest of some: another process may disturb one."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        act(text)
        taken.append(time.process_time() - start)
    return min(taken)


def is_slow(act: Callable[[str], object], short: str, long: str) -> bool:
    """Tell whether a text that is four times as long takes much more than four times as long.

    Each time that it is measured: what a busy machine adds is not there each time.
    """
    return seconds(act, long) > QUICK and all(
        seconds(act, long, 3) > MOST * seconds(act, short, 3) for _ in range(4)
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_long_text_takes_as_much_longer_as_it_is_longer(door: str) -> None:
    """One piece again and again, after what people paste, and with something behind it."""
    forms = ["A={}!"] if door.startswith("read_by") else ["secret: {}!", "wss://h:8{}@b.example"]
    texts = {
        form.format(piece): [form.format((piece * size)[:size]) for size in (SHORT, LONG)]
        for piece in PIECES
        for form in (*forms, "{}!")
    }

    assert [name for name, sizes in texts.items() if is_slow(DOORS[door], *sizes)] == []
