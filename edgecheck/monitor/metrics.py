"""How the agents are, as OpenMetrics; docs/contract.md has the names and the labels."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .. import __version__
from ..facts.dates import from_rfc3339
from ..fleet.outcome import Outcome
from ..frozen import dataclass
from ..terms import Severity
from .watched import Watched

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

# Prometheus keeps every value of a label in memory, and a name in an inventory can be anything.
LONGEST_LABEL = 128
_WHO = ("target", "agent", "host")
# A person's curl takes anything, and gets what the contract promises.
_ANYTHING, _OPENMETRICS = ("", "*/*"), "application/openmetrics-text; version=1.0.0"

_Values = Callable[[Watched, Outcome], Iterator[tuple[tuple[str, ...], float]]]


@dataclass(frozen=True)
class _Family:
    """One metric of each agent.

    Args:
        name, words: of the metric.
        labels: beside those that say which agent.
        values: yields the values of these labels, and the number.
    """

    name: str
    words: str
    labels: tuple[str, ...]
    values: _Values


@dataclass(frozen=True)
class Own:
    """What the monitor says of itself.

    Args:
        targets: how many agents it watches.
        running: how many checks run now.
        read: the targets could be read the last time.
    """

    targets: int
    running: int
    read: bool


def label(text: str) -> str:
    """Return a text as the value of a label: if it is too long, its beginning and a checksum."""
    if len(text) <= LONGEST_LABEL:
        return text
    # Two agents whose long names begin alike must not become one series.
    return f"{text[: LONGEST_LABEL - 9]}~{zlib.crc32(text.encode()):08x}"


def seconds_of(moment: str) -> float | None:
    """Return an RFC 3339 time in seconds since 1970; None if it is not one."""
    found = from_rfc3339(moment)
    return None if found is None else found.timestamp()


def _up(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (), float(outcome.ok)


def _problem(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    if outcome.code and not outcome.ok:
        yield (outcome.code, outcome.stage, outcome.side, outcome.confidence), 1.0


def _stages(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    for stage, milliseconds in outcome.stages:
        yield (stage,), milliseconds / 1000


def _ping(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    if outcome.ping_ms is not None:
        yield (), outcome.ping_ms / 1000


def _expiry(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    end = seconds_of(outcome.certificate_end)
    if end is not None:
        yield (), end


def _checked(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    at = seconds_of(outcome.at)
    if at is not None:
        yield (), at


def _findings(_: Watched, outcome: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    for severity in Severity:
        yield (severity.value,), float(outcome.found(severity))


def _flapping(agent: Watched, _: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (), float(agent.lately.flapping)


def _checks(agent: Watched, _: Outcome) -> Iterator[tuple[tuple[str, ...], float]]:
    for result, count in agent.checks.items():
        yield (result,), float(count)


_GAUGES = (
    _Family("edgecheck_up", "1 if the agent is healthy, 0 if not.", (), _up),
    _Family(
        "edgecheck_problem",
        "1 while this is what is wrong; absent otherwise.",
        ("code", "stage", "side", "confidence"),
        _problem,
    ),
    _Family(
        "edgecheck_stage_duration_seconds",
        "How long each stage of the last check took.",
        ("stage",),
        _stages,
    ),
    _Family("edgecheck_ping_seconds", "Round trip of the last check's ping.", (), _ping),
    _Family(
        "edgecheck_certificate_expiry_timestamp_seconds",
        "The earliest end in the presented certificate chain.",
        (),
        _expiry,
    ),
    _Family("edgecheck_last_check_timestamp_seconds", "When the last check began.", (), _checked),
    _Family(
        "edgecheck_findings",
        "What the last check noticed beside the problem.",
        ("severity",),
        _findings,
    ),
    _Family("edgecheck_flapping", "1 if what the checks say keeps changing.", (), _flapping),
)
_CHECKS = _Family("edgecheck_checks", "Checks so far.", ("result",), _checks)


class _Agents(Collector):
    """Collects the metrics of some agents, and of the monitor itself if it is to."""

    def __init__(self, agents: Sequence[Watched], own: Own | None) -> None:
        self._agents, self._own = agents, own

    def collect(self) -> Iterator[Metric]:
        checked = [
            (agent, agent.outcome, _who(agent, agent.outcome))
            for agent in self._agents
            if agent.outcome is not None
        ]
        for family in (*_GAUGES, _CHECKS):
            kind = CounterMetricFamily if family is _CHECKS else GaugeMetricFamily
            metric = kind(family.name, family.words, labels=(*_WHO, *family.labels))
            for agent, outcome, who in checked:
                for values, number in family.values(agent, outcome):
                    metric.add_metric((*who, *values), number)
            yield metric
        if self._own is not None:
            yield from _of_the_monitor(self._own)


def _who(agent: Watched, outcome: Outcome) -> tuple[str, str, str]:
    return label(agent.target.name), label(outcome.agent_id), label(outcome.host)


def _of_the_monitor(own: Own) -> Iterator[Metric]:
    for name, words, value in (
        ("edgecheck_targets", "How many agents are watched.", own.targets),
        ("edgecheck_checks_running", "How many checks run now.", own.running),
        (
            "edgecheck_targets_read",
            "1 if the targets could be read the last time, 0 if the earlier ones are kept.",
            own.read,
        ),
    ):
        yield GaugeMetricFamily(name, words, value=float(value))
    build = GaugeMetricFamily("edgecheck_build_info", "The release.", labels=("version",))
    build.add_metric((__version__,), 1.0)
    yield build


def exposed(accept: str, agents: Sequence[Watched], own: Own | None = None) -> tuple[bytes, str]:
    """Return the metrics in a form that the scraper takes, and its content type.

    Args:
        accept: the request's field of this name.
        agents: those to show; one that was not checked yet is left out.
        own: the monitor's own figures; None to leave them out.
    """
    registry = CollectorRegistry()
    registry.register(_Agents(agents, own))
    if own is not None:
        ProcessCollector(registry=registry)
    if accept.strip() in _ANYTHING:
        accept = _OPENMETRICS
    try:
        encode, kind = choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is not a number
        encode, kind = choose_encoder("")
    return encode(registry), kind
