"""The report: one value that every rendering shows, and its JSON form (pure).

Schema ``edgecheck.report/1``. ``stages[].facts`` has everything that the verdict was derived from,
so that `report_in` can restore it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from .backend.builtin import BUILT_IN, DEFAULT, EDGE, built_in
from .backend.profile import Expect, Profile
from .backend.reading import judging_tree_of, made
from .catalogue import PROBLEMS
from .catalogue.condition import Lint
from .diagnose import Diagnosis, diagnose
from .facts import Experiment, Facts, Stage, Target
from .frozen import dataclass, replace
from .lint.defect import Defect
from .settings.credentials import credentials_in
from .terms import Severity

SCHEMA = "edgecheck.report/1"


@dataclass(frozen=True)
class Report:
    """Facts and what follows from them.

    Args:
        version: of edgecheck.
        facts: everything that was seen.
        defects: what the lint found in the settings.
        diagnosis: what it means.
    """

    version: str
    facts: Facts
    defects: tuple[Defect, ...]
    diagnosis: Diagnosis

    @property
    def ok(self) -> bool:
        """Whether the checkup ran to its end and found nothing of severity E."""
        return self.diagnosis.ok and not self.facts.interrupted


class ReportError(ValueError):
    """The document is not a report of this schema."""


def report_of(facts: Facts, version: str, defects: Iterable[Defect] = ()) -> Report:
    """Judge facts and what the lint found, and return them together with the judgement."""
    defects = tuple(defects)
    return Report(version, facts, defects, diagnose(facts, defects))


def outline(report: Report) -> dict[str, Any]:
    """Return the beginning of the contract's JSON object: which run it was, and the verdict."""
    facts, verdict = report.facts, report.diagnosis.verdict
    return {
        "schema": SCHEMA,
        "version": report.version,
        "run_id": facts.run_id,
        "started_at": facts.started_at,
        "profile": facts.profile.name,
        **_form_of(facts.profile),
        "until": facts.until,
        "target": _target(facts.target),
        "ok": report.ok,
        "verdict": _as_dict(verdict) if verdict else None,
    }


def to_document(report: Report) -> dict[str, Any]:
    """Return the report as the contract's JSON object."""
    facts, diagnosis = report.facts, report.diagnosis
    return {
        **outline(report),
        "findings": [_as_dict(finding) for finding in diagnosis.findings],
        "stages": [
            {
                "stage": result.stage,
                "status": result.status,
                "started_ms": round(result.span.started_ms, 3),
                "duration_ms": round(result.span.duration_ms, 3),
                "summary": result.summary,
                "facts": _stage_facts(result.stage, report),
            }
            for result in diagnosis.stages
        ],
        "experiments": [
            {"name": experiment.name, "outcome": str(experiment.answer)}
            for experiment in facts.experiments
        ],
        "total_ms": round(facts.total_ms, 3),
        **({"interrupted": True} if facts.interrupted else {}),
    }


def _form_of(profile: Profile) -> dict[str, Any]:
    """Return what a profile says that is not built in: who reads the report may not have it."""
    if not profile.origin:
        return {}
    form = judging_tree_of(profile)
    request = form["request"]
    request["subprotocols"] = list(map(_shareable, request["subprotocols"]))
    return {"profile_form": form}


def _shareable(word: str) -> str:
    """Return a word, or for a credential another one that is valid in its place."""
    return "hidden" if credentials_in(word) else word


def _profile_in(document: Mapping[str, Any]) -> Profile:
    """Return the profile that a report was judged by; `edge` for a report that does not say.

    Its regular expressions are not run here: a forged one may take for ever.

    Raises:
        ReportError: it is not a profile.
    """
    form, name = document.get("profile_form"), document.get("profile", DEFAULT)
    if form is None:
        return built_in(name) if isinstance(name, str) and name in BUILT_IN else EDGE
    from .backend.form import mistakes_in

    for mistake in mistakes_in(form):
        raise ReportError(f"profile_form.{mistake}")
    try:
        profile = made(form, "the report")
    except (KeyError, TypeError, ValueError):
        raise ReportError("profile_form: not a whole profile") from None
    steps = (step for step in profile.session.greeting if isinstance(step, Expect))
    answers = (each.problem for each in profile.refusal)
    in_place = (step.problem for step in steps)
    for code in (*(each.problem for each in profile.close), *answers, *in_place):
        if code and code not in PROBLEMS:
            raise ReportError(f"profile_form: no problem has the code {code}")
    return profile


def _as_dict(value: Any) -> dict[str, Any]:
    from dataclasses import asdict  # slow to import, and only a document needs it

    return asdict(value)


def _target(target: Target) -> dict[str, Any]:
    """Return the contract's keys, and of the way's own only those that this run has."""
    way = ("connect_to", "unix_socket", "interface", "options")
    return {key: value for key, value in _as_dict(target).items() if value or key not in way}


def _stage_facts(stage: Stage, report: Report) -> dict[str, Any]:
    own = getattr(report.facts, stage.value)
    if own is None:
        return {}
    # What the lint found is next to the facts of the config stage.
    beside = {"defects": list(map(_as_dict, report.defects))} if stage is Stage.CONFIG else {}
    return {**_as_dict(own), **beside}


def report_in(document: object) -> Report:
    """Judge the facts of a JSON report, and what the lint had found, again.

    Raises:
        ReportError: it is not a report of this schema; the text says what is wrong and where.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ReportError(f'not a report: "schema" is not "{SCHEMA}"')
    stages = document.get("stages")
    if not isinstance(stages, list):
        raise ReportError("stages: not an array")
    found: dict[str, Any] = {
        "started_at": document.get("started_at", ""),
        "run_id": document.get("run_id"),
        "target": document.get("target") or {},
        "total_ms": document.get("total_ms", 0.0),
        "interrupted": document.get("interrupted", False),
        "until": document.get("until"),
    }
    profile = _profile_in(document)
    for number, entry in enumerate(stages):
        if not isinstance(entry, dict) or entry.get("stage") not in list(Stage):
            raise ReportError(f"stages[{number}]: no stage of that name")
        if entry.get("facts"):
            found[entry["stage"]] = entry["facts"]
    # These two stages are special: auth follows from the other facts, and defects
    # are not facts.
    auth, config = found.pop(Stage.AUTH, {}), found.get(Stage.CONFIG, {})
    for stage, own in ((Stage.AUTH, auth), (Stage.CONFIG, config)):
        if not isinstance(own, dict):
            raise ReportError(f"stages.{stage}.facts: not an object")
    found["experiments"] = auth.get("experiments", [])
    facts: Facts = _decode(Facts, found, "report")
    where = "report.config.defects"
    defects: tuple[Defect, ...] = _decode(tuple[Defect, ...], config.get("defects", []), where)
    for defect in defects:
        # This version cannot say what findings of another version mean.
        if (
            defect.code not in PROBLEMS
            or not isinstance(PROBLEMS[defect.code].when, Lint)
            or defect.severity not in list(Severity)
        ):
            raise ReportError("report.config.defects: no problem of that code and severity")
    if facts.config is not None and "shadowed" not in config:  # a report of 0.1.0
        other = {
            one.setting: one.values.get("other", "")
            for one in defects
            if one.code == "env-value-shadowed"
        }
        facts = replace(facts, config=replace(facts.config, shadowed=other))
    version = document["version"] if isinstance(document.get("version"), str) else "unknown"
    facts = replace(facts, profile=profile, experiments=tuple(_known(facts.experiments)))
    return report_of(facts, version, defects)


def _known(experiments: tuple[Experiment, ...]) -> list[Experiment]:
    return list({experiment.name: experiment for experiment in experiments}.values())


def _decode(kind: Any, value: Any, where: str) -> Any:
    """Read a JSON value as a fact's type. Raises `ReportError` if it does not fit."""
    from dataclasses import is_dataclass

    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _decode(next(one for one in arguments if one is not type(None)), value, where)
    if origin is tuple:
        return _decode_array(arguments, value, where)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise ReportError(f"{where}: not an object of strings")
        return dict(value)
    if isinstance(kind, type) and is_dataclass(kind):
        return _decode_object(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise ReportError(f"{where}: unknown value") from None
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if (kind is int and isinstance(value, bool)) or not isinstance(value, kind):
        names = {int: "a number", float: "a number", bool: "true or false"}
        raise ReportError(f"{where}: not {names.get(kind, 'a string')}")
    return value


def _decode_array(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    """Read a JSON array as a tuple of these types, or of any length if the second is ``...``."""
    if not isinstance(value, list | tuple):
        raise ReportError(f"{where}: not an array")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], one, f"{where}[{i}]") for i, one in enumerate(value))
    if len(value) != len(kinds):
        raise ReportError(f"{where}: expected {len(kinds)} values, found {len(value)}")
    return tuple(_decode(one, each, where) for one, each in zip(kinds, value, strict=True))


def _decode_object(kind: type, value: Any, where: str) -> Any:
    """Read a JSON object as a dataclass; what that has no field for is left out."""
    from dataclasses import fields

    if not isinstance(value, dict):
        raise ReportError(f"{where}: not an object")
    hints = typing.get_type_hints(kind)
    known = {each.name for each in fields(kind)}
    try:
        found = {
            key: _decode(hints[key], each, f"{where}.{key}")
            for key, each in value.items()
            if key in known
        }
        return kind(**found)
    except TypeError as error:
        raise ReportError(f"{where}: {error}") from None
