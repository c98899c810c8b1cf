"""A few of the random servers, always the same; `make fuzz` uses a thousand others."""

from __future__ import annotations

from tests.fuzz.random_servers import met


def test_whatever_a_server_does_a_checkup_ends_with_a_verdict() -> None:
    """It ends in time, with one document, without the secret; four run in their own process."""
    broken, arena = met([f"suite:{number}" for number in range(60)], processes=4)

    assert broken == []
    # If all servers were alike, nothing would be tested.
    assert len(arena.verdicts) > 12
