"""Ask a person at a terminal, on standard error: standard output is for the result."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

from .output import is_terminal


def can_ask() -> bool:
    """Tell whether there is somebody to ask."""
    return (
        sys.stdin is not None
        and sys.stderr is not None
        and sys.stdin.isatty()
        and sys.stderr.isatty()
    )


def ask(question: str, at_once: Callable[[str], bool], *, hidden: bool = False) -> str:
    """Return what the person types or pastes.

    Args:
        question: on one line; nothing is added to it.
        at_once: tells of a line into which something is pasted whether it is the whole answer, and
            not to be drawn.
        hidden: draw an asterisk in place of each character.

    Raises:
        KeyboardInterrupt: the person wants no more, by Ctrl-C or at the end of the input.
    """
    try:
        return (
            _prompt(question, at_once, hidden)
            if is_terminal(sys.stderr)
            else _plain_prompt(question, hidden)
        )
    except EOFError:
        raise KeyboardInterrupt from None


def _plain_prompt(question: str, hidden: bool) -> str:
    """Ask on a terminal that cannot move its cursor: there prompt_toolkit would draw what is to be hidden."""
    if hidden:
        return getpass.getpass(question, stream=sys.stderr)
    print(question, end="", file=sys.stderr, flush=True)
    if not (answer := sys.stdin.readline()):
        raise EOFError
    return answer.rstrip("\n")


def _prompt(question: str, at_once: Callable[[str], bool], hidden: bool) -> str:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.keys import Keys
    from prompt_toolkit.output import create_output
    from prompt_toolkit.output.vt100 import Vt100_Output

    bindings = KeyBindings()

    @bindings.add(Keys.BracketedPaste)
    def paste(event: KeyPressEvent) -> None:
        pasted = event.data.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        typed = event.current_buffer.document
        text = typed.text_before_cursor + pasted + typed.text_after_cursor
        if at_once(text):
            event.app.exit(result=text)
        else:
            event.current_buffer.insert_text(pasted)

    output = create_output(sys.stderr)
    if isinstance(output, Vt100_Output):
        # one line needs to know nothing about the screen, and some terminals do not answer
        output.enable_cpr = False
    session: PromptSession[str] = PromptSession(
        question, output=output, is_password=hidden, key_bindings=bindings
    )
    return session.prompt()
