"""Tab, in real shells, with the script that `--install-completion` installs for them."""

from __future__ import annotations

import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.cli.snippet import SNIPPETS
from tests.cli.conftest import Run, execute
from tests.cli.test_startup import SLOW, imported
from tests.conftest import require_program
from tests.timing import PATIENCE

SHELLS = ("bash", "zsh", "fish")
COLUMNS, LINES = 80, 50
# What each reads of its own accord, before a test types anything: a prompt to wait for, and no
# paging of long lists.
SETTINGS = {
    "bash": """\
PS1='ready> '
bind 'set completion-query-items 0' 'set page-completions off' 'set enable-bracketed-paste off'
""",
    "zsh": """\
PS1='ready> '
LISTMAX=10000
zstyle ':completion:*' list-prompt ''
unsetopt PROMPT_SP
""",
    "fish": """\
function fish_prompt; printf 'ready> '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
""",
}
FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}


class Terminal:
    """A shell on a terminal, and what the terminal shows."""

    def __init__(self, shell: pexpect.spawn) -> None:
        self._shell = shell
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)

    def type(self, keys: str) -> None:
        """Press keys."""
        self._shell.send(keys)

    def clear(self) -> None:
        """Take the line and the screen away."""
        self.type("\x15\x0c")
        self._wait(lambda: self.text == "ready>", "an empty screen")

    def shows(self, *wanted: str) -> str:
        """Wait until all of this is on the screen, and return the screen."""
        self._wait(lambda: all(word in self.text for word in wanted), " ".join(wanted))
        return self.text

    def _wait(self, there: Callable[[], bool], what: str) -> None:
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            try:
                self._stream.feed(self._shell.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:  # it says no more for now
                if there():
                    return
            except pexpect.EOF:
                break
        pytest.fail(f"{what} came not:\n{self.text}")

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()


@contextmanager
def a_shell(name: str, home: Path, environ: Mapping[str, str]) -> Iterator[Terminal]:
    """Install the completion as a person does, and start the shell anew."""
    program = require_program(name)
    commands = home / "bin"
    commands.mkdir()
    edgecheck = commands / "edgecheck"
    edgecheck.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m edgecheck "$@"\n')
    edgecheck.chmod(0o755)
    (home / FILES[name]).parent.mkdir(parents=True, exist_ok=True)
    (home / FILES[name]).write_text(SETTINGS[name])
    variables = {
        **environ,
        "PATH": f"{commands}:{environ['PATH']}",
        "HOME": str(home),
        "TERM": "xterm-256color",
    }
    # Not as the last command, in whose place bash and zsh would put it: it looks for the shell that
    # called it.
    installed = execute([program, "-c", "edgecheck --install-completion; true"], home, variables)
    assert f"{name} completion installed" in installed.stdout
    shell = pexpect.spawn(
        program, ["-i"], cwd=str(home), env=variables, dimensions=(LINES, COLUMNS), timeout=PATIENCE
    )
    terminal = Terminal(shell)
    try:
        terminal.shows("ready>")
        if name == "zsh":
            # It reads the script that Typer installs at the first Tab, and completes from the
            # second on.
            terminal.type("edgecheck \t")
            terminal.clear()
        yield terminal
    finally:
        shell.close(force=True)


@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes(name: str, tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Commands, codes, faults, names of snippets and of files."""
    (tmp_path / "other.env").write_text("")
    with a_shell(name, tmp_path, environ) as terminal:
        for typed, expected in (
            ("edgecheck expl", "edgecheck explain"),
            ("edgecheck explain tcp-ref", "edgecheck explain tcp-refused"),
            ("edgecheck doctor --demo --fault secret-bearer-p", "--fault secret-bearer-prefix"),
            ("edgecheck simulate --fault pong-ech", "--fault pong-echoed"),
            ("edgecheck snippet python-web", "edgecheck snippet python-websocket-client"),
            ("edgecheck doctor --env-file oth", "--env-file other.env"),
        ):
            terminal.type(f"{typed}\t")
            terminal.shows(expected)
            terminal.clear()
        # Those whose words hold placeholders, quotes and dollars, or are long; and all of
        # something.
        for typed, candidates in (
            ("edgecheck explain env-", [code for code in PROBLEMS if code.startswith("env-")]),
            ("edgecheck explain auth-", [code for code in PROBLEMS if code.startswith("auth-")]),
            ("edgecheck snippet ", list(SNIPPETS)),
        ):
            terminal.type(f"{typed}\t\t")
            menu = below(terminal.shows(*candidates), typed, name)
            terminal.clear()

            # In zsh and fish with what each means; in a line of its own stands nothing that is no
            # candidate.
            words = {word for line in menu for word in line.split()}
            assert set(candidates) <= words
            assert name != "bash" or set(candidates) == words
            assert all(any(code in line for code in candidates) for line in menu), menu


def below(screen: str, typed: str, shell: str) -> list[str]:
    """Return the lines of the menu."""
    lines = screen.splitlines()
    prompt = max(
        number for number, line in enumerate(lines) if line.startswith(f"ready> {typed}".rstrip())
    )
    menu = (
        lines[1:prompt] if shell == "bash" else lines[prompt + 1 :]
    )  # bash writes the line anew, below its menu
    return [line for line in menu if line.strip() and "ready>" not in line]


def test_a_candidate_is_a_line(run: Run) -> None:
    """What it means stands behind it, however long; a second line would be another candidate."""
    line = {
        "_EDGECHECK_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "edgecheck explain ",
    }
    candidates = [line.split("\t") for line in run(**line).stdout.splitlines()]

    assert [candidate[0] for candidate in candidates] == list(PROBLEMS)
    assert all(len(candidate) == 2 for candidate in candidates)
    assert not any(
        re.search(r"\{\w", candidate[1]) for candidate in candidates
    )  # no names of the program's own


@pytest.mark.parametrize(
    "typed", ["edgecheck secret nonsense ", "edgecheck explain 'unclosed", "edgecheck --nonsense "]
)
def test_nothing_is_said_into_a_line_that_makes_no_sense(run: Run, typed: str) -> None:
    """It is being typed: whatever is printed tears it apart, and a word of it may be the secret."""
    done = run(
        _EDGECHECK_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(typed.split()))
    )

    assert done.stderr == ""
    assert "nonsense" not in done.stdout


@pytest.mark.parametrize(
    "typed",
    [
        "e",
        "explain tls",
        "doctor --demo --fault tls",
        "simulate --fault tls",
        "snippet p",
        "secret c",
    ],
)
def test_completion_imports_nothing_slow(
    tmp_path: Path, environ: Mapping[str, str], typed: str
) -> None:
    """Tab is pressed in the middle of a thought."""
    line = {
        "_EDGECHECK_COMPLETE": "complete_bash",
        "COMP_WORDS": f"edgecheck {typed}",
        "COMP_CWORD": str(len(typed.split())),
    }

    assert not SLOW & imported(tmp_path, {**environ, **line}, "")


def test_a_home_folder_that_takes_no_files_is_named(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It is no fault of the program, and the script can be printed instead."""
    bash = require_program("bash")
    # The shell to install it for is the one that starts the program.
    line = f"{shlex.quote(sys.executable)} -m edgecheck --install-completion; exit $?"
    done = execute([bash, "-c", line], tmp_path, {**environ, "HOME": "/dev/null"})

    assert done.returncode == 1
    assert "cannot be installed: /dev/null" in done.stderr
    assert "--show-completion" in done.stderr
