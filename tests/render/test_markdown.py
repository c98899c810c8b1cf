"""The report as Markdown: what it holds, and that no text in it becomes more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from edgecheck.diagnose import Finding
from edgecheck.escapes import is_unsafe
from edgecheck.facts import Facts
from edgecheck.render import markdown
from edgecheck.render.words import NEXT_STEP_FOR_OTHERS, shown
from edgecheck.report import report_of
from edgecheck.terms import Severity
from tests.render.hostile import DEFECTS, HOSTILE, PIECES, POISONED
from tests.render.samples import HEALTHY, REFUSED, UNREACHED
from tests.sights import FACTS

# What means something in plain text: mentions, references, emoji, addresses and formulas on GitHub,
# and the marks of Markdown itself.
LIVE = re.compile(r"@\w|#\d|\bGH-\d|:\w+:|://|\bwww\.|[<>$|\\~*_\[\]`]|&\w+;|&#")
MARKS = ("`", "``", "|", "\\", "*", "[", "]", "(", ")", "<", "@a", "#1", ":", " ", "x", "1.", "-")
TEXTS = st.text() | st.lists(st.sampled_from(MARKS)).map("".join)


def parsed(text: str) -> list[Token]:
    """Read it as CommonMark with tables."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def inline(tokens: list[Token]) -> Iterator[Token]:
    """Return the tokens within lines."""
    for token in tokens:
        yield from token.children or ()


def text_of(tokens: list[Token]) -> str:
    """Return what a person reads."""
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


def assert_inert(document: str) -> None:
    """Check that nothing is HTML, a link or a picture, and no text means something on GitHub."""
    tokens = parsed(document)
    kinds = {token.type for token in (*tokens, *inline(tokens))}
    assert kinds <= {
        *(
            "heading_open",
            "heading_close",
            "paragraph_open",
            "paragraph_close",
            "inline",
            "text",
            "code_inline",
            "fence",
            "softbreak",
        ),
        *(
            "ordered_list_open",
            "ordered_list_close",
            "bullet_list_open",
            "bullet_list_close",
            "list_item_open",
            "list_item_close",
        ),
        *("strong_open", "strong_close"),
        *(
            f"{part}_{side}"
            for part in ("table", "thead", "tbody", "tr", "th", "td")
            for side in ("open", "close")
        ),
    }
    assert [
        token.content
        for token in inline(tokens)
        if token.type == "text" and LIVE.search(token.content)
    ] == []
    assert not any(is_unsafe(character) for character in document.replace("\n", ""))


def test_it_says_whose_turn_it_is_what_to_do_and_what_was_seen() -> None:
    """All of that is there, in this order."""
    report = report_of(REFUSED, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    document = markdown.report(report)

    assert document.startswith(f"# {verdict.title}\n")
    parts = [
        NEXT_STEP_FOR_OTHERS[verdict.side],
        "## What to do",
        *verdict.evidence,
        verdict.code,
        "## Stages",
        "GET /edge/ws HTTP/1.1",
    ]
    places = [document.index(part) for part in parts]
    assert places == sorted(places)
    assert document.count("\n| ✗ | auth |") == 1


def test_a_finding_without_evidence_is_followed_by_what_to_do() -> None:
    """There is no empty list between them."""
    judged = report_of(HEALTHY, "0.1.0")
    finding = Finding(
        "env-file-exposed", Severity.WARNING, "", "Anybody can read it.", (), ("Do.",)
    )
    without, seen = (
        markdown.report(
            replace(judged, diagnosis=replace(judged.diagnosis, findings=(each,)))
        ).partition("## Noticed\n\n")[2]
        for each in (finding, replace(finding, evidence=("mode 0644",)))
    )

    title = "**Warning:** Anybody can read it. (`env-file-exposed`)\n\n"
    assert without.startswith(f"{title}1. Do.\n\n## Stages")
    assert seen.startswith(f"{title}- `mode 0644`\n\n1. Do.\n\n## Stages")


def test_a_command_stands_alone_in_a_block() -> None:
    """It is ready to be pasted, without a prompt."""
    blocks = [
        token.content
        for token in parsed(markdown.report(report_of(REFUSED, "0.1.0")))
        if token.type == "fence"
    ]

    assert 'printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12\n' in blocks


@pytest.mark.parametrize("facts", [HEALTHY, REFUSED, UNREACHED, Facts(), Facts(interrupted=True)])
def test_every_document_is_tables_lists_and_code(facts: Facts) -> None:
    """The eight stages are a table of four columns, even if some were not reached."""
    document = markdown.report(report_of(facts, "0.1.0"))

    assert_inert(document)
    rows = [line for line in document.splitlines() if re.match(r"\| [✓!✗–] \|", line)]
    assert [line.count("|") for line in rows] == [5] * 8


@pytest.mark.parametrize("name", POISONED)
def test_hostile_text_stays_text(name: str) -> None:
    """This holds for every place of a report; the text is shown as it is."""
    document = markdown.report(report_of(POISONED[name], HOSTILE, DEFECTS))

    assert_inert(document)
    assert "<script>" in text_of(list(inline(parsed(document))))


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_arbitrary_facts_stay_text(facts: Facts) -> None:
    """This holds for all facts."""
    assert_inert(markdown.report(report_of(facts, "0.1.0")))


@example("`a``b`c")
@example("a`b `c` d`")
@given(TEXTS)
def test_prose_keeps_every_word(said: str) -> None:
    """Code changes how a word looks, not what it says."""
    document = f"x {markdown.prose(said)} y"
    tokens = parsed(document)

    assert_inert(document)
    squeezed = [
        re.sub(r"[\s`]", "", text) for text in (text_of(list(inline(tokens))), f"x{shown(said)}y")
    ]
    assert squeezed[0] == squeezed[1]


@given(TEXTS)
def test_no_prose_begins_a_list_or_a_heading(said: str) -> None:
    """A number at the beginning of a line would begin a list."""
    kinds = {token.type for token in parsed(markdown.prose(said))}

    assert kinds <= {"paragraph_open", "paragraph_close", "inline"}


@given(TEXTS.filter(str.strip))
def test_a_span_is_one_piece_of_code(said: str) -> None:
    """It may have any number of backticks."""
    tokens = list(inline(parsed(f"x {markdown.span(said)} y")))

    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert tokens[1].content == shown(said)


@given(st.lists(TEXTS, min_size=1))
def test_a_block_is_one_block(lines: list[str]) -> None:
    """It has as many lines as it was given."""
    (block,) = parsed(markdown.block(lines))

    assert block.type == "fence"
    assert block.content == "".join(f"{shown(line)}\n" for line in lines)


def test_the_hostile_pieces_are_live_without_escape() -> None:
    """A sample without any markup would prove nothing."""
    tokens = [token for piece in PIECES for token in parsed(piece)]

    assert {"link_open", "image", "html_block", "strong_open", "s_open"} <= {
        token.type for token in (*tokens, *inline(tokens))
    }
    assert any(token.type == "text" and LIVE.search(token.content) for token in inline(tokens))
