"""How a shell sources a file (pure). What differs between the shells is in `Dialect`.

XCU is the volume of POSIX.1-2017 that specifies the shell.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import accumulate

from .commands import RUNS_COMMAND, output
from .reading import MOST_EXPANDED, Readings, StoppedError
from .shell_variables import DETACHED, SPECIAL, Dialect, EndedError, ReturnedError, Variables, Word

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# An assignment, or the addition to what is there.
_SIGN = re.compile(r"(\+)?=")
_TILDE = re.compile(r"~([A-Za-z0-9_.+-]*)(?=[/: \t\n;&|<>()]|\Z)")
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+=])([^}$`\\'\"]*))?\}")
# What POSIX has beside that (XCU 2.6.2): arguments, lengths, and what removes a part.
_POSIX = re.compile(
    r"\{(?:#?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])\}"
    r"|(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])(?::?[-=?+]|%|#))"
)
_BEFORE_COMMAND = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_HERE_DOCUMENT = re.compile(r"<<(-?)[ \t]*(['\"\\]?)([A-Za-z0-9_.+-]+)['\"]?")
_ANSI_QUOTED = re.compile(r"'[^'\\]*'")
# A parenthesis in a value, in zsh; a class of characters in a pattern. Each bracket is tried, so
# the end of the class is not looked for further than anybody writes one.
_TEXT = re.compile(r"\([^\s()]*\)")
_CLASS = re.compile(r"\[[^\s\]]{1,1000}\]")
# A comment, a quotation, an escape, or anything else, to find the line ends that are escaped.
_PIECE = re.compile(
    r"(?s)(?<![^\s;&|])#[^\n]*|'[^']*'?|(?P<quoted>\"(?:\\.|[^\"\\])*\"?)|\\.|[^\\'\"#]+|."
)
# XCU 2.6.3.
_ESCAPED_IN_BACKTICKS = re.compile(r"\\([`$\\])")
_MODIFIED = re.compile(r"\[|:[A-Za-z]")

_BACKTICKS = "runs the text in backticks as a command"
_REDIRECTED = "sets it only if the file after the `<` can be read"
_ARRAY = "makes an array, which is not exported"


class _Shell:
    """As much of the shell's grammar (XCU 2) as a file of settings can use, or meet by mistake."""

    def __init__(self, text: str, variables: Variables) -> None:
        self.text, self.joins = _joined(text)
        self.ends = [at for at, character in enumerate(self.text) if character == "\n"]
        self.variables = variables
        self.dialect = variables.dialect
        self.at = 0
        self.in_pipe = False
        # The operator before the command that is read, if it is one of `&&` and `||`.
        self.operator = ""
        # What ends each document that begins after this line, and whether tabs may be before it.
        # A file that the command is to read from may not be there.
        self.reads_file = False
        self.documents: list[tuple[str, bool]] = []
        self.room = MOST_EXPANDED

    def read(self) -> Readings:
        try:
            while self.at < len(self.text):
                self.command()
            self.variables.end_file(self.line_of(self.at))
        except StoppedError as stop:
            is_kept = self.dialect.keeps or isinstance(stop, ReturnedError)
            if isinstance(stop, EndedError) or not is_kept:
                return Readings({}, stop.line, f"ends at line {stop.line}: {stop.why}")
            why = f"gives up in line {stop.line}: {stop.why}"
            return Readings(self.variables.found, stop.line, why)
        return Readings(self.variables.found)

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def stop(self, why: str, at: int | None = None) -> StoppedError:
        return StoppedError(self.line_of(self.at if at is None else at), why)

    def line_of(self, at: int) -> int:
        """Return the line of the file, 1-based, that a position in the joined text is on."""
        return bisect_left(self.ends, at) + bisect_right(self.joins, at) + 1

    def command(self) -> None:
        """Read one command and the operator after it, and keep what it sets."""
        number = self.line_of(self.at)
        self.reads_file = False
        words = self.words()
        end = self.peek(2) if self.peek(2) in ("&&", "||", ";;") else self.peek()
        if end == ";;" or (end not in ("", "\n") and not words and not self.may_be_empty(end)):
            raise self.stop(f"a stray `{end}`")
        if end == "&" and self.dialect.strict_words and all(word.name for word in words):
            raise self.stop("a stray `&`")
        self.at += len(end)
        piped = end == "|" or (self.in_pipe and not self.dialect.strict_words)
        self.in_pipe = end == "|"
        before, ran = set(self.variables.list), self.variables.succeeded
        is_command = any(word.name is None for word in words)
        note = _REDIRECTED if self.reads_file and (self.dialect.strict or is_command) else ""
        if note and not self.dialect.keeps and any(word.value in SPECIAL for word in words):
            raise EndedError(number, "a `<` whose file is probably not there")
        self.variables.run(words, DETACHED if piped else note, number)
        if self.operator:
            after, self.variables.succeeded = self.variables.succeeded, ran
            self.variables.doubt(self.operator, before)
            self.variables.succeeded = after if ran is not None else None
        self.operator = end if end in ("&&", "||") else ""
        if end in ("&&", "||", "|"):
            # A command must follow; line ends and comments may be before it.
            following = _BEFORE_COMMAND.match(self.text, self.at)
            self.at = following.end() if following else self.at
            if not self.peek():
                raise self.stop(f"a stray `{end}`")
            return
        self.variables.end_list(detached=end == "&")
        if end in ("", "\n"):
            self.variables.end_line()
            self.skip_documents()

    def may_be_empty(self, end: str) -> bool:
        return end == ";" and self.dialect.empty_commands

    def words(self) -> list[Word]:
        """Read the words of a command, up to the operator that ends it."""
        words: list[Word] = []
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
                word = self.word()
                # A number before `<` or `>` is that of a file (XCU 2.10.1).
                is_file = word.literal and word.value.isdigit() and word.name is None
                if not (is_file and self.peek() and self.peek() in "<>"):
                    words.append(word)
                    if all(one.name is not None for one in words):
                        # The next assignment of the same command sees this one.
                        self.variables.pending[word.name or ""] = word.value
        return words

    def redirection(self) -> None:
        if self.peek(2) == "<<":
            document = _HERE_DOCUMENT.match(self.text, self.at)
            if document is None:
                raise self.stop("a here-document")
            self.at = document.end()
            self.documents.append((document[3], bool(document[1])))
            return
        self.reads_file = (
            self.reads_file or re.compile("<[^>&]").match(self.text, self.at) is not None
        )
        while self.peek() and self.peek() in "<>&":
            self.at += 1
        while self.peek() and self.peek() in " \t":
            self.at += 1
        if self.peek() in ("", "\n", ";", "|", "(", ")", "#"):
            raise self.stop("a `<` or `>` without a file")
        self.word()

    def skip_documents(self) -> None:
        """Skip the here-documents (XCU 2.7.4) whose beginnings the last line has."""
        for ending, tabs in self.documents:
            pattern = rf"(?m)^{chr(9) + '*' if tabs else ''}{re.escape(ending)}$\n?"
            end = re.compile(pattern).search(self.text, self.at)
            self.at = end.end() if end else len(self.text)
        self.documents.clear()

    def word(self) -> Word:
        word = Word()
        name = _NAME.match(self.text, self.at)
        sign = _SIGN.match(self.text, name.end()) if name else None
        if name and sign and (self.dialect.appends or not sign[1]):
            word.name = name[0]
            word.value = self.variables.value(name[0]) if sign[1] else ""
            self.at = sign.end()
            self.first_of_value(word)
        begins_with_sign = word.name is None and self.peek() == "="
        while character := self.peek():
            if text := self.text_in_parentheses(word):
                word.value += text
                self.at += len(text)
                continue
            if character in " \t\n;&|<>()":
                break
            if character in "'\"`\\$":
                self.special(word, character)
                continue
            word.pattern = word.pattern or (
                word.name is None
                and (character in "*?" or _CLASS.match(self.text, self.at) is not None)
            )
            word.value += character
            self.at += 1
            if character == ":" and word.name is not None:
                self.tilde(word)
        if self.peek() == "(":
            raise self.stop("a parenthesis")
        word.pattern = word.pattern or (begins_with_sign and len(word.value) > 1)
        ends_group = word.value.endswith("}") and "{" not in word.value and word.value != "}"
        ends_group = ends_group and self.text[self.at - 1] == "}"
        if self.dialect.strict_words and word.name is None and ends_group:
            raise self.stop("a stray `}`")
        return word

    def first_of_value(self, word: Word) -> None:
        """Look at what begins a value: a tilde, an array, or in zsh the name of a program."""
        self.tilde(word)
        if self.peek() == "(" and self.dialect.parenthesis != "error":
            self.parenthesised()
            word.unknown = _ARRAY
        elif self.dialect.strict_words and re.compile(r"=[^\s;&|]").match(self.text, self.at):
            raise self.stop("a `=` before the name of a program")

    def text_in_parentheses(self, word: Word) -> str:
        """Return the parentheses here with what is in them if they are a part of a value."""
        text = _TEXT.match(self.text, self.at)
        is_text = word.name is not None and self.dialect.parenthesis == "text"
        return text[0] if text is not None and is_text else ""

    def special(self, word: Word, character: str) -> None:
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
            self.backticks(word)
        else:
            if self.peek(2) != "\\\n":
                word.value += self.peek(2)[1:] or ("\\" if self.dialect.last_backslash else "")
            self.at += 2

    def backticks(self, word: Word) -> None:
        command = self.until("`")
        if self.dialect.strict and any(command.count(quote) % 2 for quote in "'\""):
            raise self.stop("a quote in backticks that is never closed")
        if self.dialect.strict and self.is_wrong(command):
            raise self.stop("text in backticks that is not a command")
        printed = output(command)
        word.value += printed or ""
        if printed is None:
            word.unknown = _BACKTICKS

    def is_wrong(self, command: str) -> bool:
        """Tell whether a shell cannot read the text of a command, which it does before it runs."""
        inner = _ESCAPED_IN_BACKTICKS.sub(r"\1", command)
        shell = _Shell(inner, Variables(self.dialect, self.variables.environ))
        try:
            while shell.at < len(shell.text):
                shell.command()
        except (EndedError, ReturnedError):
            return False
        except StoppedError:
            return True
        return False

    def tilde(self, word: Word) -> None:
        """Expand a ``~`` after the ``=`` or a colon of an assignment (XCU 2.6.1)."""
        user = _TILDE.match(self.text, self.at)
        if user is None:
            return
        self.at = user.end()
        if user[1]:
            word.unknown = "reads `~` as somebody's home folder"
        else:
            word.value += self.variables.environ.get("HOME", "~")

    def until(self, quote: str) -> str:
        """Return what is between here and the closing quote or backtick."""
        start, end = self.at, self.at + 1
        while (character := self.text[end : end + 1]) != quote:
            if not character:
                raise self.stop(f"a quote ({quote}) that is never closed", start)
            end += 2 if character == "\\" and quote == "`" else 1
        self.at = end + 1
        return self.text[start + 1 : end]

    def double_quoted(self, word: Word) -> None:
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
                self.backticks(word)
            else:
                word.value += character
                self.at += 1
        self.at += 1

    def dollar(self, word: Word, *, quoted: bool) -> None:
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
            self.dollar_quoted(word, character)
        elif self.dialect.modifiers and character and character in "=~^+":
            word.unknown = f"reads `${character}` by rules of its own"
        elif character == "[" and self.dialect.brackets:
            word.unknown = "replaces `$[…]` by a sum"
        elif character == "{":
            self.braced(word)
        elif name := _NAME.match(self.text, self.at):
            self.at = name.end()
            self.expand(word, self.variables.value(name[0]))
            word.unknown = word.unknown or self.variables.unknown(name[0])
            if self.dialect.modifiers and _MODIFIED.match(self.text, self.at):
                word.unknown = "changes the value by what follows its name"
        elif character and character in "123456789@*":
            # An argument; a file that is sourced here has none. In zsh it may have several digits.
            self.at += 1
            while self.dialect.modifiers and character.isdigit() and self.peek().isdigit():
                self.at += 1
        elif character and character in "0$?!#-":
            self.at += 1
            word.unknown = f"replaces `${character}` by a value of its own"
        else:
            word.value += "$"

    def dollar_quoted(self, word: Word, quote: str) -> None:
        """Read a ``$`` before a quotation, which follows; in some shells it is a part of that."""
        if quote == '"':
            word.value += "" if self.dialect.dollar_double else "$"
        elif not self.dialect.dollar_single:
            word.value += "$"
        elif _ANSI_QUOTED.match(self.text, self.at) is None:
            word.unknown = "reads `$'…'` with escapes"

    def braced(self, word: Word) -> None:
        match = _BRACED.match(self.text, self.at)
        if match:
            self.at = match.end()
            self.expand(word, self.chosen(*match.groups()))
            word.unknown = word.unknown or self.variables.unknown(match[1])
            return
        if self.dialect.only_posix and _POSIX.match(self.text, self.at) is None:
            raise self.stop("a `${…}` that it does not know")
        end = _closing(self.text, self.at)
        if end < 0:
            raise self.stop("a `${` that is never closed")
        self.at = end + 1
        word.unknown = "reads `${…}` by rules of its own"

    def chosen(self, name: str, operator: str | None, other: str | None) -> str:
        """Return what a ``${NAME…}`` stands for, with a default or without (XCU 2.6.2)."""
        value, there = self.variables.value(name), self.variables.has(name)
        if operator and operator.startswith(":"):
            there = bool(value)
        if operator and operator.endswith("+"):
            return (other or "") if there else ""
        return value if there else other or ""

    def expand(self, word: Word, value: str) -> None:
        value = value[: self.room]
        self.room -= len(value)
        word.value += value

    def parenthesised(self) -> None:
        start, depth = self.at, 0
        while character := self.peek():
            depth += {"(": 1, ")": -1}.get(character, 0)
            self.at += 1
            if not depth:
                return
        raise self.stop("a `$(` that is never closed", start)


def _closing(text: str, start: int) -> int:
    """Return where the brace at ``start`` is closed; -1 if it is not."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text.startswith("${", at) or at == start:
            depth += 1
            at += at != start
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1


def _joined(text: str) -> tuple[str, list[int]]:
    """Join each line that ends with a backslash to the next one (XCU 2.2.1).

    Returns:
        The text, and where in it lines were joined.
    """
    if "\\\n" not in text:
        return text, []
    parts: list[str] = []
    joins: list[int] = []
    size = 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if match["quoted"]:
            # Inside double quotes a single quote protects nothing.
            pieces = piece.replace("\\\\", "\0").split("\\\n")
            joins += [*accumulate(map(len, pieces[:-1]), initial=size)][1:]
            piece = "".join(pieces).replace("\0", "\\\\")
        elif piece == "\\\n":
            joins.append(size)
            continue
        parts.append(piece)
        size += len(piece)
    return "".join(parts), joins


def read(text: str, environ: Mapping[str, str], dialect: Dialect) -> Readings:
    """Read as ``set -a; . ./.env`` in a shell does.

    A CR is a part of the value. A blank outside quotes ends the value.
    """
    return _Shell(text, Variables(dialect, environ)).read()
