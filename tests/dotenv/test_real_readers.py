"""The readers beside the real programs, on fixed files and on random ones.

docker, npm's dotenv, bash and dash are in `test_readers`; what can only be measured with effort is
in `measured_readers.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.readers.table import read
from tests.conftest import require_program
from tests.timing import PATIENCE

HOME = "/home/somebody"
ENVIRON = {"HOME": HOME, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
NAMES = ("A", "K", "Z")
# What each program sets A, K and Z to; None for a file that it refuses.
Values = list[dict[str, str] | None]

FILES = (
    *(
        f"A=1\n{line}\nZ=1\n"
        for line in (
            "K=value",
            "K='value'",
            'K="value"',
            "K=`value`",
            "K='a$b'",
            'K="a$b"',
            "K=a$b",
            "K=a\\$b",
            "K=$HOME/${HOME}",
            "K=${NO_SUCH_NAME:-x}y",
            "K=a$$b",
            "K=abc$",
            "K=a${${HOME}b",
            "K=a${b$HOME}$HOME",
            'K="a\\0b\\0123"',
            "ÄB=1\nK=value",
            "\x0cK=value",
            "K=\\\\$(echo a)",
            "K=value # comment",
            "K=value#tail",
            "K='value' # comment",
            'K="value"tail',
            "K='it''s'",
            "K=it's",
            "K='never closed",
            'K="two\nlines"',
            'K="a\\nb\\tc"',
            "K=a\\ b",
            "K= value",
            "K = value",
            "K: value",
            "export K=value",
            "set K=value",
            "some words\nK=value",
            "[section]\nK=value",
            "; note\nK=value",
            "  # note\nK=value",
            "K=one\nK=two",
            "K",
            "K=value\r",
            "K-B=1\nK=value",
            "K=",
            "K=''",
            "K=a b",
            "K=\tvalue\t",
            "K=a;b|c&d",
            "=\nK=a",
            "=======\nK=a",
            "=a\nK=a",
        )
    ),
    "\ufeffK=value\nA=1\n",
    "A=1\nK=value",
    "",
)
LINES = st.text("Xab='\"`\\#$:{} \t-é", max_size=14).map(lambda text: f"A=1\nK={text}\nZ=1\n")


def npm_program(name: str) -> str:
    """Return a program that npm installed beside the packages of NODE_PATH, or the one in PATH."""
    beside = Path(os.environ.get("NODE_PATH", "/nonexistent")) / ".bin" / name
    return str(beside) if beside.exists() else require_program(name)


def run(command: list[str], folder: Path, given: str = "", **environ: str) -> str | None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**ENVIRON, **environ},
        input=given.encode(),
        capture_output=True,
        timeout=PATIENCE,
    )
    return None if done.returncode else done.stdout.decode()


def one_by_one(command: Callable[[str], list[str]], **environ: str) -> Callable[..., Values]:
    """Return a function that has a program print its variables as JSON, file by file."""

    def values(texts: list[str], folder: Path) -> Values:
        found: Values = []
        for text in texts:
            (folder / "file.env").write_bytes(text.encode())
            printed = run(command("file.env"), folder, **environ)
            found.append(None if printed is None else json.loads(printed))
        return found

    return values


def node_reads(texts: list[str], folder: Path) -> Values:
    script = (
        "const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const {parseEnv} = require('util');"
        "console.log(JSON.stringify(texts.map(text => ({...parseEnv(text)}))))"
    )
    printed = run([npm_program("node"), "-e", script], folder, json.dumps(texts))
    assert printed is not None
    found: Values = json.loads(printed)
    return found


def node_release() -> int:
    printed = run([npm_program("node"), "-p", "process.versions.node"], Path("/"))
    assert printed is not None
    return int(printed.split(".")[0])


PYTHON_PRINTS = "import json, os; print(json.dumps(dict(os.environ)))"
JAVASCRIPT_PRINTS = "console.log(JSON.stringify(process.env))"


def uv_reads(texts: list[str], folder: Path) -> Values:
    beside = Path(sys.executable).with_name("uv")
    program = str(beside) if beside.exists() else require_program("uv")
    words = ["run", "--no-project", "--offline", "--quiet", "--python", sys.executable]
    end = ["python", "-c", PYTHON_PRINTS]
    return one_by_one(
        lambda file: [program, *words, "--env-file", file, *end], UV_CACHE_DIR=str(folder / "cache")
    )(texts, folder)


def bun_reads(texts: list[str], folder: Path) -> Values:
    program = npm_program("bun")
    (folder / "print.js").write_text(JAVASCRIPT_PRINTS)
    return one_by_one(lambda file: [program, f"--env-file={file}", "print.js"])(texts, folder)


def deno_reads(texts: list[str], folder: Path) -> Values:
    program = npm_program("deno")
    (folder / "print.mjs").write_text("console.log(JSON.stringify(Deno.env.toObject()))")
    words = [program, "run", "--allow-env", "--quiet"]
    return one_by_one(
        lambda file: [*words, f"--env-file={file}", "print.mjs"],
        DENO_DIR=str(folder / "cache"),
        DENO_NO_UPDATE_CHECK="1",
    )(texts, folder)


def direnv_reads(texts: list[str], folder: Path) -> Values:
    program = require_program("direnv")
    return one_by_one(lambda file: [program, "dotenv", "json", file])(texts, folder)


def xargs_reads(texts: list[str], folder: Path) -> Values:
    script = 'export $(grep -v \'^#\' file.env | xargs) > /dev/null; exec "$1" -c "$2"'
    bash = require_program("bash")
    words = [bash, "-c", script, bash, sys.executable, PYTHON_PRINTS]
    return one_by_one(lambda _: words)(texts, folder)


def expand_reads(texts: list[str], folder: Path) -> Values:
    script = (
        "const {parse} = require('dotenv'), {expand} = require('dotenv-expand');"
        "const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"const home = {{HOME: {json.dumps(HOME)}}};"
        "console.log(JSON.stringify(texts.map(text => {"
        "const parsed = parse(text);"
        "return expand({parsed, processEnv: {...parsed, ...home}}).parsed})))"
    )
    modules = os.environ.get("NODE_PATH", "")
    if not (Path(modules or "/nonexistent") / "dotenv-expand").exists():
        if os.environ.get("CI"):
            pytest.fail("the npm package dotenv-expand is not in NODE_PATH")
        pytest.skip("the npm package dotenv-expand is not in NODE_PATH")
    printed = run([npm_program("node"), "-e", script], folder, json.dumps(texts), NODE_PATH=modules)
    assert printed is not None
    found: Values = json.loads(printed)
    return found


def kubectl_reads(texts: list[str], folder: Path) -> Values:
    import base64

    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed; Debian 12 does not have it")
    words = [program, "create", "secret", "generic", "x", "--dry-run=client", "--output=json"]
    found = one_by_one(lambda file: [*words, f"--from-env-file={file}"])(texts, folder)
    return [
        one and {name: base64.b64decode(text).decode() for name, text in one["data"].items()}
        if one and one.get("data")
        else ({} if one else None)  # type: ignore[misc]
        for one in found
    ]


PROGRAMS: dict[Reader, Callable[[list[str], Path], Values]] = {
    Reader.UV: uv_reads,
    Reader.BUN: bun_reads,
    Reader.DENO: deno_reads,
    Reader.DIRENV: direnv_reads,
    Reader.EXPORT_XARGS: xargs_reads,
    Reader.DOTENV_EXPAND: expand_reads,
    Reader.KUBECTL: kubectl_reads,
}


def compare(reader: Reader, texts: list[str], found: Values) -> None:
    for text, theirs in zip(texts, found, strict=True):
        ours = read(reader, text, ENVIRON)
        if any(one.note and not one.stopped_at for one in ours.values()):
            continue  # it would have to run something to know
        expected = {name: (theirs or {}).get(name) for name in NAMES}

        assert {name: ours.value(name) for name in NAMES} == expected, (reader, text)


@pytest.mark.parametrize("reader", PROGRAMS)
def test_a_reader_reads_each_file_as_the_real_one_does(reader: Reader, tmp_path: Path) -> None:
    compare(reader, list(FILES), PROGRAMS[reader](list(FILES), tmp_path))


@pytest.mark.parametrize("reader", PROGRAMS)
@settings(max_examples=1, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(LINES, min_size=25, max_size=25))
def test_a_reader_reads_any_line_as_the_real_one_does(
    reader: Reader, texts: list[str], tmp_path: Path
) -> None:
    compare(reader, texts, PROGRAMS[reader](texts, tmp_path))


@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(LINES, min_size=100, max_size=100))
def test_node_reads_any_line_as_the_real_one_does(texts: list[str], tmp_path: Path) -> None:
    """Node 20 and the later releases differ."""
    release = node_release()
    if release < 20:
        pytest.skip(f"node {release} has no --env-file")
    reader = Reader.NODE20_ENV_FILE if release == 20 else Reader.NODE_ENV_FILE
    compare(reader, [*FILES, *texts], node_reads([*FILES, *texts], tmp_path))
