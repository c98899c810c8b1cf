"""A few of the random servers, always the same; `make fuzz` meets a thousand others."""

from __future__ import annotations

from tests.fuzz.random_servers import met


def test_whatever_a_server_does_a_checkup_ends_with_a_verdict() -> None:
    """In time, with one document, without the secret; four of them by a process of their own."""
    broken, arena = met([f"suite:{number}" for number in range(60)], processes=4)

    assert broken == []
    # Servers that are all alike would test nothing.
    assert len(arena.verdicts) > 12
