"""What changed between two checkups, in a few lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from edgecheck.diagnose import Diagnosis, Finding
from edgecheck.facts import Facts, Kind
from edgecheck.lint.defect import Defect
from edgecheck.render.changes import alike, changes, unmatched
from edgecheck.report import Report, report_of
from edgecheck.terms import Severity
from tests.render.samples import CONFIG, HEALTHY, REFUSED, UNREACHED
from tests.sights import FACTS, failed
from tests.sights import HEALTHY as SOUND

WIDTH = 80


def report(facts: Facts, *defects: Defect, secret: str = "sha256:1f2e3d4c5b6a") -> Report:
    """Judge what was seen, with a secret of this fingerprint."""
    return report_of(
        replace(facts, target=replace(facts.target, secret_fingerprint=secret)), "0", defects
    )


def shown(before: Report, after: Report, *, strict: bool = False) -> str:
    """Return what a person reads."""
    return "\n".join(line.plain.rstrip() for line in changes(before, after, WIDTH, strict=strict))


def finding(code: str, title: str) -> Finding:
    """Return a warning."""
    return Finding(code, Severity.WARNING, "", title, (), ("Do this.",))


def with_findings(*findings: Finding, facts: Facts = REFUSED) -> Report:
    """Return a report that noticed these things, and no others."""
    judged = report(facts)
    return Report(
        judged.version,
        judged.facts,
        (),
        Diagnosis(judged.diagnosis.verdict, findings, judged.diagnosis.stages),
    )


def test_turning_green_names_what_is_gone_and_ends_with_what_was_proven() -> None:
    """It tells of the verdict, the secret and the stages that changed, and of no others."""
    text = shown(report(REFUSED, secret="sha256:000000000000"), report(HEALTHY))

    lines = text.splitlines()
    assert lines[0] == "  verdict   auth-secret-rejected → healthy"
    assert lines[1] == "  secret    sha256:000000000000 → sha256:1f2e3d4c5b6a"
    assert lines[2].startswith("  auth      ✗ → ✓  ")
    assert lines[3].startswith("  session   – → ✓  ")
    assert lines[4].startswith("  gone      The backend does not accept this secret")
    assert "Healthy: " in text
    assert "tcp" not in text
    assert "What is wrong" not in text
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(
    ("before", "after", "woken"),
    [
        (failed(Kind.UPGRADE_TIMEOUT), SOUND, True),
        (failed(Kind.TCP_REFUSED), SOUND, False),
        (failed(Kind.UPGRADE_TIMEOUT), failed(Kind.TCP_REFUSED), False),
        (
            failed(Kind.UPGRADE_TIMEOUT),
            replace(SOUND, target=replace(SOUND.target, port=8443)),
            False,
        ),
    ],
)
def test_an_instance_that_woke_up_is_told(before: Facts, after: Facts, woken: bool) -> None:
    """Nothing else changed, and the first answer is one that time heals."""
    text = " ".join(shown(report(before), report(after)).split())

    assert ("An instance that was asleep wakes up like this" in text) is woken


def test_what_is_asked_for_is_told_where_it_is_another() -> None:
    """Each setting has its own line; the agent id is not repeated as a part of the address."""

    def asking(host: str, agent_id: str) -> Report:
        url = f"wss://{host}/edge/ws?edge_agent_id={agent_id}"
        return report(
            replace(REFUSED, target=replace(REFUSED.target, url=url, host=host, agent_id=agent_id))
        )

    assert (
        shown(asking("one.example", "edge_1"), asking("one.example", "edge_2")).splitlines()[0]
        == "  agent id  edge_1 → edge_2"
    )
    assert shown(asking("one.example", "edge_1"), asking("two.example", "edge_1")).splitlines()[
        0
    ] == ("  address   wss://one.example/edge/ws → wss://two.example/edge/ws")


def test_another_verdict_is_told_in_full() -> None:
    """It comes with its remedies."""
    text = shown(report(REFUSED), report(UNREACHED))

    assert "auth-secret-rejected → dns-not-found" in text
    assert "What is wrong" in text
    assert "  1. " in text
    assert "Still" not in text


def test_what_was_not_reached_again_is_not_called_gone() -> None:
    """What was not looked at may still be there."""
    assert "gone      The backend" not in shown(report(REFUSED), report(UNREACHED))
    assert "  gone      " in shown(report(UNREACHED), report(REFUSED))


def test_the_same_verdict_is_told_in_a_line() -> None:
    """What is new and what is gone is told as well."""
    text = shown(
        with_findings(finding("env-file-exposed", "others may read it")),
        with_findings(finding("secret-weak", "it is short")),
    )

    assert "✗ Still: The backend does not accept this secret" in text
    assert "edgecheck explain auth-secret-rejected" in text
    assert "  gone      others may read it" in text
    assert "! it is short" in text
    assert "Do this." in text
    assert "What is wrong" not in text


def test_the_same_verdict_for_another_place_is_told_in_full() -> None:
    """Its remedies name the place."""

    def broken(line: int) -> Report:
        values = {
            "setting": "EDGE_SECRET",
            "where": f".env:{line}",
            "file": ".env",
            "line": str(line),
        }
        defect = Defect(
            "secret-bearer-prefix",
            Severity.ERROR,
            where=f".env:{line}",
            setting="EDGE_SECRET",
            values=values,
        )
        return report(replace(REFUSED, config=CONFIG), defect)

    text = shown(broken(2), broken(3))

    assert "What is wrong" in text
    assert "gone" not in text


def test_what_is_left_once_all_is_well_is_told_again() -> None:
    """The last screen is complete; with --strict it says why the run goes on."""
    before = with_findings(finding("secret-weak", "it is short"))
    after = with_findings(finding("secret-weak", "it is short"), facts=HEALTHY)

    assert "! it is short" in shown(before, after)
    assert "1 warning above." in " ".join(shown(before, after).split())
    assert "which --strict counts" in " ".join(shown(after, after, strict=True).split())


def test_what_only_moved_is_the_same() -> None:
    """Equal titles are matched first, so that the right one of two is missing; then equal codes."""
    one, two, moved = (
        finding("env-value-dialect", f"line {number} is read differently") for number in (1, 2, 3)
    )
    other = finding("secret-weak", "it is short")

    assert unmatched([one, two], [two]) == [one]
    assert unmatched([moved], [one]) == []
    assert unmatched([moved, two], [two]) == [moved]
    assert unmatched([one, other], [moved]) == [other]
    assert unmatched([one, one], [one]) == [one]


@settings(max_examples=60, deadline=None)
@given(FACTS, FACTS)
def test_any_two_reports_can_be_compared(before: Facts, after: Facts) -> None:
    """Nothing raises, no control character is shown, and a report is equal to itself."""
    text = shown(report_of(before, "0"), report_of(after, "0"))

    assert all(character.isprintable() or character == "\n" for character in text)
    assert alike(report_of(before, "0"), report_of(before, "0"))
    assert alike(report_of(before, "0"), report_of(after, "0")) or text
