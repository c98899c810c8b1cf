"""What was read lately, so that the same settings are not understood anew at each checkup.

A process that checks agents again and again reads each file again, and most often finds the bytes
of the last time. What they mean is kept for as many files as `pieces.pieces_of` keeps secrets; what
the operating system says of a file is asked each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..dotenv.text import EnvFile, Tracking, parse
from .model import Settings

_MOST = 64
_files: dict[tuple[Any, ...], EnvFile] = {}
# By the file, which is kept with them: what they were made of besides, and the settings.
_settings: dict[int, tuple[tuple[Any, ...], Settings]] = {}
# The variables of the last time, and how often they have been others.
_environ: dict[str, str] = {}
_generation = 0


def file_of(
    content: bytes,
    environ: Mapping[str, str],
    *,
    path: str,
    absolute: str,
    mode: int | None,
    tracked: Tracking | None,
) -> EnvFile:
    """Return what `parse` makes of a file; the same value as last time if all is the same."""
    global _environ, _generation
    if type(environ) is not dict:  # to compare `os.environ` takes longer than to parse a file
        return parse(content, environ, path=path, absolute=absolute, mode=mode, tracked=tracked)
    if environ != _environ:
        _environ, _generation = dict(environ), _generation + 1
    key = (content, _generation, path, absolute, mode, tracked)
    known = _files.get(key)
    if known is None:
        known = parse(content, environ, path=path, absolute=absolute, mode=mode, tracked=tracked)
        _keep(_files, key, known)
    return known


def settings_of(file: EnvFile, others: tuple[Any, ...], at: datetime) -> Settings | None:
    """Return the settings that a file gave last time; None if anything else is not the same.

    Args:
        file: what `file_of` returned.
        others: all that the settings depend on besides the file and the environment.
        at: the time of now.
    """
    before, known = _settings.get(id(file), ((), None))
    return known.read_again(at) if known is not None and before == others else None


def keep(settings: Settings, others: tuple[Any, ...]) -> None:
    """Keep settings for `settings_of`, if their file is kept."""
    if settings.env_file is not None and type(settings.env_file.environ) is dict:
        _keep(_settings, id(settings.env_file), (others, settings))


def _keep(known: dict[Any, Any], key: Any, value: Any) -> None:
    known.pop(key, None)
    while len(known) >= _MOST:
        del known[next(iter(known))]
    known[key] = value
