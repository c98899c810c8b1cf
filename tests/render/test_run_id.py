"""One id for one run, and the profile that was taken: the same wherever the run is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgecheck.facts import Facts, Target
from edgecheck.render import github, html, junit, markdown, text
from edgecheck.render import json as as_json
from edgecheck.report import Report, ReportError, report_in, report_of, to_document
from edgecheck.wire.run_id import new_run_id
from tests.doctor import Setup, run_here, set_up, simulated
from tests.render.samples import HEALTHY, REFUSED

RUN_ID = re.compile(r"\brun ([a-z2-7]{12})\b")
NAMED = replace(REFUSED, run_id="abcdefgh2345")
OTHER = replace(HEALTHY.profile, name="another-backend")


def screen(report: Report, width: int = 80) -> str:
    return "\n".join(line.plain for line in text.opening(report, width))


def annotations(report: Report) -> str:
    return "\n".join(github.commands(report))


def test_every_run_has_an_id_of_its_own() -> None:
    """Twelve characters that can be read aloud, and none of them twice."""
    ids = {new_run_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(re.fullmatch("[a-z2-7]{12}", each) for each in ids)


@pytest.mark.parametrize(
    "render",
    [as_json.report, html.report, markdown.report, junit.report, annotations, screen],
    ids=["json", "html", "md", "junit", "annotations", "screen"],
)
def test_every_format_shows_the_id(render: Callable[[Report], str]) -> None:
    """A report that is handed on can be found again by the words of a screen."""
    named, unknown = render(report_of(NAMED, "0")), render(report_of(REFUSED, "0"))

    assert "abcdefgh2345" in named
    assert "abcdefgh2345" not in unknown
    assert "None" not in unknown


@pytest.mark.parametrize(
    "render",
    [html.report, markdown.report, screen],
    ids=["html", "md", "screen"],
)
def test_people_read_of_a_profile_only_where_it_is_not_the_default(
    render: Callable[[Report], str],
) -> None:
    """The default goes without saying."""
    assert "another-backend" in render(report_of(replace(NAMED, profile=OTHER), "0"))
    assert "profile" not in render(report_of(NAMED, "0"))


def test_programs_always_read_the_profile() -> None:
    """In the document and in JUnit's properties."""
    assert to_document(report_of(NAMED, "0"))["profile"] == "edge"
    assert '<property name="profile" value="edge" />' in junit.report(report_of(NAMED, "0"))


@pytest.mark.parametrize(
    "target",
    [
        HEALTHY.target,
        replace(HEALTHY.target, secret_fingerprint=None, proxy="http://proxy.example:3128"),
        replace(HEALTHY.target, url=f"wss://{'x' * 70}.example/edge/ws", secret_fingerprint=None),
        Target(),
    ],
    ids=["usual", "proxy", "long address", "nothing"],
)
def test_the_screen_does_not_grow_by_the_id(target: Target) -> None:
    """It stands behind the last line of the heading that has room for it."""
    facts = replace(NAMED, target=target)
    with_id, without = (
        text.heading(each, "0.1.0", 80) for each in (facts, replace(facts, run_id=None))
    )

    assert len(with_id) == len(without)
    assert sum("run abcdefgh2345" in line.plain for line in with_id) == 1
    assert max(line.cell_len for line in with_id) <= 80 or "x" * 70 in with_id[1].plain


def test_where_no_line_has_room_the_id_has_one_of_its_own() -> None:
    """An address that fills the only line leaves none."""
    filled = Target(url="wss://" + "x" * 50)
    lines = text.heading(replace(NAMED, target=filled), "0.1.0", 80)

    assert [line.plain for line in lines] == [
        f"edgecheck 0.1.0  {filled.url}",
        "run abcdefgh2345",
        "",
    ]


def test_a_replayed_report_keeps_its_id() -> None:
    """It is still the report of that run."""
    document = json.loads(json.dumps(to_document(report_of(NAMED, "0"))))

    assert report_in(document).facts.run_id == "abcdefgh2345"


def test_a_report_of_0_1_0_replays_without_an_id() -> None:
    """Unknown is not an error."""
    document = json.loads(json.dumps(to_document(report_of(NAMED, "0"))))
    del document["run_id"]
    again = report_in(document)

    assert again.facts.run_id is None
    assert again.diagnosis == report_of(NAMED, "0").diagnosis
    assert to_document(again)["run_id"] is None


def test_an_id_that_is_no_text_is_refused() -> None:
    """A forged report is told so, as for every other field."""
    document = {**to_document(report_of(NAMED, "0")), "run_id": 7}

    with pytest.raises(ReportError, match=r"report\.run_id: not a string"):
        report_in(document)


def test_a_run_that_came_to_no_result_has_no_id() -> None:
    """The key is there all the same, as every key of a report is."""
    document = json.loads(as_json.error("wrong usage", "0", "2026-01-05T09:12:44.120Z"))

    assert set(document) - {"error"} == set(to_document(report_of(Facts(), "0")))
    assert document["run_id"] is None


def test_all_that_one_run_writes_bears_the_same_id(tmp_path: Path) -> None:
    """The screen, four files and the annotations of a workflow; another run has another id."""
    names = ("report.json", "report.md", "report.html", "report.xml")
    options = [word for name in names for word in ("--report", name)]
    with simulated("auth-secret-rejected") as backend:
        setup = set_up(tmp_path, backend)
        outcome = run_here(Setup(tmp_path, {"GITHUB_ACTIONS": "true"}, setup.arguments), *options)
        other = run_here(setup, "--json")
    shown = RUN_ID.findall(outcome.stdout)
    written = {name: (tmp_path / name).read_text(encoding="utf-8") for name in names}

    assert len(shown) == 1
    assert all(shown[0] in content for content in written.values())
    assert json.loads(written["report.json"])["run_id"] == shown[0]
    assert set(RUN_ID.findall(outcome.stderr)) == set(shown)
    assert other.report["run_id"] != shown[0]
