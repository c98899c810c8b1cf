"""What is made when it is first used: regular expressions, and modules of functions (pure).

A run uses few of them, and to compile or to import one takes a tenth of a millisecond or more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:

    def compiled(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """Return a regular expression, as `re.compile` does."""

else:

    class compiled:  # noqa: N801 it stands for a function
        """A regular expression; each method is looked up once."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self._given = pattern, flags

        def __getattr__(self, name: str) -> Any:
            # Called only for what is not there yet.
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found


class _Module:
    """Stands for a module that has not been imported.

    Its functions are stood for too, so that a table may name them: what the table holds imports the
    module when it is called. (The lazy imports of Python 3.15, PEP 810, would import it as soon as
    a table names a function.) A constant or a class cannot be stood for: its module is imported.
    """

    __slots__ = ("_name",)  # whoever changes a module, as a test does, has to import it

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name[:1].islower():
            return _function(self._name, name)
        return getattr(import_module(self._name), name)


def _function(module: str, name: str) -> Callable[..., Any]:
    @cache
    def found() -> Any:
        return getattr(import_module(module), name)

    def called(*arguments: Any, **named: Any) -> Any:
        return found()(*arguments, **named)

    return called


def modules_of(package: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package whose modules are imported when they are first used.

    It counts for ``from package import module``; type checkers do not see it, and look into the
    modules themselves.

    Args:
        package: its full name.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 it stands for a package's
        if name.startswith("_"):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return _Module(f"{package}.{name}")

    return __getattr__


def import_modules_of(package: str) -> None:
    """Import the modules of a package now.

    Args:
        package: its full name.
    """
    from pkgutil import iter_modules

    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
