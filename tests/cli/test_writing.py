"""Each command that writes a file: there is the old one or the new one, never half.

A person who is refused is told why.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, execute
from tests.conftest import lacking, require_program
from tests.processes import started

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"

ENV = f"BACKEND_URL=wss://127.0.0.1\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"


@dataclass(frozen=True)
class Writer:
    """A command that writes a file.

    Args:
        target: the file's name.
        arguments: of the command; ``target`` stands in them for the file.
        whole: tells whether a content is all that it is to be.
        old: what is in the file before; None where the command writes only new ones.
        files: what else it needs.
        also: what else it writes, beside the target.
    """

    target: str
    arguments: tuple[str, ...]
    whole: Callable[[str], bool]
    old: str | None = "old"
    files: tuple[tuple[str, str], ...] = ((".env", ENV),)
    also: tuple[str, ...] = ()


def is_json(text: str) -> bool:
    """Tell whether a text is one JSON document."""
    return isinstance(json.loads(text), dict)


REPORT = ("doctor", "--offline", "--report")
BROKEN = ENV.replace("EDGE_SECRET=", "EDGE_SECRET=Bearer ")
INIT = (
    "init",
    "--no-input",
    "--url",
    "wss://127.0.0.1",
    "--secret-file",
    "secret",
    "--agent-id",
    "edge_1",
    "-e",
)
# One line for each way to write a file; reports of other formats are written like these two.
WRITERS = {
    "report.json": Writer("r.json", (*REPORT, "target"), is_json),
    "report.html": Writer(
        "r.html", (*REPORT, "target"), lambda text: text.rstrip().endswith("</html>")
    ),
    "fix": Writer(
        "settings.env",
        ("doctor", "--offline", "--fix", "--yes", "-e", "target"),
        lambda text: text == ENV,
        BROKEN,
        (),
        ("settings.env.bak",),
    ),
    "init": Writer(
        "settings.env",
        (*INIT, "target"),
        lambda text: SECRET in text and "edge_1\n" in text,
        "OTHER=1\n",
        (("secret", SECRET),),
        ("settings.env.bak",),
    ),
    "secret": Writer(
        "s",
        ("secret", "generate", "-o", "target"),
        lambda text: bool(re.fullmatch("[0-9a-f]{64}", text)),
        None,
    ),
    "snippet": Writer(
        "c.py",
        ("snippet", "python", "--force", "-o", "target"),
        lambda text: bool(compile(text, "c.py", "exec")),
    ),
}
posix = pytest.mark.skipif(os.name != "posix", reason="links and signals as POSIX has them")
writers = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
# Where it can be written, this one goes on until it is stopped: tests/cli/test_listen.py.
JOURNAL = Writer("j.db", ("listen", "--demo", "--journal", "target"), bool, None)
refusals = pytest.mark.parametrize(
    "writer", [*WRITERS.values(), JOURNAL], ids=[*WRITERS, "journal"]
)


def prepare(writer: Writer, folder: Path, *, old: bool = True) -> None:
    """Put what is there before into a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in (
        *writer.files,
        *([(writer.target, writer.old)] if old and writer.old is not None else []),
    ):
        (folder / name).touch(0o600)
        (folder / name).write_text(text)


def words_of(writer: Writer) -> list[str]:
    """Return the command."""
    return [*COMMAND, *(writer.target if word == "target" else word for word in writer.arguments)]


def contents(folder: Path) -> dict[str, bytes | str | None]:
    """Return what is in a folder: a link's target as text, None for a folder."""
    return {
        path.name: str(path.readlink())
        if path.is_symlink()
        else None
        if path.is_dir()
        else path.read_bytes()
        for path in folder.iterdir()
    }


def refused(done: subprocess.CompletedProcess[str], target: str) -> None:
    """See to it that a command said what it could not write, and why."""
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "itself failed" not in done.stderr
    assert target in done.stdout + done.stderr


@writers
def test_a_command_writes_its_file(
    writer: Writer, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Over an old one and anew, with nothing left beside it; else the other tests show nothing."""
    for old in (True, False):
        folder = tmp_path / str(old)
        prepare(writer, folder, old=old or not writer.files)
        done = execute(words_of(writer), folder, environ)
        assert writer.whole((folder / writer.target).read_text()), done.stdout + done.stderr
        assert set(contents(folder)) - {name for name, _ in writer.files} - set(writer.also) == {
            writer.target
        }


@refusals
@posix
def test_a_folder_where_the_file_is_due_is_said(
    writer: Writer, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """And left as it is."""
    prepare(writer, tmp_path, old=False)
    (tmp_path / writer.target).mkdir()
    before = contents(tmp_path)
    refused(execute(words_of(writer), tmp_path, environ), writer.target)

    assert contents(tmp_path) == before


@refusals
@posix
def test_a_loop_of_links_is_said(
    writer: Writer, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """And left as it is."""
    prepare(writer, tmp_path, old=False)
    (tmp_path / writer.target).symlink_to(writer.target)
    before = contents(tmp_path)
    refused(execute(words_of(writer), tmp_path, environ), writer.target)

    assert contents(tmp_path) == before


@writers
@posix
def test_a_link_stays_one(writer: Writer, tmp_path: Path, environ: Mapping[str, str]) -> None:
    """What it points at is written, or, by a command that writes only new files, nothing is."""
    prepare(writer, tmp_path)
    (tmp_path / "far").mkdir()
    if writer.old is not None:
        (tmp_path / writer.target).rename(tmp_path / "far" / "file")
    (tmp_path / writer.target).symlink_to("far/file")
    done = execute(words_of(writer), tmp_path, environ)

    assert (tmp_path / writer.target).is_symlink()
    if writer.old is None:
        refused(done, writer.target)
        assert contents(tmp_path / "far") == {}
    else:
        assert writer.whole((tmp_path / "far" / "file").read_text()), done.stderr
        assert set(contents(tmp_path / "far")) == {"file"}


# Mounts a small tmpfs over a folder, seen by nobody else, copies what was prepared into it, and
# fills it or forbids to write to it; runs a command there, and prints what came of it and what is
# there then.
INSIDE = """
import base64, json, os, shutil, subprocess, sys
from pathlib import Path
prepared, folder, state, words = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder], check=True)
shutil.copytree(prepared, folder, dirs_exist_ok=True)
if state == "full":
    with open(folder / "filler", "wb") as filler:
        try:
            while True:
                os.write(filler.fileno(), bytes(4096))
        except OSError:
            pass
else:
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
if state == "full":
    (folder / "filler").unlink()
files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in folder.iterdir()}
print(json.dumps([done.returncode, done.stdout, done.stderr, files]))
"""


# The system's words, SQLite's, and those of `init`, which looks before it asks.
SAID = {
    "full": "No space left on device|database or disk is full",
    "read-only": ("Read-only file system|unable to open database file|may not write in its folder"),
}


@pytest.mark.parametrize("state", SAID)
@refusals
@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
def test_a_disk_that_takes_nothing_is_said(
    writer: Writer, state: str, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Everything is as it was before, and no temporary file is left."""
    if os.geteuid() != 0:
        pytest.skip("to mount a file system needs root")
    prepared, folder = tmp_path / "prepared", tmp_path / "folder"
    prepare(writer, prepared)
    folder.mkdir()
    inside = [
        require_program("unshare"),
        "--mount",
        sys.executable,
        "-c",
        INSIDE,
        str(prepared),
        str(folder),
        state,
        *words_of(writer),
    ]
    ran = execute(inside, tmp_path, environ)
    if ran.returncode != 0:
        lacking(f"no file system can be mounted here: {ran.stderr[-200:]}")
    code, out, error, left = json.loads(ran.stdout)
    refused(subprocess.CompletedProcess([], code, out, error), writer.target)

    assert re.search(SAID[state], error)
    there = {name: base64.b64decode(content) for name, content in left.items()}
    if writer is JOURNAL and there.get(writer.target) == b"":
        del there[writer.target]  # SQLite's: an empty file is a journal in which nothing is noted
    assert there == contents(prepared)


# Runs edgecheck, which is killed when it gives a file its name, before that or after it.
DYING = """
import os, signal, sys
when, name = sys.argv.pop(1), sys.argv.pop(1)
def deadly(give_name):
    def call(source, target, **options):
        if os.path.basename(target) != name:
            return give_name(source, target, **options)
        if when == "after":
            give_name(source, target, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    return call
os.replace, os.link = deadly(os.replace), deadly(os.link)
from edgecheck.cli import main
main()
"""


@pytest.mark.parametrize("when", ["before", "after"])
@writers
@posix
def test_killed_in_the_middle_it_leaves_the_old_or_the_new(
    writer: Writer, when: str, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """SIGKILL at the moment at which the one becomes the other."""
    prepare(writer, tmp_path)
    words = words_of(writer)[len(COMMAND) :]
    command = [sys.executable, "-c", DYING, when, writer.target, *words]
    done = execute(command, tmp_path, environ)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    if when == "after":
        assert writer.whole((tmp_path / writer.target).read_text())
    else:
        assert (tmp_path / writer.target).exists() == (writer.old is not None)
        assert writer.old is None or (tmp_path / writer.target).read_text() == writer.old


@writers
@posix
def test_two_at_once_leave_one_whole_file(
    writer: Writer, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Of the one or of the other, and nothing else."""
    prepare(writer, tmp_path)
    options: dict[str, Any] = {
        "cwd": tmp_path,
        "env": dict(environ),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }
    with started(words_of(writer), **options) as one, started(words_of(writer), **options) as two:
        printed = [process.communicate(timeout=PATIENCE)[0] for process in (one, two)]

    assert not any("Traceback" in text or "itself failed" in text for text in printed), printed
    assert writer.whole((tmp_path / writer.target).read_text())
    strange = {name for name in contents(tmp_path) if not name.startswith(writer.also or "\0")}
    assert strange == {writer.target, *(name for name, _ in writer.files)}
