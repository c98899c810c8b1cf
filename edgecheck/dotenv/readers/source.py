"""A shell's ``source`` (pure). The rules are those of bash 5.2 and dash 0.5, found by experiment.

XCU is the volume of POSIX.1-2017 that specifies the shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .commands import RUNS_COMMAND, output
from .reading import MOST_EXPANDED, Reading, Readings, StoppedError, line_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# An assignment, or bash's addition to what is there.
_SIGN = re.compile(r"(\+)?=")
_TILDE = re.compile(r"~([A-Za-z0-9_.+-]*)(?=[/: \t\n;&|<>()]|\Z)")
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+=])([^}$`\\'\"]*))?\}")
_BEFORE_COMMAND = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BRANCHES = {"if", "then", "elif", "else", "fi", "case", "esac"}
_LOOPS_AND_GROUPS = {"while", "until", "for", "do", "done", "{", "}"}
_RESERVED = frozenset(_BRANCHES | _LOOPS_AND_GROUPS)  # XCU 2.4

_NOT_SET = "runs what follows the blank as a command"
_DETACHED = "ends the command at `&` or `|`"
_BACKTICKS = "runs the text in backticks as a command"
_ARRAY = "makes an array, which is not exported"


@dataclass
class _Word:
    """One word of a command.

    Args:
        name: what is before an unquoted ``=``, if that is a name.
        value: what is after it, or the whole word.
        unknown: why the value cannot be known without running commands; empty if it is known.
        quoted: a part of it was in quotes, so that it is a word even if it is empty.
        literal: no part of it was quoted or expanded.
    """

    name: str | None = None
    value: str = ""
    unknown: str = ""
    quoted: bool = False
    literal: bool = True


class _Shell:
    """As much of the shell's grammar (XCU 2) as a file of settings can use, or meet by mistake."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self.text = text
        self.environ = environ
        self.at = 0
        self.line_start = 0
        self.found: dict[str, Reading] = {}
        # A line counts only if all of it is understood, and a list of commands (XCU 2.9.3) only if
        # it does not end with `&`, which runs it in a subshell.
        self.line: dict[str, Reading] = {}
        self.list: dict[str, Reading] = {}
        self.in_pipe = False
        self.room = MOST_EXPANDED

    def read(self) -> Readings:
        try:
            while self.at < len(self.text):
                self.command()
        except StoppedError as stop:
            why = f"gives up in line {stop.line}: {stop.why}"
            return Readings(self.found, stop.line, why)
        self.found.update(self.line)
        return Readings(self.found)

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def stop(self, why: str, at: int | None = None) -> StoppedError:
        return StoppedError(line_of(self.text, self.at if at is None else at), why)

    def command(self) -> None:
        """Read one command and the operator after it, and keep what it sets."""
        words: list[_Word] = []
        while (character := self.peek()) not in ("", "\n", ";", "&", "|"):
            if character in " \t":
                self.at += 1
            elif self.peek(2) == "\\\n":
                self.at += 2
            elif character == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif character in "<>":
                self.redirection()
            elif character in "()":
                raise self.stop("a parenthesis")
            else:
                words.append(self.word())
        end_of_command = self.peek(2) if self.peek(2) in ("&&", "||", ";;") else self.peek()
        if end_of_command == ";;" or (end_of_command not in ("", "\n") and not words):
            raise self.stop(f"a stray `{end_of_command}`")
        self.at += len(end_of_command)
        piped = self.in_pipe or end_of_command == "|"
        self.in_pipe = end_of_command == "|"
        self.keep(words, _DETACHED if piped else "")
        if end_of_command in ("&&", "||", "|"):
            # A command must follow; line ends and comments may be before it.
            following = _BEFORE_COMMAND.match(self.text, self.at)
            self.at = following.end() if following else self.at
            if not self.peek():
                raise self.stop(f"a stray `{end_of_command}`")
            return
        if end_of_command == "&":
            self.list = {name: Reading(None, _DETACHED) for name in self.list if self.is_new(name)}
        self.line.update(self.list)
        self.list.clear()
        if end_of_command in ("", "\n"):
            self.found.update(self.line)
            self.line.clear()
            self.line_start = self.at

    def is_new(self, name: str) -> bool:
        """Tell whether no earlier list of commands has set a name."""
        return name not in self.found and name not in self.line

    def keep(self, words: list[_Word], note: str) -> None:
        """Keep what a command sets: its assignments if it has no name, or what it exports.

        Args:
            words: of the command, the assignments first.
            note: why the command sets nothing; empty if it does set something.
        """
        settings: list[_Word] = []
        while words and words[0].name is not None:
            settings.append(words.pop(0))
        # A word that expands to nothing disappears (XCU 2.6.5).
        words = [word for word in words if word.value or word.quoted or word.unknown or word.name]
        if words and not settings and words[0].value in _RESERVED and words[0].literal:
            raise self.stop(f"the word `{words[0].value}`, which is part of a compound command")
        if words and words[0].value in ("export", "readonly"):
            settings = words[1:]
        elif words:
            note = note or _NOT_SET
        for word in settings:
            if word.name is None:
                continue
            if note and not (self.is_new(word.name) and word.name not in self.list):
                continue  # the value that an earlier command set remains
            note_of_word = note or word.unknown
            self.list[word.name] = (
                Reading(None, note_of_word) if note_of_word else Reading(word.value)
            )

    def redirection(self) -> None:
        if self.peek(2) == "<<":
            raise self.stop("a here-document")
        while self.peek() and self.peek() in "<>&":
            self.at += 1
        while self.peek() and self.peek() in " \t":
            self.at += 1
        if self.peek() in ("", "\n", ";", "|", "(", ")"):
            raise self.stop("a `<` or `>` without a file")
        self.word()

    def word(self) -> _Word:
        word = _Word()
        name = _NAME.match(self.text, self.at)
        if name and (sign := _SIGN.match(self.text, name.end())):
            word.name = name[0]
            word.value = self.variable(name[0]) if sign[1] else ""
            self.at = sign.end()
            self.tilde(word)
            if self.peek() == "(":
                self.parenthesised()
                word.unknown = _ARRAY
        while (character := self.peek()) and character not in " \t\n;&|<>()":
            if character in "'\"`\\$":
                self.special(word, character)
                continue
            word.value += character
            self.at += 1
            if character == ":" and word.name is not None:
                self.tilde(word)
        if self.peek() == "(":
            raise self.stop("a parenthesis")
        return word

    def special(self, word: _Word, character: str) -> None:
        """Read a quotation, an escape or an expansion (XCU 2.2, 2.6)."""
        word.literal = False
        if character == "$":
            self.dollar(word, quoted=False)
            return
        word.quoted = True
        if character == "'":
            word.value += self.until("'")
        elif character == '"':
            self.double_quoted(word)
        elif character == "`":
            self.until("`")
            word.unknown = _BACKTICKS
        else:
            if self.peek(2) != "\\\n":
                word.value += self.peek(2)[1:] or "\\"
            self.at += 2

    def tilde(self, word: _Word) -> None:
        """Expand a ``~`` after the ``=`` or a colon of an assignment (XCU 2.6.1)."""
        user = _TILDE.match(self.text, self.at)
        if user is None:
            return
        self.at = user.end()
        if user[1]:
            word.unknown = "reads `~` as somebody's home folder"
        else:
            word.value += self.environ.get("HOME", "~")

    def until(self, quote: str) -> str:
        """Return what is between here and the closing quote or backtick."""
        start, end = self.at, self.at + 1
        while (character := self.text[end : end + 1]) != quote:
            if not character:
                raise self.stop(f"a quote ({quote}) that is never closed", start)
            end += 2 if character == "\\" and quote == "`" else 1
        self.at = end + 1
        return self.text[start + 1 : end]

    def double_quoted(self, word: _Word) -> None:
        start = self.at
        self.at += 1
        while (character := self.peek()) != '"':
            if not character:
                raise self.stop('a quote (") that is never closed', start)
            if character == "\\":
                following = self.peek(2)[1:]
                # A backslash is an escape only before these characters (XCU 2.2.3).
                if following != "\n":
                    word.value += (
                        following if following and following in '$`"\\' else "\\" + following
                    )
                self.at += 2
            elif character == "$":
                self.dollar(word, quoted=True)
            elif character == "`":
                self.until("`")
                word.unknown = _BACKTICKS
            else:
                word.value += character
                self.at += 1
        self.at += 1

    def dollar(self, word: _Word, *, quoted: bool) -> None:
        """Expand a parameter or a command, which begins with a dollar sign (XCU 2.6)."""
        self.at += 1
        character = self.peek()
        if character == "(":
            start = self.at + 1
            self.parenthesised()
            printed = output(self.text[start : self.at - 1])
            word.value += printed or ""
            if printed is None:
                word.unknown = RUNS_COMMAND
        elif character and character in "'\"" and not quoted:
            # bash and sh do not agree whether this `$` is a part of the quotation, which is read
            # next.
            word.unknown = "reads `$` before a quote differently in different shells"
        elif character == "{":
            self.braced(word)
        elif name := _NAME.match(self.text, self.at):
            self.at = name.end()
            self.expand(word, self.variable(name[0]))
        elif character and character in "123456789@*":
            self.at += 1  # an argument; a file that is sourced here has none
        elif character and character in "0$?!#-":
            self.at += 1
            word.unknown = f"replaces `${character}` by a value of its own"
        else:
            word.value += "$"

    def braced(self, word: _Word) -> None:
        match = _BRACED.match(self.text, self.at)
        if match:
            self.at = match.end()
            self.expand(word, self.chosen(*match.groups()))
            return
        end = self.text.find("}", self.at)
        if end < 0:
            raise self.stop("a `${` that is never closed")
        self.at = end + 1
        word.unknown = "reads `${…}` by rules of its own"

    def chosen(self, name: str, operator: str | None, other: str | None) -> str:
        """Return what a ``${NAME…}`` stands for, with a default or without (XCU 2.6.2)."""
        value = self.variable(name)
        reading = self.list.get(name) or self.line.get(name) or self.found.get(name)
        there = name in self.environ or (reading is not None and reading.value is not None)
        if operator and operator.startswith(":"):
            there = bool(value)
        if operator and operator.endswith("+"):
            return (other or "") if there else ""
        return value if there else other or ""

    def expand(self, word: _Word, value: str) -> None:
        value = value[: self.room]
        self.room -= len(value)
        word.value += value

    def variable(self, name: str) -> str:
        reading = self.list.get(name) or self.line.get(name) or self.found.get(name)
        if reading is not None and reading.value is not None:
            return reading.value
        return self.environ.get(name, "")

    def parenthesised(self) -> None:
        start, depth = self.at, 0
        while character := self.peek():
            depth += {"(": 1, ")": -1}.get(character, 0)
            self.at += 1
            if not depth:
                return
        raise self.stop("a `$(` that is never closed", start)


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``set -a; . ./.env`` in sh and bash does.

    A CR is a part of the value. A blank outside quotes ends the value.
    """
    return _Shell(text.replace("\0", ""), environ).read()
