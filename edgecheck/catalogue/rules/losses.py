"""tcp: packets that were lost, although the connection works."""

from __future__ import annotations

from ...facts import Facts
from ...wording.silence import received
from ...wording.units import counted
from ..condition import Sighting

# A path that loses one packet in ten and more is felt.
_MUCH = 0.1


def lossy(facts: Facts) -> Sighting | None:
    """See that many packets were lost, although the connection works."""
    seen = facts.tcp
    if seen is None or seen.address is None or seen.kernel is None or facts.failure is not None:
        return None
    kernel = seen.kernel
    lost, sent = kernel.retransmits, kernel.packets_sent
    many = kernel.has_lost_several and lost >= _MUCH * sent
    if not many and seen.first is None:
        return None
    evidence = [f"{counted(sent, 'packet')} sent, {lost} of them again"]
    loss = f"{lost} of {sent} were sent again"
    if seen.first is not None:
        loss = "a first connection got no answer, and a second one did"
        evidence.insert(0, f"the first met silence in the {seen.first.stage} stage")
        if seen.first.sent:
            evidence.insert(1, received(seen.first))
    return Sighting(values={"loss": loss}, evidence=tuple(evidence), where=seen.host)
