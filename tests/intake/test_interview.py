"""The interview of `init` without a terminal: dialogues, and what has to hold in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE, built_in
from edgecheck.intake.interview import (
    Candidate,
    Interview,
    NotTaken,
    Outcome,
    Question,
)
from edgecheck.settings.model import (
    BACKEND_URL,
    EDGE_AGENT_ID,
    EDGE_SECRET,
    Origin,
    Source,
)

REQUIRED = EDGE.variables.all
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
OTHER = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
GOOD = {BACKEND_URL: "wss://edge.example", EDGE_SECRET: SECRET, EDGE_AGENT_ID: "edge_7"}
NAMES = {"url": BACKEND_URL, "secret": EDGE_SECRET, "id": EDGE_AGENT_ID}
SHORT = {name: short for short, name in NAMES.items()}
OPTION = Origin(Source.OPTION, "--option")
# Unpaired quotes of all kinds: no form of it is read alike by every program.
UNWRITABLE = f"""{SECRET}'"$x"""


def interview(
    there: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    *,
    asking: bool = True,
) -> Interview:
    """Begin one; what the file says and what options gave are named `url`, `secret` and `id`."""
    file = Origin(Source.FILE, ".env", 1)
    begun = Interview(
        {NAMES[short]: Candidate(text, file) for short, text in (there or {}).items()},
        asking=asking,
    )
    for short, text in (given or {}).items():
        begun.take(NAMES[short], text, OPTION)
    return begun


def described(step: Question | Outcome) -> str:
    """Say in a line what a step is."""
    name = SHORT[step.name]
    if isinstance(step, Question):
        return f"{name}?" if step.offer is None else f"{name}? [{step.offer.text}]"
    words = [name if step.given_by is None else f"{name} by {step.given_by}"]
    words += [f"holds {' '.join(SHORT[held] for held in step.holds)}"] if step.holds else []
    words += ["unclear"] if step.unclear else []
    words += [f"refused: {step.refusal}"] if step.refusal else []
    words += [f"or {step.meant}"] if step.meant else []
    words += [f"but {step.other_id}"] if step.other_id else []
    if step.judgement is not None:
        words += [f"repaired {len(step.judgement.repaired)}"] if step.judgement.repaired else []
        words += [step.judgement.value if step.usable else "not usable"]
    return ", ".join(words)


def held(one: Interview, answers: Iterable[str]) -> list[str]:
    """Hold an interview to its end; return its steps in lines."""
    left, said = iter(answers), []
    while (step := one.step()) is not None:
        said.append(described(step))
        if isinstance(step, Question):
            said.append(described(one.answer(next(left))))
    assert list(left) == []
    return said


@dataclass(frozen=True)
class Dialogue:
    """One dialogue.

    Args:
        answers: what the person says, in turn.
        steps: what comes of it, in lines.
        there, given: what the file says, and options gave.
        asking: there is somebody to ask.
        written: the values in the end; None where one is missing.
    """

    answers: tuple[str, ...]
    steps: tuple[str, ...]
    there: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    asking: bool = True
    written: tuple[str, str, str] | None = ("wss://edge.example", SECRET, "edge_7")


ALL = {"url": "wss://edge.example", "secret": SECRET, "id": "edge_7"}
URL, ID = {"url": "wss://edge.example"}, {"id": "edge_7"}
THERE = {"url": "wss://old.example", "secret": OTHER, "id": "edge_3"}
DIALOGUES = {
    "one after the other": Dialogue(
        ("edge.example", SECRET, "edge_7"),
        (
            "url?",
            "url, repaired 1, wss://edge.example",
            "secret?",
            f"secret, {SECRET}",
            "id?",
            "id, edge_7",
        ),
    ),
    "a message with all of them": Dialogue(
        (f"host: https://edge.example\nsecret: {SECRET}\nagent id: edge_7",),
        (
            "url?",
            "url, holds url secret id, repaired 1, wss://edge.example",
            f"secret by your answer, {SECRET}",
            "id by your answer, edge_7",
        ),
    ),
    "the address names the id": Dialogue(
        ("wss://edge.example/edge/ws?edge_agent_id=edge_7", SECRET, ""),
        (
            "url?",
            "url, repaired 2, wss://edge.example",
            "secret?",
            f"secret, {SECRET}",
            "id? [edge_7]",
            "id, edge_7",
        ),
    ),
    "another id than the address names": Dialogue(
        ("wss://edge.example/edge/ws?edge_agent_id=edge_8", SECRET, "edge_7"),
        (
            "url?",
            "url, repaired 2, wss://edge.example",
            "secret?",
            f"secret, {SECRET}",
            "id? [edge_8]",
            "id, but edge_8, edge_7",
        ),
    ),
    "the secret for the address": Dialogue(
        (SECRET, "edge.example", SECRET, "edge_7"),
        (
            "url?",
            f"url, refused: {NotTaken.SECRET_AS_ADDRESS}",
            "url?",
            "url, repaired 1, wss://edge.example",
            "secret?",
            f"secret, {SECRET}",
            "id?",
            "id, edge_7",
        ),
    ),
    "the secret by its name, for the address": Dialogue(
        (f"EDGE_SECRET={SECRET}", "edge.example", "edge_7"),
        (
            "url?",
            "url, holds secret",
            "url?",
            "url, repaired 1, wss://edge.example",
            f"secret by your answer, {SECRET}",
            "id?",
            "id, edge_7",
        ),
    ),
    "two addresses": Dialogue(
        ("wss://edge.example or wss://edge2.example", "wss://edge.example"),
        ("url?", "url, unclear", "url?", "url, wss://edge.example"),
        given={"secret": SECRET, "id": "edge_7"},
    ),
    "two answers that differ": Dialogue(
        (f"You are edge_3\n{SECRET}", f"wss://edge.example edge_4\n{SECRET}", "edge_7"),
        (
            "url?",
            "url, holds secret id",
            "url?",
            "url, holds url secret id, wss://edge.example",
            f"secret by your answer, {SECRET}",
            "id?",
            "id, edge_7",
        ),
    ),
    "nothing, and no address": Dialogue(
        ("", "backend", "wss://edge.example"),
        (
            "url?",
            f"url, refused: {NotTaken.EMPTY}",
            "url?",
            f"url, refused: {NotTaken.NOT_AN_ADDRESS}",
            "url?",
            "url, wss://edge.example",
        ),
        given={"secret": SECRET, "id": "edge_7"},
    ),
    "an address that cannot be repaired": Dialogue(
        ("wss://edge.example:99999", "wss://edge.example"),
        ("url?", "url, not usable", "url?", "url, wss://edge.example"),
        given={"secret": SECRET, "id": "edge_7"},
    ),
    "a secret that looks like an address, insisted on": Dialogue(
        ("127.0.0.1", "127.0.0.1"),
        (
            "secret?",
            f"secret, refused: {NotTaken.ADDRESS_AS_SECRET}",
            "secret?",
            "secret, 127.0.0.1",
        ),
        given={**URL, **ID},
        written=("wss://edge.example", "127.0.0.1", "edge_7"),
    ),
    "a secret that looks like an id": Dialogue(
        ("edge_9", SECRET),
        ("secret?", f"secret, refused: {NotTaken.ID_AS_SECRET}", "secret?", f"secret, {SECRET}"),
        given={**URL, **ID},
    ),
    "a secret that no file can hold": Dialogue(
        (UNWRITABLE, SECRET),
        (
            "secret?",
            f"secret, refused: {NotTaken.UNWRITABLE}, not usable",
            "secret?",
            f"secret, {SECRET}",
        ),
        given={**URL, **ID},
    ),
    "an id of another form, and what was meant": Dialogue(
        ("changeme", "7", ""),
        (
            "id?",
            f"id, refused: {NotTaken.ID_OF_ANOTHER_FORM}",
            "id?",
            f"id, refused: {NotTaken.ID_OF_ANOTHER_FORM}, or edge_7",
            "id? [edge_7]",
            "id, edge_7",
        ),
        given={"url": "wss://edge.example", "secret": SECRET},
    ),
    "an id of another form, insisted on": Dialogue(
        ("7", "7"),
        (
            "id?",
            f"id, refused: {NotTaken.ID_OF_ANOTHER_FORM}, or edge_7",
            "id? [edge_7]",
            "id, 7",
        ),
        given={"url": "wss://edge.example", "secret": SECRET},
        written=("wss://edge.example", SECRET, "7"),
    ),
    "the secret for the id, twice": Dialogue(
        (SECRET, SECRET, "edge_7"),
        (
            "id?",
            f"id, refused: {NotTaken.SECRET_AS_ID}",
            "id?",
            f"id, refused: {NotTaken.SECRET_AS_ID}",
            "id?",
            "id, edge_7",
        ),
        given={"url": "wss://edge.example", "secret": SECRET},
    ),
    "what the file says is the default": Dialogue(
        ("edge.example", "", ""),
        (
            "url? [wss://old.example]",
            "url, repaired 1, wss://edge.example",
            f"secret? [{OTHER}]",
            f"secret, {OTHER}",
            "id? [edge_3]",
            "id, edge_3",
        ),
        there=THERE,
        written=("wss://edge.example", OTHER, "edge_3"),
    ),
    "a template's placeholder is no default": Dialogue(
        (SECRET,),
        ("secret?", f"secret, {SECRET}"),
        there={"secret": "your-shared-secret-here"},
        given={**URL, **ID},
    ),
    "only what no option gives is asked for": Dialogue(
        (SECRET,), ("secret?", f"secret, {SECRET}"), given={**URL, **ID}
    ),
    "nobody to ask": Dialogue((), (), given=ALL, asking=False),
    "nobody to ask, and the file has the rest": Dialogue(
        (),
        (),
        there=THERE,
        given=URL,
        asking=False,
        written=("wss://edge.example", OTHER, "edge_3"),
    ),
    "nobody to ask, and two that cannot be used": Dialogue(
        (),
        (
            f"secret by --option, refused: {NotTaken.ID_AS_SECRET}",
            f"url by --option, refused: {NotTaken.NOT_AN_ADDRESS}",
        ),
        given={"url": "backend", "secret": "edge_9", "id": "edge_7"},
        asking=False,
        written=None,
    ),
    "nobody to ask, and an id of another form": Dialogue(
        (),
        ("id by --option, agent-7",),
        given={**ALL, "id": "agent-7"},
        asking=False,
        written=("wss://edge.example", SECRET, "agent-7"),
    ),
    "nobody to ask, and more than an id": Dialogue(
        (),
        (f"id by --option, refused: {NotTaken.MORE_THAN_AN_ID}",),
        given={**ALL, "id": "edge 7"},
        asking=False,
        written=None,
    ),
}


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_a_dialogue_comes_to_these_values(dialogue: Dialogue) -> None:
    """Step by step; what was given and is good is told, and left out of the lists above."""
    one = interview(dialogue.there, dialogue.given, asking=dialogue.asking)
    steps = held(one, dialogue.answers)

    plain = {
        f"{short} by {place}, {text}"
        for texts, place in ((dialogue.given, OPTION), (dialogue.there, ".env:1"))
        for short, text in texts.items()
    }
    assert tuple(step for step in steps if step not in plain or step in dialogue.steps) == (
        dialogue.steps
    )
    expected = dialogue.written and dict(zip(REQUIRED, dialogue.written, strict=True))
    assert one.values == expected


def test_every_refusal_occurs_in_a_dialogue() -> None:
    """Otherwise one of them is a claim that nothing shows."""
    said = "\n".join(step for dialogue in DIALOGUES.values() for step in dialogue.steps)

    assert [refusal for refusal in NotTaken if f"refused: {refusal}" not in said] == []


@pytest.mark.parametrize(
    ("asking", "given", "order"),
    [
        (True, {}, ["url", "secret", "id"]),
        (True, {"secret": SECRET}, ["secret", "url", "id"]),
        (False, ALL, ["secret", "url", "id"]),
    ],
)
def test_a_secret_that_is_known_comes_first(
    asking: bool, given: dict[str, str], order: list[str]
) -> None:
    """It is cut out of what is said about the others; a person is asked for the address first."""
    one, seen = interview(given=given, asking=asking), []
    while (step := one.step()) is not None:
        seen.append(SHORT[step.name])
        if isinstance(step, Question):
            one.answer(GOOD[step.name])

    assert seen == order


@pytest.mark.parametrize(
    ("there", "given", "missing"),
    [
        ({}, {}, ["url", "secret", "id"]),
        ({}, URL, ["secret", "id"]),
        ({}, {"url": "edge.example/edge/ws?edge_agent_id=edge_7"}, ["secret"]),
        ({"secret": OTHER}, {}, ["url", "id"]),
        (THERE, {}, []),
    ],
)
def test_what_is_missing_is_named(
    there: dict[str, str], given: dict[str, str], missing: list[str]
) -> None:
    """Where nobody is asked; an id that the address names is there."""
    one = interview(there, given, asking=False)

    assert [SHORT[name] for name in one.missing] == missing


def test_what_was_told_of_an_answer_is_known() -> None:
    """So that a finding of the whole file is not told a second time."""
    one = interview(given={**ALL, "url": "wss://edge.example/api"}, asking=False)
    outcomes = []
    while (step := one.step()) is not None:
        assert isinstance(step, Outcome)
        outcomes.append(step)
    left = [defect for each in outcomes if each.judgement for defect in each.judgement.left]

    assert [defect.setting for defect in left] == [BACKEND_URL]
    assert all(map(one.was_told, left))
    assert not interview().was_told(left[0])


def test_a_setting_that_the_backend_does_without_may_be_left_out() -> None:
    """An empty answer is one, and the question is not asked again."""
    one = Interview({}, asking=True, profile=built_in("websocket"))
    asked = []
    while isinstance(step := one.step(), Question):
        asked.append(step.name)
        one.answer("wss://gateway.example/socket" if step.name == BACKEND_URL else "")

    assert asked == [BACKEND_URL, EDGE_SECRET]
    assert one.values == {BACKEND_URL: "wss://gateway.example/socket"}


def test_no_step_holds_the_secret_where_it_is_printed() -> None:
    """A traceback or a log shows the repr."""
    one = interview({"secret": OTHER}, {"url": f"wss://{SECRET}.example"})
    steps: list[Question | Outcome] = []
    while (step := one.step()) is not None:
        steps.append(step)
        if isinstance(step, Question):
            steps.append(one.answer(f"EDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_7"))

    assert len(steps) > 3
    assert not any(secret in repr(steps) for secret in (SECRET, OTHER))


@given(st.lists(st.text(max_size=60), max_size=6))
def test_whatever_is_answered_good_answers_end_it(texts: list[str]) -> None:
    """Nothing raises, no question is left out, and what was accepted is what is written."""
    one, left, accepted = interview(), list(texts), dict[str, str]()
    while (step := one.step()) is not None:
        if isinstance(step, Question):
            step = one.answer(left.pop() if left else GOOD[step.name])
        if step.usable and step.judgement is not None:
            accepted[step.name] = step.judgement.value

    assert one.values == accepted
    assert accepted.keys() == set(REQUIRED)


@given(st.sampled_from(REQUIRED), st.text(max_size=60))
def test_an_answer_is_doubted_at_most_once(name: str, text: str) -> None:
    """Given again, it is judged by itself."""
    known = {short: GOOD[other] for other, short in SHORT.items() if other != name}
    one, outcomes = interview(given=known), []
    while not isinstance(one.step(), Question):
        assert one.values is None
    while one.values is None and len(outcomes) < 2:
        outcomes.append(one.answer(text))

    assert not any(outcome.can_insist for outcome in outcomes[1:])
