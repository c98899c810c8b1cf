"""The commands that came and wait for an ack, under the ids that people type."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from ..backend.commands import Command
from ..backend.messages import EXCERPT
from ..backend.profile import Commands, Profile
from ..wire.clean import Cleaner
from .commands import ALL, Failed


@dataclass(frozen=True)
class Waiting:
    """A command that is not acked.

    Args:
        command: as it was read.
        data: the message, as it came.
        since: in seconds of `time.perf_counter`.
    """

    command: Command
    data: str | bytes
    since: float


def with_acks(profile: Profile) -> Commands:
    """Return what the profile says about commands.

    Raises:
        Failed: they cannot be acked.
    """
    if profile.commands is None or not profile.commands.ack:
        raise Failed("the profile has no acknowledgement of commands")
    return profile.commands


class Unacknowledged:
    """The commands that wait for an ack, the oldest first.

    Args:
        clean: makes what came from the network safe to show.
    """

    def __init__(self, clean: Cleaner) -> None:
        self._clean = clean
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._waiting.values())

    def came(self, command: Command, data: str | bytes) -> None:
        """Note a command; one that came before keeps its time."""
        self._waiting.setdefault(command.command_id, Waiting(command, data, time.perf_counter()))

    def acked(self, command_id: str) -> None:
        """Forget a command, if it waited."""
        self._waiting.pop(command_id, None)

    def shown(self) -> list[str]:
        """Return the ids, as they are shown and typed."""
        return [self._clean(command_id, EXCERPT) for command_id in self._waiting]

    def meant_by(self, word: str | None) -> list[str]:
        """Return the ids that `ack` is about: one, all of them, or the oldest without a word.

        Raises:
            Failed: no command waits, or none has this id.
        """
        if not self._waiting:
            raise Failed("no command waits for an ack")
        if word is None:
            return [next(iter(self._waiting))]
        return list(self._waiting) if word == ALL else [self.find(word).command.command_id]

    def find(self, word: str) -> Waiting:
        """Return a command, given its id or how that is shown.

        Raises:
            Failed: none has this id.
        """
        for command_id, waiting in self._waiting.items():
            if word in (command_id, self._clean(command_id, EXCERPT)):
                return waiting
        raise Failed(f"no open command has the id {word[:60]!r}; type commands to list them")
