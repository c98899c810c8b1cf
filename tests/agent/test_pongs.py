"""Which pong answers which ping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgecheck.agent.pongs import Pongs, Reply


def test_replies_answer_pings_in_the_order_of_sending() -> None:
    """With two pings open, the first pong answers the first ping."""
    pongs = Pongs(wait=1.0)
    pongs.sent(1, 10.0)
    pongs.sent(2, 10.1)

    assert pongs.answer(10.3) == Reply(1, 10.3 - 10.0, late=False)
    assert pongs.answer(10.4) == Reply(2, 10.4 - 10.1, late=False)


def test_a_late_pong_is_its_own_pings_and_not_the_next_ones() -> None:
    """The ping that was given up is still the oldest."""
    pongs = Pongs(wait=1.0)
    pongs.sent(1, 10.0)
    assert pongs.expire(11.0) == [1]
    pongs.sent(2, 11.5)

    late = pongs.answer(11.6)
    assert late is not None
    assert (late.sequence, late.late) == (1, True)
    assert pongs.answer(11.7) == Reply(2, 11.7 - 11.5, late=False)


def test_a_pong_too_many_answers_nothing() -> None:
    """It came before the first ping, after the last answer, or was under way before the ping."""
    pongs = Pongs(wait=1.0)
    assert pongs.answer(9.0) is None
    pongs.sent(1, 10.0)
    assert pongs.answer(9.9) is None
    assert pongs.answer(10.1) is not None
    assert pongs.answer(10.2) is None


def test_a_ping_is_given_up_once() -> None:
    """After that, it is no longer waiting."""
    pongs = Pongs(wait=1.0)
    pongs.sent(1, 10.0)
    pongs.sent(2, 10.5)
    assert pongs.waiting == 2

    assert pongs.expire(10.99) == []
    assert pongs.next_expiry == 11.0
    assert pongs.expire(11.2) == [1]
    assert pongs.expire(11.2) == []
    assert pongs.waiting == 1
    assert pongs.next_expiry == 11.5
    assert pongs.expire(11.5) == [2]
    assert pongs.next_expiry is None


def test_a_pong_that_says_whose_it_is_is_matched_by_that() -> None:
    """They may arrive in any order, and each counts once."""
    pongs = Pongs(wait=1.0)
    pongs.sent(1, 10.0)
    pongs.sent(2, 10.1)

    second = pongs.answer_to(2, 10.2)
    assert second is not None
    assert second.sequence == 2
    assert pongs.answer_to(2, 10.3) is None
    assert pongs.answer_to(7, 10.3) is None
    assert pongs.answer_to(1, 12.0) == Reply(1, 2.0, late=True)


@given(st.lists(st.floats(0.001, 3.0), min_size=1, max_size=30))
def test_every_ping_is_answered_once_whatever_the_delays(delays: list[float]) -> None:
    """The backend answers in order; each pong gets the number and the delay of its own ping."""
    pongs = Pongs(wait=1.0)
    arrivals: list[float] = []
    for number, delay in enumerate(delays):
        pongs.sent(number, float(number))
        arrivals.append(max([number + delay, *arrivals[-1:]]))
    replies = [pongs.answer(at) for at in arrivals if at >= 0]

    assert [reply.sequence for reply in replies if reply] == list(range(len(delays)))
    assert all(
        reply.late == (at - number > 1.0)
        for number, (reply, at) in enumerate(zip(replies, arrivals, strict=True))
        if reply
    )


class Seen(float):
    """A moment that counts how often it is looked at."""

    looks = 0

    def __add__(self, other: float) -> float:
        Seen.looks += 1
        return float(self) + other


def test_pings_that_were_given_up_make_no_later_one_slower() -> None:
    """A server that answers none of a hundred pings a second leaves very many of them."""
    pongs = Pongs(wait=1.0)
    for number in range(1000):
        pongs.sent(number, Seen(number))
    assert len(pongs.expire(1000.0)) == 1000
    pongs.sent(1000, Seen(1000))
    Seen.looks = 0

    assert pongs.next_expiry == 1001.0
    assert pongs.waiting == 1
    assert pongs.expire(1001.0) == [1000]
    assert Seen.looks == 2
    assert pongs.is_open(0)
    assert pongs.answer(1002.0) == Reply(0, 1002.0, late=True)
