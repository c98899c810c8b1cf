"""Fixtures that the tests of open connections share with those of the agent."""

from __future__ import annotations

from tests.agent.conftest import backend

__all__ = ["backend"]
