"""What a fault is made of: plain data, quick to import.

A behaviour is what happens to a client at the backend's address, or at the proxy's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from .answers import Http


class Port(Enum):
    """A port that accepts no connection."""

    REFUSES = auto()
    DROPS = auto()  # drops SYNs, like a firewall
    RESETS = auto()


class End(Enum):
    """What follows the bytes of a `Reply`."""

    CLOSES = auto()
    HOLDS = auto()  # keeps silent
    DRIBBLES = auto()  # sends single bytes and never ends


# What a `Reply` waits for.
NOTHING = None
ANYTHING = b""
HEAD = b"\r\n\r\n"  # of an HTTP request (RFC 9112, section 2.1)


@dataclass(frozen=True)
class Reply:
    """The same bytes for every connection.

    Args:
        answer: the bytes, or a response that is filled in for each request.
        after: what has to be received first: nothing, anything, or all up to these bytes.
        end: what happens after the answer.
        below_tls: the answer is plain text although the client speaks TLS.
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
    """A step that sends neither a message nor a frame of its own."""

    DROP = auto()  # end the TCP connection without a close frame
    ECHO = auto()  # send back what came
    PONG = auto()  # send the pong of the profile
    UNKNOWN = auto()  # send a message of a kind that the profile does not have
    OTHER = auto()  # send another such message
    COMMAND = auto()  # send a command
    NAMELESS = auto()  # send a command without an id


# A str is sent as a text message; bytes are written to the socket as they are.
Step = Close | Act | str | bytes


@dataclass(frozen=True)
class Certificate:
    """How the server's certificate differs from a good one.

    Args:
        names: the host names and addresses that it is for; None for this host's own.
        days: the first and the last day on which it is valid; 0 is today.
        organization: the O of its issuer.
        self_signed: it is its own issuer.
        trusted: the client gets the issuer's certificate.
        for_servers: its extended key usage allows servers.
        wants_client: the server demands a client certificate.
        subject: the common name in it; empty for the simulator's own.
        old_intermediate: an intermediate authority that expired three days ago has issued it.
    """

    names: tuple[str, ...] | None = None
    days: tuple[int, int] = (-1, 90)
    organization: str = "edgecheck simulator"
    self_signed: bool = False
    trusted: bool = True
    for_servers: bool = True
    wants_client: bool = False
    subject: str = ""
    old_intermediate: bool = False


@dataclass(frozen=True)
class Session:
    """A backend that speaks the protocol, and how it differs from a healthy one.

    Args:
        arriving: the Authorization field that reaches the backend; None for the one that was sent.
        secret: the backend's secret; None for the scenario's.
        opening: what is sent to an agent after it is accepted.
        reply: the answer to a ping; None for no answer.
        idle: seconds without a message after which the connection is dropped; None for never.
        lifetime: seconds after which each connection is dropped, whatever is sent; None for never.
        wants_origin: a handshake without an Origin field is refused.
        wants_subprotocol: a handshake without a subprotocol is refused.
        replicas: every second connection reaches a replica that has another secret.
        clock: how many seconds the backend's clock is fast.
        certificate: what the server presents if it uses TLS.
    """

    arriving: str | None = None
    secret: str | None = field(default=None, repr=False)
    opening: tuple[Step, ...] = ()
    reply: Step | None = Act.PONG
    idle: float | None = None
    lifetime: float | None = None
    wants_origin: bool = False
    wants_subprotocol: bool = False
    replicas: bool = False
    clock: float = 0.0
    certificate: Certificate = Certificate()


Behaviour = Port | Reply | Session


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    Args:
        help: one line for users.
        plan: what happens.
        scheme: of the backend's address; None for that of the scenario.
        at_proxy: the fault is in a proxy in front of a healthy backend.
    """

    help: str
    plan: Behaviour
    scheme: str | None = None
    at_proxy: bool = False
