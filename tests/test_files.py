"""A file is written whole or not at all."""

from __future__ import annotations

import contextlib
import ntpath
import os
import posixpath
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from edgecheck import files
from tests.conftest import lacking, require_program
from tests.processes import started
from tests.timing import PATIENCE

posix = pytest.mark.skipif(
    os.name != "posix", reason="links, signals and special files as POSIX has them"
)


def names(folder: Path) -> set[str]:
    """Return what is in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("paths", "folder", "path", "seen"),
    [
        (posixpath, "/srv/agent", "/srv/agent/.env", ".env"),
        (posixpath, "/srv/agent", "/srv/.env", "../.env"),
        (ntpath, r"C:\work", r"C:\work\agent\.env", r"agent\.env"),
        (ntpath, r"C:\work", r"D:\agent\.env", r"D:\agent\.env"),
        (ntpath, r"C:\work", r"\\server\share\.env", r"\\server\share\.env"),
    ],
)
def test_a_path_on_another_drive_is_shown_whole(
    paths: Any, folder: str, path: str, seen: str
) -> None:
    """No path leads there from the folder."""
    assert files.seen_from(folder, path, paths) == seen


@posix
def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    """Unless a mode is given; whatever the umask says."""
    before = os.umask(0)
    try:
        files.replace(tmp_path / "new", b"1")
        files.replace(tmp_path / "given", b"1", mode=0o644)
        (tmp_path / "old").touch(0o640)
        files.replace(tmp_path / "old", b"1")
        (tmp_path / "loose").touch(0o666)
        files.replace(tmp_path / "loose", b"1", mode=0o600)
    finally:
        os.umask(before)

    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)}
    assert modes == {"new": 0o600, "given": 0o644, "old": 0o640, "loose": 0o600}


_AS_ANOTHER = """
import os, sys, tempfile
from pathlib import Path
from edgecheck import files
try:
    import fcntl
except ImportError:
    pass
os.setgroups([])
os.setegid(65534)
os.seteuid(65534)
for name in sys.argv[1:]:
    try:
        files.replace(Path(name), b"new", mode=0o600 if name == "private" else None)
    except PermissionError as error:
        print(name, error.strerror)
"""


@posix
def test_a_file_whose_group_cannot_be_kept_is_left_if_the_group_has_access(tmp_path: Path) -> None:
    """A service may read it through its group, and the owner's own group may not."""
    if os.geteuid() != 0:
        lacking("only root can give a file a group that its owner is not in")
    modes = {"shared": 0o640, "open": 0o644, "own": 0o600, "private": 0o640, "others": 0o604}
    with TemporaryDirectory() as folder:  # not pytest's own, which is root's alone
        os.chown(folder, 65534, 65534)
        for name, mode in modes.items():
            path = Path(folder, name)
            path.write_text("old")
            path.chmod(mode)
            os.chown(path, 65534, 12345)
        done = subprocess.run(
            [sys.executable, "-c", _AS_ANOTHER, *modes],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        found = {name: Path(folder, name).read_text() for name in names(Path(folder))}

    left = "this user is not in its group, and who may read it would change"
    assert (done.stdout, done.stderr) == (f"shared {left}\nothers {left}\n", "")
    assert found == {
        "shared": "old",
        "others": "old",
        "open": "new",
        "own": "new",
        "private": "new",
    }


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="not even root makes a file there")
def test_a_copy_that_its_folder_does_not_take_blames_the_folder() -> None:
    """Nothing is wrong with the file, which can be read."""
    with pytest.raises(OSError, match="'/proc'") as raised:
        files.keep(Path("/proc/version"))

    assert raised.value.filename == "/proc"


def test_of_many_who_make_a_file_one_does(tmp_path: Path) -> None:
    """The others are told, and its content is whole and stays."""
    path, made, refused = tmp_path / "secret", list[bytes](), list[bytes]()
    together = threading.Barrier(8)

    def make(content: bytes) -> None:
        together.wait(PATIENCE)
        try:
            files.create(path, content)
        except FileExistsError:
            refused.append(content)
        else:
            made.append(content)

    makers = [
        threading.Thread(target=make, args=(b"%d" % number * 64,), daemon=True)
        for number in range(8)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(PATIENCE)

    assert [path.read_bytes()] == made
    assert len(refused) == 7
    assert names(tmp_path) == {"secret"}


@posix
def test_a_link_stays_and_what_it_points_at_is_written(tmp_path: Path) -> None:
    """Also where nothing is there yet, and over another link, in another folder."""
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "old").write_bytes(b"old")
    (tmp_path / "second").symlink_to("far/old")
    (tmp_path / "link").symlink_to("second")
    (tmp_path / "dangling").symlink_to("far/new")
    files.replace(tmp_path / "link", b"1")
    files.replace(tmp_path / "dangling", b"2")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "second").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert {path.name: path.read_bytes() for path in (tmp_path / "far").iterdir()} == {
        "old": b"1",
        "new": b"2",
    }


@posix
def test_where_no_file_can_be_an_error_names_the_path_that_was_given(tmp_path: Path) -> None:
    """And nothing is left beside it."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("no/such/folder")
    before = names(tmp_path)
    for name, error in {
        "folder": IsADirectoryError,
        "loop": OSError,
        "file/inside": NotADirectoryError,
        "nowhere": FileNotFoundError,
        "no/such": FileNotFoundError,
        "n" * 256: OSError,
    }.items():
        with pytest.raises(error) as caught:
            files.replace(tmp_path / name, b"1")
        assert caught.value.filename == str(tmp_path / name)
        assert caught.value.strerror

    assert names(tmp_path) == before


@pytest.mark.parametrize("name", ["n" * 255, "\N{SNOWMAN}" * 85, "\N{GRINNING FACE}" * 63])
@posix
def test_the_longest_name_can_be_written(tmp_path: Path, name: str) -> None:
    """255 bytes, of characters of one, three and four."""
    files.replace(tmp_path / name, b"1")
    files.replace(tmp_path / name, b"2")

    assert names(tmp_path) == {name}
    assert (tmp_path / name).read_bytes() == b"2"


@posix
def test_what_is_no_regular_file_is_written_into(tmp_path: Path) -> None:
    """A pipe, and /dev/stdout where standard output is one; a device that is full says so."""
    os.mkfifo(tmp_path / "pipe")
    taken: list[bytes] = []
    reader = threading.Thread(
        target=lambda: taken.append((tmp_path / "pipe").read_bytes()), daemon=True
    )
    reader.start()
    files.replace(tmp_path / "pipe", b"whole")
    reader.join(PATIENCE)
    assert taken == [b"whole"]
    assert names(tmp_path) == {"pipe"}

    script = (
        "from pathlib import Path; from edgecheck import files; "
        "files.replace(Path('/dev/stdout'), b'whole')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
    )
    assert done.stdout == b"whole"

    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="/dev/full") as caught:
            files.replace(Path("/dev/full"), b"1")
        assert caught.value.filename == "/dev/full"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whatever_ends_it_in_the_middle_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """No part of a file, and no part of a copy."""
    (tmp_path / "file").write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error):
        files.replace(tmp_path / "file", b"new")
    with pytest.raises(error):
        files.keep(tmp_path / "file")

    assert names(tmp_path) == {"file"}
    assert (tmp_path / "file").read_bytes() == b"old"


def test_copies_are_numbered_and_the_owners_alone(tmp_path: Path) -> None:
    """No copy is written over, not even a dangling link that has its name."""
    path = tmp_path / "file"
    kept = []
    for content in (b"1", b"2", b"3"):
        path.write_bytes(content)
        kept.append(files.keep(path))

    assert [copy.name for copy in kept] == ["file.bak", "file.bak.2", "file.bak.3"]
    assert [copy.read_bytes() for copy in kept] == [b"1", b"2", b"3"]
    if os.name == "posix":
        assert {stat.S_IMODE(copy.stat().st_mode) for copy in kept} == {0o600}
        (tmp_path / "file.bak.4").symlink_to("elsewhere")
        assert files.keep(path).name == "file.bak.5"
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes are Linux's here")
def test_extended_attributes_stay(tmp_path: Path) -> None:
    """Somebody has put them there."""
    path = tmp_path / "file"
    path.write_bytes(b"1")
    try:
        os.setxattr(path, "user.note", b"kept")
    except OSError as error:
        pytest.skip(f"this file system has none: {error}")
    files.replace(path, b"2")

    assert os.getxattr(path, "user.note") == b"kept"


@posix
def test_the_other_names_of_a_file_are_counted(tmp_path: Path) -> None:
    """They keep the old content, so somebody has to be told."""
    path = tmp_path / "file"
    path.write_bytes(b"1")
    os.link(path, tmp_path / "other")

    assert (files.other_names(path), files.other_names(tmp_path / "none")) == (1, 0)
    files.replace(path, b"2")
    assert (tmp_path / "other").read_bytes() == b"1"


# Writes one of two long contents again and again, and says so once. A byte's worth of difference in
# the middle would be seen.
WRITING = """
import sys
from pathlib import Path
from edgecheck import files
path, letters = Path(sys.argv[1]), sys.argv[2]
print(flush=True)
while True:
    for letter in letters:
        files.replace(path, letter.encode() * 300_000)
"""


@contextlib.contextmanager
def writing(path: Path, letters: str) -> Iterator[None]:
    """Let a process write; it is killed when the context is left."""
    with started(
        [sys.executable, "-c", WRITING, str(path), letters],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        yield


@posix
def test_killed_at_any_moment_the_old_or_the_new_is_there(tmp_path: Path) -> None:
    """SIGKILL, a little later each time.

    What it had begun may be left: nobody could take it away, before somebody writes again.
    """
    path = tmp_path / "file"
    path.write_bytes(b"a" * 300_000)
    seen: set[bytes] = set()
    kills = 0
    while kills < 25 or len(seen) < 2:  # one alone: nothing was written between the kills
        assert kills < 1000, "the other content never came, although the writer had 0.7 s"
        with writing(path, "ab"):
            time.sleep(0.0007 * kills)
        kills += 1
        content = path.read_bytes()
        assert content in (b"a" * 300_000, b"b" * 300_000)
        seen.add(content)

    for left in names(tmp_path) - {"file"}:
        assert re.fullmatch(r"file\.bak\..{8}\.tmp", left)
        # The old file's at the end, and before that its owner's alone.
        assert stat.S_IMODE((tmp_path / left).stat().st_mode) in (
            0o600,
            stat.S_IMODE(path.stat().st_mode),
        )

    files.replace(path, b"whole")
    assert names(tmp_path) == {"file"}


@posix
def test_two_writers_and_a_reader_meet_whole_files_alone(tmp_path: Path) -> None:
    """Whoever comes last has written it."""
    path = tmp_path / "file"
    path.write_bytes(b"a" * 300_000)
    seen = set()
    with writing(path, "ab"), writing(path, "cd"):
        end = time.monotonic() + PATIENCE
        while len(seen) < 4:
            content = path.read_bytes()
            assert content == content[:1] * 300_000
            seen.add(content[:1])
            assert time.monotonic() < end


@posix
def test_two_copies_at_once_have_two_names(tmp_path: Path) -> None:
    """Ten processes keep the same file."""
    (tmp_path / "file").write_bytes(b"1")
    script = (
        "import sys; from pathlib import Path; from edgecheck import files; "
        "print(files.keep(Path(sys.argv[1])).name)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "file")]
    options = {"cwd": Path(__file__).parents[1], "stdout": subprocess.PIPE, "text": True}
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(started(command, **options)) for _ in range(10)]
        kept = {process.communicate(timeout=PATIENCE)[0].strip() for process in processes}

    assert kept == {"file.bak", *(f"file.bak.{number}" for number in range(2, 11))}
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"1"}


def allowed(path: Path) -> set[str]:
    """Return who may do what with a file, as getfacl(1) says."""
    words = (require_program("getfacl"), "--omit-header", "--absolute-names", "--no-effective")
    done = subprocess.run(
        [*words, path], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return set(done.stdout.split())


def allow(path: Path, *words: str) -> None:
    """Run setfacl(1)."""
    done = subprocess.run([require_program("setfacl"), *words, path], check=False, timeout=PATIENCE)
    if done.returncode != 0:
        lacking("no access control list can be set here")


@pytest.mark.skipif(sys.platform != "linux", reason="access control lists are Linux's here")
def test_who_is_named_in_an_access_control_list_keeps_access(tmp_path: Path) -> None:
    """Whether the mode stays or becomes private, with new content and without."""
    kept, made, bare = tmp_path / "kept", tmp_path / "made", tmp_path / "bare"
    for path in (kept, made, bare):
        path.touch(0o644)
        path.chmod(0o644)
        allow(path, "-m", "u:4242:r")

    files.replace(kept, b"1")
    files.replace(made, b"1", mode=0o600)
    files.permit(bare, 0o600)

    assert {"user:4242:r--", "mask::r--", "group::r--", "other::r--"} <= allowed(kept)
    for path in (made, bare):
        assert {"user:4242:r--", "mask::r--", "group::---", "other::---"} <= allowed(path)
        assert files.permissions(path, path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="access control lists are Linux's here")
def test_a_list_of_the_folder_lets_nobody_else_read_what_is_replaced(tmp_path: Path) -> None:
    """The old file was there before the folder had a list for new files."""
    path = tmp_path / "old"
    path.touch()
    path.chmod(0o640)
    allow(tmp_path, "-d", "-m", "u:4242:rwx")

    files.replace(path, b"1")
    files.replace(tmp_path / "new", b"1")

    assert not any("4242" in entry for entry in allowed(path))
    assert "mask::---" in allowed(tmp_path / "new")


@pytest.mark.skipif(sys.platform != "linux", reason="access control lists are Linux's here")
def test_the_mask_of_a_list_is_not_taken_for_its_group(tmp_path: Path) -> None:
    """Only a user who is named may read it; then its group may."""
    path = tmp_path / "file"
    path.touch(0o600)
    allow(path, "-m", "u:4242:r")
    named = files.permissions(path, path.stat().st_mode)
    allow(path, "-m", "g::r")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert named == 0o600
    assert files.permissions(path, path.stat().st_mode) == 0o640
