"""Repairs of `BACKEND_URL` that need no guess (pure)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ...settings.model import Settings
from ..finding import (
    is_space,
    trimmed,
    value_of,
    without_spaces,
)
from .url_address import Address, is_sound, without_endpoint_at_end


def _known_address(text: str, settings: Settings) -> Address | None:
    """Return the address if white space, quotes and scheme can be repaired without a guess."""
    address = Address.of(text, settings)
    return (
        address
        if not address.guessed and address.parts.host_valid and _bare(address) is not None
        else None
    )


def _bare(address: Address) -> str | None:
    """Return the address without white space and quotes around it.

    Return None if there is white space inside.
    """
    ends = trimmed(address.text)
    if ends is None and address.quoted:
        start = next(i for i, character in enumerate(address.text) if not is_space(character))
        end = len(address.text) - next(
            i for i, character in enumerate(reversed(address.text)) if not is_space(character)
        )
        ends = trimmed(address.text[start + 1 : end - 1])
    return None if ends is None else address.cleaned


def cleaned(text: str, settings: Settings) -> str | None:
    """Repair white space at the ends, and quotes around it."""
    return _bare(Address.of(text, settings))


def unquoted(text: str, settings: Settings) -> str | None:
    """Repair quotes around an address; return None if the rest is not an address."""
    address = Address.of(text, settings)
    return _bare(address) if address.quoted and is_sound(address) else None


def with_scheme(text: str, settings: Settings) -> str | None:
    """Repair the scheme: ``https``, a missing one, or a typing error.

    Return None if another protocol may be meant, or no host follows.
    """
    address = _known_address(text, settings)
    return address.offered if address is not None else None


def without_endpoint(text: str, settings: Settings) -> str | None:
    """Remove the endpoint's path, but keep what follows it."""
    address = _known_address(text, settings)
    if address is None:
        return None
    path = address.parts.path
    # The slashes of the scheme and a host can look like the path: `//ws.example.com/ws`.
    scheme, mark, rest = address.offered.partition("://")
    before, _, after = rest.partition(path)
    return scheme + mark + before + without_endpoint_at_end(path, settings.profile) + after


def without_query(text: str, settings: Settings) -> str | None:
    """Remove an empty query or fragment.

    Also remove a query that has only the agent id, which the client appends itself.
    """
    address = _known_address(text, settings)
    if address is None or address.parts.fragment:
        return None
    agent_id = without_spaces(value_of(settings, settings.names.agent_id) or "")
    parameter = settings.profile.agent_parameter
    is_own = bool(parameter) and unquote(address.parts.query or "") == f"{parameter}={agent_id}"
    if address.parts.query and not is_own:
        return None
    return re.split(r"[?#]", address.offered)[0]
