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


@pytest.mark.parametrize("name", FILES)
def test_a_report_of_an_older_release_is_judged_as_it_was(name: str) -> None:
    """Its facts are read and judged again: verdict, findings and stages are those of the file."""
    document = json.loads(FILES[name].read_text(encoding="utf-8"))
    again = json.loads(json.dumps(to_document(report_in(document))))

    assert judged(again) == judged(document)


def test_every_stage_is_among_them() -> None:
    """Each has failed in one of them, and in one nothing has."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in FILES.values()]
    failed = {document["verdict"]["stage"] for document in documents if document["verdict"]}

    assert failed == {stage.value for stage in Stage}
    assert any(document["ok"] and not document["findings"] for document in documents)
