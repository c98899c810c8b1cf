"""A shell's ``source`` (pure). Measured with bash 5.2 and dash 0.5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .reading import MOST_EXPANDED, Reading

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


_ASSIGNMENT = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=")


_TILDE = re.compile(r"~([A-Za-z0-9_.+-]*)(?=[/: \t\n;&|<>()]|\Z)")


_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}$`\\'\"]*))?\}")


_RESERVED = frozenset(
    [
        "{",
        "}",
        "if",
        "then",
        "elif",
        "else",
        "fi",
        "do",
        "done",
        "case",
        "esac",
        "while",
        "until",
        "for",
    ]
)


_NOT_SET = "takes what follows the blank for a command, and sets nothing"


_DETACHED = "takes `&` or `|` for the end of a command, and sets nothing"


_BACKTICKS = "runs what stands in backticks as a command"


_REDIRECTED = "takes `<` or `>` for a redirection"


class _StopError(Exception):
    """The shell gives up the whole file."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(f"gives up at {why} in line {line}")
        self.line = line


@dataclass
class _Word:
    """One word of a command.

    Args:
        name: what stands before an unquoted ``=``, where that is a name.
        value: what stands after it, or the whole word.
        unknown: why the value cannot be known here.
        quoted: part of it was in quotes: then it is a word even where it is empty.
        literal: nothing of it was quoted or expanded.
    """

    name: str | None = None
    value: str = ""
    unknown: str = ""
    quoted: bool = False
    literal: bool = True


class _Shell:
    """The part of the shell's grammar (POSIX.1-2017, XCU 2) that a settings file runs into."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self.text = text
        self.environ = environ
        self.at = 0
        self.line_start = 0
        self.found: dict[str, Reading] = {}
        # What a line sets counts only where the whole line was understood, and a list only where no
        # `&` sends it to a subshell.
        self.line: dict[str, Reading] = {}
        self.list: dict[str, Reading] = {}
        self.in_pipe = False
        self.room = MOST_EXPANDED

    def read(self) -> dict[str, Reading]:
        try:
            while self.at < len(self.text):
                self.command()
        except _StopError as stop:
            for key in _ASSIGNMENT.findall(self.text[self.line_start :]):
                self.found.setdefault(key, Reading(None, str(stop), stop.line))
        return self.found

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def stop(self, why: str, at: int | None = None) -> _StopError:
        return _StopError(why, self.text.count("\n", 0, self.at if at is None else at) + 1)

    def command(self) -> None:
        """Read one command and what ends it, and keep what it sets."""
        words: list[_Word] = []
        redirected = False
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
                redirected = True
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
        self.keep(words, _DETACHED if piped else _REDIRECTED if redirected else "")
        if end_of_command in ("&&", "||", "|"):
            # A command must follow, on one of the next lines if need be.
            while self.peek() and self.peek() in " \t\n":
                self.at += 1
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
        """Tell whether no earlier list has set a name."""
        return name not in self.found and name not in self.line

    def keep(self, words: list[_Word], note: str) -> None:
        """Note what a command sets: its leading assignments where no command follows them, and the arguments of ``export``."""
        settings: list[_Word] = []
        while words and words[0].name is not None:
            settings.append(words.pop(0))
        # A word that expands to nothing is no word.
        words = [word for word in words if word.value or word.quoted or word.unknown or word.name]
        if words and not settings and words[0].value in _RESERVED and words[0].literal:
            raise self.stop(
                f"the word `{words[0].value}`, which begins or ends a compound command,"
            )
        if words and words[0].value in ("export", "readonly"):
            settings = words[1:]
        elif words:
            note = note or _NOT_SET
        for word in settings:
            if word.name is None:
                continue
            if note and not (self.is_new(word.name) and word.name not in self.list):
                continue  # an earlier value stays
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
            raise self.stop("a `<` or `>` that names no file")
        self.word()

    def word(self) -> _Word:
        word = _Word()
        name = _NAME.match(self.text, self.at)
        if name and self.text[name.end() : name.end() + 1] == "=":
            word.name = name[0]
            self.at = name.end() + 1
            self.tilde(word)
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
        """Expand ``~`` where an assignment has it: after the ``=`` and after a colon (XCU 2.6.1)."""
        user = _TILDE.match(self.text, self.at)
        if user is None:
            return
        self.at = user.end()
        if user[1]:
            word.unknown = "takes `~` for somebody's home folder"
        else:
            word.value += self.environ.get("HOME", "~")

    def until(self, quote: str) -> str:
        """Return what stands between here and the closing quote or backtick."""
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
                # XCU 2.2.3: a backslash is an escape before these alone.
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
        """Expand what begins with a dollar sign (XCU 2.6.2)."""
        self.at += 1
        character = self.peek()
        if character == "(":
            self.parenthesised()
            word.unknown = "runs what stands in `$(…)` as a command"
        elif character and character in "'\"" and not quoted:
            # The quotation itself is read next; whether the `$` belongs to it, bash and sh do not
            # agree.
            word.unknown = "reads `$` before a quote as its version does"
        elif character == "{":
            self.braced(word)
        elif name := _NAME.match(self.text, self.at):
            self.at = name.end()
            self.expand(word, self.variable(name[0]))
        elif character and character in "123456789@*":
            self.at += 1  # the arguments of a file that is sourced: none
        elif character and character in "0$?!#-":
            self.at += 1
            word.unknown = f"takes `${character}` for a number or option of its own"
        else:
            word.value += "$"

    def braced(self, word: _Word) -> None:
        match = _BRACED.match(self.text, self.at)
        if match:
            self.at = match.end()
            self.expand(word, self.variable(match[1]) or match[2] or "")
            return
        end = self.text.find("}", self.at)
        if end < 0:
            raise self.stop("a `${` that is never closed")
        self.at = end + 1
        word.unknown = "reads `${…}` in a way of its own"

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


def read_as_shell(text: str, environ: Mapping[str, str]) -> dict[str, Reading]:
    """Read as ``set -a; . ./.env`` in sh and bash does: a CR belongs to the value, and a blank outside quotes ends it."""
    return _Shell(text.replace("\0", ""), environ).read()
