"""A certificate in words, wherever it is shown."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.facts import Certificate, Facts
from edgecheck.render import html, markdown, text
from edgecheck.report import report_of
from edgecheck.wording.certificates import described, issuance, line, validity, validity_of_own
from tests.render.samples import HEALTHY, TLS

LEAF = Certificate(
    "CN=leaf",
    "CN=authority",
    ("a.example", "b.example", "c.example", "d.example", "e.example"),
    "2026-01-01T00:00:00Z",
    "2026-03-01T00:00:00Z",
    "RSA 2048",
    "sha256",
)
ROOT = replace(LEAF, subject="CN=root", issuer="CN=root", self_issued=True)
BARE = Certificate("", "")


def test_a_line_names_subject_hosts_issuer_and_days() -> None:
    """Only the server's own certificate has hosts; what is not known is left out."""
    assert line(0, LEAF) == (
        "certificate 0: CN=leaf for a.example, b.example, c.example, d.example and 1 more, "
        "issued by CN=authority, 2026-01-01 to 2026-03-01"
    )
    assert line(1, ROOT) == ("certificate 1: CN=root, issued by CN=root, 2026-01-01 to 2026-03-01")
    assert line(0, BARE) == "certificate 0: (no subject), issued by (nobody)"


def test_a_certificate_that_signed_itself_is_said_to() -> None:
    """In place of its own name a second time."""
    assert described(LEAF).issuer == "CN=authority"
    assert described(ROOT).issuer == "itself"
    assert described(BARE).issuer == "(nobody)"


def test_the_key_is_told_as_far_as_it_is_known() -> None:
    """Its kind, and the hash of the signature."""
    assert described(LEAF).key == "RSA 2048, signed with sha256"
    assert described(replace(LEAF, signature="")).key == "RSA 2048"
    assert described(BARE).key == ""


def test_sentences_name_the_certificate() -> None:
    """By its subject, if it has one."""
    assert validity(LEAF) == ("CN=leaf is valid from 2026-01-01T00:00:00Z to 2026-03-01T00:00:00Z")
    assert validity_of_own(LEAF.not_before, LEAF.not_after) == (
        "valid from 2026-01-01T00:00:00Z until 2026-03-01T00:00:00Z"
    )
    assert issuance(LEAF) == "CN=leaf was issued by CN=authority"
    assert issuance(replace(LEAF, subject="")) == "the certificate was issued by CN=authority"


def shown(facts: Facts) -> list[str]:
    """Return what the screen, Markdown and HTML say."""
    report = report_of(facts, "0.1.0")
    lines = text.closing(report, 80)
    return [
        "\n".join(line.plain for line in lines),
        markdown.report(report),
        html.report(report),
    ]


def test_every_format_says_the_same_of_a_chain() -> None:
    """Whatever is missing in one of its certificates."""
    for document in shown(replace(HEALTHY, tls=replace(TLS, chain=(LEAF, ROOT, BARE)))):
        for words in ("CN=leaf", "CN=authority", "itself", "e.example", "(no subject)", "(nobody)"):
            assert words in document
        assert document.count("RSA 2048, signed with sha256") == 2
