"""No test waits for ever: one that does holds up all others, and nobody learns which it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.documents import ROOT

# They run within programs that a test ends.
PROGRAMS = ROOT / "tests" / "backends" / "applications"
FILES = [path for path in sorted((ROOT / "tests").rglob("*.py")) if PROGRAMS not in path.parents]
# Where a process is started for all of them.
STARTER = ROOT / "tests" / "processes.py"
# Without an argument, these wait as long as it takes. What else may (a read, a queue, a future)
# ends with the process that it waits for, or with `faulthandler_timeout` in pyproject.toml.
WAITS = ("communicate", "join", "wait")
RUNS = ("subprocess.run", "subprocess.check_call", "subprocess.check_output")


def endless(path: Path, text: str) -> Iterator[str]:
    """Name what may wait for ever in a file of tests, and how it is done instead."""
    tree = ast.parse(text)
    # A coroutine is waited for within the limit of its loop: `settled`, `asyncio.timeout`.
    of_a_loop = {
        id(each)
        for node in ast.walk(tree)
        for each in (
            [node.value]
            if isinstance(node, ast.Await)
            else node.args
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("asyncio.")
            else []
        )
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, given = ast.unparse(node.func), {each.arg for each in node.keywords}
        limits = [*node.args, *(each.value for each in node.keywords)]
        place = f"{path.name}:{node.lineno}: {name}"
        if name == "subprocess.Popen" and path != STARTER:
            yield f"{place}: take `started` of tests/processes.py, which ends it with the test"
        if name in RUNS and not given & {"timeout", None}:
            yield f"{place}: give it a timeout of tests/timing.py"
        if name == "threading.Thread" and "daemon" not in given:
            yield f"{place}: give it daemon=True; otherwise Python waits for its end"
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in WAITS
            and all(isinstance(each, ast.Constant) and each.value is None for each in limits)
            and id(node) not in of_a_loop
        ):
            yield f"{place}: give it a limit of tests/timing.py"


def test_no_test_waits_for_ever() -> None:
    """What it starts ends with it, and what it waits for has a limit."""
    found = [each for path in FILES for each in endless(path, path.read_text(encoding="utf-8"))]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.Popen(['x'])",
        "subprocess.run(['x'], check=True)",
        "threading.Thread(target=x)",
        "subprocess.check_output(['x'])",
        "process.wait()",
        "process.wait(timeout=None)",
        "thread.join()",
        "process.communicate()",
    ],
)
def test_what_may_wait_for_ever_is_seen(line: str) -> None:
    """Each kind of it, and not where it has a limit or is within a loop that has one."""
    assert len(list(endless(Path("x.py"), line))) == 1
    assert list(endless(Path("x.py"), "process.wait(PATIENCE)")) == []
    assert list(endless(Path("x.py"), "async def x():\n    await event.wait()")) == []
