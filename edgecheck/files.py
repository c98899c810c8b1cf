"""Write a file completely or not at all (I/O).

The file always has either its old content or its new content, never a part of one: for programs
that read it meanwhile, after any error, and after a power failure.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The permissions of a new file, unless a caller asks for others: only its owner may read it.
PRIVATE = 0o600


def replace(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace the content of a file, or make the file.

    The file keeps its owner and permissions. If the path is a symbolic link, the file that it
    points to is replaced. If it is not a regular file, such as a pipe or ``/dev/stdout``, the
    content is written into it.

    Args:
        path: the file.
        content: all of it.
        mode: permission bits; None keeps the present ones, and gives a new file 0600.

    Raises:
        OSError: it could not be written. ``filename`` is the path that was given, and the file is
            unchanged.
    """
    with _named(path):
        try:
            before = path.stat()
        except FileNotFoundError:
            before = None
        if before is not None and stat.S_ISDIR(before.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if before is not None and not stat.S_ISREG(before.st_mode):
            path.write_bytes(content)
            return
        # os.replace would replace the link itself. Path.resolve does not serve here: before Python
        # 3.13 it does not raise OSError for a loop of links.
        _write(Path(os.path.realpath(path)), content, _mode(before, mode), before)


def keep(path: Path) -> Path:
    """Copy a file to ``<name>.bak``, or to ``<name>.bak.2`` and so on if that name is taken.

    Only the owner can read the copy.

    Returns:
        The path of the copy.

    Raises:
        OSError: it could not be read or copied. ``filename`` is the path that was given.
    """
    with _named(path):
        content = path.read_bytes()
        number = 1
        while True:
            backup = path.with_name(f"{path.name}.bak{'' if number == 1 else f'.{number}'}")
            try:
                # O_EXCL: two processes never take the same name.
                descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            except FileExistsError:
                number += 1
                continue
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                backup.unlink(missing_ok=True)
                raise
            return backup


def _mode(before: os.stat_result | None, mode: int | None) -> int:
    if mode is not None:
        return mode
    return stat.S_IMODE(before.st_mode) if before is not None else PRIVATE


def _write(target: Path, content: bytes, mode: int, before: os.stat_result | None) -> None:
    # A name may have 255 bytes: 50 characters of up to four bytes, two dots, and the eight bytes
    # that mkstemp adds.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # rename(2) does not wait for the content: without this, a crash could leave an empty
            # file under the name.
            os.fsync(file.fileno())
        if before is not None and hasattr(os, "chown"):
            # Only root may change a file's owner, and has to: the new file would be root's own.
            with suppress(PermissionError):
                os.chown(name, before.st_uid, before.st_gid)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Make an error name the path that was given, not that of a temporary file."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
