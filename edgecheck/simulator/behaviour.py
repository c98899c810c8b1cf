"""What a fault is made of: plain data, quick to import.

A plan says what a client meets at the backend's address, or at the proxy's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from .answers import Http


class Port(Enum):
    """A port at which nobody talks."""

    REFUSES = auto()
    DROPS = auto()  # SYNs, as a firewall does
    RESETS = auto()


class End(Enum):
    """What follows the bytes of a `Reply`."""

    CLOSES = auto()
    HOLDS = auto()  # keeps silent
    DRIBBLES = auto()  # a byte now and then, and never the last


# What a `Reply` waits for.
NOTHING = None
ANYTHING = b""
HEAD = b"\r\n\r\n"  # of an HTTP request (RFC 9112, section 2.1)


@dataclass(frozen=True)
class Reply:
    """The same bytes for every connection.

    Args:
        answer: the bytes, or a response that is filled in for each request.
        after: what must have been received first: nothing, anything, or everything up to these
            bytes.
        end: what follows.
        below_tls: the answer is to a TLS client, and in plain text.
    """

    answer: bytes | Http = b""
    after: bytes | None = HEAD
    end: End = End.CLOSES
    below_tls: bool = False


@dataclass(frozen=True)
class Close:
    """A close frame (RFC 6455, section 7.4)."""

    code: int
    reason: str = ""


class Act(Enum):
    """What is neither a message nor a frame."""

    DROP = auto()  # end the TCP connection without a close frame
    ECHO = auto()  # send back what came
    PONG = auto()  # send the pong of the profile


# A text message is a str, bytes go below the WebSocket as they are.
Step = Close | Act | str | bytes


@dataclass(frozen=True)
class Certificate:
    """How the server's certificate differs from a good one.

    Args:
        names: host names and addresses that it covers; None for this host's own.
        days: the day from which, and the day up to which, it is valid; today is 0.
        organization: its issuer's O.
        self_signed: it is its own issuer.
        trusted: the client is given the issuer's certificate.
        for_servers: its extended key usage allows it to be a server's.
        wants_client: the server demands a certificate of the client.
    """

    names: tuple[str, ...] | None = None
    days: tuple[int, int] = (-1, 90)
    organization: str = "edgecheck simulator"
    self_signed: bool = False
    trusted: bool = True
    for_servers: bool = True
    wants_client: bool = False


@dataclass(frozen=True)
class Session:
    """A backend that speaks the protocol, and how it departs from a healthy one.

    Args:
        arriving: what reaches the backend of an Authorization field that was sent; None: it does,
            as it is.
        secret: the backend's secret; None for the scenario's.
        opening: what is sent to an agent once it is registered.
        reply: the answer to a ping; None is silence.
        idle: seconds without a message after which the connection is dropped; None for never.
        clock: seconds by which the backend's clock is fast.
        certificate: what TLS, where it is used, shows.
    """

    arriving: str | None = None
    secret: str | None = field(default=None, repr=False)
    opening: tuple[Step, ...] = ()
    reply: Step | None = Act.PONG
    idle: float | None = None
    clock: float = 0.0
    certificate: Certificate = Certificate()


Behaviour = Port | Reply | Session


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    Args:
        help: one line for people.
        plan: what happens.
        scheme: of the backend's address; None for the one that the scenario asks for.
        at_proxy: the plan is a proxy's, in front of a healthy backend.
    """

    help: str
    plan: Behaviour
    scheme: str | None = None
    at_proxy: bool = False
