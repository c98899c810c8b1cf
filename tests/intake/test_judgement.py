"""An answer is repaired where that needs no guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Example
from edgecheck.dotenv.text import parse
from edgecheck.intake.judgement import Judgement, judged
from edgecheck.lint.repair import Value
from edgecheck.settings.model import Origin, Source

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
GOOD = {"BACKEND_URL": "wss://edge.example", "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_7"}
ANSWER = Origin(Source.OPTION, "the answer")


def answer(name: str, text: str, **known: str) -> Judgement:
    """Judge an answer to the question for one setting."""
    return judged(name, text, ANSWER, known)


@pytest.mark.parametrize("name", EDGE.variables.all)
@pytest.mark.parametrize("known", [{}, GOOD])
def test_a_good_answer_is_left_as_it_is(name: str, known: dict[str, str]) -> None:
    """Whether or not the others are known."""
    assert answer(name, GOOD[name], **known) == Judgement(GOOD[name], (), ())


@pytest.mark.parametrize("name", EDGE.variables.all)
@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_an_empty_answer_is_of_no_use(name: str, text: str) -> None:
    """It is said which setting is missing, and not that a file is."""
    empty = answer(name, text)

    assert not empty.usable
    assert [defect.code.rpartition("-")[2] for defect in empty.left] == ["missing"]


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        (
            "BACKEND_URL",
            " 'https://edge.example/edge/ws/' ",
            {"url-whitespace", "url-malformed", "url-scheme-http", "url-has-endpoint"},
        ),
        ("BACKEND_URL", "edge.example?", {"url-scheme-missing", "url-has-query"}),
        (
            "EDGE_SECRET",
            f'\t"Bearer {SECRET}"\r\n',
            {"secret-whitespace", "secret-quoted", "secret-bearer-prefix", "secret-line-break"},
        ),
        ("EDGE_AGENT_ID", "\ufeffedge_7 ", {"agent-id-whitespace"}),
    ],
)
def test_several_defects_are_repaired_and_each_is_told(
    name: str, text: str, codes: set[str]
) -> None:
    """Once, in whatever order they come to light."""
    repaired = answer(name, text)

    assert repaired.value == GOOD[name]
    assert repaired.left == ()
    assert sorted(defect.code for defect in repaired.repaired) == sorted(codes)


def test_the_agents_own_query_is_no_part_of_the_address() -> None:
    """Where the id is known; another query may be of use, and stays."""
    address = "wss://edge.example/edge/ws?edge_agent_id=edge_7"

    assert answer("BACKEND_URL", address, EDGE_AGENT_ID="edge_7").value == "wss://edge.example"
    assert (
        answer("BACKEND_URL", f"{address}&debug=1", EDGE_AGENT_ID="edge_7").value
        == "wss://edge.example?edge_agent_id=edge_7&debug=1"
    )


# What a port out of range and `?debug=1` were meant to be is a guess; other occurrences of the same
# are none.
GUESSES = {"url-malformed", "url-has-query"}


@pytest.mark.parametrize(
    "code",
    [
        code
        for code, problem in PROBLEMS.items()
        if isinstance(problem.repair, Value) and code not in GUESSES
    ],
)
def test_every_repair_of_a_value_is_made(code: str) -> None:
    """The catalogue's own example, given as answers: the finding is told, and gone."""
    example = PROBLEMS[code].reproduction
    assert isinstance(example, Example)
    text = example.filled(
        url="ws://127.0.0.1:8787", secret=SECRET, agent_id="edge_7", endpoint=EDGE.path
    ).env
    assert isinstance(text, str)
    values = {
        line.key: line.value
        for line in parse(text.encode(), {}, path=".env").lines
        if line.key and line.value is not None
    }
    answers = [
        answer(name, value, **{other: values[other] for other in values if other != name})
        for name, value in values.items()
    ]

    assert code in {defect.code for each in answers for defect in each.repaired}
    assert all(each.usable and not each.left for each in answers)


@pytest.mark.parametrize("name", EDGE.variables.all)
@given(text=st.text(max_size=80))
def test_nothing_that_is_answered_raises(name: str, text: str) -> None:
    """What is repaired is judged the same when it is given again."""
    first = answer(name, text)
    again = answer(name, first.value)

    assert again.value == first.value
    assert again.repaired == ()
    assert {defect.code for defect in again.left} == {defect.code for defect in first.left}
