"""Every piece of a secret is found, wherever it begins."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from edgecheck.settings.pieces import MASK, pieces_of

SECRET = "Zq7vT2mXw9Lb4RzNc8Kd5Yp3Gh6Jf1Ws"
FORMS: dict[str, tuple[int, Callable[[str], str]]] = {
    "plain": (6, str),
    "upper case": (6, str.upper),
    "backwards": (8, lambda secret: secret[::-1]),
    "hexadecimal": (8, lambda secret: secret.encode().hex()),
    "Base64": (8, lambda secret: base64.b64encode(secret.encode()).decode()[:40]),
    "percent-encoded": (18, lambda secret: "".join(f"%{ord(each):02X}" for each in secret)),
    "JSON": (36, lambda secret: "".join(f"\\u{ord(each):04x}" for each in secret)),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_piece_is_cut_out_wherever_it_begins(name: str) -> None:
    """The quick look that most texts get passes over none of them."""
    size, form = FORMS[name]
    whole = form(SECRET)
    starts = range(len(whole) - size + 1)
    found = [pieces_of(SECRET).cut_out(f"~~~{whole[start:][:size]}~~~") for start in starts]

    assert found == [f"~~~{MASK}~~~"] * len(starts)


def test_the_pieces_of_two_secrets_are_those_of_each() -> None:
    """One text is searched once for all passwords."""
    both = pieces_of(SECRET, "another password")

    assert both.cut_out(f"{SECRET[4:12]}, another p, third") == f"{MASK}, {MASK}, third"


@pytest.mark.parametrize(
    "written",
    [
        *("\\x{:02x}", "\\\\x{:02x}", "0x{:02X}, ", "{:d} ", "\\{:03o}", "&#{:d};", "&#x{:x};"),
        *("%25{:02x}", "%u{:04X}", "\\u{{{:x}}}", "\\U{:08x}"),
    ],
)
def test_a_secret_whose_bytes_are_written_one_by_one_is_cut_out(written: str) -> None:
    """As source text, a dump or HTML writes them."""
    secret = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
    told = "".join(map(written.format, secret.encode()))

    shown = pieces_of(secret).cut_out(f"before {told} after")

    assert re.fullmatch(f"before {MASK}[,;]? * after", shown)


@pytest.mark.parametrize(
    "between",
    ["\u200b", "\ufeff", "|", '" "', "*", "/", "+", "=", ")(", '" + "', "\u00ad", "\u00a0"],
)
def test_a_secret_that_is_taken_apart_is_cut_out(between: str) -> None:
    """By characters that nobody sees, or by those that are between columns and literals."""
    secret = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
    told = between.join(secret[at : at + 2] for at in range(0, len(secret), 2))

    assert pieces_of(secret).cut_out(f"before {told} after") == f"before {MASK} after"
