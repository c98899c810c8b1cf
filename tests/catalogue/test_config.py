"""Every code of the config part, on real files, and nothing on clean ones."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS, config
from edgecheck.catalogue.condition import Lint
from edgecheck.catalogue.config import LINT
from edgecheck.catalogue.problem import Example, Problem
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.facts import Stage
from edgecheck.facts.text import is_unsafe
from edgecheck.lint.defect import Defect
from edgecheck.lint.rules.secret import cleaned_secret
from edgecheck.settings.model import Origin, SecretSetting, Setting, Settings, Source
from edgecheck.settings.secret import Secret
from edgecheck.settings.sources import Options, load
from edgecheck.terms import Severity, fill
from edgecheck.wording.values import profile_values
from tests.conftest import require_program

URL = "wss://backend.example"
SECRET = "3f9a1c5e7b2d4860af13c57e9b2d8640"
AGENT = "edge_7"
CLEAN = f"BACKEND_URL={URL}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n"
CODES = [problem.code for problem in config.PROBLEMS]
# The others are about options that a file of settings does not have: tests/cli/test_request.py.
WITH_EXAMPLE = [one for one in config.PROBLEMS if isinstance(one.reproduction, Example)]


@pytest.fixture
def lint(tmp_path: Path) -> Callable[..., tuple[Defect, ...]]:
    """Lint a file's text, read from disk as always; each defect fills what its entry says."""

    def lint(
        env: str | bytes | None = CLEAN, options: Options | None = None, **environ: str
    ) -> tuple[Defect, ...]:
        defects = LINT.lint(read(tmp_path, env, options, **environ))
        for defect in defects:
            assert set(PROBLEMS[defect.code].fills) <= set(defect.values), defect.code
        return defects

    return lint


def read(
    folder: Path, env: str | bytes | None, options: Options | None = None, **environ: str
) -> Settings:
    path = folder / ".env"
    if env is not None:
        path.write_bytes(env if isinstance(env, bytes) else env.encode())
        path.chmod(0o600)
    return load(options or Options(), environ=environ, cwd=folder, stdin=io.BytesIO())


def found(defects: tuple[Defect, ...]) -> list[tuple[str, str]]:
    return [(defect.code, defect.severity) for defect in defects]


def with_secret(value: str, quote: str = "") -> str:
    return f"BACKEND_URL={URL}\nEDGE_SECRET={quote}{value}{quote}\nEDGE_AGENT_ID={AGENT}\n"


def with_url(value: str) -> str:
    return f"BACKEND_URL='{value}'\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={AGENT}\n"


def with_agent(value: str) -> str:
    return f"BACKEND_URL={URL}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID='{value}'\n"


def made(url: str | None = URL, secret: str | None = SECRET, agent: str | None = AGENT) -> Settings:
    """Make settings from the environment, whatever the values are."""

    def origin(name: str) -> Origin:
        return Origin(Source.ENVIRONMENT, name)

    return Settings(
        backend_url=Setting(url, origin("BACKEND_URL")) if url is not None else None,
        secret=SecretSetting(Secret(secret), origin("EDGE_SECRET")) if secret is not None else None,
        agent_id=Setting(agent, origin("EDGE_AGENT_ID")) if agent is not None else None,
    )


# --- the table ------------------------------------------------------------------------------------


def materialised(example: Example, folder: Path) -> Settings:
    example = example.filled(
        url=URL, secret=SECRET, agent_id=AGENT, endpoint=EDGE.path, folder=str(folder)
    )
    if example.env is not None:
        path = folder / ".env"
        path.write_bytes(example.env if isinstance(example.env, bytes) else example.env.encode())
        path.chmod(example.mode)
    if example.git:
        subprocess.run([require_program("git"), "init", "-q", str(folder)], check=True)
    words = iter(example.arguments)
    options: dict[str, Any] = {
        word.removeprefix("--").replace("-", "_"): next(words) for word in words
    }
    if "reader" in options:
        options["readers"] = (Reader(options.pop("reader")),)
    return load(Options(**options), environ=example.environ, cwd=folder, stdin=io.BytesIO())


def example_of(problem: Problem) -> Example:
    assert isinstance(problem.reproduction, Example)
    return problem.reproduction


@pytest.mark.parametrize("problem", WITH_EXAMPLE, ids=lambda problem: problem.code)
def test_its_example_shows_it_and_nothing_else(problem: Problem, tmp_path: Path) -> None:
    defects = LINT.lint(materialised(example_of(problem), tmp_path))

    assert found(defects) == [(problem.code, problem.severity)]
    assert defects[0].evidence
    assert set(problem.fills) <= set(defects[0].values)


@pytest.mark.parametrize("problem", config.PROBLEMS, ids=CODES)
def test_it_is_a_whole_entry(problem: Problem) -> None:
    assert problem.stage is Stage.CONFIG
    assert isinstance(problem.when, Lint)
    assert all(
        remedy.split()[0][0].isupper() and remedy.split()[0].isalpha()
        for remedy in problem.remedies
    )
    assert set(problem.refines) <= set(CODES)
    assert all(word == word.lower() for word in problem.keywords)
    assert problem.cause.endswith(".")
    assert not problem.title.endswith(".")


@pytest.mark.parametrize("problem", WITH_EXAMPLE, ids=lambda problem: problem.code)
def test_nothing_it_says_is_unsafe_to_show(problem: Problem, tmp_path: Path) -> None:
    (defect,) = LINT.lint(materialised(example_of(problem), tmp_path))

    assert not any(
        is_unsafe(character)
        for text in (*defect.evidence, defect.where, *defect.values.values())
        for character in text
    )


def test_the_codes_are_unique() -> None:
    assert len(set(CODES)) == len(CODES)


# --- what is not a finding ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env",
    [
        CLEAN,
        CLEAN.rstrip("\n"),
        f"# the backend\n\n{CLEAN}\n# end\n",
        CLEAN.replace("=", "='").replace("\n", "'\n"),
        CLEAN.replace("=", '="').replace("\n", '"\n'),
        re.sub("(?m)^", "export ", CLEAN.rstrip("\n")),
        CLEAN.replace("\n", "  # from the guide\n"),
        f"{CLEAN}{CLEAN}",
        f"{CLEAN}OTHER=a b $c 'd'\nLAST=\n",
        f"OTHER='two\nlines'\n{CLEAN}",
        f"{CLEAN}OTHER=1\nexport OTHER\n",
        CLEAN.replace("wss://backend.example", "ws://localhost:8787/"),
        CLEAN.replace("wss://backend.example", "wss://[2001:db8::1]:8443"),
    ],
)
def test_an_ordinary_file_has_no_defect(lint, env: str) -> None:
    assert lint(env) == ()


def test_settings_from_elsewhere_need_no_file(lint) -> None:
    assert lint(None, BACKEND_URL=URL, EDGE_SECRET=SECRET, EDGE_AGENT_ID=AGENT) == ()


def test_a_folder_called_env_is_no_matter_where_all_is_set(lint, tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert lint(None, BACKEND_URL=URL, EDGE_SECRET=SECRET, EDGE_AGENT_ID=AGENT) == ()


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


# --- the secret -----------------------------------------------------------------------------------


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


# --- the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://h.example", ["url-scheme-http"]),
        ("HTTPS://h.example", ["url-scheme-http"]),
        ("https:/h.example", ["url-scheme-http"]),
        ("http://localhost:8000", ["url-scheme-http"]),
        ("http://h.example", ["url-scheme-http"]),
        ("h.example", ["url-scheme-missing"]),
        ("h.example:8080", ["url-scheme-missing"]),
        ("host:8080", ["url-scheme-missing"]),
        ("localhost:8000", ["url-scheme-missing"]),
        ("//h.example", ["url-scheme-missing"]),
        ("://h.example", ["url-scheme-missing"]),
        ("wws://h.example", ["url-scheme-unknown"]),
        ("wss:/h.example", ["url-scheme-unknown"]),
        ("wss//h.example", ["url-scheme-unknown"]),
        ("wss:h.example", ["url-scheme-unknown"]),
        ("ws:localhost", ["url-scheme-unknown"]),
        ("wss:///h.example", ["url-scheme-unknown"]),
        ("wss;//h.example", ["url-scheme-unknown"]),
        ("wss:\\\\h.example", ["url-scheme-unknown"]),
        ("ftp://h.example", ["url-scheme-unknown"]),
        ("wss://wss://h.example", ["url-scheme-unknown"]),
        ("wss://https://h.example", ["url-scheme-unknown"]),
        (" wss://h.example", ["url-whitespace"]),
        ("wss://h.example\u200b", ["url-whitespace"]),
        ("wss://h. example", ["url-whitespace"]),
        ("wss://h.example\n", ["url-whitespace"]),
        (" https://h.example", ["url-scheme-http", "url-whitespace"]),
        ("wss://", ["url-malformed"]),
        ("wss:///", ["url-scheme-unknown", "url-malformed"]),
        ("wss://h.example:0", ["url-malformed"]),
        ("wss://h.example:port", ["url-malformed"]),
        ("wss://h..example", ["url-malformed"]),
        ("wss://<host>", ["url-malformed"]),
        ("wss://[::1", ["url-malformed"]),
        ("wss://1.2.3.400", ["url-malformed"]),
        ('"wss://h.example"', ["url-malformed"]),
        ("\u201cwss://h.example\u201d", ["url-malformed"]),
        ("wss://h.example/edge/ws", ["url-has-endpoint"]),
        ("wss://h.example/edge/ws/", ["url-has-endpoint"]),
        ("wss://h.example/api/edge/ws", ["url-has-endpoint"]),
        ("wss://h.example/api", ["url-has-path"]),
        ("wss://h.example/", []),
        ("wss://h.example?a=b", ["url-has-query"]),
        ("wss://h.example#", ["url-has-query"]),
        ("wss://user:pass@h.example", ["url-has-credentials"]),
        ("wss://token@h.example", ["url-has-credentials"]),
        ("ws://h.example", ["url-plaintext"]),
        ("ws://10.0.0.1", ["url-plaintext"]),
        ("ws://localhost", []),
        ("ws://127.0.0.2:8000", []),
        ("ws://[::1]", []),
        ("wss://h.example:80", ["url-port-mismatch"]),
        ("ws://localhost:443", ["url-port-mismatch"]),
        ("wss://h.example:443", []),
        ("wss://h.example:8883", ["url-known-port"]),
        ("ws://localhost:5432", ["url-known-port"]),
        ("wss://h.example:8080", []),
        ("wss://b\u00fccher.example", []),
    ],
)
def test_an_address_s_defects_are_told_each_as_if_the_others_were_repaired(
    url: str, codes: list[str]
) -> None:
    assert [defect.code for defect in LINT.lint(made(url=url))] == codes


@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("https://h.example/x", "wss://h.example/x"),
        ("http://h.example:8000", "ws://h.example:8000"),
        ("https:h.example", "wss://h.example"),
        ("h.example:8080", "wss://h.example:8080"),
        ("localhost:8000", "ws://localhost:8000"),
        ("wss//h.example", "wss://h.example"),
        ("wss://https://h.example", "wss://h.example"),
        ("ws:localhost:1", "ws://localhost:1"),
        ("wss://h.example/edge/ws", "wss://h.example"),
        ("wss://h.example/a/edge/ws", "wss://h.example/a"),
        ("wss://h.example/a?b#c", "wss://h.example/a"),
        ("wss://user:pass@h.example:1/a", "wss://h.example:1/a"),
        ("ws://h.example:1", "wss://h.example:1"),
        ("wss://h.example:80", "wss://h.example"),
        ("ws://localhost:443", "wss://localhost"),
        (" wss://h.example\t", "wss://h.example"),
        ("https://user:pass@h.example", "wss://h.example"),
    ],
)
def test_the_address_that_is_meant_is_offered(url: str, offered: str) -> None:
    assert offered in {defect.values.get("offered") for defect in LINT.lint(made(url=url))}


@pytest.mark.parametrize(
    "url",
    [
        "wss://h.example:80/v1/edge/ws/?x=1",
        "https://127.0.0.1:8787/edge/ws",
        "https://u:p@h.example/edge/ws#x",
    ],
)
def test_every_finding_offers_the_same_address(url: str) -> None:
    """Their commands set the same line.

    The one that is pasted last must not bring back what another one repaired.
    """
    defects = LINT.lint(made(url=url))
    (offered,) = {defect.values["offered"] for defect in defects}

    assert len(defects) > 1
    assert LINT.lint(made(url=offered)) == () or {
        defect.code for defect in LINT.lint(made(url=offered))
    } == {"url-has-path"}


@pytest.mark.parametrize(
    ("made_of", "code", "command"),
    [
        (
            {"url": '"wss://backend.example"'},
            "url-malformed",
            "$ export BACKEND_URL=wss://backend.example",
        ),
        (
            {"url": "'https://backend.example'"},
            "url-malformed",
            "$ export BACKEND_URL=wss://backend.example",
        ),
        ({"agent": '"edge_7"'}, "agent-id-malformed", "$ export EDGE_AGENT_ID=edge_7"),
        ({"url": '"wss://backend.example:99999"'}, "url-malformed", None),
        ({"agent": '"agent 7"'}, "agent-id-malformed", None),
    ],
)
def test_quotes_that_are_too_many_are_all_that_is_to_be_removed(
    made_of: dict[str, str], code: str, command: str | None
) -> None:
    """Where the rest is good: nobody has to be asked."""
    defect = next(defect for defect in LINT.lint(made(**made_of)) if defect.code == code)

    assert [remedy.splitlines()[1] for remedy in defect.remedies] == ([command] if command else [])
    assert all("docker run --env-file" in remedy for remedy in defect.remedies)


def test_the_offer_can_be_pasted_where_the_value_stands(lint, tmp_path: Path) -> None:
    defect = next(
        defect
        for defect in lint(with_url("https://h.example/a&b"))
        if defect.code == "url-scheme-http"
    )
    subprocess.run(defect.values["set_it"], shell=True, cwd=tmp_path, check=True)

    assert (tmp_path / ".env").read_text().splitlines()[0] == "BACKEND_URL=wss://h.example/a&b"
    assert (
        LINT.lint(made(url="https://h.example"))[0].values["set_it"]
        == "export BACKEND_URL=wss://h.example"
    )


@pytest.mark.parametrize(
    "written",
    [
        "EDGE_SERCET",
        "EDGE.SECRET",
        "EDGE-SECRET",
        "$env:EDGE_SECRET",
        '"EDGE_SECRET"',
        "\u0415DGE_SECRET",
    ],
)
def test_a_misspelled_name_can_be_renamed_by_pasting(lint, tmp_path: Path, written: str) -> None:
    defect = next(
        defect
        for defect in lint(CLEAN.replace("EDGE_SECRET", written))
        if defect.code == "env-key-misspelled"
    )
    subprocess.run(defect.values["rename"], shell=True, cwd=tmp_path, check=True)

    assert lint(None) == ()


def test_plaintext_is_a_warning_where_it_is_allowed(lint) -> None:
    allowed = Options(url="ws://h.example", allow_plaintext=True)

    assert found(lint(options=Options(url="ws://h.example"))) == [("url-plaintext", "error")]
    assert found(lint(options=allowed)) == [("url-plaintext", "warning")]


@pytest.mark.parametrize(
    "url",
    [
        "wss://u:pass-word@h.example",
        "wss//u:pass-word@h.example",
        "https://u:pass-word@h.example/a?b#c",
        "u:pass-word@h",
    ],
)
def test_a_password_in_the_address_is_not_shown(url: str) -> None:
    assert "pass-w" not in str(LINT.judged(made(url=url)))


# --- the agent id ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("edge_0", []),
        ("edge_12345", []),
        (" edge_1", [("agent-id-whitespace", "error")]),
        ("edge_1\u200b", [("agent-id-whitespace", "error")]),
        ("edge_ 1", [("agent-id-whitespace", "error")]),
        ("edge_1\r\n", [("agent-id-whitespace", "error")]),
        ("agent", [("agent-id-malformed", "warning")]),
        ("EDGE_1", [("agent-id-malformed", "warning")]),
        ("edge-1", [("agent-id-malformed", "warning")]),
        ("edge_1&x=y", [("agent-id-malformed", "error")]),
        ("edge_1#", [("agent-id-malformed", "error")]),
        ("edge_%31", [("agent-id-malformed", "error")]),
        ('"edge_1"', [("agent-id-malformed", "error")]),
        ("<id>", [("agent-id-malformed", "error")]),
        ("edge_\u0661", [("agent-id-malformed", "error")]),
        ("edge_\udce9", [("agent-id-malformed", "error")]),
        (" a b ", [("agent-id-whitespace", "error"), ("agent-id-malformed", "warning")]),
    ],
)
def test_an_agent_id_is_edge_and_digits(agent: str, expected: list[tuple[str, str]]) -> None:
    assert found(LINT.lint(made(agent=agent))) == expected


# --- what can be sent -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        made(),
        made(secret=f" {SECRET}"),
        made(secret=f"'{SECRET}'"),
        made(secret=f"Bearer {SECRET}"),
        made(secret=f"{SECRET}\u00a0"),
        made(secret="changeme"),
        made(secret=f"{SECRET}\t"),
        made(secret="caf\u00e9"),
        made(url="wss://h.example/edge/ws"),
        made(url="wss://h.example/a?b#c"),
        made(url="wss://h.example:80"),
        made(agent="agent-1"),
    ],
)
def test_what_a_client_can_write_is_sent_as_it_is(settings: Settings) -> None:
    assert LINT.request_possible(settings)
    assert LINT.judged(settings)[0].request_possible is True


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        made(url=None),
        made(secret=None),
        made(agent=None),
        made(url=""),
        made(secret=""),
        made(agent=""),
        made(url="https://h.example"),
        made(url="h.example"),
        made(url="wss:/h.example"),
        made(url="wss://h.example "),
        made(url="wss://h.example:0"),
        made(url="wss://u:p@h.example"),
        made(url="ws://h.example"),
        made(secret=f"{SECRET}\n"),
        made(secret=f"{SECRET}\r"),
        made(secret=f"{SECRET}\x00"),
        made(secret=f"{SECRET}\x7f"),
        made(secret=f"{SECRET}\u200b"),
        made(secret=f"{SECRET}\u0430"),
        made(secret=f"{SECRET}\udce9"),
        made(agent="edge_1 "),
        made(agent="edge_1&a=b"),
    ],
)
def test_what_no_client_can_write_is_not_sent(settings: Settings) -> None:
    assert not LINT.request_possible(settings)


@pytest.mark.parametrize("number", range(0x180))
def test_a_header_takes_exactly_what_the_client_library_takes(number: int) -> None:
    from websockets.datastructures import Headers
    from websockets.exceptions import InvalidHeaderValue

    value = f"Bearer a{chr(number)}b"
    try:
        Headers(Authorization=value)["Authorization"].encode("latin-1")
        theirs = True
    except (InvalidHeaderValue, UnicodeEncodeError):
        theirs = False

    assert LINT.request_possible(made(secret=f"a{chr(number)}b")) is theirs


def test_the_facts_say_where_each_setting_came_from(tmp_path: Path) -> None:
    facts, _ = LINT.judged(read(tmp_path, CLEAN, EDGE_AGENT_ID=AGENT))

    assert facts.env_file == ".env"
    assert facts.origins == {
        "BACKEND_URL": ".env:1",
        "EDGE_SECRET": ".env:2",
        "EDGE_AGENT_ID": "$EDGE_AGENT_ID",
    }
    assert facts.request_possible


def test_findings_come_in_the_order_of_the_file(lint) -> None:
    env = f"EDGE_AGENT_ID=agent\n\nEDGE_SECRET=hunter2\nno setting\nBACKEND_URL={URL}/a\n"

    assert [defect.code for defect in lint(env)] == [
        "agent-id-malformed",
        "secret-weak",
        "env-line-invalid",
        "url-has-path",
    ]


# --- whatever the input ---------------------------------------------------------------------------

# Of letters that occur in no word of an entry's texts.
MARKER = "qzXqvWzkQxVzqKwj"

anything = st.text(max_size=40) | st.text("'\"`<> \t\r\n\u00a0\u200b#$&\\{}:/@?%=eé", max_size=30)


@settings(deadline=None)
@given(
    url=anything | anything.map("wss://{}".format),
    secret=anything,
    agent=anything | anything.map("edge_{}".format),
)
def test_no_setting_makes_the_lint_raise(url: str, secret: str, agent: str) -> None:
    values = made(url, secret, agent)

    assert LINT.lint(values) == tuple(replace(defect, fix="") for defect in LINT.judged(values)[1])
    cleaned_secret(values)


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0xD700, max_codepoint=0xE010), max_size=10))
def test_bytes_that_are_no_text_do_not_make_it_raise(text: str) -> None:
    LINT.judged(made(f"wss://{text}", text, text))


def pieces(text: str) -> set[str]:
    return {text[i : i + 6] for i in range(len(text) - 5)}


def assert_no_piece_of_the_marker(settings: Settings) -> None:
    facts, defects = LINT.judged(settings)
    entries = {problem.code: problem for problem in config.PROBLEMS}
    said = f"{facts!r} {settings!r}"
    for defect in defects:
        entry = entries[defect.code]
        said += " ".join(
            fill(text, defect.values) for text in (entry.title, entry.cause, *entry.remedies)
        )

    assert not [piece for piece in pieces(MARKER) if piece in said]


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.text(" '\"`#$\\{}=:&\n\tab<\u00a0\u200b\u201cé", max_size=6),
    after=st.text(" '\"`#$\\{}=:&\n\tab>\u00a0\u200b\u201dé", max_size=6),
    inner=st.text(" '\"#$\\{}=\n\u200b", max_size=2),
    key=st.sampled_from(
        [
            "EDGE_SECRET=",
            "EDGE_SECRET:",
            "EDGE_SECRET: ",
            "EDGE_SERCET=",
            "export EDGE_SECRET=",
            "EDGE_SECRET ",
            "EDGE_SECRET",
            "",
        ]
    ),
)
def test_no_piece_of_the_secret_is_said(
    tmp_path: Path, before: str, after: str, inner: str, key: str
) -> None:
    secret = f"{before}{MARKER[:8]}{inner}{MARKER[8:]}{after}"

    assert_no_piece_of_the_marker(
        read(tmp_path, f"BACKEND_URL={URL}\n{key}{secret}\nEDGE_AGENT_ID={AGENT}\n")
    )
    assert_no_piece_of_the_marker(made(secret=secret))


@pytest.mark.parametrize("example", [example_of(problem) for problem in WITH_EXAMPLE])
def test_no_example_gives_the_secret_away(example: Example, tmp_path: Path) -> None:
    if isinstance(example.env, str):
        example = Example(
            example.env.replace("{secret}", MARKER),
            example.environ,
            example.arguments,
            example.mode,
            example.git,
        )

    assert_no_piece_of_the_marker(materialised(example, tmp_path))


def test_a_secret_in_the_address_or_the_agent_id_is_cut_out() -> None:
    assert_no_piece_of_the_marker(
        made(url=f"https://h.example/{MARKER}?t={MARKER}", secret=MARKER, agent=f"edge {MARKER}")
    )


def test_the_names_of_the_settings_are_no_piece_of_the_secret(lint) -> None:
    """What is to be pasted stays whole; what is more than a name does not."""
    defects = {defect.code: defect for defect in lint(EDGE_SECRET="oldsecret123")}

    assert defects["env-value-shadowed"].values["setting"] == "EDGE_SECRET"
    assert defects["env-value-shadowed"].where == "$EDGE_SECRET"
    shown = str(LINT.lint(made(agent="oldsecret123", secret="oldsecret123")))
    assert "oldsec" not in shown
    assert "secret1" not in shown


@pytest.mark.parametrize("count", [1, 2])
def test_white_space_is_counted_in_good_english(count: int) -> None:
    blanks = " " * count
    titles = {
        defect.code: fill(
            next(problem.title for problem in config.PROBLEMS if problem.code == defect.code),
            {**profile_values(EDGE), **defect.values},
        )
        for defect in LINT.lint(made(url=f"{URL}{blanks}", agent=f"{blanks}{AGENT}"))
    }
    characters = f"{count} character{'s' if count > 1 else ''}"

    assert titles["url-whitespace"] == f"BACKEND_URL has {characters} too many: blank"
    assert titles["agent-id-whitespace"] == f"EDGE_AGENT_ID has {characters} too many: blank"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=120))
def test_no_bytes_of_a_file_make_it_raise(tmp_path: Path, content: bytes) -> None:
    LINT.judged(read(tmp_path, content))
    LINT.judged(read(tmp_path, b"EDGE_SECRET=" + content))


def test_nothing_is_said_about_settings_that_were_not_gathered() -> None:
    assert found(LINT.lint(Settings())) == [("env-file-missing", "error")]
