"""How a frame is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.escapes import is_unsafe
from edgecheck.repl.frames import HEX_LIMIT, PRETTY_LIMIT, Part, highlighted, in_full, one_line
from edgecheck.settings.secret import Secret
from edgecheck.wire.clean import Cleaner

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
ROOM = 80


def cleaned(data: str | bytes, limit: int) -> str:
    """Clean a text as a session does."""
    return Cleaner(Secret(SECRET))(data, limit)


def plain(parts: list[Part]) -> str:
    """Return the text of parts."""
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def test_json_is_shown_as_it_came() -> None:
    """Its own escapes are not doubled, and its tokens have colours."""
    text = '{"type":"command","n":-1.5e3,"ok":true,"text":"a\\nb \\"c\\""}'
    parts = one_line(text, cleaned, ROOM)

    assert plain(parts) == text
    assert ('"type"', "cyan") in parts
    assert ('"command"', "green") in parts
    assert ("-1.5e3", "magenta") in parts


def test_what_is_too_long_is_cut_and_says_how_long_it_is() -> None:
    """The rest fits into the line."""
    shown = plain(one_line('{"a":"' + "x" * 5_000_000 + '"}', cleaned, ROOM))

    assert "(5,000,008 characters)" in shown
    assert len(shown) <= ROOM
    assert len(plain(one_line("y" * 500, cleaned, ROOM))) <= ROOM


def test_binary_is_hex() -> None:
    """The size is shown."""
    assert plain(one_line(b"\x00\x01\xff", cleaned, ROOM)) == "00 01 ff (3 bytes)"
    assert len(plain(one_line(bytes(1000), cleaned, ROOM))) <= ROOM + 1


@given(st.one_of(st.text(), st.binary()))
def test_nothing_hostile_is_shown(data: str | bytes) -> None:
    """On a line or in full, no control, invisible or bidirectional character is shown."""
    lines = [plain(one_line(data, cleaned, ROOM)), *map(plain, in_full(data, cleaned))]

    assert not any(is_unsafe(character) for line in lines for character in line)


@given(st.text())
def test_highlighting_changes_no_character(text: str) -> None:
    """It only adds colours."""
    assert plain(highlighted(text)) == text


@pytest.mark.parametrize(
    "data",
    [
        SECRET,
        SECRET.encode(),
        json.dumps({"a": SECRET}),
        f"x{SECRET}y".encode() * 3,
        b"\x00" * 20 + SECRET.encode(),
        "z" * 70 + SECRET,
    ],
)
def test_the_secret_is_not_shown_not_even_as_hex(data: str | bytes) -> None:
    """This holds for the whole secret, for parts of it, and for the hex of a binary message."""
    shown = "\n".join([plain(one_line(data, cleaned, ROOM)), *map(plain, in_full(data, cleaned))])

    assert SECRET[:8] not in shown
    assert SECRET.encode()[:8].hex(" ") not in shown


def test_in_full_json_is_laid_out() -> None:
    """Each level is indented by two blanks, and letters are not escaped."""
    lines = list(map(plain, in_full('{"a":["ü",1]}', cleaned)))

    assert lines == ["{", '  "a": [', '    "ü",', "    1", "  ]", "}"]
    assert plain(in_full("no\nJSON", cleaned)[1]) == "JSON"


def test_in_full_has_an_end() -> None:
    """Nobody reads five megabytes."""
    assert "more characters" in plain(in_full("x" * (PRETTY_LIMIT + 5), cleaned)[-1])
    assert "more bytes" in plain(in_full(bytes(HEX_LIMIT + 1), cleaned)[-1])
    assert plain(in_full(b"AB\x00", cleaned)[0]) == f"00000000  {'41 42 00':<47}  AB."
