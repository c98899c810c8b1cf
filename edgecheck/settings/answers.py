"""What somebody pastes where one setting is asked for: it may name several, or be another one (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from .envfile import parse as parse_file
from .model import REQUIRED
from .url import AGENT_ID_PARAMETER
from .url import parse as parse_url

# As in a .env file, or as a message has it: with a colon, behind a dash or a quotation mark of a list or a reply.
_NAMED = re.compile(rf"[\s>*`-]*(?:export\s+)?({'|'.join(REQUIRED)})\s*([=:])(.*)")
# A random value of 16 bytes has 22 characters in base64 and 32 in hexadecimal digits.
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{22,}")


def settings_in(text: str) -> dict[str, str]:
    """Return the settings that a text names, each in a line of its own, as a ``.env`` file or a message has them; none in a bare value."""
    found = {}
    for line in text.splitlines():
        if (match := _NAMED.match(line)) is not None:
            name, sign, rest = match.groups()
            found[name] = _value_of(rest) if sign == "=" else rest.strip()
    return found


def _value_of(text: str) -> str:
    lines = parse_file(f"NAME={text}".encode("utf-8", "surrogatepass"), {}, path="").lines
    if not lines or lines[0].value is None or lines[0].expanded or lines[0].lost:
        return text.strip()  # what a loader makes of it is not what is meant
    return lines[0].value


def agent_id_in(address: str) -> str | None:
    """Return the agent id in the query of a whole address, such as a log has it; None where there is none."""
    query = parse_url(address.strip()).query
    return next(iter(parse_qs(query or "").get(AGENT_ID_PARAMETER, ())), None)


def may_be_secret(text: str) -> bool:
    """Tell whether an answer looks like a secret that was pasted where another setting was asked for: it must not be shown then."""
    return _RANDOM.fullmatch(text.strip().strip("\"'`")) is not None and re.search(r"\d", text) is not None
