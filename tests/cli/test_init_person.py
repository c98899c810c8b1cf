"""`edgecheck init` and a person at a pseudo-terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgecheck.cli.console import prompt
from tests.cli.init_answers import (
    MESSAGES,
    OTHER,
    SECRET,
    THERE,
    WRITTEN,
    content_of,
    fingerprint,
)
from tests.cli.person import Person
from tests.doctor import simulated
from tests.test_secret_hunt import found

terminal = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
ADDRESS, SECRET_QUESTION, ID = "Backend's address:", "Shared secret, not shown:", "This agent's id:"


@terminal
def test_a_person_is_led_through_it(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Each answer is checked at once, and asked for again if it cannot be used.

    The secret is never on the screen.
    """
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.answers("wss://edge.example:99999")
    person.sees("BACKEND_URL is not an address")
    person.sees_last(ADDRESS)
    person.answers("https://edge.example/edge/ws?edge_agent_id=edge_7")
    person.sees("✓ wss://edge.example", "repaired: BACKEND_URL begins with https://")
    person.sees_last(SECRET_QUESTION)
    person.answers("your-shared-secret-here")
    person.sees("placeholder")
    person.sees_last(SECRET_QUESTION)
    person.pastes(f"Bearer {SECRET}\n")
    person.answers("")
    person.sees(
        f"✓ 32 characters, {fingerprint(SECRET)}",
        "repaired: EDGE_SECRET in your answer begins with `Bearer `",
    )
    person.sees_last("This agent's id [edge_7]:")
    person.answers("")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert "edgecheck doctor" in person.text()
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_a_whole_message_is_pasted_at_once(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Where the first question stands; it is not drawn, because the secret is in it."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(
        f"Hi,\r\nBACKEND_URL=https://edge.example\r\n- EDGE_SECRET: `{SECRET}`\r\n> EDGE_AGENT_ID "
        "= edge_7\r\nBye\r\n"
    )

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_any_form_is_pasted_at_once(
    tmp_path: Path, environ: Mapping[str, str], message: str
) -> None:
    """No part of it is drawn but what was understood."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(message)
    person.sees(
        "It holds the address, the secret and the agent's id.", "✓ wss://edge.example", "✓ edge_7"
    )

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_a_pasted_message_can_be_thrown_away(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Nothing is taken before Enter; what the message lacks is named."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes(f"host wrong.example, secret {OTHER}, agent edge_9")
    person.sees_last(prompt.PASTED)
    person.child.send("\x7f")
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wscat -c wss://edge.example -H 'Authorization: Bearer {SECRET}'")
    person.sees("It holds the address and the secret, but not the agent's id.")
    person.sees_last(ID)
    person.answers("edge_7")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == found(OTHER, person.raw.decode()) == []


@terminal
def test_what_is_not_certain_is_asked_for(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Of two addresses none is taken; what was typed before a paste belongs to it."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wss://edge.example or wss://edge2.example, {SECRET}")
    person.sees(
        "It holds the secret, but not the agent's id.",
        "It is not clear which part is the address. Paste only that.",
    )
    person.sees_last(ADDRESS)
    person.child.send("wss://")
    person.sees_last("Backend's address: wss://")
    person.pastes("edge.example")
    person.sees_last("Backend's address: wss://edge.example")
    person.answers("")
    person.sees_last(ID)
    person.pastes_and_enters("`edge_7`")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_two_answers_that_differ_are_no_answer(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The id that a first message had is not that of the second."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"You are edge_3\n{SECRET}")
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wss://edge.example edge_4\n{SECRET}")
    person.sees_last(ID)
    person.answers("edge_7")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN


@terminal
@pytest.mark.parametrize(("second", "written"), [("", "edge_7"), ("7", "7"), ("edge_8", "edge_8")])
def test_an_id_of_another_form_is_asked_about_once(
    tmp_path: Path, environ: Mapping[str, str], second: str, written: str
) -> None:
    """The number alone is offered with its prefix; whoever gives the same again means it."""
    person = Person(tmp_path, environ, "--url", "edge.example")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last(ID)
    person.answers("changeme")
    person.sees("have the form edge_<number>", "you were given,")
    person.sees_last(ID)
    person.answers("7")
    person.sees("Enter alone takes edge_7.")
    person.sees_last("This agent's id [edge_7]:")
    person.answers(second)

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN.replace("=edge_7", f"={written}")


@terminal
def test_a_secret_that_looks_like_another_setting_is_asked_about_once(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """And an empty answer is told from a file's."""
    person = Person(tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7")
    person.sees_last(SECRET_QUESTION)
    person.answers("")
    person.sees("EDGE_SECRET is empty. Paste what the backend's team sent you", "Ctrl-C.")
    person.sees_last(SECRET_QUESTION)
    person.answers("127.0.0.1")
    person.sees("That looks like the address, not like a secret.")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN


@terminal
def test_neither_yes_nor_no_is_asked_again(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """And what is pasted there is not drawn."""
    person = Person(tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    for _ in range(2):
        person.sees_last("Run the checkup now? [Y/n]")
        person.pastes_and_enters(f"secret: {SECRET}")
        person.sees("Answer y for yes, n for no.")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("No")

    assert person.ends() == 0
    assert "edgecheck doctor" in person.text()
    assert found(SECRET, person.raw.decode()) == []


@terminal
@pytest.mark.parametrize("pasted", [SECRET, f"EDGE_SECRET={SECRET}"])
def test_the_secret_that_is_pasted_for_the_address_is_not_drawn(
    tmp_path: Path, environ: Mapping[str, str], pasted: str
) -> None:
    """The address is asked for again; a secret that was called by its name is not."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(pasted)
    person.sees("looks like the secret" if pasted == SECRET else "It holds the secret, but not")
    person.sees_last(ADDRESS)
    person.answers("edge.example")
    if pasted == SECRET:
        person.sees_last(SECRET_QUESTION)
        person.answers(SECRET)
    person.sees_last(ID)
    person.answers("edge_7")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_what_is_there_is_the_default(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The secret is shown by its fingerprint, and kept by an empty answer."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    person = Person(tmp_path, environ)
    person.sees_last("Backend's address [wss://old.example]:")
    person.answers("edge.example")
    person.sees_last(f"Shared secret, not shown [keep {fingerprint(OTHER)}]:")
    person.answers("")
    person.sees_last("This agent's id [edge_7]:")
    person.answers("")

    assert person.ends_without_a_checkup() == 0
    assert path.read_text() == THERE.replace("'wss://old.example'", "wss://edge.example")
    assert found(OTHER, person.raw.decode()) == []


@terminal
def test_only_what_no_option_gives_is_asked_for(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """A secret from standard input would be typed in plain sight: it is asked for."""
    person = Person(
        tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7", "--secret-file", "-"
    )
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_the_checkup_runs_where_it_is_wanted(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """An empty answer is a yes."""
    with simulated() as backend:
        person = Person(tmp_path, environ, "--url", backend.url, "--agent-id", backend.agent_id)
        person.sees_last(SECRET_QUESTION)
        person.answers(backend.secret)
        person.sees_last("Run the checkup now? [Y/n]")
        person.answers("")
        code = person.ends()

    assert code == 0, person.text()
    assert "Healthy" in person.text()


@terminal
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("questions", [1, 2, 3])
def test_whoever_ends_it_has_written_nothing(
    tmp_path: Path, environ: Mapping[str, str], key: str, questions: int
) -> None:
    """At any question; exit code 130, and no traceback."""
    person = Person(tmp_path, environ)
    answers = [(ADDRESS, "edge.example"), (SECRET_QUESTION, SECRET), (ID, "")]
    for question, answer in answers[: questions - 1]:
        person.sees_last(question)
        person.answers(answer)
    person.sees_last(answers[questions - 1][0])
    person.child.send(key)

    assert person.ends() == 130
    assert "Nothing was written." in person.text()
    assert "Traceback" not in person.text()
    assert content_of(tmp_path) == {}


@terminal
def test_a_terminal_that_cannot_move_its_cursor_hides_the_secret_too(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """With no control characters at all."""
    person = Person(tmp_path, environ, term="dumb")
    person.sees_last(ADDRESS)
    person.answers("edge.example")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last(ID)
    person.answers("edge_7")

    assert person.ends_without_a_checkup() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []
    assert b"\x1b" not in person.raw


@terminal
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "LOG_LEVEL=debug\n"),
        ("LOG_LEVEL=info\n", "LOG_LEVEL=debug\n"),
        ("LOG_LEVEL=info\n", None),
    ],
)
def test_a_file_that_changes_meanwhile_is_left_as_it_is(
    tmp_path: Path, environ: Mapping[str, str], before: str | None, after: str | None
) -> None:
    """Somebody makes, edits or removes it in another window."""
    path = tmp_path / ".env"
    if before is not None:
        path.write_text(before)
    options = ("--url", "edge.example", "--agent-id", "edge_7", "-e", ".env")
    person = Person(tmp_path, environ, *options)
    person.sees_last(SECRET_QUESTION)
    if after is not None:
        path.write_text(after)
    else:
        path.unlink()
    person.answers(SECRET)

    assert person.ends() == 1
    assert "changed in the meantime" in person.text()
    assert "edgecheckinit-e.env" in "".join(person.text().split())
    assert content_of(tmp_path) == ({} if after is None else {".env": after.encode()})


@terminal
def test_with_no_input_nobody_is_asked(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Not even at a terminal."""
    person = Person(tmp_path, environ, "--no-input", "--url", "edge.example")

    assert person.ends() == 2
    assert "--agent-id" in person.text()
