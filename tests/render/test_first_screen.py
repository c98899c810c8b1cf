"""The first screen: it fits, it says what to do, and nothing on it is more than text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.diagnose import Finding
from edgecheck.facts import Answer, Experiment, ExperimentName, Facts, Kind, Stage
from edgecheck.facts.answers import answer_of
from edgecheck.lint.defect import Defect
from edgecheck.render.first_screen import LINES, first_screen, rows
from edgecheck.render.text import conclusion
from edgecheck.render.words import HOW_SURE, NEXT_STEP, NOT_CHECKED
from edgecheck.report import report_of
from edgecheck.terms import Severity
from tests.render.samples import CONFIG, DNS, HEALTHY, HOST, REFUSED, TCP, UNREACHED
from tests.render.test_text import hostile, plain
from tests.sights import answered, closed, failed


def screen(facts: Facts, *defects: Defect, width: int = 80, strict: bool = False) -> str:
    """Return the screen of a report, as a pipe gets it."""
    return plain(first_screen(report_of(facts, "0.1.0", defects), width, strict=strict))


@pytest.mark.parametrize("facts", [REFUSED, UNREACHED], ids=["refused", "unreached"])
def test_a_verdict_fits_on_one_screen(facts: Facts) -> None:
    """The prompt has the last line of the 24; title, turn and first step are there."""
    verdict = report_of(facts, "0.1.0").diagnosis.verdict
    assert verdict is not None
    shown = screen(facts)

    assert len(shown.splitlines()) <= LINES
    order = [
        shown.index(part)
        for part in (
            verdict.title[:40],
            NEXT_STEP[verdict.side],
            " 1. ",
            "Why  ",
            "How sure",
            "More",
        )
    ]
    assert order == sorted(order)
    assert HOW_SURE[verdict.confidence][:20] in shown
    assert f"edgecheck explain {verdict.code}" in shown


def test_a_healthy_run_takes_ten_lines_at_most() -> None:
    """What was proven, and where to go on if the person's own client still fails."""
    shown = screen(HEALTHY)

    assert len(shown.splitlines()) <= 10
    assert f"Healthy: {HOST} resolved" in shown
    assert "edgecheck snippet" in shown


def test_what_passed_shares_a_line() -> None:
    """Every stage that ran is named once, and one that did not run is not."""
    shown = screen(
        replace(
            HEALTHY, dns=replace(DNS, addresses=("8.8.8.8",)), tcp=replace(TCP, address="8.8.8.8")
        )
    )
    names = re.findall(r"(?m)^[✓!✗] ([a-z, ]+?)(?:  |$)", shown)

    assert names == ["config, dns, tcp, tls, upgrade, auth, session"]
    assert re.findall(r"(?m)^[✗–] (\w+)", screen(UNREACHED)) == ["dns"]


def test_steps_that_do_not_fit_are_counted() -> None:
    """Whatever the length of the texts, the first step is whole, and the rest is announced."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    long = "Compare every one of the settings with what the backend's team has. " * 4
    many = replace(verdict, remedies=(long, long, long, long), evidence=("seen " * 30,) * 5)
    longer = replace(report, diagnosis=replace(report.diagnosis, verdict=many))
    shown = plain(first_screen(longer, 80))

    assert len(shown.splitlines()) <= LINES
    assert " ".join(long.split()) in " ".join(shown.split())
    assert re.search(r"\(with \d more steps?\)", shown)


def test_other_findings_are_named() -> None:
    """What else is wrong has a line, so that nobody misses it."""
    other = Defect("env-file-exposed", "warning", ".env", evidence=("mode 0644",))

    assert re.search(
        r"(?m)^Also +env-file-exposed\b", screen(replace(REFUSED, config=CONFIG), other)
    )
    assert "(env-file-exposed)" in screen(HEALTHY, other)
    assert "--strict counts 2 warnings as problems" in " ".join(
        screen(HEALTHY, other, Defect("secret-weak", "warning", ".env:2"), strict=True).split()
    )


def test_an_interrupted_run_says_so() -> None:
    """Nothing is called healthy."""
    shown = screen(replace(HEALTHY, session=None, interrupted=True))

    assert "Interrupted." in shown
    assert "Healthy" not in shown


def test_an_error_without_a_verdict_is_not_called_healthy() -> None:
    """The connection works all the same."""
    report = report_of(HEALTHY, "0.1.0")
    error = Finding("env-missing", Severity.ERROR, "", "A setting is missing", (), ("Set it.",))
    found = replace(report, diagnosis=replace(report.diagnosis, findings=(error,)))
    shown = plain(first_screen(found, 80))

    assert report.diagnosis.verdict is None
    assert "A setting is missing" in shown
    assert "Healthy" not in shown
    assert "Healthy" not in plain(conclusion(found, 80, strict=False))


@pytest.mark.parametrize("agent_id", ["", EDGE.agent_id.probe_id or "edge_1"])
def test_what_a_look_disturbs_is_told_where_it_has_an_id(agent_id: str) -> None:
    """Nobody's connection is ended by one without."""
    facts = replace(HEALTHY, target=replace(HEALTHY.target, agent_id=agent_id))
    named = f"ended that of {agent_id}."

    assert (named in " ".join(screen(facts).split())) is bool(agent_id)


def test_what_a_shorter_run_did_not_check_is_told() -> None:
    """Nothing is said of the client's own program."""
    facts = replace(HEALTHY, until=Stage.UPGRADE, session=None)
    words = NOT_CHECKED.format(until="upgrade")
    for lines in (
        first_screen(report_of(facts, "0.1.0"), 80),
        conclusion(report_of(facts, "0.1.0"), 80, strict=False),
    ):
        shown = " ".join(plain(lines).split())

        assert "Healthy as far as upgrade" in shown
        assert words in shown
        assert "client" not in shown


def test_hostile_text_stays_text() -> None:
    """Control characters and line ends are escaped, and markup is shown as it is."""
    for line in first_screen(hostile(HEALTHY), 80):
        assert line.plain.isprintable()
        assert not line.plain.startswith("fake")


def test_a_long_address_counts_with_the_rows_that_it_takes() -> None:
    """A terminal shows it on several, and the screen has to fit all the same."""
    url = f"wss://{HOST}/{'path/' * 2000}?edge_agent_id=edge_1"
    report = report_of(replace(REFUSED, target=replace(REFUSED.target, url=url)), "0.1.0")

    for width in (80, 120):
        assert rows(first_screen(report, width), width) <= LINES


def test_why_says_more_than_whose_words_were_read() -> None:
    """A short first sentence is followed by the second one, and a long one stands alone."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None

    def why(cause: str) -> str:
        changed = replace(verdict, cause=cause)
        shown = first_screen(
            replace(report, diagnosis=replace(report.diagnosis, verdict=changed)), 80
        )
        return " ".join(plain(shown).split())

    assert "nginx' own. No instance is ready. How" in why(
        "The page is nginx' own. No instance is ready. A third sentence."
    )
    long = f"The page says {'again and ' * 12}again that it is nginx' own."
    assert f"{long} How" in why(f"{long} A second sentence.")


def test_what_a_step_calls_shown_below_is_shown() -> None:
    """A later step is left out for it."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    steps = ("Tell them what is shown below.", *("Ask them " + "again " * 50 + "for it.",) * 2)
    changed = replace(verdict, remedies=steps, evidence=("body: badge 7 is missing",))
    shown = plain(
        first_screen(replace(report, diagnosis=replace(report.diagnosis, verdict=changed)), 80)
    )

    assert "badge 7 is missing" in shown
    assert len(shown.splitlines()) <= LINES
    assert "more step" in shown


def test_what_a_close_says_is_shown_once() -> None:
    """The line of its stage has the code and the reason."""
    assert screen(REFUSED).count("Token verification failed") <= 2
    assert "the server closed with" not in screen(REFUSED)


def test_a_conclusion_that_the_cause_has_is_not_said_again() -> None:
    """Nor is what only repeats the stage's line, nor the type of a page."""
    answer = Answer(403, reason="no")
    made = tuple(
        Experiment(name, answer)
        for name in (ExperimentName.WITHOUT_CREDENTIALS, ExperimentName.WRONG_SECRET)
    )
    facts = answered(403, "no", "Forbidden", content_type="text/plain")
    shown = screen(replace(facts, experiments=made))

    assert shown.count("with another secret and with none") == 1
    assert "content-type" not in shown


def test_each_answer_of_an_experiment_is_left_to_the_report() -> None:
    """Their conclusion says it."""
    facts = closed(1008, "no")
    same, other = answer_of(facts), Answer(403)
    made = (
        Experiment(ExperimentName.AGAIN, same),
        Experiment(ExperimentName.WITHOUT_CREDENTIALS, other),
        Experiment(ExperimentName.WRONG_SECRET, same),
    )
    shown = screen(replace(facts, experiments=made))

    assert "The backend looks at the secret, and refuses it" in shown
    assert "The answer is the same" not in shown
    assert "403" not in shown


OPTIONS = (
    ("-e", "/srv/agents/site/.env"),
    ("--ca-file", "/etc/ssl/private/company-root.pem"),
    ("--proxy", "http://proxy.internal.example:3128"),
)
KINDS = [kind for kind in Kind if kind is not Kind.CRASHED]


@pytest.mark.parametrize("kind", KINDS)
def test_a_verdict_fits_with_the_options_of_the_run_in_its_commands(kind: Kind) -> None:
    """With a long name, path, id and address of IPv6; the first step is whole all the same."""
    facts = failed(kind)
    host = f"edge-gateway-{'x' * 30}.prod.example.com"
    url = f"wss://{host}:8443/api/v2/edge/ws?edge_agent_id=edge_{'7' * 30}"
    target = replace(facts.target, url=url, host=host, port=8443, options=OPTIONS)
    facts = replace(facts, target=target)
    if facts.tcp is not None and facts.tcp.address is not None:
        address = "2001:db8:85a3:8d3:1319:8a2e:370:7348"
        facts = replace(facts, tcp=replace(facts.tcp, address=address))
    report = report_of(facts, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    lines = first_screen(report, 80)
    shown = plain(lines)

    assert rows(lines, 80) <= LINES
    for part in (NEXT_STEP[verdict.side], " 1. ", "Why  ", "How sure", "More"):
        assert part in shown, part
    assert f"edgecheck explain {verdict.code}" in " ".join(shown.split())
