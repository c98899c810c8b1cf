"""tcp: which address was tried, and which family of addresses works."""

from __future__ import annotations

from ...facts import Attempt, Facts, Kind
from ...frozen import replace
from ...terms import Side
from ..condition import OnKind, Sighting
from ..steps import WHICH_PROGRAM
from . import witness

# An address that needs more than three times as long as the first one is not just slower.
_SLOWER = 3.0
# RFC 8305, section 5, gives an address 250 ms before the next one is tried: within that, an answer
# is not late.
_HEAD_START_MS = 250.0
_NO_SUCH_FAMILY = ("ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT")


def on_direct(facts: Facts, kind: Kind) -> Sighting | None:
    """See a failure of the backend's own address.

    The proxy's stage judges the proxy's address.
    """
    return None if facts.tcp is None or facts.proxy is not None else OnKind(kind).see(facts)


def not_allowed(facts: Facts) -> Sighting | None:
    """See an error of the system itself, before a packet left this machine."""
    found = on_direct(facts, Kind.TCP_BLOCKED)
    return found and (used_up(facts) or found)


def used_up(facts: Facts) -> Sighting | None:
    """See that a limit of this machine kept it from making a connection, to whomever."""
    seen = facts.tcp
    failure = seen.failure if seen is not None else None
    if failure is None or failure.kind is not Kind.TCP_BLOCKED or failure.errno not in _LIMITS:
        return None
    assert seen is not None
    return replace(_USED_UP, evidence=(f"{seen.host}: {failure.message}",))


_LIMITS = ("EMFILE", "ENFILE", "ENOBUFS", "EAGAIN")
_USED_UP = Sighting(
    side=Side.CLIENT,
    cause=(
        "A limit of this machine is used up, such as that of open files or of threads: the "
        "evidence names it. This says nothing about the network, a proxy or the backend."
    ),
    remedies=(
        (
            "See which limit is used up, and raise it: `ulimit -n` (open files), `ulimit -u` "
            "(threads); of a service, LimitNOFILE= and TasksMax= in its unit."
        ),
        "Run less at the same time, or end what has so many files open.",
    ),
    only=True,
)


def reset(facts: Facts) -> Sighting | None:
    """See a reset before a byte was sent; on this machine, nothing is in between."""
    if on_direct(facts, Kind.TCP_RESET) is None:
        return None
    return _RESET_HERE if witness.is_local(facts) else Sighting()


_RESET_HERE = Sighting(
    side=Side.BACKEND,
    cause=(
        "The connection opened, and was reset before the client sent a byte. The address is this "
        "machine's own, so the program on that port did it: it crashed at this connection, has "
        "too many of them, or admits only some addresses."
    ),
    remedies=(
        (
            "Ask the backend's team to look into the log of the program on port {port}: \"reset "
            'right after connecting to {address}, port {port}".'
        ),
        WHICH_PROGRAM,
    ),
    only=True,
)


def unix_socket_unserved(facts: Facts) -> Sighting | None:
    """See a Unix socket that cannot be connected to."""
    path, seen = facts.target.unix_socket, facts.tcp
    if path is None or seen is None or seen.failure is None:
        return None
    return Sighting(values={"socket": path, "words": seen.failure.message})


def family_broken(facts: Facts) -> Sighting | None:
    """See a name with addresses of both families, of which only one family connects."""
    if facts.tcp is None or facts.tcp.address is None:
        return None
    winner = next((attempt for attempt in facts.tcp.attempts if attempt.connected), None)
    if winner is None:
        return None
    others = [attempt for attempt in facts.tcp.attempts if attempt.family != winner.family]
    if not others or not all(_is_broken(attempt, winner) for attempt in others):
        return None
    broken, works = (attempt.family.replace("ipv", "IPv") for attempt in (others[0], winner))
    return Sighting(
        values={"broken": broken, "works": works, "option": "-4" if works == "IPv4" else "-6"},
        evidence=(*map(_in_words, others), f"{winner.address}: connected"),
        where=facts.tcp.host,
    )


def _in_words(attempt: Attempt) -> str:
    if attempt.failure is not None:
        return f"{attempt.address}: {attempt.failure.message}"
    return f"{attempt.address}: no answer in {attempt.duration_ms:.0f} ms"


def _is_broken(attempt: Attempt, winner: Attempt) -> bool:
    if attempt.connected is None:
        return attempt.duration_ms >= max(_HEAD_START_MS, _SLOWER * winner.duration_ms)
    # A machine without IPv6 says nothing about the name, and no client on that machine tries it.
    # The same is true of one that has no file left for a second connection.
    return not attempt.connected and (
        attempt.failure is None or attempt.failure.errno not in (*_NO_SUCH_FAMILY, *_LIMITS)
    )
