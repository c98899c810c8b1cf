"""What the documents say is so: links lead on, options exist, tables hold what the program has."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import edgecheck
from edgecheck.backend.builtin import BUILT_IN, EDGE
from edgecheck.cli.commands import program
from edgecheck.cli.ends import UsageError
from edgecheck.lint.defect import Defect
from edgecheck.report import report_of, to_document
from tests.cli.conftest import Run
from tests.cli.test_help import parse
from tests.project.documents import DOCUMENTS, ROOT, blocks, commands, name_of, prose
from tests.render.samples import REFUSED

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
EXPOSED = Defect("env-file-exposed", "warning", ".env")
CONTRACT = ROOT / "docs" / "contract.md"
# They do their work while the command line is read, and end the program.
_AT_ONCE = {"--help", "--install-completion", "--show-completion"}
# Placeholders in a document stand for a word that a person has.
_PLACEHOLDERS = {"CODE": "tls-self-signed", "COMMAND": "doctor", "…": "1f2e3d4c5b6a"}


def anchor(heading: str) -> str:
    """Return the anchor that a forge gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {anchor(line.lstrip("#")) for line in prose(path).splitlines() if line.startswith("#")}


def table(path: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    text = path.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows[2:]]


def options(command: Any) -> Iterator[str]:
    """Give every option of a command and of those below it."""
    for parameter in command.params:
        if parameter.param_type_name == "option":  # an argument has no dashes
            yield from (*parameter.opts, *parameter.secondary_opts)
    for name in getattr(command, "commands", {}):
        yield from options(command.resolve_command(None, [name])[1])


KNOWN_OPTIONS = {*options(program()), "-h", "--help"}


@every_document
def test_every_link_leads_somewhere(path: Path) -> None:
    """To a file that is there, and to a heading in it."""
    links = re.findall(r"\]\(([^)\s]+)\)", prose(path))
    local = [link for link in links if not link.startswith("https://")]
    broken = []
    for link in local:
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists() or (heading and heading not in anchors(target)):
            broken.append(link)

    assert broken == []
    assert len(local) == len(links)  # nothing here depends on another site


@every_document
def test_every_command_line_is_one_that_the_program_takes(path: Path) -> None:
    """Each call of edgecheck, wherever it stands, has a command and options that exist."""
    wrong = []
    for words in commands(path):
        left = [_PLACEHOLDERS.get(word, word) for word in words if word not in _AT_ONCE]
        try:
            parse(left)
        except (typer.TyperException, UsageError) as error:
            wrong.append((words, str(error)))

    assert wrong == []


@every_document
def test_every_option_in_prose_exists(path: Path) -> None:
    """Where nothing but options stands in code; what follows a program's name is that program's."""
    spans = re.findall(r"`(-[^`]+)`", prose(path))
    named = {
        option for span in spans for option in re.findall(r"(?<![\w-])--?[a-zA-Z0-9][\w-]*", span)
    }

    assert named - KNOWN_OPTIONS == set()


def test_the_checks_find_what_is_wrong(tmp_path: Path) -> None:
    """Otherwise the tests above would pass whatever stands there."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n\n`edgecheck doctor --nonsense` and [b](#b)\n\n```sh\nedgecheck x | y\n```\n"
    )

    assert list(commands(page)) == [["edgecheck", "x"], ["edgecheck", "doctor", "--nonsense"]]
    assert anchors(page) == {"a"}
    with pytest.raises((typer.TyperException, UsageError)):
        parse(["edgecheck", "doctor", "--nonsense"])


def test_the_contract_names_every_connecting_option() -> None:
    """What `--help` of every connecting command lists, the contract has."""
    group: Any = program()
    connecting = (
        group.resolve_command(None, [name])[1] for name in ("doctor", "ping", "repl", "listen")
    )
    shared = set.intersection(*(set(options(command)) for command in connecting))
    said = CONTRACT.read_text(encoding="utf-8")

    assert {option for option in shared if f"`{option}" not in said} == set()


def test_the_contracts_report_has_the_keys_of_a_report() -> None:
    """The example is a document of today, down to the keys of a verdict, a finding and a stage."""
    (example,) = (json.loads(block) for block in blocks(CONTRACT, "json"))
    document = json.loads(json.dumps(to_document(report_of(REFUSED, edgecheck.__version__))))

    assert list(example) == list(document)
    assert set(example["target"]) == set(document["target"])
    assert set(example["verdict"]) == set(document["verdict"])
    assert set(example["stages"][0]) == set(document["stages"][0])
    assert example["verdict"]["side"] == document["verdict"]["side"]
    assert example["profile"] == document["profile"] == EDGE.name
    findings = to_document(report_of(REFUSED, "0", [EXPOSED]))["findings"]
    assert set(example["findings"][0]) == set(findings[0])


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("ping", ("-c", "1")),
        ("repl", ("-x", "ping", "-x", "wait pong 60", "-x", "status", "-x", "commands")),
        ("repl", ("-x", "nonsense")),
    ],
)
def test_every_event_that_is_seen_is_in_the_contract(
    run: Run, command: str, arguments: tuple[str, ...]
) -> None:
    """A script that reads the contract knows what it meets."""
    done = run(command, "--demo", "--json", *arguments)
    seen = {json.loads(line)["event"] for line in done.stdout.splitlines()}
    rows = table(CONTRACT, "One object a line: `ping`, `listen`, `repl`")
    known = {
        name
        for row in rows
        if row[0] in (f"`{command}`", "all")
        for name in re.findall(r"`([a-z-]+)`", re.sub(r"\([^)]*\)", "", row[1]))
    }

    assert seen
    assert seen - known == set()


def test_the_design_names_every_room() -> None:
    """Each folder and each module of the package, and none that is not there."""
    rooms = {
        path.stem if path.suffix == ".py" else path.name
        for path in (ROOT / "edgecheck").iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }
    named = {row[0].strip("`") for row in table(ROOT / "docs" / "design.md", "The rooms")}

    assert named == rooms - {"__init__", "__main__"}


def test_the_grid_of_the_design_is_the_tree() -> None:
    """Every file that it names stands where it says, and none of those that see is left out."""
    page = ROOT / "docs" / "design.md"
    head = (
        page.read_text(encoding="utf-8").partition("\n## The grid\n")[2].partition("\n| stage")[2]
    )
    rooms = re.findall(r"(\w+)/", head.partition("\n")[0])
    named = {
        f"{room}/{file}"
        for row in table(page, "The grid")
        for room, cell in zip(rooms, row[1:], strict=True)
        for file in re.findall(r"\w+(?:\.py|/)", cell)
    }
    seeing = {
        f"{room}/{path.name}"
        for room in ("facts", "wire", "probe")
        for path in (ROOT / "edgecheck" / room).glob("*.py")
        if path.name != "__init__.py"
    }

    assert rooms == ["facts", "wire", "probe", "catalogue"]
    assert [name for name in named if not (ROOT / "edgecheck" / name).exists()] == []
    assert seeing - named == set()


def test_the_page_of_profiles_says_what_the_profile_holds() -> None:
    """Every value of `edge`."""
    said = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    values = (
        f"`{EDGE.path}`",
        f"`{EDGE.agent_parameter}=<id>`",
        f"`{EDGE.agent_field}: <id>`",
        f"`{EDGE.agent_id.example}`",
        f"every {EDGE.session.keepalive:g} s | `{EDGE.ping}`",
        f"| pong | `{EDGE.pong}`",
        *(f"| close {code} |" for code in EDGE.closes),
    )

    assert [value for value in values if value not in said] == []


def test_the_page_of_profiles_has_every_built_in_one() -> None:
    """In the order in which `edgecheck profile --list` shows them."""
    rows = table(ROOT / "docs/profiles.md", "The built-in profiles")
    names = [name for row in rows for name in re.findall("`([^`]+)`", row[0])]

    assert names == list(BUILT_IN)


def test_the_changelog_begins_with_what_is_not_released() -> None:
    """Then this version or an earlier one, and a date for each."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *released = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert first == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+, \d{4}-\d\d-\d\d", heading) for heading in released)
    assert released[0].partition(",")[0] == edgecheck.__version__


def test_the_metadata_says_what_is_so() -> None:
    """A license that is there, authors without an address, and no site that may not exist."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["license"] == "MIT"
    assert all(
        (ROOT / name).read_text().startswith("MIT License") for name in project["license-files"]
    )
    assert project["authors"] == [{"name": "The edgecheck authors"}]
    assert "urls" not in project
