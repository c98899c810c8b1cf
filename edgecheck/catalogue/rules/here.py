"""Steps that this machine's own state suggests, beside those of an entry."""

from __future__ import annotations

from ...facts import Facts
from ...terms import Side
from ...wording.units import listed


def with_steps_here(
    code: str, facts: Facts, side: Side, steps: tuple[str, ...]
) -> tuple[Side, tuple[str, ...]]:
    """Return whose turn it is and what to do, with what this machine's own state suggests.

    The first step stays for the one whose turn it is.

    Args:
        code: of the verdict.
        facts: of the run.
        side: whose turn it is by what was seen of the connection.
        steps: of the entry.
    """
    start = _of_the_start(code, facts)
    side = Side.CLIENT if start else side
    before = 0 if side is Side.CLIENT else 1
    hosts = _of_the_hosts_file(code, facts)
    return side, (*start, *steps[:before], *hosts, *steps[before:])


# A service that starts with the machine may be quicker than the network; after this time it is not.
_STARTING_SECONDS = 180.0
_BEFORE_THE_NETWORK = frozenset(
    {"dns-failure", "dns-timeout", "dns-resolver-silent", "tcp-unreachable"}
)


def _of_the_start(code: str, facts: Facts) -> tuple[str, ...]:
    """Return what to do if a service was started before the network was up."""
    around = facts.config.surroundings if facts.config is not None else None
    if around is None or not around.unit or code not in _BEFORE_THE_NETWORK:
        return ()
    if around.up_seconds is None or around.up_seconds > _STARTING_SECONDS:
        return ()
    remedy = (
        f"Let {around.unit} start after the network: this machine was started "
        f"{around.up_seconds:.0f} s ago. In its unit:\n"
        "    [Unit]\n    Wants=network-online.target\n    After=network-online.target"
    )
    return (remedy,)


# What an old address leads to: nobody, or somebody else.
_AT_ANOTHER_ADDRESS = frozenset(
    {"tcp-refused", "tcp-timeout", "tcp-unreachable", "tcp-dropped-on-path"}
    | {"tcp-dropped-at-backend", "tls-hostname-mismatch", "tls-default-certificate"}
)


def _of_the_hosts_file(code: str, facts: Facts) -> tuple[str, ...]:
    """Return what to do if the address is not from the DNS."""
    seen = facts.dns
    if seen is None or not seen.hosts_line or code not in _AT_ANOTHER_ADDRESS:
        return ()
    remedy = (
        f"Compare the address with the DNS, `dig +short {seen.host} @1.1.1.1`, and remove the line "
        f"if it is an old one: {listed(seen.addresses)} is from {seen.hosts_line}, and no name "
        "server was asked."
    )
    return (remedy,)
