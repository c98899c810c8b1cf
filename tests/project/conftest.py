"""The commands are run as those of `tests/cli` are."""

from tests.cli.conftest import environ, run

__all__ = ["environ", "run"]
