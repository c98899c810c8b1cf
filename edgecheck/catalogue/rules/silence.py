"""tcp: whether what was sent was received, after a silence on an open connection."""

from __future__ import annotations

from ...facts import AgainFacts, Facts, KernelFacts, Kind, LookName, LookOutcome
from ...frozen import replace
from ...terms import Confidence, Side
from ...wording.silence import SILENT_KINDS, again_in_words, heard
from ..condition import OnKind, Sighting
from ..steps import WHICH_PROGRAM
from . import cut, path, witness

# Fewer packets may be another program's.
_NO_ACCIDENT = 8
# Within this time what was lost is sent again at least twice: after 200 ms, and 400 ms later
# (tcp(7), TCP_RTO_MIN; RFC 6298, section 5.5).
_REPEATED_MS = 1000.0


def _kernel(facts: Facts) -> KernelFacts | None:
    """Return what the kernel knew of a connection that met silence."""
    failure = facts.failure
    if facts.tcp is None or failure is None or failure.kind not in SILENT_KINDS:
        return None
    return facts.tcp.kernel


def _again(facts: Facts) -> dict[LookName, AgainFacts]:
    return {each.name: each for each in facts.tcp.again} if facts.tcp is not None else {}


def _answered(facts: Facts, name: LookName) -> bool | None:
    """Tell whether another connection was answered; None if there was none."""
    one = _again(facts).get(name)
    if one is None or one.outcome is LookOutcome.UNCONNECTED:
        return None
    return one.outcome is LookOutcome.ANSWERED


def is_received(facts: Facts) -> bool | None:
    """Tell whether the other end has all that was sent; None if it is not known.

    What has not been sent twice may still be on its way.
    """
    kernel = _kernel(facts)
    if kernel is None or not kernel.sent:
        return None
    if not kernel.missing:
        return True
    if kernel.is_kept_waiting:
        return None  # it was not sent
    return False if kernel.unanswered or _is_missing_again(facts) else None


def _is_missing_again(facts: Facts) -> bool:
    """Tell whether another connection did not open, or what it sent was not acknowledged either.

    What the other end sends again meanwhile makes the kernel begin anew to count its own attempts.
    """
    again, anew = _again(facts).get(LookName.AGAIN), _again(facts).get(LookName.ANEW)
    unopened = anew is not None and anew.outcome is LookOutcome.UNCONNECTED
    return unopened or (again is not None and again.acknowledged is False)


def upgrade_timed_out(facts: Facts) -> Sighting | None:
    """See that the request got no answer in time."""
    return _on_silence(facts, Kind.UPGRADE_TIMEOUT, undecided=True)


def in_handshake(facts: Facts) -> Sighting | None:
    """See that the TLS handshake got no answer in time."""
    return _on_silence(facts, Kind.TLS_TIMEOUT, _TELL_OF_TLS, here=_TLS_HERE)


def _on_silence(
    facts: Facts,
    kind: Kind,
    tell: str = "",
    *,
    undecided: bool = False,
    here: Sighting | None = None,
) -> Sighting | None:
    """See a silence: whose turn it is depends on what was received.

    Args:
        facts: of the run.
        kind: of the failure.
        tell: the first step if the other end has received everything.
        undecided: the entry's alternatives remain possible then.
        here: what else is said if it is this machine that is silent, and nothing in between.
    """
    if OnKind(kind).see(facts) is None:
        return None
    sighting = whose_silence(facts)
    if sighting.side is not Side.BACKEND:
        return sighting
    if sighting.only:
        return sighting
    if here is not None and witness.is_local(facts):
        return replace(here, side=sighting.side, confidence=sighting.confidence)
    return replace(sighting, remedies=(tell,) if tell else (), undecided=undecided)


_TELL_OF_TLS = (
    "Tell the backend's team: \"port {port} of {host} takes connections and what is sent over "
    'them, and never answers a TLS handshake".'
)
_TLS_HERE = Sighting(
    cause=(
        "A program on this machine takes the connection and what is sent over it, and never "
        "answers the handshake. It hangs, or it is another program, which does not speak TLS."
    ),
    remedies=(
        (
            "Ask the backend's team to look into the log of the program on port {port}: \"no "
            'answer to a TLS handshake".'
        ),
        WHICH_PROGRAM,
        "Compare the port in {url_where} with the one that the backend listens on.",
    ),
    only=True,
)


def whose_silence(facts: Facts) -> Sighting:
    """Say whose turn it is after a silence."""
    arrived, kernel = is_received(facts), _kernel(facts)
    nearer = path.taken_nearer(facts)
    if nearer is not None:
        return replace(_TAKEN, evidence=(*heard(facts), *nearer.evidence), side=nearer.side)
    if facts.proxy is not None:
        return Sighting(confidence=Confidence.POSSIBLE)  # what is behind it is not seen
    if kernel is None:
        # On this machine nobody else can be silent.
        return Sighting(side=Side.BACKEND if witness.is_local(facts) else None)
    if kernel.is_kept_waiting:
        # A probe is counted before its answer can be back.
        return _READS_NOTHING if kernel.unanswered <= 1 else _TAKES_NOTHING
    if arrived is None and not kernel.missing:
        return Sighting()
    if arrived is None:
        return _UNDER_WAY
    if arrived and _is_lossy(facts, kernel):
        return Sighting(
            side=Side.NETWORK,
            remedies=_TELL,
            confidence=Confidence.POSSIBLE,
            alternatives=("tcp-packets-lost",),
        )
    if arrived:
        # The other end's kernel has it. Its program hangs, or is not what is expected there; and
        # not always, if the same was answered once more.
        if _is_too_far(facts):
            return _TOO_FAR
        confidence = Confidence.POSSIBLE if _answered(facts, LookName.AGAIN) else Confidence.LIKELY
        return Sighting(side=Side.BACKEND, confidence=confidence)
    return Sighting(side=Side.NETWORK, remedies=_TELL, confidence=Confidence.POSSIBLE)


_TAKEN = Sighting(
    cause=(
        "Somebody on the way opens connections in the backend's place, and passes nothing on: a "
        "firewall, a transparent proxy or the log-in page of a network. It received what was sent; "
        "whether the backend has seen any of it cannot be told from here."
    ),
    remedies=(
        (
            "Show the evidence to your network's administrators or provider: it names the last "
            "router that may take the connections to {address}, port {port}."
        ),
        (
            "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
            "works there, this network's firewall is the cause."
        ),
        "Ask the backend's team whether that router is theirs, and whether their program answers.",
    ),
    only=True,
    confidence=Confidence.POSSIBLE,
)
_TAKES_NOTHING = Sighting(
    side=Side.BACKEND,
    cause=(
        "The connection opened, and the other end reads nothing: its receive window is closed, and "
        "it does not say when it opens. A firewall that opens connections in the backend's place "
        "(a SYN proxy) waits like this for a backend that does not answer it. A tarpit treats "
        "suspected intruders the same way."
    ),
    remedies=(
        (
            "Ask the backend's team whether the program behind {address}, port {port}, runs, and "
            "whether a firewall before it opens connections in its place."
        ),
        (
            "Ask your network's administrators as well, if the backend runs: a firewall on the "
            "way may do the same."
        ),
    ),
    only=True,
    confidence=Confidence.POSSIBLE,
    alternatives=("tcp-stalled",),
)
_READS_NOTHING = Sighting(
    side=Side.BACKEND,
    cause=(
        "The other end's machine lives and says that it has no room for more: the program behind "
        "the connection does not read what was sent. It hangs, or waits for something else."
    ),
    remedies=(
        (
            "Ask the backend's team whether the program behind {address}, port {port}, hangs: its "
            "machine answers, and its receive window is closed."
        ),
    ),
    only=True,
    confidence=Confidence.LIKELY,
)
_TELL = (
    (
        "Show the evidence to your network's administrators: packets to {address}, port {port}, "
        "or from there get lost."
    ),
)


def _is_too_far(facts: Facts) -> bool:
    """Tell whether other looks ended before what they sent was acknowledged, as it was at first."""
    again = _again(facts).get(LookName.AGAIN)
    silent = (
        again is not None and again.outcome is LookOutcome.SILENT and again.acknowledged is False
    )
    return silent and is_received(facts) is True


# The looks that tell a lost answer from none were too short for the way.
_TOO_FAR = Sighting(
    side=Side.BACKEND,
    confidence=Confidence.POSSIBLE,
    alternatives=("tcp-stalled", "path-mtu-black-hole"),
)
# What is under way for so long is not the backend's.
_UNDER_WAY = Sighting(
    side=Side.NETWORK,
    cause=(
        "The connection is open, and a part of what was sent last is not acknowledged yet, or the "
        "acknowledgement got lost. Packets get lost on the way, in one direction or in both; "
        "nothing shows whether that is chance, a weak link or a firewall's rule."
    ),
    remedies=_TELL,
    only=True,
    confidence=Confidence.POSSIBLE,
    alternatives=("tcp-stalled", "tcp-packets-lost"),
)


def _is_lossy(facts: Facts, kernel: KernelFacts) -> bool:
    """Tell whether so much was lost that an answer may have been lost as well."""
    failure = facts.failure
    in_session = failure is not None and failure.kind is Kind.SESSION_NO_PONG
    unconnected = any(each.outcome is LookOutcome.UNCONNECTED for each in _again(facts).values())
    # The same was answered now: then even one lost packet may be why it was not before.
    some = kernel.retransmits or kernel.out_of_order
    same = any(_answered(facts, name) for name in (LookName.AGAIN, LookName.HALF_CLOSED))
    by_chance = bool(some) and same
    return kernel.has_lost_several or (unconnected and not in_session) or by_chance


def path_mtu(facts: Facts) -> Sighting | None:
    """See that small packets pass and large ones vanish: small segments alone were answered."""
    if not _answered(facts, LookName.SMALL_SEGMENTS):
        return _beyond_a_gap(facts)
    if any(_answered(facts, name) for name in (LookName.AGAIN, LookName.HALF_CLOSED)):
        return None
    if not _is_silent_as_before(facts):
        return None
    if _is_about_the_name(facts):
        return None
    certain, kernel = _answered(facts, LookName.AGAIN) is False, _kernel(facts)
    if not certain and kernel is not None and kernel.has_lost_several:
        # So much is lost that the size may have nothing to do with it.
        return Sighting(
            values=_large(facts, away=is_received(facts) is False),
            evidence=heard(facts),
            confidence=Confidence.POSSIBLE,
            alternatives=("tcp-packets-lost",),
        )
    return Sighting(
        values=_large(facts, away=is_received(facts) is False),
        evidence=heard(facts),
        confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
    )


def _is_silent_as_before(facts: Facts) -> bool:
    """Tell whether a ping met silence again where only the size of segments was as before.

    A backend that was slow at first ends the connection of which we ended our half.
    """
    failure, half = facts.failure, _again(facts).get(LookName.HALF_CLOSED)
    if failure is None or failure.kind is not Kind.SESSION_NO_PONG or half is None:
        return True
    return half.outcome in (LookOutcome.SILENT, LookOutcome.LOST)


def _large(facts: Facts, *, away: bool) -> dict[str, str]:
    links = ", ".join(facts.tcp.links) if facts.tcp is not None else ""
    end = "the backend" if facts.proxy is None else "the proxy"
    return {
        "direction": f"from here to {end}" if away else f"from {end} to here",
        "links": links or "none that carries less than 1500 bytes",
    }


def _has_gap(facts: Facts) -> bool:
    """Tell whether what the other end sent was lost, again and again.

    Something that it sent later is here. Before the WebSocket is open, other looks tell more, but
    not through a proxy.
    """
    kernel, failure = _kernel(facts), facts.failure
    if kernel is None or kernel.gap_ms is None or failure is None:
        return False
    told = failure.kind is Kind.SESSION_NO_PONG or facts.proxy is not None
    return (told or _is_too_far(facts)) and kernel.gap_ms >= _REPEATED_MS


def _beyond_a_gap(facts: Facts) -> Sighting | None:
    """See that a packet is missing and a later one came; small segments were not tried."""
    small = _again(facts).get(LookName.SMALL_SEGMENTS)
    unheard = (LookOutcome.SILENT, LookOutcome.LOST)
    tried = small is not None and small.outcome in unheard and not _is_too_far(facts)
    if tried or not _has_gap(facts) or is_received(facts) is False:
        return None
    return Sighting(
        cause=(
            "A packet that the other end sent is missing, and a later one came: what is missing "
            "was lost each time that it was sent. Most likely it was too large: a tunnel, a VPN or "
            "a PPPoE line on the way carries less than 1500 bytes, and the message that would say "
            "so (ICMP, fragmentation needed) is dropped."
        ),
        values=_large(facts, away=False),
        evidence=heard(facts),
        remedies=(
            (
                "Show the evidence to your network's administrators. If a tunnel or a VPN is on "
                "the way, let them lower the MSS at the router: `iptables -t mangle -A FORWARD -p "
                "tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`."
            ),
            (
                "Lower the MTU of this machine's interface, to see whether that helps: `sudo ip "
                "link set dev INTERFACE mtu 1280`."
            ),
        ),
        only=True,
        confidence=Confidence.POSSIBLE,
        alternatives=("tcp-packets-lost",),
    )


def name_blocked(facts: Facts) -> Sighting | None:
    """See that another name on the same address is answered, and this one is not."""
    if facts.tls is None or not _is_about_the_name(facts):
        return None
    dropped = is_received(facts) is False
    return Sighting(
        evidence=heard(facts),
        confidence=Confidence.CERTAIN if dropped else Confidence.LIKELY,
    )


def _is_about_the_name(facts: Facts) -> bool:
    if _answered(facts, LookName.AGAIN) is not False or _answered(facts, LookName.HALF_CLOSED):
        return False
    if any(each.outcome is LookOutcome.UNCONNECTED for each in _again(facts).values()):
        return False  # a filter that minds the name lets every connection open
    names = (LookName.OTHER_NAME, LookName.NO_NAME)
    others = [_again(facts)[name] for name in names if _answered(facts, name)]
    if not others:
        return False
    # An alert is small. If large packets get lost on the way here, it arrives, and a certificate
    # does not.
    small_alone = all(other.detail != "certificate" for other in others)
    return not (small_alone and is_received(facts) and _answered(facts, LookName.SMALL_SEGMENTS))


def large_hello_dropped(facts: Facts) -> Sighting | None:
    """See that a large ClientHello gets no answer, and one of the usual size does."""
    if _answered(facts, LookName.LARGE_HELLO) is not False or not _answered(facts, LookName.AGAIN):
        return None
    return Sighting(evidence=again_in_words(facts))


def stalled(facts: Facts) -> Sighting | None:
    """See that the connection opened and nothing gets through: either way, or on the way back."""
    by_chance = _answered(facts, LookName.AGAIN) and _answered(facts, LookName.WHOLE) is not False
    away, back = is_received(facts) is False, _is_answered_in_vain(facts)
    if not (away or back) or by_chance:
        return None
    if path_mtu(facts) is not None or _is_about_the_name(facts):
        return None
    here = _is_dropped_here(facts, away=away)
    if here is not None:
        return here
    anew = _again(facts).get(LookName.ANEW)
    if anew is not None:
        return cut.forgotten(facts, anew)
    sighting = Sighting(evidence=heard(facts)) if away else replace(_BACK, evidence=heard(facts))
    if away and (_answered(facts, LookName.AGAIN) or _is_now_and_then(facts)):
        # Something got through in between: a path that loses very much does that as well.
        return replace(sighting, confidence=Confidence.POSSIBLE, alternatives=("tcp-packets-lost",))
    return sighting


def _is_now_and_then(facts: Facts) -> bool:
    """Tell whether other connections got through and did not, where nothing distinguishes them."""
    met = {each.outcome for each in _again(facts).values()}
    unopened = LookOutcome.UNCONNECTED
    return LookOutcome.LOST in met or (unopened in met and met != {unopened})


def _is_dropped_here(facts: Facts, *, away: bool) -> Sighting | None:
    """See that this machine's own firewall drops the data, by the counters of its kernel."""
    seen = facts.tcp
    assert seen is not None
    kept_back, turned_away = seen.kept_back or 0, seen.turned_away or 0
    if seen.path is not None and LookName.ANEW in _again(facts):
        kept_back = seen.path.kept_back or 0
    if away and kept_back >= _NO_ACCIDENT:
        words = f"{kept_back} packets did not leave this machine: its own firewall drops them"
    elif not away and turned_away >= _NO_ACCIDENT:
        words = f"{turned_away} packets came back and were dropped by this machine's own firewall"
    else:
        return None
    return Sighting(
        title="{host} is connected, and this machine drops the data that follows",
        cause=(
            "The connection opened, and this machine's own firewall, or another program that "
            "filters packets here, drops what follows on it. The network is not the cause."
        ),
        evidence=(words, *heard(facts)),
        side=Side.CLIENT,
        remedies=(
            (
                "Look at the rules of this machine's firewall: `sudo nft list ruleset`, `sudo "
                "iptables -S`."
            ),
        ),
        only=True,
    )


_BACK = Sighting(
    title="{host} is connected and answers, and its answers do not arrive",
    cause=(
        "The other end has received what was sent, and what it answered was lost on the way back: "
        "its last packet arrived, and those before it did not. A firewall lets the handshake of "
        "TCP through and drops the data that comes back, or the line was cut in one direction."
    ),
    remedies=(
        (
            "Show the evidence to your network's administrators: the connection to {address}, port "
            "{port}, opens, and the data that comes back is dropped."
        ),
    ),
)


def _is_answered_in_vain(facts: Facts) -> bool:
    """Tell whether the other end has sent something that did not arrive."""
    if _has_gap(facts):
        return is_received(facts) is True
    one = _again(facts).get(LookName.HALF_CLOSED)
    return one is not None and one.outcome is LookOutcome.LOST and is_received(facts) is True
