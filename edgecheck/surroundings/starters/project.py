"""Readers that a project's own files imply: packages, lock files, sources and tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...dotenv.readers.reading import Reader
from ...late import compiled
from .command import in_commands
from .place import Found, Place

# What a source has where it loads the file. In the order of preference: a file that has several
# of one language uses the first.
_PYTHON = compiled(
    r"^\s*(?:from\s+dotenv\b.*\bimport\b|import\s+dotenv\b|from\s+environs\s+import\b)|"
    r"^[^#\n]*\bload_dotenv\s*(?:\(|=\s*True\b)|"
    r"\benv_file\s*=\s*[\"'(\[]",
    re.MULTILINE,
)
_EXPAND = compiled(r"[\"']dotenv-expand(?:/config)?[\"']|\bloadEnv\b[^;\n]*\bfrom\s+[\"']vite[\"']")
_NODE = compiled(
    r"(?:\brequire\s*\(\s*|\bfrom\s+|\bimport\s+)[\"'](?:dotenv(?:/config)?|@nestjs/config)[\"']"
)
_LOAD_ENV_FILE = compiled(r"\bloadEnvFile\s*\(")
_NODE_ARGUMENT = compiled(r"--env-file(?:-if-exists)?[= ]\s*([^\s\"',]+)")
# The words of a list may stand on lines of their own.
_DOCKER_ARGUMENT = compiled(r"--env-file(?:[= ]\s*|[\"']\s*,\s*[\"'])([^\s\"',]+)")
_PM2_FILE = compiled(r"\benv_file\s*:\s*[\"']([^\"']+)[\"']")


def _first(
    pattern: str, reader: Reader, *, source: bool = False
) -> Callable[[Place], Iterator[Found]]:
    """Return a function that finds a reader where a pattern stands first.

    Args:
        pattern: in the text of the file.
        reader: that it tells.
        source: the file is a source, which may be in a folder below that of the ``.env`` file.
    """
    expression = compiled(pattern, re.MULTILINE)

    def find(place: Place) -> Iterator[Found]:
        match = expression.search(place.text)
        if match and (place.is_near if source else place.is_above):
            yield reader, _line_of(place, match.start())

    return find


in_gemfile = _first(r"^\s*gem\s*\(?\s*[\"']dotenv(?:-rails)?[\"']", Reader.RUBY_DOTENV)
in_go_module = _first(r"\bgithub\.com/joho/godotenv\b", Reader.GODOTENV)
in_composer = _first(r"\"(?:vlucas/phpdotenv|laravel/framework)\"\s*:", Reader.PHPDOTENV)
# `just` reads .env with the library that uv uses.
_JUST = compiled(r"^\s*set\s+dotenv-(load|required|filename|path)\b(?:\s*:=\s*(.+))?")
in_go_source = _first(r"\"github\.com/joho/godotenv(?:/autoload)?\"", Reader.GODOTENV, source=True)
in_php_source = _first(r"^[^#\n]*\bDotenv\\Dotenv\b", Reader.PHPDOTENV, source=True)
in_ruby_source = _first(
    r"^\s*require\s*\(?\s*[\"']dotenv(?:/load)?[\"']", Reader.RUBY_DOTENV, source=True
)
_POETRY = _first(r"\bpoetry-(?:plugin-dotenv|dotenv-plugin|dotenv)\b", Reader.PYTHON_DOTENV)
_PDM = compiled(r"^[\w.\s{]*\benv_file\s*=\s*([\"'][^\"']+[\"'])")
in_pipfile = _first(r"\A", Reader.PYTHON_DOTENV)


def in_justfile(place: Place) -> Iterator[Found]:
    """Yield the readers in a ``justfile``: just itself, and those in its recipes."""
    settings = [(number, match) for number, line in place.lines() if (match := _JUST.match(line))]
    names = [match[2] for _, match in settings if match[1] in ("filename", "path")]
    for number, match in settings:
        means = any(map(place.means, names)) if names else place.env_file.name == ".env"
        if match[2] != "false" and means and place.is_above:
            yield Reader.UV, number
            break
    yield from in_commands(place)


def in_bun_file(place: Place) -> Iterator[Found]:
    """Yield Bun for its lock file or its settings: it reads the ``.env`` beside them by itself."""
    if place.folder == place.env_file.parent and place.env_file.name.startswith(".env"):
        yield Reader.BUN, 1


def in_package(place: Place) -> Iterator[Found]:
    """Yield the readers in ``package.json``: those in its scripts, and Next.js."""
    yield from in_commands(place)
    cli = re.search(r":\s*\"(?:[^\"]*[;&|]\s*)?dotenv\s+[a-z]", place.text)
    if cli and "dotenv-cli" in place.text and place.folder == place.env_file.parent:
        yield Reader.DOTENV_EXPAND, _line_of(place, cli.start())
    next_js = re.search(r"(?m)(?:^|[{,])\s*(\"next\")\s*:\s*\"[\^~=v0-9a-z]", place.text)
    if next_js and place.folder == place.env_file.parent:
        yield Reader.DOTENV_EXPAND, _line_of(place, next_js.start(1))
    bun = re.search(r":\s*\"(?:[^\"]*[;&|]\s*)?bun\s+(?!install|add|test)", place.text)
    if bun and place.folder == place.env_file.parent:
        yield Reader.BUN, _line_of(place, bun.start())


def in_envrc(place: Place) -> Iterator[Found]:
    """Yield the readers in direnv's ``.envrc``: direnv's own, and a shell's."""
    for number, line in place.lines():
        match = re.match(r"\s*dotenv(?:_if_exists)?(?:\s+([^\s#;]+))?\s*(?:#.*|;.*)?$", line)
        if match and (place.means(match[1]) if match[1] else place.means(".env")):
            yield Reader.DIRENV, number
        sourced = re.match(r"\s*source_env(?:_if_exists)?\s+([^\s#;]+)", line)
        if sourced and place.means(sourced[1]):
            yield Reader.SOURCE, number
    yield from in_commands(place)


def in_pyproject(place: Place) -> Iterator[Found]:
    """Yield python-dotenv for the plugin of Poetry that reads the file, and for PDM's setting."""
    yield from _POETRY(place)
    if "[tool.pdm" in place.text:
        for number, line in place.lines():
            match = _PDM.match(line)
            if match and place.means(match[1]):
                yield Reader.PYTHON_DOTENV, number


def in_devcontainer(place: Place) -> Iterator[Found]:
    """Yield docker for the arguments that a development container is started with."""
    for match in _DOCKER_ARGUMENT.finditer(place.text):
        if place.means(match[1]):
            yield Reader.DOCKER, _line_of(place, match.start())
            return


def in_ecosystem(place: Place) -> Iterator[Found]:
    """Yield the readers in pm2's ``ecosystem.config.js``."""
    for number, line in place.lines():
        if any(place.means(path) for path in _PM2_FILE.findall(line)):
            yield Reader.NODE_DOTENV, number
        elif any(place.means(path) for path in _NODE_ARGUMENT.findall(line)):
            yield Reader.NODE_ENV_FILE, number
    yield from in_node_source(place)


def in_python_source(place: Place) -> Iterator[Found]:
    """Yield python-dotenv for a source that imports it, or has pydantic read a file with it."""
    match = _PYTHON.search(place.text)
    if match and place.is_near:
        yield Reader.PYTHON_DOTENV, _line_of(place, match.start())


def in_node_source(place: Place) -> Iterator[Found]:
    """Yield the reader that a JavaScript or TypeScript source uses."""
    if not place.is_near:
        return
    for reader, pattern in (
        (Reader.DOTENV_EXPAND, _EXPAND),
        (Reader.NODE_DOTENV, _NODE),
        (Reader.NODE_ENV_FILE, _LOAD_ENV_FILE),
    ):
        match = pattern.search(place.text)
        if match:
            yield reader, _line_of(place, match.start())
            return


def _line_of(place: Place, position: int) -> int:
    # A pattern may begin with the blank lines before its statement.
    text = place.text[position:]
    return place.text.count("\n", 0, position + len(text) - len(text.lstrip())) + 1
