"""Readers in command lines: scripts, ``Makefile``, ``Procfile``, ``Dockerfile`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dotenv.readers.reading import Reader
from ...late import compiled
from .place import Found, Place

# A path in a command line, in quotes or not.
_PATH = r"(?P<path>\"[^\"]*\"|'[^']*'|(?:\$\([A-Za-z_]+\)|[^\s;|&<>()\"',\]])+)"
# Between double quotes there may be a command with quotes of its own.
_SOURCED = r"(?P<path>\"[^;\n]*\"|'[^']*'|[^\s;|&<>()\"']+)"
_ENV_FILE = rf"[^;|&\n]*?\s--env-file(?:-if-exists)?(?:[= ]\s*){_PATH}"
# In the order in which they are tried on a line; several may be found.
_COMMANDS = tuple(
    (reader, compiled(pattern))
    for reader, pattern in (
        (Reader.COMPOSE, rf"\bdocker(?:-|\s+)compose\b{_ENV_FILE}"),
        (
            Reader.DOCKER,
            rf"\bdocker\s+(?!compose\b|secret\b)(?:container\s+)?[a-z]+\b{_ENV_FILE}",
        ),
        (Reader.PYTHON_DOTENV, rf"\bpodman-compose\b{_ENV_FILE}"),
        (Reader.PODMAN, rf"\bpodman\s+(?:container\s+|pod\s+)?[a-z]+\b{_ENV_FILE}"),
        (Reader.KUBECTL, rf"\bkubectl\b[^;|&\n]*?\s--from-env-file(?:[= ]\s*){_PATH}"),
        # Without `=`, it is the `.env` of the working folder.
        (Reader.DENO, rf"\bdeno\b[^;|&\n]*?\s--env(?:-file)?(?:={_PATH}|(?=[\s\"']))"),
        (Reader.UV, rf"\buv\s+run\b{_ENV_FILE}"),
        (Reader.UV, rf"\bUV_ENV_FILE=\s*{_PATH}"),
        (Reader.BUN, rf"\bbunx?\b{_ENV_FILE}"),
        (Reader.NODE_ENV_FILE, rf"\b(?:node|nodejs|tsx|ts-node|nodemon)\b(?!\s*:){_ENV_FILE}"),
        (Reader.NODE_ENV_FILE, rf"\bNODE_OPTIONS=[\"']?{_ENV_FILE}"),
        (Reader.PYTHON_DOTENV, rf"\b(?:uvicorn|flask)\b{_ENV_FILE}"),
        (Reader.PYTHON_DOTENV, rf"\bdotenv\s+(?:(?:-f|--file)[= ]\s*{_PATH}\s+)?run\b"),
        (Reader.DOTENV_EXPAND, rf"\bdotenv\s+-e\s+{_PATH}.*?\s"),
        (Reader.DOTENV_EXPAND, r"\bdotenv\s+--\s"),
        (Reader.DOTENV_EXPAND, rf"\bdotenvx\s+run\b(?:\s+(?:-f|--env-file)[= ]\s*{_PATH})?"),
        (Reader.GODOTENV, rf"\bgodotenv\s+-f\s+{_PATH}"),
        # A unit that a script writes, or that a language of its own describes.
        (Reader.SYSTEMD, rf"\bEnvironmentFile\s*=\s*{_PATH}"),
        (Reader.DOTENV_EXPAND, r"\s-(?:r|-require|-import)[= ]\s*dotenv-expand/config\b"),
        (Reader.NODE_DOTENV, r"\s-(?:r|-require|-import)[= ]\s*dotenv/config\b"),
        (Reader.EXPORT_XARGS, r"(?:\bexport|\benv)\s+[\"']?(?:\$\(|`)(?P<words>[^)`\n]*)"),
        # What another command makes of it is run as the shell's own.
        (Reader.SOURCE, r"(?:\.|\bsource)\s+<\((?P<fed>[^)\n]*)\)"),
        (Reader.SOURCE, r"\beval\s+[\"']?(?:\$\(|`)(?P<fed>[^)`\n]*)"),
        (Reader.SOURCE, rf"(?:^|[;&|{{(\"'`]|\b(?:then|do|else)\s)\s*(?:\.|source)\s+{_SOURCED}"),
    )
)
_VARIABLE = compiled(r"\$[({]?([A-Za-z_][A-Za-z0-9_]*)[)}]?")
# A script for `sh` is run by dash on some systems and by bash on others.
_SHELL = compiled(r"#!\s*(?:/[a-z/]*/)?(?:env\s+)?(zsh|dash)\b")
_SHELLS = {"zsh": Reader.ZSH, "dash": Reader.DASH}
# Where a project says which release of Node it wants.
_NODE_20 = {
    ".nvmrc": r"\s*(?:v?20\b|lts/iron)",
    ".node-version": r"\s*v?20\b",
    ".tool-versions": r"(?m)^node(?:js)?\s+20\b",
    "package.json": r"(?s).*\"engines\"\s*:\s*\{[^}]*\"node\"\s*:\s*\"[\^~=v]*20(?:\.[0-9x.*]+)?\"",
    "Dockerfile": r"(?is).*\nFROM\s+(?:\S*/)?node:20\b|FROM\s+(?:\S*/)?node:20\b",
}
# Without one of these, no line names a reader.
# A file that says which release is wanted is short.
_MOST_BYTES = 32 << 10
_HINT = compiled(r"--env|dotenv|ENV_FILE|EnvironmentFile")
_COMMENT = compiled(r"^\s*(?:#(?!!)|//)")
# In JSON and in a Dockerfile, the words of a command are often a list.
_LIST = compiled(r"[\"']\s*,\s*[\"']")


def readers_in(line: str, place: Place) -> Iterator[Reader]:
    """Yield the readers that a command line gives the ``.env`` file to."""
    if "env" not in line or _COMMENT.match(line):
        return
    words = _LIST.sub(" ", line)
    seen: set[Reader] = set()
    for reader, pattern in _COMMANDS:
        if reader in seen:
            continue
        for match in pattern.finditer(words):
            if _is_meant(match.groupdict(), place):
                seen.add(reader)
                yield _of_this_program(reader, place)
                break


def _is_meant(found: dict[str, str | None], place: Place) -> bool:
    if words := found.get("words"):
        is_read = re.search(r"\bxargs\b|^\s*cat\s", words) is not None
        return is_read and any(map(place.means, re.split(r"[\s<|]+", words)))
    if fed := found.get("fed"):
        return any(map(place.means, re.split(r"[\s<|]+", fed)))
    path = found.get("path")
    if not path:
        return place.is_near and place.env_file.name == ".env"
    return place.means(path) or place.means(_assigned(path, place))


def _assigned(path: str, place: Place) -> str:
    """Return the path that is assigned to the variable that a path consists of."""
    name = _VARIABLE.fullmatch(path.strip("\"'"))
    if name is None:
        return ""
    pattern = rf"(?m)^\s*(?:export\s+)?{name[1]}\s*[:?]?=\s*([^\s;&|]+)"
    assigned = re.search(pattern, place.text)
    if assigned is None:
        return ""
    default = re.fullmatch(r"[\"']?\$\{[^}]*:?-([^}]+)\}[\"']?", assigned[1])
    return default[1] if default else assigned[1]


def _of_this_program(reader: Reader, place: Place) -> Reader:
    if reader is Reader.NODE_ENV_FILE:
        return _of_this_node(place)
    if reader is Reader.SOURCE and (shell := _SHELL.match(place.text)):
        return _SHELLS.get(shell[1], reader)
    return Reader.ZSH if reader is Reader.SOURCE and place.name.endswith(".zsh") else reader


def _of_this_node(place: Place) -> Reader:
    """Return the reader of the Node release that the project asks for, if it says so."""
    for folder in dict.fromkeys((place.folder, place.env_file.parent)):
        for name, pattern in _NODE_20.items():
            try:
                text = (folder / name).read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
            except OSError:
                continue
            if re.match(pattern, text) or (name == ".tool-versions" and re.search(pattern, text)):
                return Reader.NODE20_ENV_FILE
    return Reader.NODE_ENV_FILE


def in_commands(place: Place) -> Iterator[Found]:
    """Yield the readers in a file of command lines."""
    if place.env_file.name not in place.text and not _HINT.search(place.text):
        return
    for number, line in place.lines():
        for reader in readers_in(line, place):
            yield reader, number
