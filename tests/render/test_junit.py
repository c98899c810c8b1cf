"""The report as JUnit XML: what a CI server reads in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from edgecheck.escapes import is_unsafe
from edgecheck.facts import Facts, Stage
from edgecheck.lint.defect import Defect
from edgecheck.render import junit
from edgecheck.render.words import shown
from edgecheck.report import report_of
from tests.render.hostile import DEFECTS, HOSTILE, PIECES, POISONED
from tests.render.samples import HEALTHY, REFUSED, UNREACHED
from tests.sights import FACTS

# junit-10.xsd, the schema of Jenkins' xUnit plugin: for each element the attributes that it must
# have, those that it may have, and its children.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    **dict.fromkeys(("skipped", "error", "failure"), (set(), {"type", "message"}, set())),
    "system-out": (set(), set(), set()),
}
REASONS = ("failure", "error", "skipped")


def suite_of(facts: Facts, *defects: Defect, version: str = "0.1.0") -> ET.Element:
    """Return the suite, as an XML parser reads it, and check it against the schema."""
    document = junit.report(report_of(facts, version, defects))
    assert not any(is_unsafe(character) for character in document.replace("\n", ""))
    root = ET.fromstring(document.encode())
    for element in root.iter():
        due, allowed, children = SCHEMA[element.tag]
        assert due <= set(element.attrib) <= due | allowed, element.tag
        assert {child.tag for child in element} <= children, element.tag
        if "time" in element.attrib:
            assert float(element.attrib["time"]) >= 0
    (suite,) = root
    cases = suite.findall("testcase")
    assert [case.attrib["name"] for case in cases] == [stage.value for stage in Stage]
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))
        assert name == "skipped" or root.attrib[name] == suite.attrib[name]
    assert root.attrib["tests"] == suite.attrib["tests"] == "8"
    assert all(sum(case.find(reason) is not None for reason in REASONS) <= 1 for case in cases)
    return suite


def outcomes(suite: ET.Element) -> Iterator[tuple[str, str]]:
    """Return the name and outcome of each stage."""
    for case in suite.findall("testcase"):
        yield (
            case.attrib["name"],
            next((reason for reason in REASONS if case.find(reason) is not None), "passed"),
        )


def test_the_failed_stage_holds_the_verdict() -> None:
    """Its title is the message and its remedies are the text; later stages are skipped."""
    verdict = report_of(REFUSED, "0.1.0").diagnosis.verdict
    assert verdict is not None
    suite = suite_of(REFUSED)
    failure = suite.find("testcase[@name='auth']/failure")
    assert failure is not None

    assert failure.attrib == {"message": verdict.title, "type": verdict.code}
    assert 'printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12' in [
        line.strip() for line in (failure.text or "").splitlines()
    ]
    assert dict(outcomes(suite)) == {
        **dict.fromkeys(("config", "dns", "tcp", "tls", "upgrade"), "passed"),
        "proxy": "skipped",
        "auth": "failure",
        "session": "skipped",
    }
    skipped = suite.find("testcase[@name='session']/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "not checked: auth failed"


def test_a_stage_takes_the_seconds_that_it_took() -> None:
    """JUnit counts in seconds."""
    case = suite_of(HEALTHY).find("testcase[@name='tls']")
    assert case is not None

    assert case.attrib["time"] == "0.048"


def test_a_warning_is_said_and_fails_nothing() -> None:
    """It is a part of the test case of its stage."""
    suite = suite_of(HEALTHY, Defect("env-file-exposed", "warning", ".env"))
    said = suite.find("testcase[@name='config']/system-out")
    assert said is not None

    assert "env-file-exposed" in (said.text or "")
    assert suite.attrib["failures"] == "0"


def test_the_properties_say_what_was_examined() -> None:
    """The secret is there as its fingerprint."""
    found = {
        each.attrib["name"]: each.attrib["value"]
        for each in suite_of(UNREACHED).findall("properties/property")
    }
    target = UNREACHED.target

    assert found["version"] == "0.1.0"
    assert found["target"] == target.url
    assert found["secret_fingerprint"] == target.secret_fingerprint
    assert found["verdict"] == "dns-not-found"


@pytest.mark.parametrize(
    "facts", [Facts(interrupted=True), replace(HEALTHY, session=None, interrupted=True)]
)
def test_a_run_that_was_stopped_has_not_passed(facts: Facts) -> None:
    """A CI server does not take it for a success."""
    assert ("session", "error") in outcomes(suite_of(facts))


@pytest.mark.parametrize("name", POISONED)
def test_hostile_text_stays_text(name: str) -> None:
    """Characters that XML forbids are escaped, and markup is text."""
    suite = suite_of(POISONED[name], *DEFECTS, version=HOSTILE)

    assert shown(PIECES[0]) in "".join(
        "".join(element.attrib.values()) + (element.text or "") for element in suite.iter()
    )


def test_two_agents_have_names_of_their_own() -> None:
    """In the suite and in every case, for a CI server puts cases of one name together."""
    other = replace(HEALTHY, target=replace(HEALTHY.target, agent_id="edge_2"))
    suites = [suite_of(facts) for facts in (HEALTHY, other)]
    names = [{case.attrib["classname"] for case in suite.iter("testcase")} for suite in suites]

    assert [{suite.attrib["name"]} for suite in suites] == names
    assert names[0] != names[1]
    assert all(name.startswith("edgecheck.") for (name,) in names)


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_it_fails_where_there_is_a_verdict_and_nowhere_else(facts: Facts) -> None:
    """This holds for all facts."""
    report = report_of(facts, "0.1.0")
    suite = suite_of(facts)
    failures = [element.attrib["type"] for element in suite.findall("testcase/failure")]

    if report.diagnosis.verdict is not None:
        assert report.diagnosis.verdict.code in failures
    assert (
        (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "0")
        if report.ok
        else failures or suite.attrib["errors"] != "0"
    )


def test_what_its_commands_do_not_show_is_said() -> None:
    """A credential that was given as an option is set first, by whoever pastes them."""
    target = replace(REFUSED.target, options=(("--proxy", "***"),))
    text = junit.report(report_of(replace(REFUSED, target=target), ()))

    assert "The commands show no credentials: first set PROXY in this shell." in text
