"""Ask a person at a terminal, on standard error: standard output is for the result."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TextIO

from ..process import Process
from .output import is_terminal

# Drawn in place of a message, which may hold the secret.
PASTED = "(pasted, not shown) Enter takes it"


def can_ask(process: Process) -> bool:
    """Tell whether a user can be asked."""
    return process.stderr is not None and process.stdin.isatty() and process.stderr.isatty()


def ask(
    process: Process, question: str, whole: Callable[[str], bool], *, hidden: bool = False
) -> str:
    """Return what the user types or pastes.

    Args:
        process: whose terminal; `can_ask` of it.
        question: on one line; nothing is added to it.
        whole: tells of a line into which something is pasted whether it is the whole answer, and
            not to be drawn. Enter takes it, and any other key throws it away.
        hidden: draw an asterisk for each character.

    Raises:
        KeyboardInterrupt: the user wants to stop, by Ctrl-C or the end of the input.
    """
    screen = process.stderr
    assert screen is not None  # a user looks at it
    try:
        if is_terminal(screen, process.environ):
            return _prompt(process.stdin, screen, question, whole, hidden=hidden)
        return _plain_prompt(process.stdin, screen, question, hidden=hidden)
    except EOFError:
        raise KeyboardInterrupt from None


def _plain_prompt(keyboard: TextIO, screen: TextIO, question: str, *, hidden: bool) -> str:
    """Ask on a terminal that cannot move its cursor.

    On such a terminal prompt_toolkit would show what must be hidden.
    """
    if hidden:
        return getpass.getpass(question, stream=screen)
    print(question, end="", file=screen, flush=True)
    if not (answer := keyboard.readline()):
        raise EOFError
    return answer.rstrip("\n")


def _prompt(
    keyboard: TextIO, screen: TextIO, question: str, whole: Callable[[str], bool], *, hidden: bool
) -> str:
    # Slow, and not needed if all answers are options.
    from prompt_toolkit import PromptSession
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.input import create_input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.keys import Keys
    from prompt_toolkit.output import create_output
    from prompt_toolkit.output.vt100 import Vt100_Output

    bindings = KeyBindings()
    held: list[str] = []

    @bindings.add(Keys.BracketedPaste)
    def paste(event: KeyPressEvent) -> None:
        pasted = event.data.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        typed = event.current_buffer.document
        text = typed.text_before_cursor + pasted + typed.text_after_cursor
        if whole(text):
            held[:] = [text]
            event.current_buffer.text = PASTED
            event.current_buffer.cursor_position = len(PASTED)
        else:
            event.current_buffer.insert_text(pasted)

    def changed(buffer: Buffer) -> None:
        if held and buffer.text != PASTED:
            held.clear()
            buffer.reset()

    output = create_output(screen)
    if isinstance(output, Vt100_Output):
        # One line needs to know nothing about the screen, and some terminals do not answer.
        output.enable_cpr = False
    session: PromptSession[str] = PromptSession(
        question,
        input=create_input(keyboard),
        output=output,
        is_password=hidden,
        key_bindings=bindings,
    )
    session.default_buffer.on_text_changed += changed
    typed = session.prompt()
    return held[0] if held else typed
