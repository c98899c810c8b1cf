"""Write a file completely or not at all, and look for one in the folders above (I/O).

The file always has either its old content or its new content, never a part of one: for programs
that read it meanwhile, after any error, and after a power failure.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

# The permissions of a new file, unless a caller asks for others: only its owner may read it.
PRIVATE = 0o600
_SUFFIX = ".tmp"
# An access control list as Linux hands it over: its version, and then of each entry the tag, the
# permissions, and whom it is about (acl(5), linux/posix_acl_xattr.h).
_ACCESS_LIST = "system.posix_acl_access"
_VERSION, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_OWNER, _GROUP, _MASK, _OTHERS = 0x01, 0x04, 0x10, 0x20

# Whether there is something at a path that a person named, and what. Not the methods of `Path`,
# which before Python 3.14 raise if the folder may not be entered or the name is too long.
is_there, is_file = os.path.exists, os.path.isfile
is_folder, is_link = os.path.isdir, os.path.islink


# A process that makes many checkups looks from the same few folders, for three names.
@lru_cache(maxsize=256)
def at_or_above(folder: str | Path, name: str) -> tuple[str, ...]:
    """Return the paths of a name in a folder and in those above it, the nearest first.

    As text: a `Path` for each takes longer than to look whether it is there.
    """
    place, found = str(folder), []
    while True:
        found.append(os.path.join(place, name))  # noqa: PTH118
        above = os.path.dirname(place)  # noqa: PTH120
        if above in (place, ""):
            return tuple(found)
        place = above


def seen_from(folder: str | Path, path: str | Path, paths: Any = os.path) -> str:
    """Return a path relative to a folder; the whole path if it is on another drive of Windows.

    Args:
        folder: absolute.
        path: absolute.
        paths: the module of the system's paths, `posixpath` or `ntpath`.
    """
    try:
        relative: str = paths.relpath(path, folder)
    except ValueError:
        return str(path)
    return relative


def replace(path: Path, content: bytes | Iterable[bytes], *, mode: int | None = None) -> None:
    """Replace the content of a file, or make the file.

    The file keeps its owner, permissions, access control list and extended attributes. If the path
    is a symbolic link, the file that it points to is replaced. If it is not a regular file, such as
    a pipe or ``/dev/stdout``, the content is written into it.

    Args:
        path: the file.
        content: all of it, whole or in pieces.
        mode: permission bits, as `permit` sets them; None keeps the present ones, and gives a new
            file 0600.

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
            with path.open("wb") as file:
                file.writelines((content,) if isinstance(content, bytes) else content)
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
        OSError: it could not be read or copied. ``filename`` is the path that was given, or its
            folder if no file can be made there.
    """
    with _named(path):
        content, number = path.read_bytes(), 1
    with _temporary(path, content) as temporary, _named(path):
        while True:
            backup = path.with_name(f"{path.name}.bak{'' if number == 1 else f'.{number}'}")
            try:
                _give_name(temporary, backup, content)
            except FileExistsError:
                number += 1
            else:
                return backup


def create(path: Path, content: bytes) -> None:
    """Make a file, whole and for its owner alone, where there is nothing yet.

    Raises:
        FileExistsError: there is something, if only a link that leads nowhere; it is unchanged.
        OSError: it could not be written.
    """
    with _named(path), _temporary(path, content) as temporary:
        _give_name(temporary, path, content)


def other_names(path: Path) -> int:
    """Return how many other names (hard links) a file has; they keep what `replace` replaces."""
    try:
        return path.stat().st_nlink - 1
    except OSError:
        return 0


def permissions(path: str | Path, mode: int) -> int:
    """Return the permission bits of a file; with an access control list, its group's own ones.

    In the mode of such a file, the bits of the group are the list's mask: what any user or group
    that is named in it may do at most (acl(5)).

    Args:
        path: the file.
        mode: as `os.stat` tells it.
    """
    bits = stat.S_IMODE(mode)
    allowed = {tag: permits for tag, permits, _ in _access_list(path)}
    if _GROUP in allowed and _MASK in allowed:
        return bits & ~0o070 | (allowed[_GROUP] & allowed[_MASK]) << 3
    return bits


def permit(path: Path, mode: int) -> None:
    """Set the permissions of a file for its owner, its group and others.

    Who is named in its access control list keeps what the list gives; chmod(2) would take it away,
    because it sets the list's mask instead of the group's entry.

    Raises:
        OSError: it is not ours.
    """
    entries = _access_list(path)
    if not any(tag == _MASK for tag, _, _ in entries):
        path.chmod(mode)
        return
    given = {_OWNER: mode >> 6 & 7, _GROUP: mode >> 3 & 7, _OTHERS: mode & 7}
    packed = (_ENTRY.pack(tag, given.get(tag, permits), who) for tag, permits, who in entries)
    _set_attribute(path, _ACCESS_LIST, _VERSION.pack(2) + b"".join(packed))


def _access_list(path: str | Path) -> list[tuple[int, int, int]]:
    """Return the entries of a file's access control list; none if it has only a mode."""
    if sys.platform == "linux":
        with suppress(OSError, struct.error):
            content = os.getxattr(path, _ACCESS_LIST)
            return list(_ENTRY.iter_unpack(content[_VERSION.size :]))
    return []


def _set_attribute(path: Path, name: str, value: bytes) -> None:
    if sys.platform == "linux":
        os.setxattr(path, name, value)


def _give_name(temporary: Path, backup: Path, content: bytes) -> None:
    """Give a whole file a name that nothing has yet. Raises `FileExistsError`."""
    # Two processes never take the same name, neither by link(2) nor by O_EXCL.
    try:
        os.link(temporary, backup)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # FAT has no hard links
        descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write_whole(file, content)
        except BaseException:
            backup.unlink(missing_ok=True)
            raise


def _mode(before: os.stat_result | None, mode: int | None) -> int:
    if mode is not None:
        return mode
    return stat.S_IMODE(before.st_mode) if before is not None else PRIVATE


def _write(
    target: Path, content: bytes | Iterable[bytes], mode: int, before: os.stat_result | None
) -> None:
    with _temporary(target, content) as temporary:
        if before is not None:
            _give_owner(temporary, before)
            is_kept = mode == stat.S_IMODE(before.st_mode)
            _check_group(
                temporary, before, permissions(target, before.st_mode) if is_kept else mode
            )
            _copy_attributes(target, temporary)
        if before is not None and mode == stat.S_IMODE(before.st_mode):
            temporary.chmod(mode)
        else:
            permit(temporary, mode)
        temporary.replace(target)


def _give_owner(path: Path, before: os.stat_result) -> None:
    """Give a file the owner and the group of another one, or only the group, as far as allowed."""
    if hasattr(os, "chown"):
        # Only root may change a file's owner, and has to: the new file would be root's own.
        try:
            os.chown(path, before.st_uid, before.st_gid)
        except PermissionError:
            with suppress(PermissionError):
                os.chown(path, -1, before.st_gid)


def _check_group(path: Path, before: os.stat_result, mode: int) -> None:
    """Raise `PermissionError` if a file has another group, and that changes who may read it.

    Without the group's permissions, the old group would still lose its access, a service perhaps
    that reads the file through it. So nothing is written. Where the group may do what everybody
    may, it does not matter which one it is.
    """
    if path.stat().st_gid != before.st_gid and mode >> 3 & 7 != mode & 7:
        raise PermissionError(
            errno.EPERM, "this user is not in its group, and who may read it would change"
        )


@contextmanager
def _temporary(target: Path, content: bytes | Iterable[bytes]) -> Iterator[Path]:
    """Give a whole file beside another one, and remove it if it is still there at the end.

    Its name is one that git ignores together with the copies of the other (`gitignore`). A process
    that is killed leaves it; the next one that writes the same file takes it away.
    """
    # A name may have 255 bytes: 50 characters of up to four bytes, and 17 more.
    prefix = f"{target.name[:50]}.bak."
    _sweep(target.parent, prefix)
    with _named(target.parent):
        descriptor, name = _reserved(target.parent, prefix)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with _named(target):
                _write_whole(file, content)
            if os.name == "posix":  # the lock ends with the file, and Windows renames no open file
                yield Path(name)
        if os.name != "posix":
            yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _write_whole(file: IO[bytes], content: bytes | Iterable[bytes]) -> None:
    file.writelines((content,) if isinstance(content, bytes) else content)
    file.flush()
    # rename(2) does not wait for the content: without this, a crash could leave an empty file under
    # the name.
    os.fsync(file.fileno())


def _reserved(folder: Path, prefix: str) -> tuple[int, str]:
    """Make a file that nobody sweeps away as long as it is open."""
    while True:
        import tempfile  # slow, and most runs write nothing

        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=folder)
        if not _lock(descriptor, wait=True) or _is_at(descriptor, name):
            return descriptor, name
        os.close(descriptor)  # another process took it for one that was left


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what killed processes have left: nobody holds its lock."""
    with suppress(OSError), os.scandir(folder) as entries:
        left = [
            entry.path
            for entry in entries
            if entry.name.startswith(prefix) and entry.name.endswith(_SUFFIX)
        ]
        for name in left:
            with suppress(OSError):
                descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
                try:
                    if _lock(descriptor, wait=False) and _is_at(descriptor, name):
                        Path(name).unlink()
                finally:
                    os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file against every other process; return False where that cannot be done."""
    if sys.platform != "win32":
        import fcntl

        # Another process has it, or the file system has no locks.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            return True
    return False


def _is_at(descriptor: int, name: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(name))
    except OSError:
        return False


def _copy_attributes(source: Path, target: Path) -> None:
    """Copy the extended attributes, an access control list among them, as far as is allowed."""
    if sys.platform == "linux":
        with suppress(OSError):
            names = os.listxattr(source)
            for name in names:
                with suppress(OSError):
                    os.setxattr(target, name, os.getxattr(source, name))
            if _ACCESS_LIST not in names:
                # A folder may give each new file a list, which the old file did not have.
                with suppress(OSError):
                    os.removexattr(target, _ACCESS_LIST)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Make an error name the path that was given, not that of a temporary file."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
