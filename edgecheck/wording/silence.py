"""Silence in words: what was received, what other connections met, how far packets got (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import (
    AgainFacts,
    Facts,
    Hop,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    PathFacts,
    Said,
    Stage,
)
from ..facts.kernel import ANOTHER_NAME
from .units import counted, milliseconds

# The failures in which something was due and did not come.
SILENT_KINDS = frozenset(
    {Kind.PROXY_TIMEOUT, Kind.TLS_TIMEOUT, Kind.UPGRADE_TIMEOUT, Kind.SESSION_NO_PONG}
)
_SENT = {
    Stage.PROXY: "the request to the proxy",
    Stage.TLS: "the TLS handshake",
    Stage.UPGRADE: "the request",
    Stage.SESSION: "the last messages",
}
_AGAIN = {
    LookName.AGAIN: "the same once more",
    LookName.SMALL_SEGMENTS: "with segments of at most {size} bytes",
    LookName.OTHER_NAME: f"with the name {ANOTHER_NAME}",
    LookName.NO_NAME: "without a name",
    LookName.HALF_CLOSED: "with our sending side closed at once (half-close)",
    LookName.WHOLE: "everything once more",
    LookName.LARGE_HELLO: "with a large ClientHello",
    LookName.PROXY_ITSELF: "with a request to the proxy itself",
}
_OUTCOMES = {
    LookOutcome.ANSWERED: "answered",
    LookOutcome.SILENT: "no answer",
    LookOutcome.CLOSED: "closed without an answer",
    LookOutcome.UNCONNECTED: "not connected",
    LookOutcome.LOST: "its end came, and what it had sent before did not",
}
_ANEW = {
    LookOutcome.ANSWERED: "it opens",
    LookOutcome.CLOSED: "refused",
    LookOutcome.UNCONNECTED: "no answer",
}
SAID = {
    "port-unreachable": "nothing listens on that port",
    "host-unreachable": "the host cannot be reached",
    "net-unreachable": "there is no route",
    "prohibited": "prohibited by a firewall",
    "too-big": "the packet is too big",
}


def heard(facts: Facts) -> tuple[str, ...]:
    """Return what the kernel knew when a stage met silence, and what was tried after it."""
    seen, failure = facts.tcp, facts.failure
    if seen is None or failure is None:
        return ()
    lines = []
    if seen.kernel is not None and failure.kind in SILENT_KINDS:
        lines.append(received(seen.kernel))
        if seen.kernel.missing and seen.kernel.out_of_order:
            lines.append(f"{counted(seen.kernel.out_of_order, 'packet')} came out of order")
        if seen.kernel.gap_ms is not None:
            age = _duration(seen.kernel.gap_ms)
            lines.append(
                f"a packet that the other end sent is missing, and a later one is here: {age}"
            )
    return (*lines, *map(_again, seen.again))


def again_in_words(facts: Facts) -> tuple[str, ...]:
    """Return what other connections met."""
    return tuple(map(_again, facts.tcp.again)) if facts.tcp is not None else ()


def received(kernel: KernelFacts) -> str:
    """Say how much of what was sent in a stage the other end's kernel has."""
    what = _SENT.get(kernel.stage, "what was sent")
    if not kernel.sent:
        return f"nothing of {what} was sent; nothing came for {_duration(kernel.silent_ms)}"
    share = f"{kernel.acknowledged:,} of {kernel.sent:,} bytes of {what} were acknowledged"
    if not kernel.missing:
        late = kernel.acknowledged_ms
        after = f" {late:.0f} ms after they were sent" if late is not None else ""
        return f"{share}{after}; then nothing came for {_duration(kernel.silent_ms)}"
    if kernel.is_kept_waiting:
        return f"{share}; the other end accepts no more data, and the rest was not sent"
    often = max(kernel.unanswered, kernel.retransmits)
    again = f", although sent again {_times(often)}" if often else ""
    return f"{share}{again}; nothing came for {_duration(kernel.silent_ms)}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _duration(ms: float) -> str:
    return milliseconds(ms) if ms < 1000 else f"{ms / 1000:.1f} s"


def _again(again: AgainFacts) -> str:
    size = str(again.segment_size or "few")
    if again.name is LookName.ANEW:
        opens = _ANEW.get(again.outcome, again.outcome)
        return f"a new connection to the same address and port: {opens}"
    change = _AGAIN[again.name].replace("{size}", size)
    outcome = _OUTCOMES[again.outcome]
    beside = again.detail
    if again.outcome is LookOutcome.SILENT and again.acknowledged is not None:
        beside = "what was sent was acknowledged" if again.acknowledged else "nothing acknowledged"
    return f"another connection, {change}: {outcome}" + (f" ({beside})" if beside else "")


def said(one: Said) -> str:
    """Say what a router or host told about a packet."""
    about = {"udp": "a UDP packet", "other-port": "another port"}.get(one.about, "the connection")
    return f"{one.address} about {about}: {SAID.get(one.what, one.what)}"


def way(path: PathFacts) -> str:
    """Draw the way in one line: the routers that a connection gets to, and where it ends."""
    far = max((hop.distance for hop in path.hops if hop.tcp), default=0)
    places = ["this machine", *(_place(hop) for hop in path.hops if hop.distance <= far)]
    port = f"[{path.address}]" if ":" in path.address else path.address
    end = f"{port}:{path.port}"
    line = " → ".join([*places, end if path.port_answer else f"✗ {end}"])
    beyond = [hop.address for hop in path.hops if hop.address and hop.udp and hop.distance > far]
    beyond += [one.address for one in path.said if one.about == "udp"][:1]
    return f"{line} (UDP gets to {beyond[-1]})" if beyond else line


def _place(hop: Hop) -> str:
    if hop.address is None:
        return "*"
    return hop.address + (f" {hop.round_trip_ms:.0f} ms" if hop.round_trip_ms is not None else "")


def picture(path: PathFacts) -> tuple[str, ...]:
    """Draw the way as far as packets get: a line for each router, and where it ends.

    A router that answered UDP alone stands behind the end of what matters.
    """
    return (*map(_hop, path.hops), *_ends(path))


def _hop(hop: Hop) -> str:
    if hop.address is None:
        return f"{hop.distance:>2}  *  no answer"
    time = f"  {milliseconds(hop.round_trip_ms)}" if hop.round_trip_ms is not None else ""
    return f"{hop.distance:>2}  {hop.address}{time}" + ("" if hop.tcp else f"  ({_alone(hop)})")


def _alone(hop: Hop) -> str:
    return "another port alone" if hop.other and not hop.udp else "UDP alone"


def _ends(path: PathFacts) -> Iterator[str]:
    number = f"{path.host_distance:>2}" if path.host_distance is not None else " ?"
    if path.port_answer is not None:
        yield f"{number}  {path.address} port {path.port}: {path.port_answer}"
        return
    yield f"{number}  {path.address} port {path.port}: no answer"
    if path.other_port is not None:
        yield f"    another TCP port of it: {path.other_port}"
    yield from (f"    {said(one)}" for one in path.said)
