"""The resolver's answer."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class DnsFacts:
    """The addresses of one name.

    Args:
        span: when the resolver was asked.
        host: the name that was looked up: the proxy's if one is used, else the backend's.
        family: the kind of addresses that was asked for: ``any``, ``ipv4`` or ``ipv6``.
        literal: the host is an address, so that there was nothing to look up.
        addresses: in the order in which the resolver gave them (RFC 6724).
        failure: None if at least one address was found.
    """

    span: Span
    host: str
    family: str = "any"
    literal: bool = False
    addresses: tuple[str, ...] = ()
    failure: Failure | None = None
