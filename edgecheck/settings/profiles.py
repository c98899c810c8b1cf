"""Find and read the profile: from an option, the environment or a file (I/O).

A profile that is wrong raises, because nothing may be sent with it. What is wrong is said with the
file, the place in it and what was expected there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..backend.builtin import BUILT_IN, DEFAULT, EDGE, built_in, extended, tree_of_built_in
from ..backend.profile import Profile
from ..escapes import escape
from ..files import at_or_above, is_folder, seen_from
from ..frozen import dataclass
from .arguments import credentials_in_argument, masked_path
from .credentials import credentials_in
from .pieces import MASK

PROFILE_FILE = "edgecheck.toml"
VARIABLE = "EDGECHECK_PROFILE"
# A profile of a hundred close codes has a tenth of this.
MAX_BYTES = 256 << 10
# A chain of profiles that extend each other is two or three long.
MAX_EXTENDED = 10


class ProfileError(ValueError):
    """A profile cannot be used. Each line of the text says what is wrong, and where."""


@dataclass(frozen=True)
class Chosen:
    """The profile in force.

    Args:
        profile: what it says.
        by: why it is this one: the option, the variable, the file's place, or the default.
        extended: what it starts from, the nearest first: names and files.
    """

    profile: Profile
    by: str
    extended: tuple[str, ...] = ()


def chosen(
    named: str | None, *, environ: Mapping[str, str], cwd: Path, folder: Path | None = None
) -> Chosen:
    """Return the profile in force.

    Args:
        named: the option, a name or a file; None if it was not given.
        environ: the process environment.
        cwd: the working directory, absolute.
        folder: where the ``.env`` file is; None if there is none.

    Raises:
        ProfileError: it cannot be used.
    """
    for text, by in ((named, "--profile"), (environ.get(VARIABLE), f"${VARIABLE}")):
        if text is None or (not text and by != "--profile"):
            continue
        if text in BUILT_IN:
            return Chosen(built_in(text), by, extended(text))
        return _read(_named(text, cwd, by), cwd, by)
    for name in at_or_above(str(cwd if folder is None else folder), PROFILE_FILE):
        if os.path.lexists(name) and _is_there(Path(name)):
            return _read(Path(name), cwd, "the nearest edgecheck.toml")
    return Chosen(EDGE, "the default")


def looked_for(
    named: str | None, *, environ: Mapping[str, str], cwd: Path, folder: Path | None = None
) -> tuple[Path, ...]:
    """Return the files that decide which profile is in force, and what it says.

    That is the file itself, and where another one would come before it; then what it extends, if
    it can be read. The arguments are those of `chosen`.
    """
    text = environ.get(VARIABLE) if named is None else named
    if text in BUILT_IN:
        return ()
    found = [cwd / text] if text else []
    if not text:
        for path in _nearest(cwd if folder is None else folder):
            found.append(path)
            if _is_there(path):
                break
    try:
        below = chosen(named, environ=environ, cwd=cwd, folder=folder).extended
    except ProfileError:
        below = ()
    return (*found, *(cwd / name for name in below if name not in BUILT_IN))


def _nearest(start: Path) -> Iterator[Path]:
    return (place / PROFILE_FILE for place in (start, *start.parents))


def _is_there(path: Path) -> bool:
    return os.path.lexists(path) and not is_folder(path)


def checked(path: Path, cwd: Path) -> Chosen:
    """Return the profile in a file.

    Raises:
        ProfileError: it cannot be used.
    """
    return _read(path, cwd, "the file")


def _named(text: str, cwd: Path, by: str) -> Path:
    """Return the file that was named.

    Raises:
        ProfileError: there is neither a file nor a built-in profile of this name.
    """
    path = cwd / text
    if (text and os.path.lexists(path)) or text.endswith(".toml") or "/" in text:
        return path
    from ..backend.kinds import unknown

    found = credentials_in_argument(text, lambda _: False)
    words = unknown(text, tuple(BUILT_IN), "a built-in profile, and there is no file of this name")
    raise ProfileError(f"{by}: {_without(found, escape(text, 200))} is {words}")


class _Known(NamedTuple):
    """A profile that was read before.

    Args:
        files: what it was read from: the paths, and what they held.
        profile, extended: as in `Chosen`.
    """

    files: dict[Path, bytes]
    profile: Profile
    extended: tuple[str, ...]


# A process that makes many checkups meets the same few files at each of them.
_MOST_KNOWN = 64
_known: dict[tuple[str, Path, Path], _Known] = {}


def _read(path: Path, cwd: Path, by: str) -> Chosen:
    place = os.path.realpath(path), path, cwd
    known = _known.get(place)
    if known is None or not _are_as_before(known.files):
        known = _read_anew(path, cwd)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[place] = known
    return Chosen(known.profile, by, known.extended)


def _are_as_before(files: dict[Path, bytes]) -> bool:
    try:
        return all(_bytes_of(path, "") == content for path, content in files.items())
    except ProfileError:
        return False


def _read_anew(path: Path, cwd: Path) -> _Known:
    contents: dict[Path, bytes] = {}
    tree, below = _whole(path, cwd, (), contents)
    from ..backend.reading import made
    from ..backend.rules import contradictions

    origin = _shown(path, cwd)
    _refuse(origin, contradictions(tree))
    return _Known(contents, made(tree, origin), below)


def _whole(
    path: Path, cwd: Path, before: tuple[Path, ...], contents: dict[Path, bytes]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a file's tree with what it extends, and the names of that; note what was read."""
    from ..backend.form import mistakes_in
    from ..backend.kinds import Mistake, unknown
    from ..backend.reading import merged
    from .literals import credentials_written

    here, shown = Path(os.path.realpath(path)), _shown(path, cwd)
    contents[path] = _bytes_of(path, shown)
    own = _tree_in(contents[path], shown)
    _refuse(shown, [*mistakes_in(own), *credentials_written(own)])
    extends = own.get("extends", DEFAULT)
    own.setdefault("name", _name_of(here))
    if extends in BUILT_IN:
        names = (extends, *extended(extends))
        return merged(tree_of_built_in(extends), own), names
    other = Path(os.path.normpath(path.parent / extends))
    chain = (*before, here)
    if Path(os.path.realpath(other)) in chain:
        loop = " extends ".join(escape(each.name) for each in (*chain, other))
        _refuse(shown, [Mistake("extends", f"a profile that does not lead back here: {loop}")])
    if len(chain) > MAX_EXTENDED:
        _refuse(shown, [Mistake("extends", f"at most {MAX_EXTENDED} profiles one over another")])
    if is_folder(other):
        _refuse(shown, [Mistake("extends", f"a file, and {escape(extends, 200)} is a directory")])
    if not os.path.lexists(other):
        words = unknown(extends, tuple(BUILT_IN), "a built-in profile, nor a file beside this one")
        _refuse(shown, [Mistake("extends", f"{escape(extends, 200)} is {words}")])
    base, names = _whole(other, cwd, chain, contents)
    return merged(base, own), (_shown(other, cwd), *names)


def _name_of(path: Path) -> str:
    """Name a profile after its file, or after the folder of an edgecheck.toml."""
    name = path.parent.name if path.name == PROFILE_FILE else path.stem
    return escape(name, 60) or "edgecheck"


def _bytes_of(path: Path, shown: str) -> bytes:
    """Read a file.

    Raises:
        ProfileError: it cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe may never end
            kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
            raise ProfileError(f"{shown}: it is {kind}")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ProfileError(f"{shown}: there is no such file") from None
    except OSError as error:
        raise ProfileError(f"{shown}: {error.strerror or type(error).__name__}") from None
    except ProfileError:
        raise
    except ValueError:  # a NUL in the path
        raise ProfileError(f"{shown}: not the name of a file") from None
    if len(content) > MAX_BYTES:
        raise ProfileError(f"{shown}: it is larger than {MAX_BYTES >> 10} KiB, as no profile is")
    return content


def _tree_in(content: bytes, shown: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ProfileError: it is none.
    """
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ProfileError(f"{shown}:{line}: not UTF-8, as TOML is") from None
    except tomllib.TOMLDecodeError as error:
        hint = "; a text stands in quotes" if str(error).startswith("Invalid value") else ""
        words = f"{_masked(escape(str(error), 200))}{hint}"
        raise ProfileError(f"{shown}: not TOML: {words}") from None
    except RecursionError:
        raise ProfileError(f"{shown}: nested deeper than any profile is") from None


def _refuse(shown: str, mistakes: Any) -> None:
    """Raise `ProfileError` if there are mistakes."""
    if mistakes:
        raise ProfileError("\n".join(f"{shown}: {_masked(str(each))}" for each in mistakes))


def _masked(text: str) -> str:
    """Return a text of the person's own without what looks like a credential."""
    return _without(credentials_in(text), text)


def _without(credentials: tuple[str, ...], text: str) -> str:
    for credential in credentials:
        text = text.replace(credential, MASK)
    return text


def _shown(path: Path, cwd: Path) -> str:
    """Name a file as seen from the working directory, if it is at or below it."""
    text = seen_from(cwd, path)
    text = escape(os.fspath(path) if text.startswith("..") else text)
    return masked_path(text, lambda name: os.path.lexists(cwd / name))
