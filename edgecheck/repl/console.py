"""The prompt. What arrives appears above the line that is being typed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from ..settings.credentials import credentials_in
from ..settings.secret import Secret
from ..wording.units import counted
from .commands import Failed, NotUnderstood, Quit, complete, lines_in, parse
from .talk import Talk
from .transcript import Reporter

# The toolbar shows seconds.
REFRESH_SECONDS = 1.0
# What stands between the groups of a secret.
_BETWEEN = re.compile(r"[\s:._,|/-]+")


class _Completer(Completer):
    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Give the completions from the table of commands."""
        before = document.text_before_cursor
        for each in complete(
            before, open_commands=self._talk.shown_ids(), shown=self._talk.showable()
        ):
            yield Completion(each.text, start_position=-each.typed, display_meta=each.help)


class _History(FileHistory):
    """The typed lines, in a private file, without those that hold a part of the secret."""

    def __init__(self, path: Path, holds_secret: Callable[[str], bool]) -> None:
        self._holds_secret = holds_secret
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Write one line if it may be kept; if writing fails, it is kept in memory only."""
        if not self._holds_secret(string):
            with suppress(OSError):
                super().store_string(string)


def looks_secret(line: str, secret: Secret | None) -> bool:
    """Tell whether a line holds the secret, a part of it, or another credential.

    Also in groups: somebody who reads a secret aloud or copies it from a page has it like that.
    """
    if credentials_in(line):
        return True
    if secret is None:
        return False
    joined = Secret(_BETWEEN.sub("", secret.reveal()))
    return any(
        hidden.cut_out_of(text) != text
        for hidden, text in ((secret, line), (joined, _BETWEEN.sub("", line)))
    )


def history_at(path: Path, holds_secret: Callable[[str], bool]) -> History:
    """Return the history in a file, or one in memory if the file cannot be used."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return _History(path, holds_secret)


async def run(talk: Talk, reporter: Reporter, history: History, prompt: str) -> None:
    """Prompt for lines and run them, until the user quits.

    Args:
        prompt: the text before the line.
    """
    session: PromptSession[str] = PromptSession(
        message=prompt,
        completer=_Completer(talk),
        complete_while_typing=False,
        history=history,
        bottom_toolbar=lambda: f" {talk.toolbar()}",
        refresh_interval=REFRESH_SECONDS,
    )
    while True:
        try:
            line = await session.prompt_async(set_exception_handler=False)
        except KeyboardInterrupt:
            continue  # drop the line, as a shell does
        except EOFError:
            return
        lines = lines_in(line)
        for number, each in enumerate(lines, 1):
            try:
                well = await _done(talk, reporter, each)
            except Quit:
                return
            if not well:
                if left := len(lines) - number:
                    reporter.event("note", f"{counted(left, 'line')} after it: not run")
                break


async def _done(talk: Talk, reporter: Reporter, line: str) -> bool:
    """Run one line; if it fails, show why, and return False.

    Raises:
        Quit: the user wants to end.
    """
    talk.conceal(line)
    try:
        request = parse(line)
        if request is not None:
            doing = asyncio.create_task(talk.do(request))
            with _ctrl_c(doing):
                await asyncio.wait({doing})
            doing.result()
    except (NotUnderstood, Failed) as error:
        why = talk.clean(str(error))  # it may quote a secret that was typed
        reporter.event("error", (why, "red"), error=why)
        return False
    except asyncio.CancelledError:
        if not doing.cancelled():
            raise
        reporter.event("note", "interrupted")
        return False
    return True


@contextmanager
def _ctrl_c(task: asyncio.Task[None]) -> Iterator[None]:
    """Let Ctrl-C cancel a task, so that the prompt returns."""
    previous = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # on Windows
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, previous)
