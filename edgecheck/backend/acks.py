"""Acknowledgements: what a client's answer to a command says (pure)."""

from __future__ import annotations

import re

from ..frozen import dataclass
from .profile import Commands
from .templates import captured, fixed_part, paths_of_holes, template_in
from .texts import holds, text_of, value_at, value_in


@dataclass(frozen=True)
class Ack:
    """An acknowledgement that a client sent.

    Args:
        command_id: of the command.
        status: ``completed`` or ``failed``; empty if the profile's acks do not say.
    """

    command_id: str
    status: str


def acked(data: str | bytes, commands: Commands) -> Ack | str | None:
    """Return the acknowledgement in a client's message; what is wrong with it; None for no ack."""
    if not commands.ack:
        return None
    template = template_in(commands.ack)
    if template is None:
        return _acked_by_text(data, commands)
    value = value_in(data)
    found = captured(value, template)
    status = _meant(found.get("status", ""), commands) if found is not None else None
    if found is not None and status is not None:
        return Ack(found.get("id", ""), status)
    fixed, paths = fixed_part(template), list(paths_of_holes(template))
    if not isinstance(value, type(template)) or not holds(value, fixed):
        return None
    if not fixed and any(value_at(value, path) is None for path in paths):
        return None
    return f"it needs {' and '.join(paths)}, the status {commands.completed} or {commands.failed}"


def _meant(status: str, commands: Commands) -> str | None:
    """Return ``completed`` or ``failed`` for a status as the profile has it; None for another."""
    names = {"": "", commands.failed: "failed", commands.completed: "completed"}
    return names.get(status)


def _acked_by_text(data: str | bytes, commands: Commands) -> Ack | None:
    text = text_of(data)
    known = "|".join(map(re.escape, (commands.completed, commands.failed)))
    groups = {r"\{id\}": r"(?P<id>[^\s\",]+)", r"\{status\}": rf"(?P<status>{known})"}
    if commands.numbers_id:
        groups[r"\{id\}"] = r'"?(?P<id>[^\s\",]+)"?'
    regex = re.escape(commands.ack)
    for hole, group in groups.items():
        regex = regex.replace(hole, group, 1)
    match = re.fullmatch(regex, text) if "{id}" in commands.ack else None
    if match is None:
        return None
    return Ack(match["id"], _meant(match.groupdict().get("status") or "", commands) or "")
