"""What many outcomes amount to, and what changed since another run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgecheck.facts import Stage
from edgecheck.fleet.baseline import NoBaseline, earlier_run
from edgecheck.fleet.check import Checked
from edgecheck.fleet.outcome import Outcome, outcome_of
from edgecheck.fleet.reports.document import pieces
from edgecheck.fleet.results import Results, results
from edgecheck.fleet.summary import (
    NOT_CHECKED,
    as_document,
    cause_of,
    change_between,
    headline,
    in_common,
)
from edgecheck.lint.defect import Defect
from edgecheck.report import report_of
from edgecheck.terms import Side
from tests.fleet.samples import (
    AT,
    HEALTHY,
    REFUSED,
    UNREACHED,
    checked,
    interrupted,
    summed,
    unusable,
)


@pytest.fixture
def found() -> Iterator[Results]:
    with results() as opened:
        yield opened


def test_the_causes_are_counted_the_most_frequent_first(found: Results) -> None:
    """Each says whose turn it is, what to do, and whom it concerns."""
    summary = summed(
        found,
        [
            checked("a"),
            checked("b", REFUSED),
            checked("c", UNREACHED),
            checked("d", UNREACHED),
            unusable("e"),
            interrupted("f"),
        ],
    )
    first, *others = summary.causes

    assert (summary.agents, summary.healthy, summary.problems) == (6, 1, 4)
    assert summary.unfinished == 1
    assert (first.count, first.agents) == (2, ("c", "d"))
    assert first.code == cause_of(checked("c", UNREACHED).outcome)
    assert first.remedies
    assert {each.code for each in others} == {
        cause_of(checked("b", REFUSED).outcome),
        NOT_CHECKED,
    }
    assert headline(summary) == "4 of 6 agents have a problem"
    assert not summary.ok


def test_one_cause_of_several_agents_is_told_in_words_that_fit_all(found: Results) -> None:
    """The place of one agent's file is not that of the others."""
    other = replace(UNREACHED, target=replace(UNREACHED.target, host="other.example.com"))
    moved = replace(other, dns=replace(other.dns, host="other.example.com") if other.dns else None)
    (alike,) = summed(found, [checked("a", UNREACHED), checked("b", UNREACHED)]).causes
    (both,) = summed(found, [checked("c", moved)]).causes
    host = UNREACHED.target.host or ""

    assert host
    assert host in alike.title
    assert host not in both.title
    assert "…" in both.title
    assert both.title.split("…")[0] in alike.title or both.title.startswith("…")
    assert both.count == 3


def test_an_id_of_several_agents_is_said(found: Results) -> None:
    """They throw each other out where the backend keeps one connection an id."""
    (note,) = summed(found, [checked("a"), checked("b")]).notes

    assert note.endswith(": a, b")
    assert (HEALTHY.target.agent_id or "") in note


def test_the_warnings_of_healthy_agents_are_counted(found: Results) -> None:
    """By code; what a problem's agent was warned of does not count."""
    values = {"where": ".env", "mode": "0644", "who": "all"}
    exposed = Defect("env-file-exposed", "warning", ".env", "", ("seen",), values)
    report = report_of(HEALTHY, "0.1.0", [exposed])
    both = Checked(outcome_of(report, "b", "b"), report)
    summary = summed(found, [checked("a"), both, checked("d", REFUSED)])

    assert summary.warned == 1
    assert summary.warnings == (("env-file-exposed", 1),)


def test_rows_begin_with_the_problems(found: Results) -> None:
    """Healthy ones may be left out; what was not finished is neither."""
    summed(found, [checked("a"), checked("z", REFUSED), interrupted("m"), checked("b", REFUSED)])

    assert [row.outcome.target for row in found.rows()] == ["b", "z", "a", "m"]
    assert [row.outcome.target for row in found.rows(only_problems=True)] == ["b", "z", "m"]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_the_temporary_file_is_this_users_and_has_no_name(found: Results) -> None:
    """Whatever ends the process, nothing stays."""
    big = checked("x" * 100, REFUSED)
    for number in range(3000):
        found.add(big._replace(outcome=replace(big.outcome, target=f"{number}")))
    opened = [each for each in Path("/proc/self/fd").iterdir() if "etilqs" in _place(each)]

    assert opened
    assert all(_place(path).endswith("(deleted)") for path in opened)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in opened)


def _place(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


# --- the earlier run -----------------------------------------------------------------------------


def outcome(*, code: str = "", stage: str = "", until: str = "", error: str = "") -> Outcome:
    ok = not (code or error)
    return Outcome("a", "a", AT, ok=ok, code=code, stage=stage, until=until, error=error)


@pytest.mark.parametrize(
    ("was", "stage", "now", "kind"),
    [
        ("", "", outcome(), ""),
        ("tcp-refused", "tcp", outcome(code="tcp-refused"), ""),
        ("", "", outcome(code="tcp-refused"), "newly-broken"),
        ("", "", outcome(error="not JSON"), "newly-broken"),
        ("tcp-refused", "tcp", outcome(code="dns-not-found"), "changed-cause"),
        ("tcp-refused", "tcp", outcome(), "mended"),
        ("tcp-refused", "tcp", outcome(until="tls"), "mended"),
        ("auth-secret-rejected", "auth", outcome(until="tls"), "not-compared"),
        ("auth-secret-rejected", "auth", replace(outcome(), interrupted=True), ""),
    ],
)
def test_a_change_is_what_both_runs_looked_at(
    was: str, stage: str, now: Outcome, kind: str
) -> None:
    """What this run did not look at is not mended."""
    assert change_between(was, stage, now) == kind


@pytest.mark.parametrize(
    ("titles", "common"),
    [
        (["it is shut"], "it is shut"),
        (["a is shut", "b is shut"], "… is shut"),
        (["a is shut", "b is shut now"], "… is shut …"),
        (["it says: no …", "it says: no … more"], "it says: no …"),
        (["this", "that"], "…"),
    ],
)
def test_what_titles_have_in_common_is_one_title(titles: list[str], common: str) -> None:
    """With one ellipsis where they differ, also beside one that a title has itself."""
    assert in_common(titles) == common


@pytest.mark.parametrize("form", ["lines", "report", "laid out anew"])
def test_the_changes_since_an_earlier_run_are_named(tmp_path: Path, form: str) -> None:
    """The earlier run is known by its lines, or by its report."""
    with results() as before:
        summary = summed(
            before,
            [
                checked("same", REFUSED),
                checked("broken"),
                checked("mended", REFUSED),
                checked("other", UNREACHED),
                checked("gone"),
                interrupted("unknown"),
            ],
        )
        document = "".join(pieces(before.rows(), summary))
        lines = [json.dumps(row.document) for row in before.rows()]
    text = {
        "lines": "\n".join([*lines, json.dumps(as_document(summary))]),
        "report": document,
        "laid out anew": json.dumps(json.loads(document), indent=4),
    }[form]
    (tmp_path / "before").write_text(text)
    with results() as now:
        now.remember(earlier_run(tmp_path / "before"))
        after = summed(
            now,
            [
                checked("same", REFUSED),
                checked("broken", REFUSED),
                checked("mended"),
                checked("other", REFUSED),
                checked("new"),
                checked("unknown"),
            ],
        )
        rows = {row.outcome.target: row.change for row in now.rows()}
    changes = {each.kind: each.agents for each in after.changes or ()}
    code = cause_of(checked("a", REFUSED).outcome)

    assert changes == {
        "newly-broken": (f"broken ({code})",),
        "changed-cause": (f"other ({code})",),
        "mended": ("mended",),
        "new": ("new", "unknown"),
        "gone": ("gone",),
    }
    assert rows["same"] == ""
    assert rows["mended"] == "mended"


def test_an_interrupted_run_calls_nobody_gone(tmp_path: Path) -> None:
    """Who was not reached may still be there."""
    (tmp_path / "before").write_text('{"event": "agent", "name": "a", "ok": true}\n')
    with results() as now:
        now.remember(earlier_run(tmp_path / "before"))

        assert summed(now, [], was_interrupted=True).changes == ()


@pytest.mark.parametrize(
    "text",
    [
        *("", "nonsense", "[1]", '{"event": "agent"', "{}", "\x80"),
        *('{"event": "agent"}', '{"agents": [{"x": 1}]}', '{"agents": [{"name": 1}]}'),
        *('{"event": "agent", "name": null}', '{"event": "agent", "name": "a", "verdict": 1}'),
        '{"event": "agent", "name": "a", "verdict": {"code": ["x"]}}',
    ],
)
def test_what_is_no_earlier_run_is_an_error(tmp_path: Path, text: str) -> None:
    """It must not look like a fleet of new agents."""
    (tmp_path / "before").write_text(text, encoding="latin-1")

    with pytest.raises(NoBaseline):
        list(earlier_run(tmp_path / "before"))


def test_text_of_an_earlier_run_that_no_run_writes_is_kept_escaped(tmp_path: Path) -> None:
    """A lone surrogate fits into no database."""
    strange = r'"\ud800"'
    (tmp_path / "before").write_text(
        f'{{"event": "agent", "name": {strange}, "verdict": {{"code": {strange}, '
        f'"stage": {strange}}}}}\n'
    )
    with results() as now:
        now.remember(earlier_run(tmp_path / "before"))
        (gone,) = summed(now, []).changes or ()

    assert gone.agents == (r"\ud800",)


def test_the_side_of_a_broken_entry_is_the_clients(found: Results) -> None:
    """Who wrote the inventory mends it."""
    (cause,) = summed(found, [unusable("a", "url: not given")]).causes

    assert (cause.code, cause.side, cause.title) == (NOT_CHECKED, Side.CLIENT, "url: not given")


def test_the_end_of_the_healthy_ones_is_said(found: Results) -> None:
    """Healthy as far as TLS is less than healthy."""
    early = replace(HEALTHY, until=Stage.TLS)

    assert headline(summed(found, [checked("a", early)])) == "1 agent, healthy as far as tls"
