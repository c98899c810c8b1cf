"""Workflow commands: what the runner of GitHub Actions reads in a line, and what it must not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgecheck.lint.defect import Defect
from edgecheck.render import github
from edgecheck.render.words import shown
from edgecheck.report import report_of
from tests.render.hostile import DEFECTS, HOSTILE, PIECES, POISONED
from tests.render.samples import CONFIG, HEALTHY, REFUSED

LINES = st.text() | st.lists(
    st.sampled_from([":", "::", "error", " ", "\t", "#", "##[", "]", "stop-commands", "x", ","])
).map("".join)


@dataclass(frozen=True)
class Command:
    """A command, as the runner reads it."""

    name: str
    properties: dict[str, str]
    data: str


def read(line: str) -> Command | None:
    """Read a line as the runner does (actions/runner, ActionCommand); None if it is no command.

    The newer form is looked for first, then the older one.
    """
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        head, _, data = trimmed[2:].partition("::")
        name, _, rest = head.partition(" ")
        pairs = [pair.partition("=") for pair in rest.strip().split(",") if pair]
        properties = {
            key: _undone(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"})
            for key, _, value in pairs
        }
        return Command(name, properties, _undone(data, {"%0D": "\r", "%0A": "\n", "%25": "%"}))
    old = re.search(r"##\[([^\]]*)\]", line)
    return Command(old[1], {}, "") if old else None


def _undone(text: str, escapes: dict[str, str]) -> str:
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text


def test_the_verdict_is_an_error_with_what_to_do() -> None:
    """One command has the title, who has to act, and every remedy."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    command = read(github.commands(report)[0])
    assert command is not None

    assert (command.name, command.properties) == ("error", {"title": f"edgecheck: {verdict.code}"})
    lines = command.data.split("\n")
    assert lines[0] == verdict.title
    assert '     printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12' in lines


def test_a_defect_is_marked_in_its_line() -> None:
    """The line is one of the settings file; a variable has no line to mark."""
    defects = (
        Defect(
            "secret-bearer-prefix", "error", ".env:2", "EDGE_SECRET", values={"where": ".env:2"}
        ),
        Defect("env-file-exposed", "warning", ".env"),
        Defect("agent-id-malformed", "info", "$EDGE_AGENT_ID:3"),
    )
    facts = replace(REFUSED, config=replace(CONFIG, env_file=".env"))
    commands = [read(line) for line in github.commands(report_of(facts, "0.1.0", defects))]
    marked = {
        command.properties["title"].split()[1]: (command.name, command.properties)
        for command in commands
        if command
    }

    assert marked["secret-bearer-prefix"] == (
        "error",
        {"file": ".env", "line": "2", "title": "edgecheck: secret-bearer-prefix"},
    )
    assert marked["env-file-exposed"] == (
        "warning",
        {"file": ".env", "title": "edgecheck: env-file-exposed"},
    )
    assert marked["agent-id-malformed"][0] == "notice"
    assert "file" not in marked["agent-id-malformed"][1]


def test_what_only_follows_from_the_verdict_is_not_marked_beside_it() -> None:
    """There is one error for one cause."""
    defects = (
        Defect(
            "secret-bearer-prefix", "error", ".env:2", "EDGE_SECRET", values={"where": ".env:2"}
        ),
    )
    report = report_of(replace(REFUSED, config=CONFIG), "0.1.0", defects)
    errors = [line for line in github.commands(report) if line.startswith("::error")]

    assert "auth-secret-rejected" in [finding.code for finding in report.diagnosis.findings]
    assert len(errors) == 1


def test_a_healthy_report_marks_nothing() -> None:
    """Only warnings are marked."""
    assert [
        line
        for line in github.commands(report_of(HEALTHY, "0.1.0"))
        if not line.startswith("::warning ")
    ] == []


@pytest.mark.parametrize("name", POISONED)
def test_hostile_text_makes_no_other_command(name: str) -> None:
    """A line is one command, with our own name and properties."""
    lines = github.commands(report_of(POISONED[name], HOSTILE, DEFECTS))
    commands = [read(line) for line in lines]

    assert lines
    for line, command in zip(lines, commands, strict=True):
        assert line.isprintable()
        assert command is not None
        assert command.name in ("error", "warning", "notice")
        assert set(command.properties) <= {"title", "file", "line"}
        assert command.properties["title"].startswith("edgecheck: ")
    assert any(shown(PIECES[0]) in command.data for command in commands if command)


@example("  ::error::x")
@example("a ##[error]x")
@example("##[##[error]")
@example("::::::")
@given(LINES)
def test_an_inert_line_holds_no_command(said: str) -> None:
    """Neither form is left, and a line without a command stays as it is."""
    line = shown(said)

    assert read(github.inert(line)) is None
    assert read(line) is not None or "##[" in line or github.inert(line) == line


def test_what_its_commands_do_not_show_is_said() -> None:
    """A credential that was given as an option is set first, by whoever pastes them."""
    target = replace(REFUSED.target, options=(("--proxy", "***"),))
    line = github.commands(report_of(replace(REFUSED, target=target), ()))[0]

    assert "The commands show no credentials: first set PROXY in this shell." in line
