"""What the commands of a sourced file set, and in which the shells differ (pure).

XCU is the volume of POSIX.1-2017 that specifies the shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

from ...frozen import dataclass as frozen_dataclass
from .reading import Reading, StoppedError

_BRANCHES = {"if", "then", "elif", "else", "fi", "case", "esac"}
_LOOPS = {"while", "until", "for", "do", "done"}
_RESERVED = frozenset(_BRANCHES | _LOOPS)  # XCU 2.4
# Words before a command that are not part of it: a group, and the opposite of an exit status.
_AROUND = frozenset(("{", "}", "!"))
# Options of `set` that dash has: its letters, and the names after `-o`.
_DASH_OPTIONS = re.compile(r"[-+][aCefnumbvxIiEVso]+")
# An assignment before one of these stays, in some shells (XCU 2.14).
SPECIAL = frozenset(
    (
        *(":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return"),
        *("set", "shift", "times", "trap", "unset"),
    )
)
_EXPORTS = frozenset(("export", "readonly"))
_SUCCEED = frozenset(("true", ":", *_EXPORTS))
_ASSIGNMENT = re.compile(r"(?s)([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?")
_OPTION = re.compile(r"[-+][A-Za-z]+")

NOT_SET = "runs what follows the blank as a command"
DETACHED = "ends the command at `&` or `|`"
_UNEXPORTED = "does not export it"
_UNSET = "unsets it again"
_CONDITION = "sets it only if the command before it succeeds, or only if it fails"


@frozen_dataclass(frozen=True)
class Dialect:
    """What a shell does otherwise than the others.

    Args:
        keeps: what it has read remains if it meets an error. Without that, the error ends the shell
            itself, and what the script would start is not started.
        declares: the commands that set variables, beside ``export`` and ``readonly``.
        appends: ``+=`` adds to a value.
        parenthesis: what one is after the ``=``: ``array``, ``text`` or ``error``.
        dollar_single: a ``$`` before a single quote belongs to the quotation.
        dollar_double: a ``$`` before a double quote belongs to the quotation.
        brackets: ``$[…]`` is a sum.
        only_posix: another ``${…}`` than those of POSIX is an error.
        strict: a mistake in a command of the shell itself ends the file: a name or an option that
            is not valid, or a redirection from a file that is not there.
        special_keep: an assignment before a special built-in command stays.
        strict_words: a pattern that fits no file is an error, and so is a word that begins with a
            ``=`` and names no program, one that ends with a brace, an assignment in the background,
            and a reserved word behind one. The last command of a pipe runs in the shell itself.
        empty_commands: a ``;`` may stand alone.
        modifiers: a colon or a bracket after ``$NAME`` may change the value.
        last_backslash: a backslash at the end of the file is a part of the value.
    """

    keeps: bool = True
    declares: frozenset[str] = frozenset(("declare", "typeset"))
    appends: bool = True
    parenthesis: str = "array"
    dollar_single: bool = True
    dollar_double: bool = True
    brackets: bool = True
    only_posix: bool = False
    strict: bool = False
    special_keep: bool = False
    strict_words: bool = False
    empty_commands: bool = False
    modifiers: bool = False
    last_backslash: bool = True


@dataclass
class Word:
    """One word of a command.

    Args:
        name: what is before an unquoted ``=``, if that is a name.
        value: what is after it, or the whole word.
        unknown: why the value cannot be known without running commands; empty if it is known.
        quoted: a part of it was in quotes, so that it is a word even if it is empty.
        literal: no part of it was quoted or expanded.
        pattern: it has an unquoted character that makes it a pattern for names of files.
    """

    name: str | None = None
    value: str = ""
    unknown: str = ""
    quoted: bool = False
    literal: bool = True
    pattern: bool = False


class EndedError(StoppedError):
    """The shell itself ends, so that nothing of the file remains."""


class ReturnedError(StoppedError):
    """The file says itself that it ends, so that what was read remains in every shell."""


def _success(words: list[Word], settings: list[Word]) -> bool | None:
    """Tell whether a command succeeds; None if that cannot be known.

    Args:
        words: of the command, with its name.
        settings: the assignments before it.
    """
    if not words:
        return None if any(word.unknown for word in settings) else True
    if words[0].value in _SUCCEED:
        return True
    return False if words[0].value == "false" else None


class Variables:
    """The variables of a shell while it reads a file.

    Args:
        dialect: of the shell.
        environ: the process environment.
    """

    def __init__(self, dialect: Dialect, environ: Mapping[str, str]) -> None:
        self.dialect, self.environ = dialect, environ
        self.found: dict[str, Reading] = {}
        # A line counts only if all of it is understood, and a list of commands (XCU 2.9.3) only if
        # it does not end with `&`, which runs it in a subshell.
        self.line: dict[str, Reading] = {}
        self.list: dict[str, Reading] = {}
        # Values that are known in the shell, and not exported.
        self.inner: dict[str, str] = {}
        # Why the values of names cannot be known.
        self.unknowns: dict[str, str] = {}
        # What the assignments before a command set, while it is read.
        self.pending: dict[str, str] = {}
        self.exporting = True
        # What had been read before each `{` that is open.
        self.groups: list[dict[str, Reading]] = []
        # Whether the last command succeeded; None if that cannot be known.
        self.succeeded: bool | None = True

    def reading(self, name: str) -> Reading | None:
        """Return what was made of a name until now."""
        return self.list.get(name) or self.line.get(name) or self.found.get(name)

    def value(self, name: str) -> str:
        """Return what ``$NAME`` stands for."""
        if name in self.pending:
            return self.pending[name]
        reading = self.reading(name)
        if reading is not None and reading.value is not None:
            return reading.value
        return self.inner.get(name, self.environ.get(name, ""))

    def unknown(self, name: str) -> str:
        """Return why it cannot be known what ``$NAME`` stands for; empty if it can."""
        return self.unknowns.get(name, "") if name not in self.pending else ""

    def has(self, name: str) -> bool:
        """Tell whether a name is set, if only to an empty value."""
        reading = self.reading(name)
        known = any(name in names for names in (self.environ, self.inner, self.pending))
        return known or (reading is not None and reading.value is not None)

    def is_new(self, name: str) -> bool:
        """Tell whether no earlier list of commands has set a name."""
        return name not in self.found and name not in self.line

    def run(self, words: list[Word], note: str, number: int) -> None:
        """Keep what a command sets: its assignments if it has no name, or what it exports.

        Args:
            words: of the command, the assignments first.
            note: why the command sets nothing; empty if it does set something.
            number: of its line, 1-based.

        Raises:
            StoppedError: the shell reads no further.
        """
        self.pending.clear()
        while words and words[0].literal and words[0].value in _AROUND and words[0].name is None:
            self._around(words.pop(0).value, number)
        settings = list(takewhile(lambda word: word.name is not None, words))
        words = self._expanded(words[len(settings) :])
        self._check_words(words, settings, number)
        self._assign(settings, note or self._why_passing(words), exported=self.exporting)
        if words and not note:
            self._run_command(words[0].value, words[1:], settings, number)
        self.succeeded = _success(words, settings)

    def _expanded(self, words: list[Word]) -> list[Word]:
        """Return the words of a command that are left when the shell runs it."""
        if words and self.dialect.strict_words and words[0].literal and words[0].value == "-":
            words = words[1:]  # it changes how a command is started
        # A word that expands to nothing disappears (XCU 2.6.5).
        return [word for word in words if word.value or word.quoted or word.unknown or word.name]

    def _check_words(self, words: list[Word], settings: list[Word], number: int) -> None:
        """Raise `StoppedError` if the words are not those of a command that the shell can run."""
        is_first = not settings or self.dialect.strict_words
        if words and is_first and words[0].literal and words[0].value in _RESERVED:
            why = f"the word `{words[0].value}`, which is part of a compound command"
            raise StoppedError(number, why)
        if self.dialect.strict_words and any(word.pattern for word in words):
            raise StoppedError(number, "a pattern that fits no file")

    def _why_passing(self, words: list[Word]) -> str:
        """Return why assignments before a command end with it; empty if they stay."""
        command = words[0].value if words else ""
        if not words or (self.dialect.special_keep and command in SPECIAL):
            return ""
        # If what is not known turns out to be nothing, there is no command.
        return NOT_SET if command else words[0].unknown or NOT_SET

    def _around(self, word: str, number: int) -> None:
        if word == "{":
            self.groups.append(dict(self.found))
        elif word == "}" and not self.groups:
            raise StoppedError(number, "a stray `}`")
        elif word == "}":
            self.groups.pop()

    def end_file(self, number: int) -> None:
        """Keep what the last line has set. A group that is open at the end is not run."""
        self.end_line()
        if self.groups:
            self.found = self.groups[0]
            raise StoppedError(number, "a `{` that is never closed")

    def _run_command(
        self, command: str, words: list[Word], before: list[Word], number: int
    ) -> None:
        if command in _EXPORTS or command in self.dialect.declares:
            self._declare(command, words, before, number)
        elif command == "unset":
            for word in words:
                self.inner.pop(word.value, None)
                self.list[word.value] = Reading(None, _UNSET)
        elif command == "set":
            self._set_options([word.value for word in words], number)
        elif command == "eval" and all(word.name for word in words):
            self._assign(words, "", exported=self.exporting)
        elif command == "exit" or (command == "exec" and words):
            raise EndedError(number, f"the word `{command}`")
        elif command == "local" and not self.dialect.keeps:
            raise EndedError(number, "the word `local` outside of a function")
        elif command == "return":
            raise ReturnedError(number, "the word `return`")

    def _set_options(self, words: list[str], number: int) -> None:
        if words in (["-a"], ["+a"]):
            self.exporting = words == ["-a"]
        options = [word for word in words if word[:1] in ("-", "+")]
        known = _OPTION if self.dialect.keeps else _DASH_OPTIONS
        if self.dialect.strict and (
            not all(map(known.fullmatch, options))
            or ("pipefail" in words and not self.dialect.keeps)
        ):
            raise StoppedError(number, "an option of `set` that it does not know")

    def _declare(self, command: str, words: list[Word], before: list[Word], number: int) -> None:
        """Do what ``export`` and its kin do."""
        exported = command == "export" or self.exporting
        settings: list[Word] = []
        for word in words:
            if word.name is None and not word.quoted and _OPTION.fullmatch(word.value):
                if word.value != "-p" and not self.dialect.keeps:
                    raise StoppedError(number, "an option of `export` that it does not know")
                exported = (exported or "x" in word.value) and "n" not in word.value
                continue
            if word.name is None and self.dialect.strict:
                self._check_name(word, settings, exported=exported, number=number)
            settings.append(word if word.name is not None else self._named(word, before))
        self._assign(settings, "", exported=exported)

    def _check_name(self, word: Word, settings: list[Word], *, exported: bool, number: int) -> None:
        """Raise `StoppedError` if a word is not a name. What stands before it is still set."""
        if _ASSIGNMENT.fullmatch(word.value) is None:
            self._assign(settings, "", exported=exported)
            self.end_list(detached=False)
            self.end_line()
            raise StoppedError(number, "a name that is not valid")

    def _named(self, word: Word, before: list[Word]) -> Word:
        """Return the assignment that a word after ``export`` is, or stands for."""
        match = _ASSIGNMENT.fullmatch(word.value)
        if match is None:
            return word
        if match[2] is not None:
            return Word(match[1], match[2], word.unknown)
        # The name alone passes on what it has, or what is assigned to it before the command.
        earlier = [one for one in before if one.name == match[1]]
        if earlier and not self.dialect.strict_words:
            return earlier[-1]
        inner = self.inner.get(match[1])
        return word if inner is None else Word(match[1], inner)

    def _assign(self, settings: list[Word], note: str, *, exported: bool) -> None:
        for word in settings:
            if word.name is None:
                continue
            if note and not (self.is_new(word.name) and word.name not in self.list):
                continue  # the value that an earlier command set remains
            note_of_word = note or word.unknown
            if not note_of_word and not exported:
                self.inner[word.name] = word.value
                note_of_word = _UNEXPORTED
            self.list[word.name] = (
                Reading(None, note_of_word) if note_of_word else Reading(word.value)
            )
            self.unknowns[word.name] = "" if note else word.unknown

    def doubt(self, operator: str, before: set[str]) -> None:
        """Take back what a command set that runs only if the one before succeeded, or failed.

        Args:
            operator: between the two, ``&&`` or ``||``.
            before: the names that the list of commands had set until then.
        """
        runs = None if self.succeeded is None else self.succeeded is (operator == "&&")
        if runs:
            return
        for name in self.list.keys() - before:
            if runs is None:
                self.list[name] = Reading(None, _CONDITION)
            else:
                del self.list[name]

    def end_list(self, *, detached: bool) -> None:
        """Keep what a list of commands has set, which may have run in a subshell."""
        if detached:
            self.list = {name: Reading(None, DETACHED) for name in self.list if self.is_new(name)}
        self.line.update(self.list)
        self.list.clear()

    def end_line(self) -> None:
        """Keep what a line has set: all of it was understood."""
        self.found.update(self.line)
        self.line.clear()
