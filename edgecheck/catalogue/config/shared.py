"""What the tables of the settings share: good settings for examples, and reasons.

``{url}``, ``{secret}`` and ``{agent_id}`` stand for the good values.
"""

from __future__ import annotations

from ..problem import Example

URL = "{url_name}={url}\n"
SECRET = "{secret_name}={secret}\n"
AGENT = "{agent_name}={agent_id}\n"

# Why a repair is not made.
BACKEND_KNOWS = "Only the backend's team knows it."
BLANK_INSIDE = (
    "It has white space inside. Whether that belongs there, or there are two values, is a guess."
)
NOTHING_LEFT = "Nothing of the value would remain without it."


def env(*, url: str = URL, secret: str = SECRET, agent: str = AGENT, more: str = "") -> Example:
    """Return a ``.env`` file with good settings, except for the lines that are given."""
    return Example(env=url + secret + agent + more)
