"""Every code of the config part has an example, and nothing is said of clean files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import config
from edgecheck.catalogue.condition import Lint
from edgecheck.catalogue.config import LINT
from edgecheck.catalogue.problem import Example, Problem
from edgecheck.escapes import is_unsafe
from edgecheck.facts import Stage
from edgecheck.lint.rules.secret import cleaned_secret
from edgecheck.settings.model import Settings
from edgecheck.terms import fill
from edgecheck.wording.values import profile_values
from tests.catalogue.settings_files import (
    AGENT,
    CLEAN,
    SECRET,
    URL,
    found,
    made,
    materialised,
    read,
)

CODES = [problem.code for problem in config.PROBLEMS]
# The others are about options that a file of settings does not have: tests/cli/test_request.py.
WITH_EXAMPLE = [one for one in config.PROBLEMS if isinstance(one.reproduction, Example)]


# --- the table ------------------------------------------------------------------------------------


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
