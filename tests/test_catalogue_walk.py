"""Every problem can happen: each is caused for real, and the command line names it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from string import Formatter
from typing import Any

import pyte
import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Example, NotOnLoopback, Problem, Simulated
from edgecheck.render.passages import lines_of
from edgecheck.render.words import healthy_until, instruction
from edgecheck.report import report_in
from edgecheck.simulator import Backend
from edgecheck.simulator.names import FAULTS
from edgecheck.terms import Severity
from edgecheck.wording.values import profile_values
from tests.doctor import Outcome, run_on_a_terminal, set_up, simulated
from tests.printed_commands import differences, options_of, pairs_in
from tests.timing import PATIENCE, STAGE_LIMIT

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

SGR = re.compile(r"\x1b\[[0-9;]*m")
# What a server on loopback cannot cause. This list only shrinks: an entry that can be reproduced
# is.
NOT_ON_LOOPBACK = {
    # The resolver and the routes are the operating system's: tests/backends/test_namespaces.py has
    # its own.
    "dns-not-found",
    "dns-failure",
    "dns-no-address",
    "dns-timeout",
    "dns-sinkhole",
    "tcp-unreachable",
    "tcp-blocked",
    "tcp-family-broken",
    # They need options or a certificate of the client: tests/cli/test_request.py and
    # tests/backends/test_client_certificates.py give them.
    "header-credential-exposed",
    "mtls-certificate-expired",
    "mtls-certificate-not-yet-valid",
    "tls-client-certificate-rejected",
    "tcp-unix-socket-unserved",
    # tests/backends/test_names.py has name servers.
    "dns-alias-dangling",
    "dns-zone-broken",
    "dns-dnssec-bogus",
    "dns-resolver-silent",
    "dns-resolver-partly-silent",
    # Nothing is on the way to loopback: tests/backends/test_silence.py has routers.
    "tcp-dropped-locally",
    "tcp-dropped-on-path",
    "tcp-dropped-at-backend",
    "tcp-stalled",
    "path-mtu-black-hole",
    "tcp-packets-lost",
    "tls-name-blocked",
    "tls-large-hello-dropped",
    # A checkup is never idle; the simulator has the fault for connections that stay.
    "session-idle-closed",
    "session-lifetime-limit",
    # The machine's own: its trust store, the address of its proxy. tests/test_machine.py hides the
    # store, and sets the proxy's variables.
    "tls-no-trust-store",
    "proxy-scheme-https",
    "proxy-not-needed",
    "dns-name-local-only",
    # They happen in the person's own program.
    "client-headers-not-sent",
    "client-keyword-renamed",
    "client-retries-refusal",
}
# Whose reset comes after the connection stands, and as soon as the server wakes up: on a busy
# machine later than the checkup waits.
RACES = {"tcp-reset"}
HEALTHY = {"healthy": False, "healthy over TLS": True}

WALKED = [code for code in PROBLEMS if code not in NOT_ON_LOOPBACK]
WORKERS = 4  # most of a run is waiting
# The first test of a process may wait for the last of 130 runs, while other processes make theirs.
ALL = PATIENCE * 10

Walk = Mapping[str, Future[Outcome]]


def texts_of(problem: Problem) -> tuple[str, ...]:
    """Return the templates of an entry."""
    return problem.title, problem.cause, *problem.remedies


# Every name that any text has a placeholder for, a misspelt one included.
HOLES = {
    name
    for problem in PROBLEMS.values()
    for text in texts_of(problem)
    for _, name, _, _ in Formatter().parse(text)
    if name is not None
}


def unfilled(report: dict[str, Any]) -> list[str]:
    """Return the placeholders that a run left open.

    What the entry itself, or the profile, writes as `<host>` for the person to fill is none.
    """
    verdict = [report["verdict"]] if report["verdict"] is not None else []
    found = []
    for one in (*verdict, *report["findings"]):
        written = " ".join((*texts_of(PROBLEMS[one["code"]]), *profile_values(EDGE).values()))
        said = " ".join((one["title"], one.get("cause", ""), *one["remedies"]))
        found += [hole for hole in HOLES if f"<{hole}>" in said and f"<{hole}>" not in written]
    return found


def cause(name: str) -> AbstractContextManager[Backend]:
    """Run the backend for a code of the catalogue."""
    if name in HEALTHY:
        return simulated(tls=HEALTHY[name])
    return simulated(name if isinstance(PROBLEMS[name].reproduction, Simulated) else None)


def walked(name: str, folder: Path) -> Outcome:
    """Cause one problem, and ask for the diagnosis."""
    problem = PROBLEMS.get(name)
    example = (
        problem.reproduction
        if problem is not None and isinstance(problem.reproduction, Example)
        else None
    )
    # A busy machine may not answer within the first limit.
    for limit in [STAGE_LIMIT] * 5 if name in RACES else [STAGE_LIMIT, 5 * STAGE_LIMIT]:
        with cause(name) as backend:
            setup = set_up(folder, backend, example)
            outcome = run_on_a_terminal(setup, "--timeout", str(limit))
        is_error = problem is not None and problem.severity is Severity.ERROR
        if not is_error or (outcome.stdout and outcome.verdict == name):
            break
    return outcome


@pytest.fixture(scope="module")
def walk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    """Start what the selected tests will ask for, a few at a time: each waits for its own."""
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.module is request.module
        and hasattr(item, "callspec")
    }
    folder = tmp_path_factory.mktemp("walk")
    with ThreadPoolExecutor(WORKERS) as pool:
        order = (*HEALTHY, *WALKED)
        yield {name: pool.submit(walked, name, folder / name) for name in order if name in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", WALKED)
def test_each_problem_is_caused_and_named(walk: Walk, name: str) -> None:
    """An error is the verdict, a warning or a note is a finding; no placeholder is left open."""
    outcome = walk[name].result(ALL)

    assert outcome.stderr == ""
    report, severity = outcome.report, PROBLEMS[name].severity
    assert unfilled(report) == []
    if severity is Severity.ERROR:
        assert outcome.verdict == name, report
        assert report["ok"] is False
        assert outcome.code == 1
    else:
        assert {"code": name, "severity": severity} in [
            {key: one[key] for key in ("code", "severity")} for one in report["findings"]
        ], report
        assert outcome.verdict != name


@pytest.mark.parametrize("name", [*HEALTHY, *WALKED])
def test_the_first_screen_says_what_is_wrong_who_acts_and_what_to_do(walk: Walk, name: str) -> None:
    """On 24 lines of 80 columns nothing has scrolled away, with the prompt below it."""
    outcome = walk[name].result(ALL)
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(f"$ edgecheck doctor\r\n{outcome.terminal}$ ")
    shown = squeezed("\n".join(screen.display))
    report = report_in(outcome.report)
    verdict = report.diagnosis.verdict

    assert screen.display[screen.cursor.y].startswith("$ ")
    # All that was printed is on the screen, and only the command may have left it.
    assert squeezed(SGR.sub("", outcome.terminal)) in shown
    if verdict is None:
        assert squeezed(f"{healthy_until(report.facts)}: ") in shown
        return
    step = [line.text for line in lines_of(verdict.remedies[0])]
    for words in (verdict.title, instruction(verdict.side), *step):
        assert squeezed(words) in shown


@pytest.mark.parametrize("name", WALKED)
def test_every_printed_command_examines_the_same_target(walk: Walk, name: str) -> None:
    """With all options of the run, unless the command itself says otherwise."""
    outcome = walk[name].result(ALL)
    setup = outcome.setup
    assert setup is not None
    original = options_of(["doctor", *setup.arguments], setup.folder)

    assert [
        difference
        for printed, plain in pairs_in(outcome.report)
        for difference in differences(printed, plain, original, setup.folder)
    ] == []


def squeezed(text: str) -> str:
    """Return a text without blanks and line ends; those of a folded command have a backslash."""
    return re.sub(r"\s|\\(?=\s*$)", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_backend_gives_no_verdict_and_no_finding(walk: Walk, name: str) -> None:
    """Nothing is invented."""
    outcome = walk[name].result(ALL)

    assert outcome.stderr == ""
    assert outcome.code == 0
    assert outcome.report["ok"] is True
    assert outcome.verdict is None
    assert outcome.findings == []
    assert {stage["status"] for stage in outcome.report["stages"]} == {"pass", "skip"}


def test_every_entry_says_how_it_is_caused() -> None:
    """One way each: a fault of the simulator, an example, or the reason why neither can be."""
    kinds = {code: type(problem.reproduction) for code, problem in PROBLEMS.items()}

    assert {code for code, kind in kinds.items() if kind is NotOnLoopback} == NOT_ON_LOOPBACK
    assert {code for code, kind in kinds.items() if kind is Simulated} | {
        "session-idle-closed",
        "session-lifetime-limit",
    } == set(FAULTS)
    assert set(kinds.values()) == {Simulated, Example, NotOnLoopback}
    for problem in PROBLEMS.values():
        if isinstance(problem.reproduction, NotOnLoopback):
            assert problem.reproduction.reason


def test_settings_alone_cause_the_problems_of_the_settings() -> None:
    """The stage of an example is config, or the proxy's address, which is a setting as well."""
    by_example = [
        problem for problem in PROBLEMS.values() if isinstance(problem.reproduction, Example)
    ]

    assert {problem.code for problem in by_example if problem.stage_name != "config"} == {
        "proxy-url-invalid",
        "proxy-pac-file",
    }
