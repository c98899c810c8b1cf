"""How Node's dotenv, docker and a shell read a ``.env`` file, compared with the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.dotenv.readers.docker import read as read_as_docker
from edgecheck.dotenv.readers.node_dotenv import read as read_with_environment
from edgecheck.dotenv.readers.reading import Reader, Reading, Readings
from edgecheck.dotenv.readers.source import read as read_as_shell
from edgecheck.dotenv.readers.table import PROGRAMS
from edgecheck.dotenv.readers.table import read as read_by
from tests.conftest import require_program
from tests.timing import PATIENCE

HOME = "/home/somebody"

# Each is a whole file that sets K, or fails to.
FILES = (
    "K=value\n",
    "K=value",
    "K=\n",
    "K\n",
    "",
    "\n\n  K=value\n",
    "K='value'\n",
    'K="value"\n',
    "K=`value`\n",
    "K='it is'\n",
    "K=\"a 'b' c\"\n",
    "K='a \"b\" c'\n",
    'K=a"b"c\n',
    "K=a'b'c\n",
    "K=it's\n",
    "K='never closed\n",
    'K="never closed\n',
    'K="two\nlines"\n',
    "K='two\nlines'\nL=after\n",
    'K="a\\nb"\n',
    "K='a\\nb'\n",
    "K=a\\nb\n",
    'K="a\\"b"\n',
    "K=a\\\nb\n",
    "export K=value\n",
    "export K='value'\n",
    "export  K=a b\n",
    "export K\n",
    "K = value\n",
    "K= value\n",
    "K =value\n",
    "K=value  \n",
    "K=\tvalue\t\n",
    "K=value # comment\n",
    "K=value #comment\n",
    "K=value#tail\n",
    "K=#value\n",
    "K= #value\n",
    "K='value' # comment\n",
    "K='value'tail\n",
    "# K=value\n",
    "K=a b c\n",
    "K: value\n",
    "K:value\n",
    "K=a=b\n",
    "K=a\nK=b\n",
    "K=a\nK\n",
    "K=$HOME/x\n",
    "K=${HOME}/x\n",
    "K=${NO_SUCH_NAME}x\n",
    "K=${NO_SUCH_NAME:-x}y\n",
    "L=a\nK=${L}b$L\n",
    "K='$HOME'\n",
    'K="$HOME"\n',
    "K=a$\n",
    "K=a$1b\n",
    "K=~/x\n",
    "K=a:~/x\n",
    "K=a~b\n",
    "K=a&b\n",
    "K=a;b\n",
    "K=a|b\n",
    "K=a(b\n",
    "K=v\nL=(\n",
    "K=v\nL='x\n",
    "L='x\nK=v\n",
    "K=a*\n",
    "K=a{b,c}\n",
    "K=[a]\n",
    "K=a!b\n",
    "K=a && L=b\n",
    "K=a & K=b\n",
    "K=a\nK=b cmd\n",
    "K=b ''\n",
    "K=b $NO_SUCH_NAME\n",
    "K=a;;K=b\n",
    "this is no setting\nK=value\n",
    "K=a\u00a0b\n",
    "K=\u00a0value\u00a0\n",
    "K=value\r\nL=value\r\n",
    "wss://K=value\n",
    "=value\nK=a\n",
    "K=wss://host.example:8080/a?b=c&d=e\n",
)


# What people write into a file that only a shell reads, and in what the shells differ.
SHELL_FILES = (
    "export 'K=value'\n",
    'L=a\nexport "K=$L"\n',
    "K=a export K\n",
    "declare -x K=a\n",
    "local K=a\n",
    "set -a\nK=a\n",
    "set +a\nK=a\n",
    "set +a\nK=a\nexport K\n",
    "K=a\nunset K\n",
    "K=a\nreturn\nK=b\n",
    "K=a\nexit\n",
    "set -euo pipefail\nK=a\n",
    "false && K=a\n",
    "true && K=a\n",
    "false || K=a\n",
    "K=a 2>/dev/null\n",
    "K=a <no-such-file\n",
    "K=a<<END\nK=b\nEND\n",
    "{ K=a; }\n",
    "{\nK=a\n",
    "}\nK=a\n",
    "K=a :\n",
    "eval K=a\n",
    "L=a K=$L\n",
    'K=$"a"\n',
    "K=$'a'\n",
    "K=`echo a`\n",
    "K=$[1+1]\n",
    "K=${HOME:1}\n",
    "K+=a\n",
    "K=(a b)\n",
    "K==a\n",
    "K=$2y$10$abc\n",
    "[section]\nK=a\n",
    ";K=a\n",
    "export K: a\n",
    "K=a\nL=a&b\n",
    "L=$HO\\\nME\nK=$L\n",
    "K=a # c \\\nL=1\n",
    "export K=a <no-such-file\n",
    "K=a > # c\n",
    "L=`no-such-program`\nK=$L\n",
    "K= `no-such-program`\n",
    "K=a\nL=`(`\n",
    "L=a | \nK=a\n",
    "L= 'a }'\nK=a\n",
    "L =''\nK=a\n",
    "L ='a'\nK=a\n",
    "export K=a L:\n",
)


def read(found: Readings) -> str | None:
    return found.value("K")


def read_as_node(text: str) -> Readings:
    return read_with_environment(text, {})


# --- Node's dotenv --------------------------------------------------------------------------------

NODE = """
const parse = require('dotenv').parse
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(texts.map(text => ({...parse(Buffer.from(text, 'utf8'))}))))
"""


@pytest.fixture(scope="module")
def node() -> str:
    path = require_program("node")
    found = subprocess.run([path, "-e", "require('dotenv')"], capture_output=True, timeout=PATIENCE)
    if found.returncode:
        reason = "the npm package dotenv is not where node finds it (NODE_PATH)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def node_reads(node: str, texts: list[str]) -> list[dict[str, str]]:
    done = subprocess.run(
        [node, "-e", NODE],
        input=json.dumps(texts).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_node_reads_each_file_as_the_real_one_does(node: str) -> None:
    for text, theirs in zip(FILES, node_reads(node, list(FILES)), strict=True):
        assert {key: reading.value for key, reading in read_as_node(text).items()} == theirs, repr(
            text
        )


@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text("Kab='\"`\\#$:. \t\n\r\u00a0-", max_size=24), min_size=100, max_size=100))
def test_node_reads_any_text_as_the_real_one_does(node: str, texts: list[str]) -> None:
    texts = [f"K={text}" if index % 2 else text for index, text in enumerate(texts)]
    for text, theirs in zip(texts, node_reads(node, texts), strict=True):
        assert {key: reading.value for key, reading in read_as_node(text).items()} == theirs, repr(
            text
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K=value#tail", "value"),
        ("K='a # b'", "a # b"),
        ("K=`a`", "a"),
        ('K="a\\nb"', "a\nb"),
        ("K: a", "a"),
        ("K=${HOME}", "${HOME}"),
    ],
)
def test_node_has_rules_of_its_own(text: str, value: str) -> None:
    assert read(read_as_node(text)) == value


# --- a shell's source -----------------------------------------------------------------------------

# Each file has its own subshell, so that one that makes the shell give up does not end the others.
SOURCE = r"""
for file in "$@"; do
  (
    set --; set -a; . "./$file" >/dev/null 2>&1 </dev/null
    set +a; if [ "${K+set}" ]; then "$0" -c 'printf %s "${K+=}${K-"-"}"'; else printf -; fi
  ) 2>/dev/null
  printf '\0'
done
"""


def shell_reads(program: str, texts: list[str], folder: Path) -> list[str]:
    """Return what a shell exports as K after it has sourced each text.

    It is the value after a ``=``; ``-`` if K is not exported; empty if the shell itself ended.
    """
    names = []
    for index, text in enumerate(texts):
        names.append(f"{index}.env")
        (folder / names[-1]).write_bytes(text.encode())
    # Without a PATH, no word of a file is a program.
    done = subprocess.run(
        [program, "-c", SOURCE, program, *names],
        capture_output=True,
        cwd=folder,
        env={"PATH": "/nonexistent", "HOME": HOME, "LC_ALL": "C.UTF-8"},
        timeout=PATIENCE,
    )
    return [part.decode() for part in done.stdout.split(b"\0")[:-1]]


SHELLS = {"bash": Reader.SOURCE, "dash": Reader.DASH, "zsh": Reader.ZSH}
# What a value may be if the readers say why they cannot know it.
UNSET_IF = ("runs what follows", "ends the command", "gives up", "ends at")


def compare_with_shell(name: str, texts: list[str], folder: Path) -> None:
    found = shell_reads(require_program(name), texts, folder)
    for text, theirs in zip(texts, found, strict=True):
        ours = read_by(SHELLS[name], text, {"HOME": HOME}).reading("K")
        if text == "K=a(b\n" or (name == "bash" and not theirs):
            # zsh takes the rest of the file for a part of that value; and of bash, a subshell ends
            # at some mistakes at which the shell that a script is run by goes on.
            continue
        if ours.value is not None:
            assert theirs == f"={ours.value}", (name, text)
        elif not ours.note or ours.note.startswith(UNSET_IF):
            assert theirs in ("-", ""), (name, text)


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_reads_each_file_as_the_real_one_does(name: str, tmp_path: Path) -> None:
    compare_with_shell(name, [*FILES, *SHELL_FILES], tmp_path)


@pytest.mark.parametrize("name", SHELLS)
@settings(max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.text("Kab='\"\\#$: \t\n;&~{}-", max_size=16), min_size=50, max_size=50))
def test_a_shell_reads_any_text_as_the_real_one_does(
    name: str, tmp_path: Path, texts: list[str]
) -> None:
    if name == "zsh":
        # A brace begins or ends a group there without a blank, in the middle of words too.
        texts = [text.replace("{", "a").replace("}", "b") for text in texts]
    compare_with_shell(name, [f"K={text}\nL=1\n" for text in texts], tmp_path)


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("K=a b", None, "runs what follows the blank as a command"),
        ("K=a&b", None, "ends the command at `&` or `|`"),
        ("K=it's", None, "gives up in line 1: a quote (') that is never closed"),
        ("K=$(id)", None, "runs the text in `$(…)` as a command"),
        ("K=`id`", None, "runs the text in backticks as a command"),
        ("K=a &&\n\n", None, "gives up in line 3: a stray `&&`"),
        ("K=a ||", None, "gives up in line 1: a stray `||`"),
        ("K=a\r\n", "a\r", ""),
        ("K=value#tail", "value#tail", ""),
    ],
)
def test_a_shell_has_rules_of_its_own(text: str, value: str | None, note: str) -> None:
    reading = read_as_shell(text, {}).reading("K")

    assert (reading.value, reading.note) == (value, note)


# --- docker run --env-file ------------------------------------------------------------------------


class Engine(BaseHTTPRequestHandler):
    """As much of the engine as `docker create` needs; it keeps the variables that it gets."""

    protocol_version = "HTTP/1.1"
    seen: list[list[str]]

    def address_string(self) -> str:
        return "docker"

    def log_message(self, *arguments: object) -> None:
        pass

    def answer(self, status: int, document: object) -> None:
        body = b"" if self.command == "HEAD" else json.dumps(document).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Api-Version", "1.41"),
            ("Ostype", "linux"),
        ):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.answer(200, None)

    def do_GET(self) -> None:
        self.answer(200, {"ApiVersion": "1.41"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(json.loads(body).get("Env") or [])
        self.answer(201, {"Id": "1", "Warnings": []})


class EngineServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Any]:
    """Ask the real client what it reads, with the engine above."""
    path = shutil.which("docker")
    if path is None:
        # CI need not have it: Debian 12 has the client only together with the engine. The rules are
        # those of 28.2.
        pytest.skip("docker is not installed")
    seen: list[list[str]] = []
    socket = tmp_path / "engine"
    with EngineServer(str(socket), type("SeeingEngine", (Engine,), {"seen": seen})) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def ask(text: str) -> dict[str, str] | None:
            (tmp_path / "env").write_bytes(text.encode())
            seen.clear()
            environ = {"HOME": HOME, "PATH": os.environ["PATH"], "DOCKER_CONFIG": str(tmp_path)}
            command = [path, "--host", f"unix://{socket}", "create", "--env-file", "env", "image"]
            done = subprocess.run(
                command, capture_output=True, cwd=tmp_path, env=environ, timeout=PATIENCE
            )
            if done.returncode:
                assert b"invalid env file" in done.stderr
                return None
            return dict(variable.split("=", 1) for variable in seen[-1])

        yield ask
        server.shutdown()
        thread.join(PATIENCE)


def test_docker_reads_each_file_as_the_real_one_does(docker: Any) -> None:
    for text in FILES:
        theirs = docker(text)
        ours = read_as_docker(text, {"HOME": HOME})
        if theirs is None:
            assert not ours, repr(text)
            assert ours.stopped_at, repr(text)
        else:
            assert {key: reading.value for key, reading in ours.items()} == theirs, repr(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K='value'", "'value'"),
        ("K=value  ", "value  "),
        ("K=a # b", "a # b"),
        ("K=value\r\n", "value"),
        ("K=a b", "a b"),
    ],
)
def test_docker_takes_all_after_the_equals_sign(text: str, value: str) -> None:
    assert read(read_as_docker(text, {})) == value


def test_docker_refuses_a_file_with_export_and_says_where() -> None:
    reading = read_as_docker("A=1\nexport K=value\n", {}).reading("K")

    assert reading.value is None
    assert reading.note == "refuses the whole file: line 2 has a blank in its name"


def test_docker_passes_a_bare_name_on_from_the_environment() -> None:
    assert read(read_as_docker("K\n", {"K": "here"})) == "here"


# --- what was measured ----------------------------------------------------------------------------

# What the real programs made of small files: the value of a name, whether the settings in the line
# before it and after it are there, and which other names they set.
MEASURED = json.loads((Path(__file__).parent / "measured_readers.json").read_text("utf-8"))
# These values are not known without running something: a command, and the shell's process id.
NOT_KNOWN = {
    (shell, line) for shell in ("source", "dash", "zsh") for line in ("backticks", "dollar_dollar")
}


@pytest.mark.parametrize("line", MEASURED["lines"])
@pytest.mark.parametrize("reader", Reader)
def test_each_reader_reads_what_was_measured(reader: Reader, line: str) -> None:
    measured = MEASURED["lines"][line]
    expected = measured["read"][reader.value]
    found = read_by(reader, measured["file"], {"HOME": "/h"})

    if (reader.value, line) in NOT_KNOWN:
        assert found.reading(measured["key"]).note
    else:
        assert found.value(measured["key"]) == expected["value"]
    assert (found.value("Z_LAST") is None) == expected.get("rest_lost", False)
    assert (found.value("A_FIRST") is None) == expected.get("before_lost", False)
    assert set(expected.get("odd_names", ())) <= set(found)


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", Reader)
@given(st.text(max_size=200) | st.text("K=ab'\"\\`#$(){}: \t\n\r;&|<>~", max_size=60))
def test_no_text_makes_a_reader_raise(reader: Reader, text: str) -> None:
    read_by(reader, text, {"HOME": HOME})


def test_each_reader_has_an_entry_that_says_what_was_measured_and_who_wins() -> None:
    assert set(PROGRAMS) == set(Reader)
    assert {reader.value for reader in Reader} == set(MEASURED["loaders"])
    for reader, program in PROGRAMS.items():
        assert program.wins == MEASURED["loaders"][reader.value]["wins"], reader


def test_no_reading_shows_its_value() -> None:
    assert "hidden" not in repr(Reading("hidden"))
