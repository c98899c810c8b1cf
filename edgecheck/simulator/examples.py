"""Messages that a profile's patterns describe, for a backend that has to send them."""

from __future__ import annotations

import json
import re
from itertools import product

from ..backend.example import example_of as text_of
from ..backend.profile import Pattern, Ping
from ..backend.templates import captured, template_in
from ..backend.texts import COUNTER, REPEATED, matches, value_at, value_in, value_in_pattern
from ..backend.written import closed, put


def example_of(pattern: Pattern) -> str:
    """Return a message that a pattern describes: its text, or one for its regular expression.

    Raises:
        ValueError: none could be found.
    """
    if not pattern.regex:
        return pattern.text
    text = text_of(pattern.regex)
    # An expression may look at what is within a JSON text.
    for begin, end in product(("", "{", "["), ("", '""', ':""')):
        whole = closed(f"{begin}{text}{end}")
        if '"' in text and matches(whole, pattern) and isinstance(value_in(whole), dict | list):
            return whole
    # A message that a client reads as JSON is closed again, whatever the expression looks at.
    for candidate in (closed(text), text):
        if text and matches(candidate, pattern):
            return candidate
    raise ValueError(f"no message could be made that the pattern {pattern.regex!r} finds")


def server_ping_of(ping: Ping) -> str:
    """Return the ping of a server, with a number in each place that its answer repeats."""
    assert ping.expect is not None
    text = example_of(ping.expect)
    value = value_in_pattern(ping.expect.text) if ping.expect.text else None
    lacks = [path for path in REPEATED.findall(ping.answer) if value_at(value, path) is None]
    if not lacks or value is None:
        return text
    found = json.loads(json.dumps(value))
    for path in lacks:
        put(found, path, 1)
    return json.dumps(found, separators=(",", ":"))


def number_in(came: str | bytes, ping: str) -> int:
    """Return the number of a client's ping; 0 if it has none.

    Args:
        came: as received.
        ping: the text of the profile, with the place of the number.
    """
    template = template_in(ping)
    if template is not None:
        return int((captured(value_in(came), template) or {}).get("counter", 0))
    text = came if isinstance(came, str) else came.decode("utf-8", "replace")
    regex = r"(\d{1,18})".join(map(re.escape, ping.split(COUNTER, 1)))
    found = re.match(regex, text) if COUNTER in ping else None
    return int(found[1]) if found is not None else 0
