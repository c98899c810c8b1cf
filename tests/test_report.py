"""The document, and the way back from it.

Whatever a file holds, facts come out of it, or `ReportError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import built_in
from edgecheck.backend.profile import Expect, Pattern, Send
from edgecheck.diagnose import diagnose
from edgecheck.facts import Attempt, ConfigFacts, DnsFacts, Facts, Kind, Stage, TcpFacts
from edgecheck.lint.defect import Defect
from edgecheck.report import SCHEMA, Report, ReportError, report_in, report_of, to_document
from edgecheck.simulator import Scenario, simulate
from edgecheck.simulator.names import FAULTS
from tests.doctor import SECRET, examined, settled
from tests.sights import DEFECTS, FACTS, HEALTHY, HOST, SPAN, answered, closed, failed
from tests.timing import STAGE_LIMIT

SAMPLES = [
    HEALTHY,
    Facts(),
    answered(403, "body"),
    closed(1008, "no"),
    *(failed(kind) for kind in Kind if kind is not Kind.CRASHED),
]


def document_of(facts: Facts, *defects: Defect) -> Any:
    """Return the JSON document as somebody reads it from a file."""
    report = report_of(facts, "0.1.0", defects if facts.config is not None else ())
    return json.loads(json.dumps(to_document(report), allow_nan=False))


@pytest.mark.parametrize("facts", SAMPLES, ids=str)
def test_facts_survive_the_document(facts: Facts) -> None:
    """All of them, and so the diagnosis."""
    again = report_in(document_of(facts)).facts

    assert again == facts
    assert diagnose(again) == diagnose(facts)
    assert document_of(again) == document_of(facts)


@settings(max_examples=100, deadline=None)
@given(FACTS, DEFECTS)
def test_arbitrary_facts_survive_the_document(facts: Facts, defects: tuple[Defect, ...]) -> None:
    """Whatever was seen; times are kept to a microsecond.

    What was found in no settings is not kept.
    """
    again = report_in(document_of(facts, *defects))

    assert replace(again.facts, total_ms=facts.total_ms) == facts
    assert again.defects == (defects if facts.config is not None else ())


@pytest.fixture(scope="module")
def reports() -> Iterator[dict[str, Any]]:
    """Examine every fault of the simulator, a few at a time."""

    async def one(fault: str) -> Report:
        async with simulate(Scenario(SECRET, fault=fault)) as backend:
            options: dict[str, Any] = {"ca_file": backend.ca_file, "proxy": backend.proxy}
            return await examined(
                backend.url, secret=backend.secret, timeout=min(STAGE_LIMIT, 1.0), **options
            )

    def settle(fault: str) -> Report:
        return settled(one(fault))

    with ThreadPoolExecutor(4) as pool:
        yield {fault: pool.submit(settle, fault) for fault in FAULTS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_report_of_every_fault_is_judged_alike_when_it_is_replayed(
    reports: dict[str, Any], fault: str
) -> None:
    """A report from the field is a regression test."""
    report = reports[fault].result()
    document = json.loads(json.dumps(to_document(report), allow_nan=False))
    again = report_in(document)

    assert again.diagnosis == report.diagnosis
    assert to_document(again) == to_document(report)


def test_the_document_is_the_contracts() -> None:
    """Every key, and the stages in their order."""
    document = document_of(closed(1008, "no"))

    assert document["schema"] == SCHEMA == "edgecheck.report/1"
    assert set(document) >= {
        "schema",
        "version",
        "started_at",
        "target",
        "ok",
        "verdict",
        "findings",
        "stages",
        "experiments",
        "total_ms",
    }
    assert set(document["target"]) == {
        "url",
        "host",
        "port",
        "agent_id",
        "secret_fingerprint",
        "proxy",
    }
    assert set(document["verdict"]) == {
        "code",
        "stage",
        "title",
        "side",
        "cause",
        "remedies",
        "confidence",
        "alternatives",
        "evidence",
    }
    assert [stage["stage"] for stage in document["stages"]] == [stage.value for stage in Stage]
    assert all(
        set(stage) == {"stage", "status", "started_ms", "duration_ms", "summary", "facts"}
        for stage in document["stages"]
    )
    assert document["ok"] is False


def test_an_interrupted_run_is_not_ok() -> None:
    """Nothing is wrong, and nothing is proven."""
    report = report_of(replace(HEALTHY, interrupted=True, session=None), "0.1.0")

    assert report.diagnosis.verdict is None
    assert report.ok is False


def test_what_a_later_version_adds_is_passed_over() -> None:
    """A key that this version does not know changes nothing."""
    document = document_of(HEALTHY)
    document["more"] = 1
    document["target"]["more"] = {}
    for stage in document["stages"]:
        stage["more"] = [1]
        if stage["facts"]:
            stage["facts"]["more"] = None

    assert report_in(document).facts == HEALTHY


def test_the_facts_alone_decide() -> None:
    """A verdict that somebody wrote into the file is not believed."""
    document = document_of(closed(1008, "no"))
    document["verdict"] = document_of(failed(Kind.TCP_REFUSED))["verdict"]
    document["ok"] = True
    verdict = report_in(document).diagnosis.verdict

    assert verdict is not None
    assert verdict.code == "auth-secret-rejected"


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        7,
        {},
        {"schema": SCHEMA},
        {"schema": "edgecheck.report/2", "stages": []},
        {"schema": SCHEMA, "stages": {}},
        {"schema": SCHEMA, "stages": [None]},
        {"schema": SCHEMA, "stages": [{"stage": "made-up"}]},
        {"schema": SCHEMA, "stages": [{"stage": ["dns"]}]},
        {"schema": SCHEMA, "stages": [{"stage": {}}]},
        {"schema": SCHEMA, "stages": [{"stage": "dns", "facts": 7}]},
        {"schema": SCHEMA, "stages": [{"stage": "dns", "facts": {"host": "x"}}]},
        {"schema": SCHEMA, "stages": [{"stage": "auth", "facts": [1]}]},
        {"schema": SCHEMA, "stages": [{"stage": "auth", "facts": {"experiments": 7}}]},
        {
            "schema": SCHEMA,
            "stages": [
                {"stage": "auth", "facts": {"experiments": [{"name": "a guess", "answer": {}}]}}
            ],
        },
        {
            "schema": SCHEMA,
            "stages": [
                {
                    "stage": "config",
                    "facts": {"defects": [{"code": "made-up", "severity": "error"}]},
                }
            ],
        },
        {
            "schema": SCHEMA,
            "stages": [
                {
                    "stage": "config",
                    "facts": {"defects": [{"code": "url-missing", "severity": "fatal"}]},
                }
            ],
        },
        {
            "schema": SCHEMA,
            "stages": [
                {
                    "stage": "config",
                    "facts": {"defects": [{"code": "tcp-refused", "severity": "error"}]},
                }
            ],
        },
        {
            "schema": SCHEMA,
            "stages": [
                {
                    "stage": "config",
                    "facts": {
                        "defects": [{"code": "client-headers-not-sent", "severity": "error"}]
                    },
                }
            ],
        },
        {
            "schema": SCHEMA,
            "stages": [
                {
                    "stage": "upgrade",
                    "facts": {
                        "span": {"started_ms": 0, "duration_ms": 0},
                        "response": {
                            "version": "HTTP/1.1",
                            "status": 403,
                            "fields": [["server", "nginx", "more"]],
                        },
                    },
                }
            ],
        },
        {"schema": SCHEMA, "stages": [], "total_ms": "x"},
        {"schema": SCHEMA, "stages": [], "interrupted": 1},
        {"schema": SCHEMA, "stages": [], "target": [1]},
        {"schema": SCHEMA, "stages": [], "target": {"port": True}},
        {"schema": SCHEMA, "stages": [], "started_at": None},
    ],
    ids=json.dumps,
)
def test_what_is_no_report_is_refused(document: Any) -> None:
    """With a sentence that says where."""
    with pytest.raises(ReportError, match=r"\w"):
        report_in(document)


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["dns", "error", "tls-alert", "ipv4", "secret-quoted"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "span", "host", "code", "severity", "name", "answer"])
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
_DOCUMENTS = [document_of(facts) for facts in SAMPLES] + [
    document_of(
        replace(answered(403), config=ConfigFacts(".env", request_possible=True)),
        Defect("secret-quoted", "error", ".env:2", "EDGE_SECRET", ("x",)),
    ),
    document_of(
        replace(
            HEALTHY,
            tcp=TcpFacts(
                SPAN,
                HOST,
                443,
                "203.0.113.7",
                (Attempt("::7", "ipv6", False, 1.0), Attempt("203.0.113.7", "ipv4", True, 3.0)),
            ),
        )
    ),
    document_of(
        replace(HEALTHY, dns=DnsFacts(SPAN, "backend.example.com", addresses=("10.0.0.1",)))
    ),
    document_of(answered(302, location="https://login.example.net/guest")),
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        place for name, each in inner for place in ((*path, name), *_places(each, (*path, name)))
    ]


def judged(document: Any) -> None:
    """Read and judge a document; only `ReportError` may keep it from that."""
    try:
        report_in(document)
    except ReportError:
        return


@settings(max_examples=150, deadline=None)
@given(
    _ANYTHING
    | st.fixed_dictionaries({"schema": st.just(SCHEMA), "stages": _ANYTHING, "target": _ANYTHING})
)
def test_garbage_is_refused_or_judged(document: Any) -> None:
    """Never another exception."""
    judged(document)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_report_with_one_value_changed_is_refused_or_judged(data: st.DataObject) -> None:
    """Whichever value, whatever it becomes; one that is taken away as well."""
    document = json.loads(json.dumps(data.draw(st.sampled_from(_DOCUMENTS))))
    place = data.draw(st.sampled_from(_places(document)))
    inside = document
    for step in place[:-1]:
        inside = inside[step]
    if data.draw(st.booleans()):
        inside[place[-1]] = data.draw(_ANYTHING)
    else:
        del inside[place[-1]]
    judged(document)


def test_a_profile_of_ones_own_comes_along_without_what_may_be_a_credential() -> None:
    """Who reads the report may not have its file; a forged one is refused."""
    step = Send('{"token":"{secret}","key":"abc"}', '{"anonymous":"abc"}')
    own = replace(
        built_in("graphql-transport-ws"),
        origin="edgecheck.toml",
        name="Orders",
        session=replace(
            built_in("graphql-transport-ws").session,
            greeting=(step, Send("login abc\udcff"), Expect(Pattern("ready"))),
        ),
    )
    subprotocols = replace(own.request, subprotocols=("orders", "ghp_" + "aB3dE5gH7jK9" * 3))
    document = document_of(replace(closed(4403), profile=replace(own, request=subprotocols)))
    again = report_in(document).facts.profile

    assert again.close == own.close
    assert again.session.greeting[:2] == (Send("{secret}", "***"), Send("***"))
    assert again.request.subprotocols == ("orders", "hidden")
    document["profile_form"]["close"][0]["problem"] = "no-such-problem"
    with pytest.raises(ReportError, match="no problem has the code no-such-problem"):
        report_in(document)
