"""Why there is no connection, or no more: the verdict that `doctor` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..agent.ending import report_of_end
from ..agent.link import Link, Unopened, open_link
from ..catalogue.config import LINT
from ..checkup import checkup
from ..settings.model import Settings
from ..wire.opening import opening_of

if TYPE_CHECKING:
    from .live import Reporter


async def open_or_explain(settings: Settings, reporter: Reporter) -> Link | None:
    """Open a connection, or show why none can be made."""
    why = "the settings do not say how"
    if LINT.request_possible(settings):
        try:
            return await open_link(opening_of(settings))
        except Unopened as error:
            why = error.failure.message
    report = await checkup(settings)
    reporter.verdict(report)
    if report.ok:
        line = (
            f"No connection came about ({why}), and a checkup right after it found the way "
            "open. Try again."
        )
        reporter.event("unopened", line, why=why)
    return None


async def explain_end(settings: Settings, link: Link, reporter: Reporter) -> None:
    """Show why a connection ended, or, for one that is still open, why it is of no use.

    One that ended before a pong came was refused, as it were: a whole checkup, with its
    experiments, tells more of that.
    """
    facts = link.facts()
    if not link.answered and facts.pong is None:
        report = await checkup(settings)
        if not report.ok:
            reporter.verdict(report)
            return
    reporter.verdict(report_of_end(settings, facts), alone=True)


def target_of(settings: Settings, link: Link) -> str:
    """Name the backend that a connection leads to, and the agent, in a few words."""
    endpoint, agent_id = settings.endpoint, settings.agent_id
    assert endpoint is not None  # the connection is open
    assert agent_id is not None
    address = "" if endpoint.host in link.peer or settings.connection.proxy else f" ({link.peer})"
    return link.clean(f"{endpoint.authority}{address} as {agent_id.text}")
