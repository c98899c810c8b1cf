"""Two secrets, one of which is known by its fingerprint alone."""

from __future__ import annotations

import base64
import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.intake.comparison import _rules, compare, digits_of
from edgecheck.settings.secret import Secret
from tests.timing import PATIENCE

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"


def digits(text: str, length: int = 12) -> str:
    """What the other side's command prints."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@pytest.mark.parametrize("length", [12, 13, 40, 64])
def test_the_same_secret_is_equal(length: int) -> None:
    """However many of the digits are given."""
    found = compare(Secret(SECRET), digits(SECRET, length))

    assert found.equal
    assert not found.explained


SPOILT = {
    f"{SECRET}\n": ["line-end"],
    f"{SECRET}\r\n": ["windows-line-end"],
    f"{SECRET}\r": ["carriage-return"],
    f"{SECRET} ": ["trailing-blank"],
    f" {SECRET}": ["leading-blank"],
    f"{SECRET}\t": ["trailing-tab"],
    f"\t{SECRET}": ["leading-tab"],
    f'"{SECRET}"': ["double-quotes"],
    f"'{SECRET}'": ["single-quotes"],
    f"`{SECRET}`": ["backticks"],
    f"\u201c{SECRET}\u201d": ["typographic-quotes"],
    f"\u2018{SECRET}\u2019": ["typographic-quotes"],
    f"Bearer {SECRET}": ["bearer-prefix"],
    f"bearer {SECRET}": ["bearer-prefix"],
    f"EDGE_SECRET={SECRET}": ["variable-name"],
    f"{SECRET}\u200b": ["zero-width-space"],
    f"{SECRET}\u00a0": ["no-break-space"],
    f"\ufeff{SECRET}": ["byte-order-mark"],
    base64.b64encode(SECRET.encode()).decode(): ["base64"],
    SECRET * 2: ["twice"],
    SECRET[:-1]: ["last-character"],
    SECRET[1:]: ["first-character"],
    f'"Bearer {SECRET}"': ["bearer-prefix", "double-quotes"],
    f'EDGE_SECRET="{SECRET}"\n': ["double-quotes", "variable-name", "line-end"],
}


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda text: "+".join(SPOILT[text]))
def test_a_slip_is_named_on_the_side_that_has_it(spoilt: str) -> None:
    """The same one, whichever side has it, and nothing is said of the other side."""
    theirs, ours = compare(Secret(SECRET), digits(spoilt)), compare(Secret(spoilt), digits(SECRET))

    for found in (theirs, ours):
        assert not found.equal
        assert found.explained
    assert (sorted(slip.name for slip in theirs.theirs), theirs.ours) == (
        sorted(SPOILT[spoilt]),
        (),
    )
    assert (sorted(slip.name for slip in ours.ours), ours.theirs) == (sorted(SPOILT[spoilt]), ())


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        (SECRET.upper(), "upper-case"),
        (SECRET.lower(), "lower-case"),
        ("", "empty"),
        ("a%2Fb%3D", "percent-encoded"),
    ],
)
def test_what_can_be_said_of_theirs_alone(theirs: str, name: str) -> None:
    """Of what lost something, the other cannot be made."""
    ours = "a/b=" if name == "percent-encoded" else SECRET
    found = compare(Secret(ours), digits(theirs))

    assert [slip.name for slip in found.theirs] == [name]


def test_each_side_can_have_a_slip_of_its_own() -> None:
    """Then each is told its own."""
    found = compare(Secret(f"Bearer {SECRET}"), digits(f"{SECRET}\n"))

    assert [slip.name for slip in found.ours] == ["bearer-prefix"]
    assert [slip.name for slip in found.theirs] == ["line-end"]


def test_the_fewest_slips_are_named() -> None:
    """Theirs lacks a line end that ours has, rather than both having something of their own."""
    found = compare(Secret(f"{SECRET}\n"), digits(SECRET))

    assert [slip.name for slip in found.ours] == ["line-end"]


@settings(max_examples=5)  # each tries some ten thousand texts
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_another_secret_is_not_explained(text: str) -> None:
    """Chance makes no slip of it."""
    found = compare(Secret(text), digits(SECRET))

    assert not found.equal
    assert not found.explained


def test_a_huge_secret_takes_no_longer_than_a_person_waits() -> None:
    """It is compared all the same."""
    huge = "x1" * 30_000
    started = time.monotonic()

    assert not compare(Secret(huge), digits("other")).explained
    assert compare(Secret(huge), digits(huge)).equal
    assert time.monotonic() - started < PATIENCE


def test_every_slip_has_words_of_its_own() -> None:
    """They follow `it`, and say which slip it is."""
    words = {rule.slip.name: rule.slip.words for rule in _rules("EDGE_SECRET")}

    assert len(set(words.values())) == len(words)
    assert all(said.split()[0] in ("has", "is", "lacks", "stands") for said in words.values())


def test_a_fingerprint_is_read_as_people_write_it() -> None:
    """With and without the name of the hash, in capitals, cut or not."""
    assert digits_of("sha256:1f2e3d4c5b6a") == "1f2e3d4c5b6a"
    assert digits_of(" SHA-256:1F2E3D4C5B6A\n") == "1f2e3d4c5b6a"
    assert digits_of("a" * 64) == "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "1f2e3d4c5b6",
        "a" * 65,
        "1f2e3d4c5b6g",
        "md5:1f2e3d4c5b6a",
        SECRET,
        "１f2e3d4c5b6a",
    ],
)
def test_what_is_no_fingerprint_is_none(text: str) -> None:
    """Too short, too long, or no hexadecimal digits."""
    assert digits_of(text) is None
