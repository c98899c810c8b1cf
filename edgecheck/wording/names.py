"""What the name servers said, in words (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, NameServer
from .units import milliseconds


def asked(facts: Facts) -> tuple[str, ...]:
    """Return how the look-up failed, and what each name server said when it was asked again."""
    seen = facts.dns
    assert seen is not None
    lines = []
    if seen.failure is not None:
        name = f" ({seen.failure.errno})" if seen.failure.errno else ""
        of_family = "" if seen.family == "any" else f" ({seen.family})"
        lines.append(
            f"the resolver's answer for {seen.host}{of_family}: {seen.failure.message}{name}"
        )
    if seen.late_ms is not None:
        lines.append(f"it answered after {seen.late_ms / 1000:.1f} s")
    for server in seen.servers:
        lines += _server(server)
    if seen.servers and seen.search and "." not in seen.host.rstrip("."):
        lines.append(f"search domains: {', '.join(seen.search)}")
    if seen.resolver_words:
        lines.append(f"systemd-resolved: {seen.resolver_words}")
    return tuple(lines)


def _server(server: NameServer) -> Iterator[str]:
    if server.refused:
        yield f"name server {server.address}: nothing listens there"
        return
    if server.kept_back:
        yield f"name server {server.address}: this machine's own firewall does not let DNS out"
        return
    if server.code is None:
        other = ", although it answers for others" if server.root_code is not None else ""
        yield f"name server {server.address}: no answer{other}"
        return
    late = f" in {milliseconds(server.milliseconds)}" if server.milliseconds is not None else ""
    has = f": {', '.join(server.addresses)}" if server.addresses else ""
    yield f"name server {server.address}: {server.code}{late}{has}"
    if server.unanswered:
        yield f"no answer to questions of type {', '.join(server.unanswered)}"
    if server.truncated:
        tcp = "does not answer" if server.over_tcp is False else "answers"
        yield f"its answer is too long for UDP (truncated); it {tcp} over TCP"
    if server.aliases:
        yield f"alias chain: {' → '.join(server.aliases)}"
    yield from (f"its reason: {reason}" for reason in server.reasons)
    if server.code == "SERVFAIL" and server.unchecked_code == "NOERROR":
        yield "asked not to check the signatures, it answers"
    elif server.code not in ("NOERROR", "NXDOMAIN") and server.root_code is not None:
        yield f"asked for the root's name servers: {server.root_code}"
