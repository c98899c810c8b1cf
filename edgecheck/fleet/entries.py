"""The entries of an inventory, a file in TOML or JSON lines (I/O).

    [defaults]
    ca_file = "company.pem"

    [[agent]]
    name = "berlin-1"
    url = "wss://backend.example.com"
    agent_id = "edge_1"
    secret_file = "secrets/berlin-1"

In JSON lines, each line is the object of one agent. Paths are relative to the inventory's folder.
Nothing raises: what is wrong with one entry is the error of its target, and never repeats a value.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..escapes import escape, is_unsafe
from ..settings.credentials import credentials_in, credentials_in_name, is_credential, is_uuid
from ..settings.pieces import MASK
from .target import Target

ENDINGS = frozenset({".toml", ".jsonl", ".ndjson", ".json"})
KEYS = (
    *("name", "url", "agent_id", "profile", "env_file"),
    *("secret_file", "secret_env", "ca_file", "proxy"),
)
_AGENT, _DEFAULTS = "agent", "defaults"
_HEADING = re.compile(rf"\s*\[\[\s*[\"']?{_AGENT}[\"']?\s*\]\]")
# A line with the longest address that a server accepts has a tenth of this.
_LONGEST_LINE = 64 << 10
# Ten megabytes hold forty thousand agents; JSON lines have no limit, because they are read one by
# one.
_MOST_BYTES = 10 << 20
_LONGEST_NAME = 200
_SHORTEST_SECRET = 16
_NO_SECRET = (
    "secret: an inventory holds no secret. Write it into a file and name that with secret_file, or "
    "name an environment variable with secret_env"
)


def entries_of(path: Path, shown: str) -> Iterator[Target]:
    """Yield the targets of an inventory.

    Args:
        path: absolute.
        shown: its name for people.
    """
    folder = str(path.parent)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe may never end
            yield _unread(shown, folder, "it cannot be read: it is not a regular file")
        elif path.suffix.lower() == ".toml":
            yield from _of_toml(path, shown, folder)
        else:
            yield from _of_lines(path, shown, folder)
    except OSError as error:
        yield _unread(shown, folder, f"it cannot be read: {error.strerror}")


def _of_toml(path: Path, shown: str, folder: str) -> Iterator[Target]:
    import tomllib

    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        why = f"it is larger than {_MOST_BYTES >> 20} MiB; JSON lines (.jsonl) may be of any size"
        yield _unread(shown, folder, why)
        return
    try:
        text = content.decode("utf-8-sig")
        tree = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        yield _unread(f"{shown}:{line}", folder, "not UTF-8, as TOML is")
        return
    except tomllib.TOMLDecodeError as error:
        yield _unread(shown, folder, f"not TOML: {_place_in(str(error))}")
        return
    except RecursionError:
        yield _unread(shown, folder, "nested deeper than any inventory is")
        return
    yield from _of_tree(tree, text, shown, folder)


def _of_tree(tree: dict[str, Any], text: str, shown: str, folder: str) -> Iterator[Target]:
    agents, defaults = tree.get(_AGENT), tree.get(_DEFAULTS, {})
    for key in tree:
        if key not in (_AGENT, _DEFAULTS):
            yield _unread(shown, folder, _unknown(key, (_AGENT, _DEFAULTS)))
            return
    if not isinstance(agents, list) or not isinstance(defaults, dict):
        why = "an inventory has a table [[agent]] for each agent, and may have one [defaults]"
        yield _unread(shown, folder, why)
        return
    for key in ("name", "agent_id"):
        if key in defaults:
            yield _unread(shown, folder, f"defaults.{key}: each agent has its own")
            return
    heads = [number for number, line in enumerate(text.split("\n"), 1) if _HEADING.match(line)]
    for index, entry in enumerate(agents):
        # An array of inline tables has no headings; then the entries are counted.
        place = f":{heads[index]}" if len(heads) == len(agents) else f"#{index + 1}"
        yield _target(entry, defaults, f"{shown}{place}", folder)


def _place_in(message: str) -> str:
    """Return what the parser says without what it quotes: it may quote a secret."""
    found = re.search(r"\(at .*\)$", message)
    return f"a syntax error {found[0]}" if found else "a syntax error"


def _of_lines(path: Path, shown: str, folder: str) -> Iterator[Target]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE + 1):
            number += 1
            place = f"{shown}:{number}"
            if len(line) > _LONGEST_LINE:
                yield _broken(place, folder, "the line is longer than any entry is")
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST_LINE)
            elif line.strip() and not (number == 1 and line.strip() == b"\xef\xbb\xbf"):
                yield _of_line(line, place, folder)


def _of_line(line: bytes, place: str, folder: str) -> Target:
    try:
        entry = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _broken(place, folder, "not JSON: each line is the object of one agent")
    return _target(entry, {}, place, folder)


def _target(entry: object, defaults: Mapping[str, Any], place: str, folder: str) -> Target:
    """Return the target of one entry, which may be anything."""
    if not isinstance(entry, dict):
        return _broken(place, folder, "not an object with the keys of an agent")
    values = {**defaults, **entry}
    given = entry.get("name")
    name = _inert(given) if isinstance(given, str) and given.strip() else ""
    if len(name) >= _SHORTEST_SECRET and credentials_in_name(name):
        name = ""  # its place names it as well
    agent_id = values.get("agent_id")
    if not name and isinstance(agent_id, str) and agent_id.strip():
        name = "" if _is_secret(agent_id) else _inert(agent_id)
    name = name or place
    if why := _mistake_in(values):
        return Target(name, place, folder, error=why)
    known = {key: values[key] for key in KEYS if key != "name" and key in values}
    return Target(name, place, folder, **known)


def _mistake_in(values: Mapping[str, Any]) -> str:
    """Say what is wrong in an entry, without its values; empty if nothing is."""
    for key, value in values.items():
        if key == "secret":
            return _NO_SECRET
        if key not in KEYS:
            return _unknown(key, KEYS)
        if not isinstance(value, str):
            return f"{key}: not a text"
        if "\0" in value or (key in ("env_file", "secret_file", "ca_file") and not value):
            return f"{key}: not the name of a file" if not value else f"{key}: it has a NUL in it"
    if "url" not in values and "env_file" not in values:
        return "url: not given, and no env_file either"
    if "secret_file" in values and "secret_env" in values:
        return "secret_file and secret_env exclude each other"
    return ""


def _unknown(key: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # needed only for a mistake

    near = get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    shown = MASK if credentials_in(key) else _inert(key, 40)
    return f"{shown}: not a key that is known; {hint}"


def _broken(place: str, folder: str, why: str) -> Target:
    return Target(place, place, folder, error=why)


def _unread(place: str, folder: str, why: str) -> Target:
    """Return what stands for a whole inventory that cannot be used."""
    return Target(place, place, folder, error=why, whole_file=True)


def _is_secret(agent_id: str) -> bool:
    """Tell whether a secret stands in the place of an id, so that it names nothing."""
    # Shorter ones are not secrets, and there may be a hundred thousand.
    return len(agent_id) >= _SHORTEST_SECRET and not is_uuid(agent_id) and is_credential(agent_id)


def _inert(text: str, limit: int = _LONGEST_NAME) -> str:
    return escape(text, limit) if len(text) > limit or any(map(is_unsafe, text)) else text
