"""Defects of the secret."""

from __future__ import annotations

import pytest

from edgecheck.catalogue.config import LINT
from edgecheck.lint.rules.secret import cleaned_secret
from edgecheck.settings.secret import Secret
from edgecheck.settings.sources import Options
from tests.catalogue.settings_files import (
    SECRET,
    found,
    made,
)


@pytest.mark.parametrize(
    ("secret", "codes"),
    [
        (f" {SECRET}", ["secret-whitespace"]),
        (f"{SECRET} ", ["secret-whitespace"]),
        (f"\t{SECRET}", ["secret-whitespace"]),
        (f"{SECRET[:9]} {SECRET}", ["secret-inner-whitespace"]),
        (f"{SECRET}\n", ["secret-line-break"]),
        (f"{SECRET}\r", ["secret-line-break"]),
        (f"{SECRET[:9]}\r\n{SECRET}", ["secret-line-break"]),
        (f"{SECRET} \n", ["secret-line-break"]),
        (f'"{SECRET}"', ["secret-quoted"]),
        (f"'{SECRET}'", ["secret-quoted"]),
        (f"\u201c{SECRET}\u201d", ["secret-quoted"]),
        (f"\u2018{SECRET}\u2019", ["secret-quoted"]),
        (f"\u00ab{SECRET}\u00bb", ["secret-quoted"]),
        (f"Bearer {SECRET}", ["secret-bearer-prefix"]),
        (f"BEARER  {SECRET}", ["secret-bearer-prefix"]),
        (f"Authorization: Bearer {SECRET}", ["secret-bearer-prefix"]),
        (f"'Bearer {SECRET}'", ["secret-quoted", "secret-bearer-prefix"]),
        (f" Bearer {SECRET}", ["secret-whitespace", "secret-bearer-prefix"]),
        (f"\u00a0{SECRET}", ["secret-invisible-character"]),
        (f"{SECRET[:9]}\u00ad{SECRET}", ["secret-invisible-character"]),
        (f"\ufeff{SECRET}", ["secret-invisible-character"]),
        (f"{SECRET}\u202e", ["secret-invisible-character"]),
        (f"{SECRET}\x07", ["secret-invisible-character"]),
        (f"{SECRET}\u00e9", ["secret-non-ascii"]),
        (f"\u0430{SECRET}", ["secret-non-ascii"]),
        (f"{SECRET}\udce9", ["secret-non-ascii"]),
        ("your-shared-secret-here", ["secret-placeholder"]),
        ("your-secret-here", ["secret-placeholder"]),
        ("Your Secret Here", ["secret-placeholder"]),
        ("changeme", ["secret-placeholder"]),
        ("<your secret>", ["secret-placeholder"]),
        ("xxx", ["secret-placeholder"]),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ["secret-placeholder"]),
        ("'changeme'", ["secret-placeholder", "secret-quoted"]),
        ("hunter2", ["secret-weak"]),
        ("a" * 64, ["secret-weak"]),
        ("'hunter2'", ["secret-quoted", "secret-weak"]),
    ],
)
def test_a_secret_s_defects_are_told_each_as_if_the_others_were_repaired(
    secret: str, codes: list[str]
) -> None:
    assert [defect.code for defect in LINT.lint(made(secret=secret))] == codes


@pytest.mark.parametrize(
    ("secret", "severity"),
    [
        (f" {SECRET}", "error"),
        (f"{SECRET} ", "warning"),
        (f" {SECRET} ", "error"),
        (f"{SECRET}\t ", "warning"),
    ],
)
def test_white_space_before_a_secret_is_worse_than_after_it(secret: str, severity: str) -> None:
    assert found(LINT.lint(made(secret=secret))) == [("secret-whitespace", severity)]


def test_the_kinds_and_numbers_of_blanks_are_told() -> None:
    (defect,) = LINT.lint(made(secret=f"  \t{SECRET} "))

    assert defect.evidence == ("2 blanks and 1 tab before the value", "1 blank after the value")


def test_an_invisible_character_is_named_and_placed() -> None:
    (defect,) = LINT.lint(made(secret=f"{SECRET[:4]}\u200b{SECRET}\u200b\u00a0"))

    assert defect.evidence == (
        "U+200B ZERO WIDTH SPACE at position 5, 38 of 39",
        "U+00A0 NO-BREAK SPACE at position 39 of 39",
    )


@pytest.mark.parametrize(
    "secret",
    [
        f" {SECRET}\t",
        f'"{SECRET}"',
        f"\u201c{SECRET}\u201d",
        f"bearer {SECRET}",
        f"' Bearer {SECRET} '",
        f"{SECRET[:9]}\u200b{SECRET[9:]}",
        f"\u00a0{SECRET}\n",
        f"{SECRET[:9]}\n{SECRET[9:]}",
        f"Bearer\u00a0{SECRET}",
        f"\ufeff'{SECRET}'\r\n",
    ],
)
def test_the_cleaned_secret_is_the_good_one(secret: str) -> None:
    assert cleaned_secret(made(secret=secret)) == Secret(SECRET)


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        " ",
        SECRET,
        "hunter2",
        f"{SECRET} {SECRET}",
        "'changeme'",
        f"'{SECRET}\u0430'",
        "''",
        "'\u0430'",
    ],
)
def test_there_is_no_cleaned_secret_where_that_changes_nothing_or_would_be_a_guess(
    secret: str | None,
) -> None:
    assert cleaned_secret(made(secret=secret)) is None


def test_a_secret_file_that_cannot_be_read_is_why_there_is_no_secret(lint) -> None:
    (defect,) = lint(options=Options(secret_file="gone"))

    assert (defect.code, defect.where) == ("secret-file-unreadable", "--secret-file gone")
