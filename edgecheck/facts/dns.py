"""What the resolver answered."""

from __future__ import annotations

from dataclasses import dataclass

from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class DnsFacts:
    """The addresses of one name.

    Args:
        span: when the resolver was asked.
        host: the name that was asked for: the backend's, or the proxy's where one is used.
        family: ``any``, ``ipv4`` or ``ipv6``: what was asked for.
        literal: the host is an address already; the resolver had nothing to do.
        addresses: in the order in which the resolver gave them (RFC 6724).
        failure: None where at least one address was found.
    """

    span: Span
    host: str
    family: str = "any"
    literal: bool = False
    addresses: tuple[str, ...] = ()
    failure: Failure | None = None
