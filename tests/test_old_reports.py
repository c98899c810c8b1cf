"""Reports that older releases wrote replay to the verdicts that stand in them.

A release that brings a more exact code for what was seen changes what is expected of a file here,
and says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgecheck.facts import Stage
from edgecheck.report import report_in, to_document

# One folder for each release, one file for each report, as it was written.
FILES = {
    f"{path.parent.name}/{path.stem}": path
    for path in sorted((Path(__file__).parent / "reports").glob("*/*.json"))
}


def judged(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says, without its words, which may become better."""
    verdict = document["verdict"]
    kept = ("code", "stage", "side", "confidence", "alternatives")
    return {
        "ok": document["ok"],
        "verdict": verdict and {name: verdict[name] for name in kept},
        "findings": [(found["code"], found["severity"]) for found in document["findings"]],
        "stages": [(stage["stage"], stage["status"]) for stage in document["stages"]],
    }


# What became more exact since, and why: a verdict that is `certain` no longer names several causes,
# a gateway's 502 is the backend's turn, and what other codes the same bytes may mean is said.
NOW: dict[str, dict[str, Any]] = {
    # Its reason says that the agent id is not known.
    "0.1.0/agent-id-malformed": {
        "code": "upgrade-refused-regardless",
        "stage": "upgrade",
        "confidence": "likely",
        "alternatives": ["auth-secret-rejected", "agent-id-malformed"],
    },
    # The three answers were the same, so nobody had looked at the secret.
    "0.1.0/auth-forbidden": {
        "code": "upgrade-refused-regardless",
        "stage": "upgrade",
        "alternatives": [
            "upgrade-not-found",
            "upgrade-origin-required",
            "auth-forbidden",
            "upgrade-blocked",
        ],
    },
    "0.1.0/dns-not-found": {"confidence": "likely"},
    "0.1.0/pong-echoed": {"confidence": "likely"},
    "0.1.0/tcp-refused": {"confidence": "likely"},
    # On this machine, with nothing in between, the program on that port is silent, or resets.
    "0.1.0/tcp-reset": {"side": "backend", "confidence": "likely"},
    "0.1.0/tcp-timeout": {"side": "backend", "confidence": "likely", "alternatives": []},
    "0.1.0/url-port-mismatch": {"confidence": "likely"},
    # 403 to a CONNECT whose port is not 443: the stock rule.
    "0.1.0/proxy-denied": {
        "code": "proxy-port-forbidden",
        "confidence": "likely",
        "alternatives": ["proxy-denied"],
    },
    "0.1.0/proxy-timeout": {"confidence": "possible"},
    # The certificate came alone, and no public authority issued it: this machine lacks its root.
    "0.1.0/tls-unknown-issuer": {"side": "client", "confidence": "likely"},
    "0.1.0/session-closed-unknown": {"confidence": "possible"},
    # On this machine, with nothing in between, no proxy has cut it.
    "0.1.0/session-dropped": {
        "alternatives": ["session-server-error", "session-restarting", "upgrade-not-found"]
    },
    "0.1.0/session-protocol-error": {
        "confidence": "likely",
        "alternatives": ["session-server-error"],
    },
    "0.1.0/tls-hostname-mismatch": {"confidence": "likely"},
    "0.1.0/tls-not-tls": {"confidence": "likely"},
    "0.1.0/tls-self-signed": {"confidence": "likely"},
    "0.1.0/upgrade-bad-gateway": {"side": "backend", "confidence": "likely"},
    "0.1.0/upgrade-blocked": {"alternatives": ["auth-forbidden", "upgrade-refused-regardless"]},
    "0.1.0/upgrade-header-dropped": {
        "alternatives": ["upgrade-not-found", "upgrade-unexpected-status"]
    },
    "0.1.0/upgrade-timeout": {
        "confidence": "possible",
        "alternatives": ["upgrade-not-http", "upgrade-not-found"],
    },
}


def expected(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what a report is judged as now."""
    before, now = judged(document), NOW.get(name, {})
    if not now:
        return before
    moved = now.get("stage")
    stages = list(before["stages"])
    if moved:
        # The stage that fails is an earlier one, so what came after it counts no more.
        order = [stage for stage, _ in stages]
        failed = order.index(moved)
        stages = [
            (stage, "fail" if place == failed else "skip" if place > failed else status)
            for place, (stage, status) in enumerate(stages)
        ]
    return {**before, "verdict": {**before["verdict"], **now}, "stages": stages}


@pytest.mark.parametrize("name", FILES)
def test_a_report_of_an_older_release_is_judged_as_it_was(name: str) -> None:
    """Its facts are read and judged again: verdict, findings and stages are those of the file."""
    document = json.loads(FILES[name].read_text(encoding="utf-8"))
    again = json.loads(json.dumps(to_document(report_in(document))))

    assert judged(again) == expected(name, document)


def test_an_expectation_that_changed_is_of_a_file_that_is_there() -> None:
    """And differs from what stands in it."""
    for name in NOW:
        document = json.loads(FILES[name].read_text(encoding="utf-8"))

        assert expected(name, document) != judged(document)


def test_every_stage_is_among_them() -> None:
    """Each has failed in one of them, and in one nothing has."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in FILES.values()]
    failed = {document["verdict"]["stage"] for document in documents if document["verdict"]}

    assert failed == {stage.value for stage in Stage}
    assert any(document["ok"] and not document["findings"] for document in documents)
