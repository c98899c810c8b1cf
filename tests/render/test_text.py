"""The screen of --verbose: what is where, and that text on it is never more than text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edgecheck.diagnose import Finding
from edgecheck.facts import ConfigFacts, Facts, HttpResponse, Span, Stage, Target, UpgradeFacts
from edgecheck.lint.defect import Defect
from edgecheck.render import text
from edgecheck.render.styled import Text
from edgecheck.render.words import NEXT_STEP
from edgecheck.report import Report, report_of
from edgecheck.terms import Severity
from tests.render.samples import CONFIG, DNS, HEALTHY, HOST, REFUSED, TCP, TLS, UNREACHED, closed


def screen(facts: Facts, *defects: Defect, width: int = 80, strict: bool = False) -> str:
    """Return the whole screen of a report, as a pipe gets it."""
    report = report_of(facts, "0.1.0", defects)
    return plain([*text.opening(report, width), *text.closing(report, width, strict=strict)])


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain.rstrip() for line in lines)


def test_every_stage_has_its_line_in_order() -> None:
    """The eight stages are in the order in which they happen, even if some were not reached."""
    for facts in (HEALTHY, REFUSED, UNREACHED, Facts()):
        names = [
            line.split()[1]
            for line in screen(facts).splitlines()
            if line[:1] in "✓!✗–" and line[1:2] == " " and len(line.split()) > 1
        ]

        assert names[:8] == [stage.value for stage in Stage]


def test_a_healthy_run_says_what_was_proven_and_what_is_left() -> None:
    """One sentence names all that worked, and then come mistakes in the client's own program."""
    shown = " ".join(screen(HEALTHY).split())

    way = f"{HOST} resolved, connected to 203.0.113.5 port 443, TLSv1.3 verified"
    assert f"Healthy: {way}, upgrade accepted, ping answered in 31.5 ms." in shown
    assert "this one ended that of edge_1" in " ".join(shown.split())
    assert "edgecheck explain client-headers-not-sent" in shown
    assert "What is wrong" not in shown


def test_an_unchecked_certificate_is_never_called_verified() -> None:
    """The sentence that says what was proven mentions --insecure."""
    facts = replace(HEALTHY, tls=replace(TLS, verified=None, insecure=True))

    assert "TLSv1.3 NOT verified (--insecure)" in " ".join(screen(facts).split())
    assert "! tls" in screen(facts)


def test_what_to_do_comes_before_why() -> None:
    """Title, next step and numbered remedies come first, then the reasons."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    shown = screen(REFUSED)

    order = [
        shown.index(part)
        for part in (
            "What is wrong",
            NEXT_STEP[verdict.side],
            "  1. ",
            "Why  ",
            "Seen  ",
            "How sure",
            "edgecheck explain",
        )
    ]
    assert order == sorted(order)
    assert f"edgecheck explain {verdict.code}" in shown


def test_commands_stand_whole_and_without_a_frame() -> None:
    """Each command has a line for itself, so that it can be copied even from a narrow screen."""
    report = report_of(REFUSED, "0.1.0")
    assert report.diagnosis.verdict is not None
    commands = [
        line[2:]
        for remedy in report.diagnosis.verdict.remedies
        for line in remedy.split("\n")
        if line.startswith("$ ")
    ]
    lines = [line.strip() for line in screen(REFUSED, width=40).splitlines()]

    assert set(commands) <= set(lines)
    assert not re.search("[│┃|║]", screen(REFUSED).replace("| ", ""))


@pytest.mark.parametrize(
    "facts", [HEALTHY, REFUSED, UNREACHED], ids=["healthy", "refused", "unreached"]
)
def test_prose_fits_into_eighty_columns(facts: Facts) -> None:
    """A line is longer only where a command, an address or another word must stay whole."""
    report = report_of(facts, "0.1.0")
    whole = {
        line[2:]
        for remedy in (report.diagnosis.verdict.remedies if report.diagnosis.verdict else ())
        for line in remedy.split("\n")
    }
    for line in screen(facts).splitlines():
        bare = line.strip()
        words = re.sub(r"`[^`]+`", "`code`", bare).split()

        assert len(line) <= 80 or bare in whole or len(words) <= 6, line


def test_a_secret_never_seen_is_shown_by_its_fingerprint() -> None:
    """The heading says which secret was used without showing it."""
    assert "sha256:1f2e3d4c5b6a" in screen(HEALTHY).split("config")[0]


def test_skipped_stages_say_why_and_take_no_time() -> None:
    """A stage that was not run has a reason in place of a duration."""
    skipped = [line for line in screen(UNREACHED).splitlines() if line.startswith("–")]

    assert len(skipped) >= 4
    assert all(len(line.split(None, 2)) == 3 and not line.endswith(" ms") for line in skipped)


def test_the_waterfall_is_to_scale() -> None:
    """Each bar begins where the one before it ended, and the longest stage has the longest bar."""
    lines = [line for line in screen(HEALTHY).splitlines() if "█" in line]
    bars = {line.split()[0]: (line.index("█"), line.count("█")) for line in lines}

    assert list(bars) == ["config", "dns", "tcp", "tls", "upgrade", "session"]
    assert max(bars, key=lambda name: bars[name][1]) == "upgrade"
    starts = [start for start, _ in bars.values()]
    assert starts == sorted(starts)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("total", [0.0, -1.0, 1e-9, 1e11])
def test_impossible_times_are_drawn_all_the_same(total: float) -> None:
    """A file for --replay may have any numbers; no line becomes too long."""
    odd = replace(
        HEALTHY,
        total_ms=total,
        dns=replace(DNS, span=Span(total, total)),
        tcp=replace(TCP, span=Span(-total, 3e11)),
    )

    assert max(len(line) for line in screen(odd).splitlines() if "█" in line) < 120


def test_findings_stand_below_the_verdict_the_worst_first() -> None:
    """Other findings do not come before what to do first."""
    defects = (
        Defect("env-file-exposed", "warning", ".env", evidence=("mode 0644",)),
        Defect("env-line-invalid", "warning", ".env:4"),
    )
    shown = screen(replace(REFUSED, config=CONFIG), *defects)

    assert shown.index("What is wrong") < shown.index("Also noticed") < shown.index("mode 0644")
    assert "edgecheck explain env-file-exposed" in shown


def test_a_finding_that_follows_from_the_verdict_is_a_title_alone() -> None:
    """What to do about the cause is enough; any other finding says what to do about itself."""
    verdict = report_of(REFUSED, "0.1.0").diagnosis.verdict
    assert verdict is not None
    root = replace(verdict, alternatives=("auth-forbidden",))
    symptom = Finding(
        "auth-forbidden", Severity.ERROR, "", "It refused.", ("HTTP 403",), ("Do this.",)
    )
    other = replace(symptom, code="tcp-refused")

    assert plain(text.findings([symptom], 80, root)).splitlines() == [
        "Also noticed",
        "",
        "– It refused. (follows from the above)",
    ]
    assert plain(text.findings([other], 80, root)).splitlines() == [
        "Also noticed",
        "",
        "✗ It refused.",
        "  HTTP 403",
        "  Do this.",
        "  edgecheck explain tcp-refused",
    ]
    assert text.findings([], 80, root) == []


def test_strict_says_that_warnings_count() -> None:
    """The screen explains the exit code of --strict."""
    warning = Defect("env-file-exposed", "warning", ".env")

    assert "which --strict counts as problems" in " ".join(
        screen(HEALTHY, warning, strict=True).split()
    )
    assert "--strict" not in screen(HEALTHY, warning)


def test_an_interrupted_run_says_so_and_shows_what_is_known() -> None:
    """Ctrl-C loses nothing, and nothing is called healthy."""
    shown = screen(replace(HEALTHY, session=None, interrupted=True))

    assert "Interrupted." in shown
    assert "Healthy" not in shown
    assert "connected to 203.0.113.5:443" in shown


def test_verbose_adds_what_was_sent_and_received() -> None:
    """It has the request, the head of the response, and every address."""
    shown = screen(HEALTHY)

    assert "> GET /edge/ws HTTP/1.1" in shown
    assert "< HTTP/1.1 101 Switching Protocols" in shown
    assert "203.0.113.5 port 443: connected" in shown


HOSTILE = "\x1b[2J\x1b]0;title\x07[red]not red[/red]\u202egnp.exe\u200b\r\nfake ✓ line"


def hostile(facts: Facts) -> Report:
    """Return a report in which every text is hostile, as in a forged file."""
    forged = replace(
        facts,
        target=Target(HOSTILE, HOSTILE, 443, HOSTILE, HOSTILE, HOSTILE),
        config=ConfigFacts(HOSTILE, {HOSTILE: HOSTILE}),
        dns=replace(DNS, host=HOSTILE),
        upgrade=UpgradeFacts(
            Span(1, 1),
            (HOSTILE,),
            HttpResponse("HTTP/1.1", 101, HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE),
        ),
        session=closed(1008, HOSTILE),
    )
    return report_of(
        forged, HOSTILE, [Defect("env-file-exposed", "warning", HOSTILE, evidence=(HOSTILE,))]
    )


def test_hostile_text_stays_text() -> None:
    """Control characters and line ends are escaped, and markup is shown as it is."""
    report = hostile(HEALTHY)
    lines = [*text.opening(report, 80), *text.closing(report, 80)]

    for line in lines:
        assert line.plain.isprintable()
        assert not line.plain.startswith("fake")
    assert "[red]not red[/red]" in plain(lines)


def test_only_the_sixteen_colours_are_used_and_none_that_a_light_background_swallows() -> None:
    """Every style is one of a few, and yellow is never bold."""
    used = set()
    for facts in (HEALTHY, REFUSED, UNREACHED):
        report = report_of(facts, "0.1.0")
        lines = [*text.opening(report, 80), *text.closing(report, 80)]
        used |= {str(span.style) for line in lines for span in line.spans}

    colours = {word for style in used for word in style.split()}
    assert colours <= {"bold", "dim", "red", "green", "yellow", "cyan", "magenta", "blue"}
    assert "bold yellow" not in used
