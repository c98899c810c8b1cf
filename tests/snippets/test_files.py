"""The snippets as files: complete, valid in their language, and clear about what they need."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Profile
from edgecheck.cli.ends import UsageError
from edgecheck.cli.snippet import SNIPPETS, text_of
from edgecheck.render.client import client
from tests.conftest import require_program
from tests.snippets.clients import BUILD_PATIENCE, LIBRARY, go_workspace, write
from tests.snippets.test_profiles import EVERY, OCTETS
from tests.timing import PATIENCE

# What says that a program is well-formed.
CHECKED_BY = {".mjs": ("node", "--check"), ".sh": ("sh", "-n"), ".go": ("gofmt", "-e")}
PROGRAMS = [name for name in SNIPPETS if name != "browser"]


def test_every_file_has_a_name_and_every_name_a_file() -> None:
    """Everything that is offered exists, and no file is left out."""
    there = {file.name for file in (files("edgecheck") / "snippets").iterdir() if file.is_file()}

    assert there == {f"{name}{ending}" for name, (ending, _) in SNIPPETS.items()}


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_file_is_what_its_template_gives(name: str) -> None:
    """Write them anew: make docs."""
    file = f"{name}{SNIPPETS[name][0]}"

    assert client(file, EDGE, snippet=name) == text_of(name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_says_how_to_install_and_run_it(name: str) -> None:
    """It does so before the first line of code."""
    text = text_of(name)
    head = text[: text.index("\n\n", text.index("Run:"))]

    assert "Install:" in head
    written = re.search(rf"edgecheck snippet {name} --output (\S+)\n", head)
    assert written
    assert written[1] in head[written.end() :] or name == "go"  # go runs the folder
    assert "BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID" in head


@pytest.mark.parametrize("name", LIBRARY)
def test_it_has_the_protocols_numbers(name: str) -> None:
    """They are those of the reference client."""
    text = text_of(name)

    for number in (*EDGE.refusals, 401, 403):
        assert re.search(rf"\b{number}\b", text)
    assert re.search(rf"\b{EDGE.session.keepalive:g}\b", text)
    assert EDGE.path in text
    assert EDGE.agent_parameter in text


@pytest.mark.parametrize("name", SNIPPETS)
def test_its_lines_fit(name: str) -> None:
    """They fit into an editor beside another window, and into an email."""
    text = text_of(name)

    assert max(len(line.expandtabs(4)) for line in text.splitlines()) <= 100
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    "name", [name for name, (ending, _) in SNIPPETS.items() if ending == ".py"]
)
def test_python_compiles_it(name: str, tmp_path: Path) -> None:
    """There is no warning."""
    subprocess.run(
        [sys.executable, "-W", "error", "-m", "py_compile", str(write(name, tmp_path))],
        check=True,
        timeout=PATIENCE,
    )


def test_node_takes_it(tmp_path: Path) -> None:
    """It is an ES module."""
    subprocess.run(
        [require_program("node"), "--check", str(write("node", tmp_path))],
        check=True,
        timeout=PATIENCE,
    )


def test_go_takes_it(tmp_path: Path) -> None:
    """gofmt would not change it, and vet reports nothing."""
    file = str(write("go", tmp_path))
    formatted = subprocess.run(
        [require_program("gofmt"), "-l", file], capture_output=True, check=True, timeout=PATIENCE
    )
    environ = go_workspace(tmp_path / "workspace")
    subprocess.run(
        [require_program("go"), "vet", file], check=True, env=environ, timeout=BUILD_PATIENCE
    )

    assert formatted.stdout == b""


@pytest.mark.parametrize(
    "name", [name for name, (ending, _) in SNIPPETS.items() if ending == ".sh"]
)
def test_the_shell_takes_it(name: str, tmp_path: Path) -> None:
    """Every POSIX shell does."""
    subprocess.run(["sh", "-n", str(write(name, tmp_path))], check=True, timeout=PATIENCE)


def texts_of(name: str) -> Iterator[tuple[Profile, str]]:
    """Yield a snippet for each backend that it can be written for."""
    for profile in (*EVERY.values(), OCTETS):
        with contextlib.suppress(UsageError):
            yield profile, text_of(name, profile)


@pytest.mark.parametrize("name", PROGRAMS)
def test_for_every_backend_it_is_well_formed(name: str, tmp_path: Path) -> None:
    """Nothing of the profile breaks it, and a script has no names left to fill in."""
    ending = SNIPPETS[name][0]
    texts = list(texts_of(name))
    for number, (profile, text) in enumerate(texts):
        assert profile.variables.url in text
        # A program replaces them itself.
        assert ending != ".sh" or not re.search(r"\{(?:agent_id|counter|secret)\}", text)
        (tmp_path / f"{number}{ending}").write_text(text, encoding="utf-8")
        if ending == ".py":
            compile(text, name, "exec")
    assert texts
    for file in tmp_path.iterdir() if ending != ".py" else ():
        program, option = CHECKED_BY[ending]
        command = [require_program(program), option, str(file)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE)
