"""What a profile is: everything that may be different in another backend (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    """How one kind of backend wants to be spoken to.

    Args:
        name: of the profile.
        path: of the endpoint, which the client appends to the address.
        agent_parameter: the query parameter with the agent id.
        agent_field: the header field with the agent id (RFC 9110, section 5.1).
        agent_pattern: a regular expression that a whole agent id matches.
        agent_form: the form of an agent id, as it is shown to users.
        agent_example: an agent id of that form.
        ping, pong: the text message that checks whether the backend answers, and the answer.
        keepalive: seconds from one ping to the next.
        closes: the close codes (RFC 6455, section 7.4) that have a special meaning here, each with
            the code of the problem in the catalogue.
    """

    name: str
    path: str
    agent_parameter: str
    agent_field: str
    agent_pattern: str
    agent_form: str
    agent_example: str
    ping: str
    pong: str
    keepalive: float
    closes: Mapping[int, str] = field(hash=False)

    def close_code(self, problem: str) -> int | None:
        """Return the close code that means a problem of the catalogue; None if there is none."""
        return next((code for code, meaning in self.closes.items() if meaning == problem), None)

    @property
    def refusals(self) -> frozenset[int]:
        """The close codes that refuse an agent's credentials: problems of the auth stage."""
        return frozenset(code for code, each in self.closes.items() if each.startswith("auth-"))

    def is_agent_id(self, text: str) -> bool:
        """Tell whether a text has the form of an agent id."""
        return re.fullmatch(self.agent_pattern, text) is not None
