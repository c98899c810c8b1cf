"""One agent that is watched: how it is, since when, and how it was."""

from __future__ import annotations

import json
import zlib

from ..fleet.check import Checked
from ..fleet.outcome import Outcome, outcome_of
from ..fleet.target import Target
from ..frozen import dataclass, replace
from ..report import Report, report_in, to_document
from .history import History, State
from .lately import Lately

# The values of the label `result`.
HEALTHY, PROBLEM, FAILED = "healthy", "problem", "error"


@dataclass(frozen=True)
class Change:
    """An agent is not as it was before.

    Args:
        before: None at the first check of the agent.
        after: how it is now.
        since: when `before` began, RFC 3339, UTC; empty at the first check.
        flapping: it has changed again and again.
    """

    before: Outcome | None
    after: Outcome
    since: str
    flapping: bool


def name_of(outcome: Outcome) -> str:
    """Return a word for how an agent is; a change is where this changes."""
    return "healthy" if outcome.ok else outcome.code or (outcome.error and "error") or "interrupted"


class Watched:
    """One agent, over all of its checks.

    Args:
        target: the agent.
        hold: seconds for which a check stands in the history until the next one.
    """

    def __init__(self, target: Target, hold: float) -> None:
        self.target = target
        self.outcome: Outcome | None = None
        self.since = ""
        self.checks = dict.fromkeys((HEALTHY, PROBLEM, FAILED), 0)
        self.history = History(hold)
        self.lately = Lately()
        # What the last check without experiments said, and what a closer look made of it.
        self._first_look = ""
        self._closer: Outcome | None = None
        self._report = b""

    def is_news(self, checked: Checked) -> bool:
        """Tell whether a check found a problem that the one before did not: look closer then."""
        return checked.report is not None and (
            not checked.outcome.ok and name_of(checked.outcome) != self._first_look
        )

    def take(self, first: Checked, closer: Checked | None, at: float) -> Change | None:
        """Take the result of a check.

        Args:
            first: the look without experiments.
            closer: the second look, with them; None if there was none.
            at: when the check ended, in seconds since 1970.

        Returns:
            What changed by it; None if nothing did.
        """
        if closer is not None or not self.is_news(first):
            self._first_look = name_of(first.outcome)
        if closer is not None:
            self._closer = closer.outcome
        elif name_of(first.outcome) != self._first_look or first.outcome.ok:
            # There was no time for a closer look: the next check that has it will take one.
            self._closer = None
        outcome = self._judged(first, closer)
        self.checks[_result(outcome)] += 1
        self.history.add(at, State.HEALTHY if outcome.ok else State.PROBLEM)
        before, since = self.outcome, self.since
        if before is not None and not (outcome.agent_id or outcome.host):
            # Of a check without settings. The series of the agent must go on under the same labels.
            outcome = replace(outcome, agent_id=before.agent_id, host=before.host)
        self.outcome = outcome
        if before is not None and name_of(before) == name_of(outcome):
            return None
        self.since = outcome.at
        if before is None and outcome.ok:
            return None
        return Change(before, outcome, since, self.lately.flapping)

    def _judged(self, first: Checked, closer: Checked | None) -> Outcome:
        """Return how the agent is, by this check and those before it; keep the report of it."""
        outcome = first.outcome
        for checked in (first, closer):
            if checked is None:
                continue
            outcome = checked.outcome
            if checked.report is None:
                self._report = b""
                continue
            report = self.lately.judge(checked.report)
            if report is not checked.report:
                outcome = outcome_of(report, self.target.name, self.target.source)
            alone = outcome.code == checked.outcome.code
            if alone and closer is None and self._closer is not None and self._closer.code:
                # The closer look was at the same problem: what it found still holds.
                return _in_words_of(self._closer, outcome)
            self._report = _packed(report)
        return outcome

    @property
    def report(self) -> Report | None:
        """The report of how the agent is; None before its first check, and if there is none."""
        return report_in(json.loads(zlib.decompress(self._report))) if self._report else None


def _result(outcome: Outcome) -> str:
    if outcome.ok:
        return HEALTHY
    return FAILED if outcome.error or outcome.interrupted else PROBLEM


def _in_words_of(closer: Outcome, latest: Outcome) -> Outcome:
    """Return the latest outcome with the verdict of a closer look."""
    return replace(
        latest,
        code=closer.code,
        stage=closer.stage,
        side=closer.side,
        confidence=closer.confidence,
        title=closer.title,
        remedy=closer.remedy,
    )


def _packed(report: Report) -> bytes:
    """Return a report in a tenth of the memory; most are never looked at."""
    return zlib.compress(json.dumps(to_document(report)).encode(), 1)
