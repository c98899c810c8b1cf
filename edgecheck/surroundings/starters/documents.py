"""Readers in YAML: compose files, Kubernetes manifests, kustomizations, Taskfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...dotenv.readers.reading import Reader
from ...late import compiled
from .command import in_commands
from .place import Found, Place

if TYPE_CHECKING:
    import yaml

# Settings that a service of a compose file can pass on from `.env`, which compose reads itself.
_PASSED_ON = compiled(r"\$\{?[A-Za-z_][A-Za-z0-9_]*")


def in_yaml(place: Place) -> Iterator[Found]:
    """Yield the readers in a YAML file, whatever kind of file it is.

    A file that is not YAML, as a template of a chart is not, says nothing.
    """
    if not re.search(r"env|\$\{", place.text):
        return
    yield from _in_documents(place)
    yield from in_commands(place)


def _in_documents(place: Place) -> Iterator[Found]:
    import yaml  # slow

    # The nodes know their lines, and no object is built from them.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.compose_all(place.text, Loader=loader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    for document in documents:
        top = _mapping(document)
        if "services" in top:
            yield from _in_compose(place, top["services"])
        elif any(name in top for name in ("secretGenerator", "configMapGenerator")):
            yield from _in_kustomization(place, top)
        elif "kind" in top and "apiVersion" in top:
            yield from _in_manifest(place, document)
        elif "tasks" in top:
            yield from _in_taskfile(place, top)


def _in_taskfile(place: Place, top: dict[str, yaml.Node]) -> Iterator[Found]:
    for task in (top, *map(_mapping, _mapping(top["tasks"]).values())):
        for node in _items(task.get("dotenv")):
            if place.means(_text(node)):
                yield Reader.GODOTENV, _line(node)


def _in_compose(place: Place, services: yaml.Node) -> Iterator[Found]:
    for service in _mapping(services).values():
        entries = _mapping(service)
        for node in _items(entries.get("env_file")):
            long = _mapping(node)
            path = long.get("path", node)
            if place.means(_text(path)):
                # `format: raw` is read as docker reads --env-file.
                raw = _text(long.get("format")) == "raw"
                yield (Reader.DOCKER if raw else Reader.COMPOSE), _line(path)
        # The .env file beside the compose file is what `${NAME}` refers to.
        if place.folder == place.env_file.parent and place.env_file.name == ".env":
            yield from _passed_on(entries.get("environment"))
            for name in ("command", "entrypoint"):
                yield from _replaced(entries.get(name))


def _passed_on(environment: yaml.Node | None) -> Iterator[Found]:
    pairs = _mapping(environment)
    nodes = list(pairs.values()) if pairs else _items(environment)
    for node in nodes:
        text = _text(node)
        bare = not pairs and "=" not in text and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text)
        if bare or _PASSED_ON.search(text):
            yield Reader.COMPOSE, _line(node)
            return


def _replaced(command: yaml.Node | None) -> Iterator[Found]:
    """Yield compose for a command with variables, which compose replaces before it runs."""
    for node in _items(command):
        if _PASSED_ON.search(_text(node).replace("$$", "")):
            yield Reader.COMPOSE, _line(node)
            return


def _in_kustomization(place: Place, top: dict[str, yaml.Node]) -> Iterator[Found]:
    for name in ("secretGenerator", "configMapGenerator"):
        for generator in _items(top.get(name)):
            entries = _mapping(generator)
            for node in (*_items(entries.get("envs")), *_items(entries.get("env"))):
                if place.means(_text(node)):
                    yield Reader.KUBECTL, _line(node)


def _in_manifest(place: Place, document: yaml.Node) -> Iterator[Found]:
    """Yield kubectl for a container that takes all of a Secret, which is made of the file."""
    if not place.is_near:
        return
    waiting: list[yaml.Node] = [document]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for name, value in _mapping(node).items():
            if name == "envFrom":
                yield Reader.KUBECTL, _line(value)
                return
            waiting.append(value)
        waiting += _items(node) if not isinstance(node.value, str) else []


def _mapping(node: yaml.Node | None, depth: int = 3) -> dict[str, yaml.Node]:
    """Return the entries of a mapping; none for anything else.

    Args:
        node: of a document.
        depth: how many mappings are followed that take over others.
    """
    value = getattr(node, "value", None)
    if not isinstance(value, list):
        return {}
    pairs = [one for one in value if isinstance(one, tuple)]
    own = {_text(name): node for name, node in pairs}
    # Entries of another mapping, which `<<` takes over (YAML's merge key).
    merged = [entry for entry in _items(own.get("<<")) if isinstance(entry.value, list)]
    taken: dict[str, yaml.Node] = {}
    for entry in merged if depth else ():
        taken = {**_mapping(entry, depth - 1), **taken}
    return {**taken, **own}


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    """Return the items of a list, or a single value as a list."""
    value = getattr(node, "value", None)
    if node is None or value is None:
        return []
    if isinstance(value, list) and not any(isinstance(one, tuple) for one in value):
        return value
    return [node]


def _text(node: yaml.Node | None) -> str:
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
