"""A report as the steps of a trace: the whole checkup, and one step a stage that ran (pure).

Attributes have the names of OpenTelemetry's semantic conventions wherever those have one, and else
begin with ``edgecheck.``. Nothing of the secret is among them, not even its fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from ..catalogue import PROBLEMS
from ..diagnose import Finding, StageResult, Status
from ..facts import Facts, Stage
from ..frozen import dataclass
from ..report import Report
from .words import shown

Value = str | bool | int | float | tuple[str, ...]
Attributes = Mapping[str, Value]

# The step that all others are in.
CHECKUP = "checkup"
# A list of network text is cut after this many, and each text after so many characters: a collector
# drops a request that is too large, and one page of a certificate's names says no more than ten.
_MOST, _LONGEST = 20, 2_000


@dataclass(frozen=True)
class Noted:
    """Something that was noticed at the end of a step: a finding, or an experiment's outcome."""

    name: str
    attributes: Attributes


@dataclass(frozen=True)
class Step:
    """One step of the trace.

    Args:
        name: of the stage; `CHECKUP` for the whole.
        started_ms: since the start of the checkup.
        duration_ms: how long it took.
        failed: what went wrong, in one line; None if nothing did.
        is_request: an HTTP request to the backend.
        attributes: what was seen.
        noted: what belongs to its end.
    """

    name: str
    started_ms: float
    duration_ms: float
    failed: str | None
    is_request: bool
    attributes: Attributes
    noted: tuple[Noted, ...] = ()


def started_at(report: Report) -> datetime | None:
    """Return when the checkup began; None where the report does not say so, as a forged one."""
    try:
        moment = datetime.fromisoformat(report.facts.started_at)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def steps(report: Report) -> tuple[Step, ...]:
    """Return the whole checkup first, and then its stages in their order.

    A stage that was skipped has no step: it took no time, and nothing was seen.
    """
    stages = (one for one in report.diagnosis.stages if one.status is not Status.SKIP)
    return (_whole(report), *(_stage(one, report) for one in stages))


def _whole(report: Report) -> Step:
    facts, verdict = report.facts, report.diagnosis.verdict
    target = facts.target
    # What was found out about a stage that has no step of its own.
    skipped = {one.stage for one in report.diagnosis.stages if one.status is Status.SKIP}
    attributes = {
        "server.address": target.host,
        "server.port": target.port,
        "url.full": target.url,
        "error.type": verdict.code if verdict is not None else None,
        "edgecheck.ok": report.ok,
        "edgecheck.agent_id": target.agent_id,
        "edgecheck.proxy": target.proxy,
        "edgecheck.profile": facts.profile.name,
        "edgecheck.run_id": facts.run_id,
        "edgecheck.until": facts.until,
        "edgecheck.interrupted": facts.interrupted or None,
    }
    if verdict is not None:
        attributes |= {
            "edgecheck.code": verdict.code,
            "edgecheck.stage": verdict.stage,
            "edgecheck.side": verdict.side,
            "edgecheck.confidence": verdict.confidence,
            "edgecheck.title": verdict.title,
            "edgecheck.cause": verdict.cause,
        }
    return Step(
        CHECKUP,
        0.0,
        facts.total_ms,
        verdict.title if verdict is not None else None,
        is_request=False,
        attributes=_known(attributes),
        noted=tuple(_noted(skipped, report)),
    )


def _stage(result: StageResult, report: Report) -> Step:
    facts, verdict = report.facts, report.diagnosis.verdict
    is_root = verdict is not None and verdict.stage is result.stage
    own = getattr(facts, result.stage.value)
    failure = getattr(own, "failure", None)
    kind = failure.kind if failure is not None else None
    failed = is_root or result.status is Status.FAIL
    attributes = {
        "server.address": facts.target.host,
        "server.port": facts.target.port,
        "error.type": (verdict.code if verdict is not None and is_root else kind)
        if failed
        else None,
        "edgecheck.stage": result.stage,
        "edgecheck.status": result.status,
        "edgecheck.summary": result.summary,
        **_seen(result.stage, facts),
    }
    return Step(
        result.stage.value,
        result.span.started_ms,
        result.span.duration_ms,
        result.summary if failed else None,
        is_request=result.stage is Stage.UPGRADE,
        attributes=_known(attributes),
        noted=tuple(_noted({result.stage}, report)),
    )


def _seen(stage: Stage, facts: Facts) -> Mapping[str, object]:
    """Return what a stage saw, by the names of the semantic conventions."""
    match stage:
        case Stage.DNS if facts.dns is not None:
            return {"dns.question.name": facts.dns.host, "dns.answers": facts.dns.addresses}
        case Stage.TCP if facts.tcp is not None:
            tcp = facts.tcp
            family = next((one.family for one in tcp.attempts if one.address == tcp.address), None)
            return {
                "network.transport": "tcp",
                "network.type": family,
                "network.peer.address": tcp.address,
                "network.peer.port": tcp.port if tcp.address is not None else None,
            }
        case Stage.TLS if facts.tls is not None:
            return _of_tls(facts)
        case Stage.UPGRADE if facts.upgrade is not None:
            response = facts.upgrade.response
            return {
                "http.request.method": "GET",
                "http.response.status_code": response.status if response is not None else None,
                "url.full": facts.target.url,
                "network.protocol.name": "http",
                "network.protocol.version": "1.1",
            }
        case Stage.SESSION if facts.session is not None:
            return {
                "network.protocol.name": "websocket",
                "edgecheck.round_trip_ms": facts.session.round_trip_ms,
                "edgecheck.close_code": facts.session.close_code,
                "edgecheck.close_reason": facts.session.close_reason or None,
            }
    return {}


def _of_tls(facts: Facts) -> Mapping[str, object]:
    seen = facts.tls
    assert seen is not None  # asked only for a handshake that was begun
    version = seen.version or ""
    server = seen.chain[0] if seen.chain else None
    return {
        "tls.client.server_name": seen.server_name,
        "tls.established": seen.failure is None,
        "tls.protocol.name": "tls" if version.startswith("TLS") else None,
        "tls.protocol.version": version.removeprefix("TLSv") or None,
        "tls.cipher": seen.cipher,
        "tls.server.subject": server.subject if server is not None else None,
        "tls.server.issuer": server.issuer if server is not None else None,
        "tls.server.not_before": server.not_before if server is not None else None,
        "tls.server.not_after": server.not_after if server is not None else None,
    }


def _noted(stages: AbstractSet[Stage], report: Report) -> Iterator[Noted]:
    for finding in report.diagnosis.findings:
        if PROBLEMS[finding.code].stage in stages:
            yield Noted("finding", _of_finding(finding))
    if Stage.AUTH in stages:
        for experiment in report.facts.experiments:
            found = {"name": experiment.name, "outcome": str(experiment.answer)}
            yield Noted("experiment", _known(found, "edgecheck.experiment."))


def _of_finding(finding: Finding) -> Attributes:
    found = {
        "code": finding.code,
        "severity": finding.severity,
        "where": finding.where or None,
        "title": finding.title,
    }
    return _known(found, "edgecheck.finding.")


def _known(values: Mapping[str, object], prefix: str = "") -> Attributes:
    """Return what is known, escaped and of bounded length; what is not known has no attribute."""
    return {
        prefix + name: _sendable(value)
        for name, value in values.items()
        if value is not None and value != ()
    }


def _sendable(value: object) -> Value:
    if isinstance(value, tuple):
        return tuple(_text(str(one)) for one in value[:_MOST])
    if isinstance(value, bool | int | float):
        return value
    return _text(str(value))


def _text(value: str) -> str:
    # Cut before, because escaping is slow, and after, because it makes the text longer.
    return shown(value[:_LONGEST])[:_LONGEST]
