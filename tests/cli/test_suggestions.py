"""What a mistyped option is taken for."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("command", "typed", "fits"),
    [
        ("doctor", "--timout", "--timeout"),
        ("doctor", "--fix-it", "--fix"),
        ("doctor", "--secret", "--secret-file"),
        ("doctor", "--token", "--secret-file"),
        ("doctor", "--repot", "--report"),
        ("doctor", "--env", "--env-file"),
        ("doctor", "--host", "--url"),
        ("ping", "--format", "--json"),
        ("simulate", "--prot", "--port"),
        ("doctor", "--colour-scheme", ""),
        ("doctor", "--frobnicate", ""),
    ],
)
def test_a_mistyped_option_is_taken_for_what_fits(
    run: Run, command: str, typed: str, fits: str
) -> None:
    """For one option; for none rather than one of similar letters."""
    done = run(command, typed, "x")
    last = done.stderr.strip().splitlines()[-1]

    assert done.returncode == 2
    assert last.endswith(f"(Possible options: {fits})" if fits else f"No such option: {typed}")
