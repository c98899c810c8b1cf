"""What a script waits for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edgecheck.repl.commands import Failed
from edgecheck.repl.occasions import Occasions, matches


@pytest.mark.parametrize(
    ("wanted", "value", "fits"),
    [
        ({"type": "ack"}, {"type": "ack", "id": 1}, True),
        ({"type": "ack"}, {"type": "nack"}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, True),
        ({"a": None}, {}, False),
        ([3, "17"], [3, "17", {"status": "Accepted"}], True),
        ([3, "17"], [3], False),
        ({"on": 1}, {"on": True}, False),
        ("text", "text", True),
    ],
)
def test_a_message_fits_if_it_has_all_that_is_wanted(wanted: Any, value: Any, fits: bool) -> None:
    """And maybe more."""
    assert matches(wanted, value) is fits


def test_each_message_is_waited_for_once_in_any_order() -> None:
    """One that came earlier counts; what was not wanted stays."""

    async def run() -> None:
        occasions = Occasions()
        for text in ('{"id": 1}', '{"id": 2}', "no JSON", '{"id": 1}'):
            occasions.heard(text)
        for wanted in ({"id": 2}, {"id": 1}, {"id": 1}, None):
            await occasions.wait("message", 60, wanted, is_over=lambda: False)
        with pytest.raises(Failed, match="no message: the connection has ended"):
            await occasions.wait("message", 60, None, is_over=lambda: True)
        waiting = asyncio.create_task(occasions.wait("message", 60, None, is_over=lambda: False))
        await asyncio.sleep(0)
        occasions.heard(b"x")
        await waiting

    asyncio.run(run())
