"""Every help leads on: what the command does, lines that fit, examples that can be pasted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from edgecheck.cli.commands import loaded, program
from edgecheck.cli.ends import UsageError
from edgecheck.cli.process import Process
from edgecheck.cli.table import COMMANDS, Command
from tests.cli.conftest import Run
from tests.doctor import SECRET, simulated

# Where the program's own words end, and the shell's begin.
SHELL = {"|", ">", ">>", "<", "&&"}


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the words that call each command, the groups included."""
    yield words
    for name in getattr(command, "commands", {}):
        inner = command.resolve_command(None, [name])[1]
        yield from commands(inner, (*words, name))


WORDS = list(commands(program()))


def examples(shown: str) -> list[list[str]]:
    """Return the words of each example in a help."""
    lines = shown.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    return [shlex.split(line) for line in lines]


def parse(words: list[str]) -> None:
    """Read a command line as the program does, and run nothing.

    Raises what Typer raises for a word that is not one.
    """
    command: Any = program()
    name, *rest = words
    while hasattr(command, "commands"):
        context = command.make_context(name, rest, obj=Process.here())
        left = [*context._protected_args, *context.args]
        if not left:
            return
        name, command, rest = command.resolve_command(context, left)
    command.make_context(name, rest)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_the_examples_can_be_pasted(run: Run, words: tuple[str, ...]) -> None:
    """Two at least; each calls this command, or one below it, with its options, in one line."""
    shown = run(*words, "--help").stdout

    assert len(examples(shown)) >= 2
    assert max(map(len, shown.splitlines())) <= 80
    for words_of_it in examples(shown):
        # What is before a pipe prints something for the command to read.
        piped = words_of_it[0] != "edgecheck"
        example = words_of_it[words_of_it.index("|") + 1 :] if piped else words_of_it
        own = example[
            : next((number for number, word in enumerate(example) if word in SHELL), len(example))
        ]
        assert own[: len(words) + 1] == ["edgecheck", *words]
        parse(own)


def test_the_check_of_examples_finds_a_wrong_one() -> None:
    """Otherwise the test above would pass whatever stands there."""
    for wrong in (
        "edgecheck nonsense",
        "edgecheck doctor --nonsense",
        "edgecheck secret nonsense",
        "edgecheck ping -c many",
    ):
        with pytest.raises((typer.TyperException, UsageError)):
            parse(wrong.split())


def test_what_the_commands_do_fits_into_their_list(run: Run) -> None:
    """A sentence that is cut off says nothing."""
    listed = run("--help").stdout.partition("Commands:\n")[2]

    assert listed
    assert "..." not in listed


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_the_table_says_of_a_command_what_its_own_help_says_first(command: Command) -> None:
    """The list of commands is written without importing any."""
    assert loaded(command).get_short_help_str(limit=200) == command.help


def test_its_first_steps_lead_from_nothing_to_green(run: Run, tmp_path: Path) -> None:
    """Each command that it names exists; the first writes settings that please the second."""
    shown = run().stdout
    named = [
        shlex.split(words) for words in re.findall(r"(?<=  )edgecheck .*$", shown, re.MULTILINE)
    ]
    for words in named:
        parse(
            [word for word in words if word not in ("--help", "--install-completion")]
        )  # these two do their work while they are parsed
    with simulated() as backend:
        (tmp_path / "secret").write_text(SECRET)
        first = run(
            "init", "--url", backend.url, "--agent-id", backend.agent_id, "--secret-file", "secret"
        )
        second = run("doctor")

    assert [words[1] for words in named][:3] == ["init", "doctor", "snippet"]
    assert len(named) >= 6
    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stdout
