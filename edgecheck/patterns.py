"""What the times of several connections say together: same age, loops, every second one (pure).

One connection that ends says little. Several in a row do: a limit of a load balancer ends each at
the same age, whatever is sent; another client with the same id ends each after a few seconds; of
two backends behind one name every second answer is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from itertools import pairwise

from .facts import Life, SessionFacts
from .frozen import dataclass

# Ages agree if they differ by no more than this: a timer of a proxy is late by some tenths of a
# second, or by a part of its own length.
_AGREE_MS, _AGREE_PART = 600.0, 0.02
# Nobody sets a limit of a connection's life below this; shorter loops have another reason.
SHORTEST_LIFETIME_MS = 5_000.0
# So many of the last lives show a pattern, even if it was otherwise before.
_FEW = 4
# Lives that end sooner than this, again and again, are a loop.
_SHORT_MS = 60_000.0
# Nothing but a limit ends a connection that was idle for this long.
_LONG_MS = 25_000.0
# A loop is called one from the third time on.
_LOOP = 3
# A client that was replaced waits for longer before it comes back: the protocol's first wait is a
# second, and each of its waits is the first, since each attempt succeeds.
_SOONEST_MS, _ONE_AGE_MS = 900.0, 60.0
# What ended a connection was sent or received no longer ago than this.
_RIGHT_AFTER_MS = 150.0
# A limit is a whole number of seconds, and is met a little late.
_WHOLE_MS = 150.0
# What a platform says of an instance that is asleep or just starts: no answer from it yet.
ASLEEP = frozenset({502, 503, 504, 522, 523, 524})
# An attempt that nobody answered for this long met somebody who was there, and did not get ready.
_UNANSWERED_MS = 3_000.0
# An attempt that opened, met a server that was away, or was refused because somebody else is there.
_PASSES = ASLEEP | {None, 0, 409, 423, 429}
# A round trip that an engineer would call slow.
_FELT_MS = 500.0
# Close codes that give no reason, and 1006 for none at all.
MUTE = frozenset({1000, 1001, 1005, 1006})


class PatternKind(Enum):
    """What several connections have in common."""

    SAME_AGE = auto()  # each ended at the same age
    SHORT_LOOP = auto()  # each was accepted, answered, and ended after a short while
    ALTERNATING = auto()  # every second one is refused


@dataclass(frozen=True)
class Pattern:
    """What several connections show.

    Args:
        kind: of the pattern.
        count: how many connections show it.
        typical_ms: the age at which they ended.
        own: of a loop: the server's own doing, and no other client's.
        ages_ms: at which they ended, the oldest first; of the same age alone.
    """

    kind: PatternKind
    count: int
    typical_ms: float = 0.0
    own: bool = False
    ages_ms: tuple[float, ...] = ()


def pattern_of(lives: Sequence[Life]) -> Pattern | None:
    """Return what the connections of one run have in common; None if that is nothing.

    Args:
        lives: the oldest first.
    """
    alternating = _alternating(lives)
    if alternating is not None:
        return alternating
    ended = [life for life in lives if life.status is None]
    return _same_age(ended) or _short_loop(ended, lives)


def may_be_asleep(lives: Sequence[Life]) -> bool:
    """Tell whether all attempts so far failed as they do while an instance wakes up.

    Args:
        lives: the oldest first; an attempt without an answer has the status 0.
    """
    return bool(lives) and all(
        life.status in ASLEEP or (life.status == 0 and life.lasted_ms >= _UNANSWERED_MS)
        for life in lives
    )


def _agree(ages: Sequence[float]) -> bool:
    return max(ages) - min(ages) <= max(_AGREE_MS, _AGREE_PART * max(ages))


def outlived_its_idle_time(life: Life) -> bool:
    """Tell whether a connection had survived a gap as long as the one at its end.

    Then it was not cut for being idle.
    """
    return life.longest_gap_ms >= 0.9 * life.idle_ms


def may_be_a_limit(milliseconds: float) -> bool:
    """Tell whether a time without traffic may be an idle limit: a long one, or whole seconds."""
    late = milliseconds % 1000
    whole = min(late, 1000 - late) <= _WHOLE_MS
    return milliseconds >= _LONG_MS or (whole and milliseconds >= SHORTEST_LIFETIME_MS)


def _same_age(lives: Sequence[Life]) -> Pattern | None:
    muted = [life for life in lives if life.answered and life.close_code in MUTE]
    count = _at_the_end(muted, lambda last: _agree([life.lasted_ms for life in last]))
    last = muted[-count:]
    if not last or count < min(len(muted), _FEW):
        return None
    ages = sorted(life.lasted_ms for life in last)
    if ages[0] < SHORTEST_LIFETIME_MS or not any(map(outlived_its_idle_time, last)):
        return None
    typical = ages[len(ages) // 2]
    if count == 1:
        late = typical % 1000
        whole = min(late, 1000 - late) <= _WHOLE_MS
        mute = last[0].close_code == 1006
        return (
            Pattern(PatternKind.SAME_AGE, 1, typical, ages_ms=(typical,))
            if whole and mute
            else None
        )
    recent = tuple(life.lasted_ms for life in last[-4:])
    return Pattern(PatternKind.SAME_AGE, count, typical, ages_ms=recent)


def _at_the_end(lives: Sequence[Life], alike: Callable[[Sequence[Life]], bool]) -> int:
    """Return how many of the last connections are alike."""
    return next((count for count in range(len(lives), 0, -1) if alike(lives[-count:])), 0)


def _short_loop(lives: Sequence[Life], attempts: Sequence[Life]) -> Pattern | None:
    """See that one connection after another ends soon.

    Args:
        lives: the connections that opened.
        attempts: these, and the ones between them that were refused.
    """
    count = _at_the_end(lives, lambda last: all(map(_is_short, last)))
    if count < _LOOP:
        return None
    recent, last = lives[-_LOOP:], lives[-count:]
    # Each was idle for all of its life, and for as long as an idle limit is.
    if all(life.idle_ms > 0.9 * life.lasted_ms and may_be_a_limit(life.idle_ms) for life in recent):
        return None
    # What refuses one connection and accepts the next is two backends, whatever ends the others.
    if any(life.status not in _PASSES for life in _since(recent[0], attempts)):
        return None
    ages = sorted(life.lasted_ms for life in last)
    own = _is_the_servers_own(last, _since(last[0], attempts))
    return Pattern(PatternKind.SHORT_LOOP, count, ages[count // 2], own)


def _is_short(life: Life) -> bool:
    return life.answered and life.lasted_ms < _SHORT_MS and life.close_code in MUTE


def _since(first: Life, attempts: Sequence[Life]) -> Sequence[Life]:
    """Return the attempts from one connection on."""
    return attempts[next(i for i, life in enumerate(attempts) if life is first) :]


def _is_the_servers_own(lives: Sequence[Life], between: Sequence[Life]) -> bool:
    """Tell whether nothing but the server itself explains a loop.

    Another client with the same id comes when it wants to. It does not end connections right after
    they were answered, nor all at one age that is shorter than any client waits; and while a server
    cannot be reached, somebody else cannot reach it either.
    """
    if any(life.status == 0 or life.status in ASLEEP for life in between):
        return True
    # Who replaces a connection mostly closes the old one by a close frame.
    if any(life.close_code != 1006 for life in lives):
        return False
    ages = [life.lasted_ms for life in lives]
    by_a_timer = max(ages) < _SOONEST_MS and max(ages) - min(ages) <= _ONE_AGE_MS
    return by_a_timer or all(map(_ended_by_an_answer, lives))


def _ended_by_an_answer(life: Life) -> bool:
    """Tell whether a connection ended right after something was sent or received."""
    soon = life.idle_ms <= _RIGHT_AFTER_MS
    return soon and (
        life.lasted_ms <= 2 * _RIGHT_AFTER_MS or 4 * life.idle_ms < life.longest_gap_ms
    )


def _alternating(lives: Sequence[Life]) -> Pattern | None:
    """See that every second one is refused; two turns are needed."""
    recent = lives[-4:]
    # A port that refuses is not the answer of another backend: the server was stopped.
    if len(recent) < 3 or any(life.status == 0 for life in recent):
        return None
    works = [life.answered for life in recent]
    turns = sum(one != other for one, other in pairwise(works))
    refused = any(life.status is not None or not life.answered for life in recent)
    return (
        Pattern(PatternKind.ALTERNATING, len(recent))
        if turns == len(recent) - 1 and refused
        else None
    )


def grows(milliseconds: Sequence[float]) -> bool:
    """Tell whether round trips become longer and longer, up to where that is felt.

    Args:
        milliseconds: the last round trips, the oldest first.
    """
    last = milliseconds[-_LOOP:]
    rising = len(last) == _LOOP and all(one < other for one, other in pairwise(last))
    return rising and last[-1] >= _FELT_MS and last[-1] >= 2 * min(milliseconds)


def answers_some(session: SessionFacts) -> bool:
    """Tell whether pongs seem late only because some pings got none.

    A pong does not say which ping it answers, so each counts for the oldest one. The first round
    trip is short then, and each later one is longer by the time between pings.
    """
    last, first = session.recent_ms[-2:], session.round_trip_ms
    grew = last[1] - last[0] if len(last) == 2 else 0.0
    return bool(session.prompt) and first is not None and 2 * first < grew
