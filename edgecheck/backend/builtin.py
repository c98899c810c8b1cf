"""The built-in profiles: files of the form in `profiles/`, imported as Python imports its modules.

The default profile is needed by nearly every command, and `tomllib` takes longer to import than all
that is made of it. So a file is compiled once, and its code is kept where Python keeps that of a
module: in `__pycache__`, made anew when the file changes.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .profile import Profile
from .reading import made, merged

_FOLDER = Path(__file__).parent / "profiles"
DEFAULT = "edge"
# Each with one line about it.
BUILT_IN = {
    "edge": "the backend of an edge agent: the default",
    "websocket": "any WebSocket server, the address as it is given",
    "graphql-transport-ws": "GraphQL over WebSocket, the protocol of graphql-ws",
    "ocpp1.6": "a central system of charge points, OCPP 1.6-J",
    "ocpp2.0.1": "a management system of charging stations, OCPP 2.0.1",
    "socket.io": "Socket.IO 5 over Engine.IO 4",
}


class _Loader(SourceFileLoader):
    """Imports a TOML file as a module whose one name, ``TREE``, is its content."""

    # Typeshed has the static method of `InspectLoader`, and importlib calls that of `SourceLoader`.
    def source_to_code(  # type: ignore[override]
        self, data: Any, path: Any, *_: Any, **__: Any
    ) -> CodeType:
        """Compile a file's content, which Python then keeps."""
        import tomllib

        return compile(f"TREE = {tomllib.loads(bytes(data).decode())!r}", path, "exec")


@lru_cache
def tree_of_built_in(name: str) -> dict[str, Any]:
    """Return the tree of a built-in profile, with what it extends."""
    own = _own_tree(name)
    return merged(tree_of_built_in(own["extends"]), own) if "extends" in own else own


def extended(name: str) -> tuple[str, ...]:
    """Return the names of what a built-in profile starts from, the nearest first."""
    base = _own_tree(name).get("extends")
    return (base, *extended(base)) if base else ()


def _own_tree(name: str) -> dict[str, Any]:
    loader = _Loader(f"{__package__}.profiles.{name}", str(_FOLDER / f"{name}.toml"))
    module = ModuleType(loader.name)
    loader.exec_module(module)
    tree: dict[str, Any] = module.TREE
    return tree


@lru_cache
def built_in(name: str) -> Profile:
    """Return a built-in profile.

    Args:
        name: one of `BUILT_IN`.
    """
    return made(tree_of_built_in(name))


EDGE = built_in(DEFAULT)
