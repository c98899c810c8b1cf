"""What an entry says if only the profile's code or answer shows its problem (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from ..facts import Facts
from ..terms import verbatim
from .condition import Sighting

# The words in place of what an answer of HTTP, or a longer look, would show.
_WORDS = {
    "age": "which the profile does not say",
    "challenge": "none",
    "first": "one answer",
    "gateway": "the gateway",
    "how often": "again and again",
    "idle": "some time",
    "its path": "its own",
    "location": "another address",
    "name": "its meaning is not known",
    "oftener": "more often than that",
    "platform": "The platform",
    "protocol": "another protocol",
    "realm": "the one that it names",
    "said": "which it does not show",
    "scheme of it": "Basic",
    "second": "another one",
    "suggested": "the address that it names",
    "wait": "some time",
    "who": "the server",
    "wsgi": "a WSGI server",
}


def in_general(names: Sequence[str], facts: Facts) -> Sighting:
    """Return a sighting that fills an entry's own names with general words.

    Args:
        names: of the entry's condition.
        facts: of a session that ended, or a handshake that was refused, as the profile says.
    """
    code = facts.session.close_code if facts.session is not None else None
    did = "refused it" if code is None else f"closed with {code}"
    offered = ", ".join(facts.profile.request.subprotocols)
    other = f"another one than {offered}" if offered else "another one"
    answer = facts.listed_answer
    if answer is not None:
        did = f"answered HTTP {answer.status}"
    proof = f"The profile says so of this {'answer' if answer is not None else 'close code'}."
    words = {**_WORDS, "proof": proof, "what it did": did, "subprotocols": verbatim(other)}
    return Sighting(values={name: words[name] for name in names if name in words})
