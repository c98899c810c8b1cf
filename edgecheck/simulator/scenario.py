"""What to simulate, and what a client needs to know about the backend that does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from ..backend.builtin import EDGE
from ..backend.profile import Profile

# A minute: several times as long as a client waits for one stage.
HOLD_SECONDS = 60.0


@dataclass(frozen=True)
class Scenario:
    """What to simulate.

    Args:
        secret: what the backend accepts.
        agent_id: the agent id that it knows; empty for the example of the profile.
        agents: further agent ids that it knows.
        fault: one of `names.FAULTS`; None for a healthy backend.
        tls: serve over TLS, with a new certificate. Faults of TLS always do.
        latency: seconds to wait before each answer.
        command_every: seconds between commands; None for no commands.
        host, port: where to listen; port 0 takes a free one.
        hold: seconds after which a fault that keeps silent closes the connection.
        profile: how the backend wants to be spoken to.
    """

    secret: str = field(repr=False)
    agent_id: str = ""
    fault: str | None = None
    tls: bool = False
    latency: float = 0.0
    command_every: float | None = None
    host: str = "127.0.0.1"
    port: int = 0
    hold: float = HOLD_SECONDS
    profile: Profile = EDGE
    agents: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.agent_id:
            object.__setattr__(self, "agent_id", self.profile.agent_id.example)


@dataclass(frozen=True)
class Backend:
    """What a client needs to know about a running backend.

    Args:
        url: the backend's address, without a path.
        secret, agent_id: what a client needs.
        ca_file: PEM file of the authority to trust; None without TLS, and for faults in which the
            client does not know the authority.
        proxy: address of the proxy to use; None for a direct connection.
        profile: names the settings.
    """

    url: str
    secret: str = field(repr=False)
    agent_id: str
    ca_file: Path | None = None
    proxy: str | None = None
    profile: Profile = EDGE

    @property
    def arguments(self) -> tuple[str, ...]:
        """The options that a command needs to connect."""
        options = {"--ca-file": self.ca_file, "--proxy": self.proxy}
        return tuple(
            str(word)
            for option, value in options.items()
            if value is not None
            for word in (option, value)
        )

    @property
    def env_text(self) -> str:
        """The text of a ``.env`` file for this backend."""
        values = zip(
            self.profile.variables.all, (self.url, self.secret, self.agent_id), strict=True
        )
        return "".join(
            f"{name}={_quoted(value)}\n" for name, value in values if name in self.profile.names
        )


def _quoted(value: str) -> str:
    """Write a value that python-dotenv reads back, in quotes only if other readers need them."""
    if re.fullmatch(r"[\w.:/+=@%~-]*", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
