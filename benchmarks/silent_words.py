"""What a silent situation of a routed network is made of. Nothing here measures."""

from __future__ import annotations

from dataclasses import dataclass

PORT, PLAIN = 8443, 8080  # of the server, with TLS and without
NAME, NAME6 = "edge.internal", "edge6.internal"
URL, URL6 = f"wss://{NAME}:{PORT}", f"wss://{NAME6}:{PORT}"
PLAIN_URL = f"ws://{NAME}:{PLAIN}"
ROUTERS = ("gateway", "provider", "edge")

DROP = ("-j", "DROP")
RESET = ("-j", "REJECT", "--reject-with", "tcp-reset")
TO, FROM = ("-p", "tcp", "--dport", str(PORT)), ("-p", "tcp", "--sport", str(PORT))
TO_PLAIN, FROM_PLAIN = ("-p", "tcp", "--dport", str(PLAIN)), ("-p", "tcp", "--sport", str(PLAIN))
SYN_ACK = ("--tcp-flags", "SYN,ACK", "SYN,ACK")
# The request, its answer and the pong, by a word in each that stands in no other packet.
REQUEST = ("-m", "string", "--algo", "bm", "--string", "Sec-WebSocket-Key")
ACCEPTED = ("-m", "string", "--algo", "bm", "--string", "101 Switching")
PONG = ("-m", "string", "--algo", "bm", "--string", '"pong"')

BACKEND, NETWORK, CLIENT = "backend", "network", "client"
EITHER = (NETWORK, BACKEND)


def larger(size: int) -> tuple[str, ...]:
    """Match packets of more bytes than these."""
    return "-m", "length", "--length", f"{size + 1}:"


def late(packets: int) -> tuple[str, ...]:
    """Match what comes back after so many packets of a connection."""
    wanted = ("--connbytes-dir", "reply", "--connbytes-mode", "packets")
    return "-m", "connbytes", "--connbytes", f"{packets}:", *wanted


def more_than(rate: str, burst: int) -> tuple[str, ...]:
    """Match packets beyond a rate."""
    above = ("--hashlimit-above", rate, "--hashlimit-burst", str(burst))
    return "-m", "hashlimit", *above, "--hashlimit-name", f"story-{burst}"


def lost(share: float) -> tuple[str, ...]:
    """Match a share of the packets, by chance."""
    return "-m", "statistic", "--mode", "random", "--probability", str(share)


def reject(what: str) -> tuple[str, ...]:
    """Refuse with an ICMP message."""
    return "-j", "REJECT", "--reject-with", f"icmp-{what}"


@dataclass(frozen=True)
class Story:
    """One situation.

    Args:
        name: in words.
        codes: of the verdict; more than one where the kernel cannot tell them apart. None: healthy.
        sides: whose turn it is, likewise.
        rules: of iptables, each the node and the words, the chain first; a word like ``raw:``
            before the chain names the table.
        commands: run before, each the node and the words; and the words that undo them.
        undecided: no fact tells the causes apart, so that only `possible` is right.
        url: of the backend.
        options: of the command line.
        long: the secret fills more than one packet.
        stopped: the server's program does not run (SIGSTOP).
        listener: a program of Python at the server, instead of the backend, on port 8444.
        resolvers: what the name servers say: `tests.backends.applications.name_server`.
        environ: further variables.
        at: where the listener is.
        after: seconds after which the rules take hold.
        agent: whose id chooses the backend's behaviour.
        arguments: the command.
        lines: what is typed, each with the seconds after the start.
        ends: seconds after which a live command is stopped, if no verdict has come.
        late: commands that are run when the rules take hold.
    """

    name: str
    codes: tuple[str | None, ...]
    sides: tuple[str, ...] = ()
    rules: tuple[tuple[str, ...], ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    undo: tuple[tuple[str, ...], ...] = ()
    undecided: bool = False
    url: str = URL
    options: tuple[str, ...] = ()
    six: bool = False
    long: bool = False
    stopped: bool = False
    listener: str = ""
    resolvers: tuple[dict[str, object], ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    at: str = "server"
    after: float = 0.0
    agent: str = "healthy"
    resolv_conf: str = ""
    hosts: str = ""
    arguments: tuple[str, ...] = ("doctor",)
    lines: tuple[tuple[float, str], ...] = ()
    ends: float = 0.0
    late: tuple[tuple[str, ...], ...] = ()


AT_BACKEND = ("tcp-dropped-at-backend",)
ON_PATH = ("tcp-dropped-on-path",)
LOCALLY = ("tcp-dropped-locally",)
# What nobody can tell apart from here.
ANYWHERE = (*AT_BACKEND, *ON_PATH, "tcp-timeout")
