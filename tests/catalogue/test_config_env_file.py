"""Defects of the `.env` file, and of settings that are not set."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edgecheck.catalogue import config
from edgecheck.catalogue.config import LINT
from edgecheck.settings.sources import Options, load
from edgecheck.terms import Severity
from tests.catalogue.settings_files import (
    AGENT,
    CLEAN,
    SECRET,
    URL,
    found,
    with_secret,
)

# --- the file -------------------------------------------------------------------------------------


def test_a_missing_file_says_where_it_was_looked_for_and_what_is_not_set(
    lint, tmp_path: Path
) -> None:
    (defect,) = lint(None, EDGE_AGENT_ID=AGENT)

    assert (defect.code, defect.severity) == ("env-file-missing", Severity.ERROR)
    assert str(tmp_path) in defect.evidence[0]
    assert defect.evidence[1] == "not set anywhere else: BACKEND_URL and EDGE_SECRET"


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        ([], None),
        (["env"], "$ mv env .env"),
        ([".env.txt", ".env.example"], "$ mv .env.txt .env"),
        ([".env.local"], "$ cp .env.local .env"),
        ([".env.example"], "$ cp .env.example .env"),
        ([".ENV"], "$ mv .ENV .env"),
    ],
)
def test_a_file_of_another_name_is_told_and_what_to_do_with_it(
    lint, tmp_path: Path, names: list[str], remedy: str | None
) -> None:
    for name in names:
        (tmp_path / name).touch()
    (defect,) = lint(None)

    assert [each.splitlines()[1] for each in defect.remedies] == ([remedy] if remedy else [])
    assert [name for name in names if f"`{name}` is there" in " ".join(defect.evidence)] == names
    assert "$ edgecheck init" in config.PROBLEMS[0].remedies[0]


def test_a_named_file_that_is_not_there_is_a_warning_where_all_is_set(lint) -> None:
    named = Options(env_file="gone")

    assert found(lint(None, named)) == [("env-file-missing", "error")]
    assert found(lint(None, named, BACKEND_URL=URL, EDGE_SECRET=SECRET, EDGE_AGENT_ID=AGENT)) == [
        ("env-file-missing", "warning")
    ]


def test_utf16_without_a_mark_is_recognised(lint) -> None:
    (defect,) = lint(CLEAN.encode("utf-16-le"))

    assert (defect.code, defect.values["source_encoding"]) == ("env-file-not-utf8", "UTF-16LE")


def test_a_byte_that_is_no_utf8_is_placed_and_the_settings_are_not_called_missing(lint) -> None:
    (defect,) = lint(f"{CLEAN}NAME=caf\u00e9\n".encode("latin-1"))

    assert defect.code == "env-file-not-utf8"
    assert defect.evidence == ("line 4 has a byte that is not UTF-8",)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("EDGE_SECRET: {}", "a `:` instead of the `=`"),
        ("EDGE_SECRET:{}", "a `:` instead of the `=`"),
        ("EDGE_SECRET {}", "no `=`"),
        ("EDGE_SECRET", "no `=`"),
        ('EDGE_SECRET="{}', 'the quote (") after the `=` is never closed'),
        ("EDGE_SECRET='{}'tail", "there is text after the closing quote"),
        ("set EDGE_SECRET={}", "begins with `set`, which does not belong in a .env file"),
        ("my EDGE_SECRET={}", "a blank in the name before the `=`"),
        ('"EDGE_SECRET": "{}"', "a `:` instead of the `=`"),
        ("=EDGE_SECRET={}", "it does not have the form NAME=value"),
    ],
)
def test_a_line_that_was_meant_to_set_a_setting_is_an_error(lint, line: str, why: str) -> None:
    (defect,) = lint(f"BACKEND_URL={URL}\n{line.format(SECRET)}\nEDGE_AGENT_ID={AGENT}\n")

    assert (defect.code, defect.severity, defect.setting, defect.where) == (
        "env-line-invalid",
        "error",
        "EDGE_SECRET",
        ".env:2",
    )
    assert defect.evidence[0] == f".env:2: {why}"


def test_an_export_that_takes_the_value_away_is_told(lint) -> None:
    (defect,) = lint(f"{CLEAN}export EDGE_SECRET\n")

    assert (defect.code, defect.severity, defect.where) == ("env-line-invalid", "error", ".env:4")
    assert "forgets the value" in defect.evidence[0]


def test_lines_that_nobody_needs_are_one_warning(lint) -> None:
    (defect,) = lint(f"{CLEAN}one two\nthree\n\nfour five\n")

    assert (defect.code, defect.severity, defect.values["line"]) == (
        "env-line-invalid",
        "warning",
        "4, 5, 7",
    )


def test_a_secret_that_is_broken_over_two_lines_is_noticed(lint) -> None:
    defects = lint(CLEAN.replace(SECRET, f"{SECRET}\n{SECRET[:20]}"))

    assert [(defect.code, defect.setting) for defect in defects] == [
        ("env-line-invalid", "EDGE_SECRET")
    ]
    assert "the line before it sets EDGE_SECRET" in defects[0].evidence[1]


def test_a_duplicate_says_which_line_wins(lint) -> None:
    (defect,) = lint(f"EDGE_SECRET={SECRET[::-1]}\n{CLEAN}")

    assert defect.code == "env-key-duplicate"
    assert defect.evidence == (".env:1: 32 characters, dropped", ".env:3: 32 characters, used")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("EDGE_SECRET", "EDGE_SERCET"),
        ("EDGE_SECRET", "edge_secret"),
        ("EDGE_SECRET", "EDGE-SECRET"),
        ("EDGE_SECRET", "EDGESECRET"),
        ("EDGE_SECRET", "EDGE_SECRETS"),
        ("EDGE_SECRET", "EDGE_SECRET_KEY"),
        ("EDGE_SECRET", "$env:EDGE_SECRET"),
        ("EDGE_SECRET", '"EDGE_SECRET"'),
        ("EDGE_SECRET", "\u0415DGE_SECRET"),
        ("EDGE_SECRET", "EDGE_\u200bSECRET"),
        ("BACKEND_URL", "BACKEND_URI"),
        ("BACKEND_URL", "VITE_BACKEND_URL"),
        ("BACKEND_URL", "BAKEND_URL"),
        ("EDGE_AGENT_ID", "AGENT_ID"),
        ("EDGE_AGENT_ID", "EDGE_AGENTID"),
    ],
)
def test_a_near_miss_of_a_name_is_told(lint, name: str, written: str) -> None:
    defects = lint(CLEAN.replace(name, written))

    assert ("env-key-misspelled", "error") in found(defects)
    assert not any(defect.code.endswith("-missing") for defect in defects)


@pytest.mark.parametrize(
    "written",
    [
        "EDGE_SERVER",
        "EDGE",
        "DATABASE_URL",
        "SECRET_KEY",
        "URL",
        "API_SECRET",
        "EDGE_SECRETc2VjcmV0Y2Vj=",
    ],
)
def test_another_name_is_no_near_miss(lint, written: str) -> None:
    assert "env-key-misspelled" not in dict(found(lint(CLEAN.replace("EDGE_SECRET", written))))


def test_a_letter_of_another_alphabet_in_a_name_is_named(lint) -> None:
    (defect,) = (
        defect
        for defect in lint(CLEAN.replace("EDGE_SECRET", "\u0415DGE_SECRET"))
        if defect.code == "env-key-misspelled"
    )

    assert "U+0415 CYRILLIC CAPITAL LETTER IE at position 1 of 11" in defect.evidence


def test_a_near_miss_in_the_environment_is_told(lint) -> None:
    (defect,) = lint(CLEAN.replace(f"EDGE_SECRET={SECRET}\n", ""), EDGE_SERCET=SECRET)

    assert (defect.code, defect.where) == ("env-key-misspelled", "$EDGE_SERCET")
    assert defect.values["rename"] == 'export EDGE_SECRET="$EDGE_SERCET"'


def test_one_misspelled_name_does_not_hide_that_another_is_missing(lint) -> None:
    assert found(lint(f"BACKEND_URI={URL}\nEDGE_AGENT_ID={AGENT}\n")) == [
        ("env-key-misspelled", "error"),
        ("secret-missing", "error"),
    ]


def test_a_shadowed_secret_is_described_and_not_shown(lint) -> None:
    (defect,) = lint(EDGE_SECRET=SECRET[::-1] + "00")

    assert (defect.code, defect.setting) == ("env-value-shadowed", "EDGE_SECRET")
    assert defect.evidence == (
        "used: $EDGE_SECRET, 34 characters",
        "not used: .env:2, 32 characters",
    )


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_reference_in_braces_is_told_whatever_the_quotes(lint, quote: str) -> None:
    (defect,) = lint(with_secret(f"{SECRET}${{GONE}}", quote))

    assert defect.code == "env-value-interpolated"
    assert "GONE" not in "".join(defect.evidence)


def test_a_reference_in_an_address_is_named(lint) -> None:
    (defect,) = lint(CLEAN.replace(URL, "wss://${WHERE}"), WHERE="backend.example")

    assert defect.evidence == (
        "`${WHERE}`: replaced by its value",
        "python-dotenv reads `wss://backend.example`",
    )


@pytest.mark.parametrize(
    ("comment", "codes"),
    [(" #tail", ["env-value-truncated"]), (" # tail", []), (" #a b", []), (" #", []), (" ###", [])],
)
def test_what_looks_like_a_part_of_the_value_is_told_from_a_comment(
    lint, comment: str, codes: list[str]
) -> None:
    assert [defect.code for defect in lint(with_secret(SECRET + comment))] == codes


def test_a_comment_after_quotes_cuts_nothing_off(lint) -> None:
    assert lint(CLEAN.replace(SECRET, f"'{SECRET}' #tail")) == ()


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (f"{SECRET}#tail", "Node's dotenv: 32 characters, cut off after character 32"),
        (f"{SECRET}  ", "docker --env-file: 34 characters, with 2 blanks"),
        (f"{SECRET}$x", "a shell's source: 32 characters, cut off after character 32"),
        (f"{SECRET}\\x", "a shell's source: 33 characters, another value"),
        (
            f"{SECRET}&x",
            "a shell's source: sets no known value: ends the command at `&` or `|`",
        ),
        (
            f"{SECRET}'x",
            (
                "a shell's source: sets no known value: "
                "gives up in line 2: a quote (') that is never closed"
            ),
        ),
        (f'"{SECRET}$x"', "docker --env-file: 36 characters, with the quotes"),
        (f"`{SECRET}`", "Node's dotenv: 32 characters, another value"),
        (
            f" {SECRET}",
            "a shell's source: sets no known value: runs what follows the blank as a command",
        ),
    ],
)
def test_each_loader_s_reading_is_described(lint, value: str, line: str) -> None:
    defect = next(
        defect for defect in lint(with_secret(value)) if defect.code == "env-value-dialect"
    )

    assert line in defect.evidence


def test_windows_line_ends_are_one_finding_for_the_whole_file(lint) -> None:
    (defect,) = lint(CLEAN.replace("\n", "\r\n"))

    assert (defect.code, defect.setting, defect.where) == ("env-value-dialect", "", ".env")
    assert defect.evidence[0] == "3 lines of .env end in CR LF, as Windows writes them"


def test_an_address_is_shown_as_each_loader_reads_it(lint) -> None:
    (defect,) = (
        defect
        for defect in lint(CLEAN.replace(URL, f"{URL}/a?b=1&c=2"))
        if defect.code == "env-value-dialect"
    )

    assert defect.evidence[0] == f"python-dotenv: `{URL}/a?b=1&c=2`"


def test_a_file_without_a_secret_may_be_read_by_others(lint, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BACKEND_URL={URL}\nEDGE_AGENT_ID={AGENT}\n")
    (tmp_path / ".env").chmod(0o644)

    assert (
        LINT.lint(
            load(Options(), environ={"EDGE_SECRET": SECRET}, cwd=tmp_path, stdin=io.BytesIO())
        )
        == ()
    )


@pytest.mark.parametrize(
    ("mode", "who"), [(0o640, "its group"), (0o604, "everybody on this machine")]
)
def test_who_may_read_the_file_is_told(tmp_path: Path, mode: int, who: str) -> None:
    (tmp_path / ".env").write_text(CLEAN)
    (tmp_path / ".env").chmod(mode)
    (defect,) = LINT.lint(load(Options(), environ={}, cwd=tmp_path, stdin=io.BytesIO()))

    assert (defect.code, defect.values["who"]) == ("env-file-exposed", who)


# --- what is not set ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BACKEND_URL", "url-missing"),
        ("EDGE_SECRET", "secret-missing"),
        ("EDGE_AGENT_ID", "agent-id-missing"),
    ],
)
def test_an_empty_value_and_a_blank_one_are_missing(lint, name: str, code: str) -> None:
    for value in ("", "  "):
        (defect,) = (defect for defect in lint(**{name: value}) if defect.severity == "error")
        assert defect.code == code
        assert defect.values["state"] == "empty"
        assert defect.where == f"${name}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BACKEND_URL", "url-missing"),
        ("EDGE_SECRET", "secret-missing"),
        ("EDGE_AGENT_ID", "agent-id-missing"),
    ],
)
def test_a_reference_to_nothing_is_why_a_value_is_empty(lint, name: str, code: str) -> None:
    line = next(line for line in CLEAN.splitlines() if line.startswith(name))
    defects = {
        defect.code: defect for defect in lint(CLEAN.replace(line, f"{name}=${{NO_SUCH_NAME}}"))
    }
    number = CLEAN.splitlines().index(line) + 1

    assert (
        "it is a `${…}` of a variable that is not set: replaced by nothing"
        in defects[code].evidence
    )
    (remedy,) = defects[code].remedies
    assert remedy == (
        f"Set the variable that the `${{…}}` in line {number} of .env names, or write the "
        "value itself there."
    )
    assert not lint(CLEAN.replace(line, f"{name}="))[0].remedies


def test_a_setting_in_a_comment_is_pointed_at(lint) -> None:
    (defect,) = lint(CLEAN.replace("EDGE_SECRET", "# EDGE_SECRET"))

    assert defect.code == "secret-missing"
    assert defect.evidence[-1] == ".env:2 has it in a comment"
