"""What the last checks of one agent say together, where one alone says less (pure).

One check sees one connection. An agent that is accepted and refused by turns is neither healthy nor
is its secret wrong: several backends share the name, and they do not agree. Connections that end at
the same age, check after check, meet a limit. Those two are problems of the catalogue, and its own
rules name them; here they only get to see the earlier connections.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from ..facts import Answer, Experiment, ExperimentName, Facts, Life, Stage
from ..frozen import replace
from ..patterns import PatternKind, pattern_of
from ..report import Report, report_of

# A pattern shows in the last few; older ones say nothing of now.
_KEPT = 8
# Which replica answers is chance, so turns need not alternate strictly. Three of them in the last
# eight checks are not a single mishap.
_TURNS = 3
# After so many equal answers in a row it is over.
_CALM = 4
# Request timeout, too early, too many requests; from 500 on the server has a problem of its own
# (RFC 9110, section 15; RFC 6585). Sent again later, the same request may be accepted.
_LATER, _SERVER_ERROR = frozenset({408, 425, 429}), 500
# An agent whose verdict changed so often in the last checks is called flapping.
_FLAPS, _LAST_CHECKS = 4, 10


class Lately:
    """The last checks of one agent, as far as they say something together.

    `flapping` tells whether what single checks say changes again and again. It is a plain value,
    because the metrics are written in a thread of their own.
    """

    def __init__(self) -> None:
        self._lives: deque[Life] = deque(maxlen=_KEPT)
        # Those of them that were accepted or refused, and nothing else.
        self._answers: deque[Life] = deque(maxlen=_KEPT)
        self._names: deque[str] = deque(maxlen=_LAST_CHECKS)
        self._refused: Report | None = None
        self.flapping = False

    def judge(self, report: Report) -> Report:
        """Return a report, judged again where the earlier checks say more about it."""
        verdict = report.diagnosis.verdict
        self._names.append(verdict.code if verdict is not None else "")
        self.flapping = sum(one != other for one, other in pairwise(self._names)) >= _FLAPS
        facts = report.facts
        life = _life_of(facts)
        if life is None:
            return report
        if life.answered or _refuses(report):
            self._answers.append(life)
            self._refused = self._refused if life.answered else report
            if self._refused is not None and _mixed(tuple(self._answers)):
                return _inconsistent(self._refused, facts)
        earlier = tuple(self._lives)
        self._lives.append(life)
        if earlier and facts.session is not None and facts.session.failure is not None:
            facts = replace(facts, session=replace(facts.session, earlier=earlier))
            return report_of(facts, report.version, report.defects)
        return report


def _refuses(report: Report) -> bool:
    """Tell whether the backend refuses the request, and does not only have no time for it."""
    verdict, upgrade = report.diagnosis.verdict, report.facts.upgrade
    if verdict is None or verdict.stage not in (Stage.UPGRADE, Stage.AUTH):
        return False
    status = upgrade.response.status if upgrade is not None and upgrade.response else 0
    return status not in _LATER and status < _SERVER_ERROR


def _life_of(facts: Facts) -> Life | None:
    """Return the connection in its short form; None if no opening handshake was answered."""
    if facts.session is not None:
        return facts.session.life(answered=facts.session.accepted)
    response = facts.upgrade.response if facts.upgrade is not None else None
    return None if response is None else Life(status=response.status)


def _mixed(lives: Sequence[Life]) -> bool:
    """See that the same request is accepted and refused by turns."""
    answers = [life.answered for life in lives]
    if len(set(answers[-_CALM:])) < 2:
        return False
    pattern = pattern_of(lives)
    if pattern is not None and pattern.kind is PatternKind.ALTERNATING:
        return True
    return sum(one != other for one, other in pairwise(answers)) >= _TURNS


def _inconsistent(refused: Report, latest: Facts) -> Report:
    """Judge a refusal, knowing that the same request is accepted at other times.

    Sending the same request again is what the experiment of this name does; here the next check
    did it.
    """
    again = Experiment(ExperimentName.AGAIN, Answer(status=101, accepted=True))
    facts = replace(
        refused.facts,
        experiments=(again,),
        started_at=latest.started_at,
        run_id=latest.run_id,
        total_ms=latest.total_ms,
    )
    return report_of(facts, refused.version, refused.defects)
