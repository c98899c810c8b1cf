"""Write a file whole or not at all (I/O).

Whoever reads the file meanwhile, whatever fails and whenever the machine stops: there is the old
content or the new one, never half.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What a new file gets where nothing else is said: what this program writes may be read by its owner
# alone.
PRIVATE = 0o600


def replace(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put new content in the place of a file, or make the file.

    A symbolic link stays one: what it points at is replaced. Owner and permissions of what was
    there are kept. Where there is something that is no regular file, such as a pipe or
    ``/dev/stdout``, the content is written into it.

    Args:
        path: the file.
        content: all of it.
        mode: permission bits; None keeps those that are there, and gives a new file 0600.

    Raises:
        OSError: it could not be written, with ``filename`` set to the path that was given; what was
            there is as it was.
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
        # os.replace would put a file in the place of the link. Not Path.resolve: before Python 3.13
        # a loop of links is no OSError there.
        _write(Path(os.path.realpath(path)), content, _mode(before, mode), before)


def keep(path: Path) -> Path:
    """Copy a file to the first free name of ``<name>.bak``, ``<name>.bak.2`` …, which its owner alone can read, and return that name.

    Raises:
        OSError: it could not be read or copied, with ``filename`` set to the path that was given.
    """
    with _named(path):
        content = path.read_bytes()
        number = 1
        while True:
            backup = path.with_name(f"{path.name}.bak{'' if number == 1 else f'.{number}'}")
            try:
                # Exclusively: two processes at once never take the same name.
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
    # 50 characters of four bytes, and the eight that mkstemp adds, are within the 255 bytes of a
    # name.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # Before the rename: otherwise a crash can leave the new name with no content (rename(2)
            # orders nothing).
            os.fsync(file.fileno())
        if before is not None and hasattr(os, "chown"):
            with suppress(
                PermissionError
            ):  # only root gives files away, and only then is it another's
                os.chown(name, before.st_uid, before.st_gid)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the person's own path in an error, in place of a temporary one."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
