"""Where the settings were found; no value of a setting is in here (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from ..frozen import dataclass, field
from .span import Span
from .surroundings import Surroundings


@dataclass(frozen=True)
class ConfigFacts:
    """Where each setting came from. What is wrong with them, the lint says apart from these facts.

    Args:
        env_file: the ``.env`` file's path as shown to people; None if no file was read.
        origins: for every setting that is set, where it came from (``BACKEND_URL``: ``.env:1``).
        shadowed: for every setting of the file that the environment overrides, its place in the
            file.
        request_possible: whether the opening handshake can be written with these settings; None
            if that was not judged.
        span: when the settings were read and judged.
        surroundings: where the process runs; None if that was not looked at.
    """

    env_file: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    shadowed: Mapping[str, str] = field(default_factory=dict)
    request_possible: bool | None = None
    span: Span | None = None
    surroundings: Surroundings | None = None
