"""`edgecheck init` shows no piece of the secret, whatever is pasted where."""

from __future__ import annotations

import base64
import io
import re
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.cli import run as run_here
from edgecheck.cli.console import prompt
from edgecheck.cli.process import Process
from tests.cli.init_answers import (
    SECRET,
)

# A word of lower-case letters with dots has the form of a host, and nobody can tell the two apart:
# those are not among them.
SECRETS = st.one_of(
    st.binary(min_size=8, max_size=32).map(bytes.hex),
    st.binary(min_size=9, max_size=33).map(lambda raw: base64.b64encode(raw).decode()),
    st.binary(min_size=9, max_size=33).map(
        lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
    ),
    st.uuids(version=4).map(str),
    # Not `st.text`: it draws words of this project's, which stand in every sentence.
    *(
        st.lists(st.sampled_from(alphabet), min_size=8, max_size=32).map("".join)
        for alphabet in (string.ascii_lowercase + string.digits, "abcdeXYZ0123456789!@#$%^&*+=/~_-")
    ),
    st.sampled_from(["hunter2!", "purple-monkey-dishwasher", "Tr0ub4dor&3", "qwertzuiop"]),
).filter(lambda secret: len(set(secret)) > 4)
VALUES = {
    "BACKEND_URL": st.sampled_from(
        [
            "wss://edge.example",
            "ws://127.0.0.1:8799",
            "https://edge.example/edge/ws",
            "edge.example",
        ]
    ),
    "EDGE_AGENT_ID": st.sampled_from(["edge_7", "7"]),
}
NAMES = {
    "BACKEND_URL": ["host: ", "url=", "**Address:** ", "BACKEND_URL=", "the backend is ", ""],
    "EDGE_SECRET": [
        "secret: ",
        "Secret:",
        "token=",
        "**Key:** ",
        "EDGE_SECRET=",
        "EDGE_SECRET = ",
        "secret is ",
        "pass: ",
        "",
    ],
    "EDGE_AGENT_ID": ["agent id: ", "id=", "**Agent ID:** ", "EDGE_AGENT_ID=", "you are ", ""],
}
AROUND = st.sampled_from(["{}", "{}", "`{}`", '"{}"', "<{}>", "({})", "{}.", "{},"])


@st.composite
def messages(draw: st.DrawFn, secret: str) -> str:
    """Draw what somebody may send, the secret among it."""
    names = draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=4))
    names.insert(draw(st.integers(0, len(names))), "EDGE_SECRET")
    parts = []
    for name in names:
        value = secret if name == "EDGE_SECRET" else draw(VALUES[name])
        parts.append(
            draw(st.sampled_from(["", "", "- ", "> ", "Hi, "]))
            + draw(st.sampled_from(NAMES[name]))
            + draw(AROUND).format(value)
        )
    text = draw(st.sampled_from(["\n", "\n", "\r\n", " ", ", ", "; ", " | ", ",", ""])).join(parts)
    return (
        draw(st.sampled_from(["", "", "Hello,\n", "Hello, "]))
        + text
        + draw(st.sampled_from(["", "", "\n", "\nRegards, Ann"]))
    )


def spoken(arguments: Sequence[str], answers: Mapping[str, str], times: int = 1) -> str:
    """Hold the interview in this process; return all that was shown or drawn by the prompt.

    Args:
        answers: by question, given so many times; then what is right.
    """
    right = {"Backend": "wss://edge.example", "Shared": SECRET, "This": "edge_7", "Run": "n"}
    shown, left = io.StringIO(), dict.fromkeys(answers, times)

    def ask(
        process: Process, question: str, at_once: Callable[[str], bool], *, hidden: bool = False
    ) -> str:
        which = question.split(maxsplit=1)[0].removesuffix("'s")
        answer = right[which]
        if left.get(which):
            left[which] -= 1
            answer = answers[which]
        shown.write(question)
        if not hidden and not at_once(answer):
            shown.write(f"{answer}\n")
        return answer

    asked = mock.patch.multiple(prompt, ask=ask, can_ask=mock.Mock(return_value=True))
    with TemporaryDirectory() as folder, asked:
        process = Process(
            environ={},
            stdin=io.TextIOWrapper(io.BytesIO()),
            stdout=shown,
            stderr=shown,
            folder=Path(folder),
        )
        run_here(["init", *arguments], process)
    return shown.getvalue()


def assert_hidden(secret: str, shown: str) -> None:
    """No run of six characters of it; the fingerprint aside."""
    text = re.sub(r"sha256:[0-9a-f]+|prints [0-9a-f]+", "", shown).lower()
    whole = "".join(text.split())
    pieces = {secret.lower()[start : start + 6] for start in range(len(secret) - 5)}
    assert [piece for piece in pieces if piece in text or piece in whole] == [], shown


@given(st.data(), st.sampled_from(["Backend", "Shared", "This", "Run"]))
def test_no_piece_of_the_secret_in_a_message_is_shown(data: st.DataObject, question: str) -> None:
    """Whichever question it is pasted at."""
    secret = data.draw(SECRETS)
    message = data.draw(messages(secret))

    assert_hidden(secret, spoken([], {question: message}, times=2 if question == "Run" else 1))


@given(st.data(), st.sampled_from(["--url", "--agent-id"]))
def test_no_piece_of_the_secret_in_an_option_is_shown(data: st.DataObject, option: str) -> None:
    """A message in the wrong place, and nobody to ask."""
    secret = data.draw(SECRETS)
    message = data.draw(messages(secret))
    others = {"--url": "wss://edge.example", "--agent-id": "edge_7"}
    arguments = [f"{name}={value}" for name, value in {**others, option: message}.items()]

    shown = spoken(["--no-input", "--generate-secret", *arguments], {})

    assert_hidden(secret, re.sub(r"EDGE_SECRET=[0-9a-f]{64}", "", shown))


@pytest.mark.parametrize("question", ["Backend", "Shared", "This", "Run"])
@given(secret=SECRETS)
def test_the_secret_alone_is_shown_at_no_question(question: str, secret: str) -> None:
    """Not even where it is given twice."""
    assert_hidden(secret, spoken([], {question: secret}, times=2))
