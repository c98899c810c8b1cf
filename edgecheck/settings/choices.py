"""What an option chooses among, apart from the settings, so that a help needs only these (pure)."""

from __future__ import annotations

from enum import StrEnum

# Ten seconds for each stage: long enough for the retransmissions of a SYN after 1, 3 and 7 s
# (RFC 6298), and short enough for a person who waits.
DEFAULT_TIMEOUT = 10.0


class Family(StrEnum):
    """Which addresses to use."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Until(StrEnum):
    """The last stage of a checkup that does not go on to the pong; `facts.Stage` has its name."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    UPGRADE = "upgrade"
    SESSION = "session"

    @property
    def sends_request(self) -> bool:
        """Whether the opening handshake of the WebSocket is sent."""
        return self in (Until.UPGRADE, Until.SESSION)


class OnUnknown(StrEnum):
    """What to do with a command that began before a crash, if how far it got is unknown."""

    RETRY = "retry"
    FAIL = "fail"
    ASK = "ask"
