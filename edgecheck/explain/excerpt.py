"""A pasted text, made ready to be read (pure).

Numbers mean something only where they are not part of an address, a time, an id or a position in
the source. `Excerpt.bare` has blanks in place of all of these, at the same offsets as the text.
"""

from __future__ import annotations

import re
import string
from functools import cached_property

from ..frozen import dataclass

# An excerpt of a log is at most a page; a longer query is a mistake in the shell.
MAX_LENGTH = 10_000

# Patterns are compiled when a text needs them: for most texts that takes longer than all the rest.
_ANSI = r"\x1b\[[0-9;?]*[ -/]*[@-~]"
_PLAIN = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2026": "."})
# Not `str.lower`: in other scripts the lower case of a letter may have another length.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SUFFIXES = "cc?|cpp|cs|dart|erl|exs?|go|h|java|js|jsx|kt|lua|mjs|mm?|php|pl|pm|py|rb|rs|swift|tsx?"
_SET_ASIDE = rf"""[a-z][a-z0-9+.-]{{0,30}}://[^\s'"<>\])}}]+              # an address
    | \d{{4}}[-/]\d\d[-/]\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:z|\s?[+-]\d\d:?\d\d)?)?
    | \d\d/[a-z]{{3}}/\d{{4}}:\d\d:\d\d:\d\d(?:\s[+-]\d{{4}})?   # a time of an access log
    | (?<![\d.:])\d\d?:\d\d:\d\d(?:[.,]\d+)?
    | (?<![\w./\\<>@-])[\w./\\<>@-]+\.(?:{_SUFFIXES})[:(]\d+(?::\d+)?\)? # a position in source
    | node:[\w/]+:\d+(?::\d+)?
    | \bline\s\d+
    | \btest_\w+                                            # the name of a test
    | ^\w\s\(\d+\)                                        # the ticks of a board
    | \b[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f-]+
    | \b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{{12,}}\b
    | \b\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:[:/]\d+)?
    | \[[0-9a-f]*:[0-9a-f:.]*\](?::\d+)?
    | (?<![\w.-])(?:[a-z0-9_-]+\.)+[a-z]{{2,}}:\d{{1,5}}\b | \blocalhost:\d{{1,5}}\b
    | \b(?!http/)[a-z][a-z_-]*/\d+(?:\.\d+)+              # a program and its release
    | \b\d+(?:\.\d+)?\s?(?:ms|msec|s|secs?|seconds|minutes|bytes|kb|kib|mb|mib)\b
    | \[\d+\](?=:)                                        # a process
    | \b(?:port|pid|bytes|length|size|line|thread|worker|stream\s?id)[=:\s]\s?\d+
    """


def lowered(text: str) -> str:
    """Return a text with small ASCII letters, with the same offsets."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


# Where a line says its level, behind the time and the name of the host.
_BEGINS = 90
_QUIET_WORDS = ("trace", "debug", "info", "notice", "hostname", "pid=", "passed", "... ok", "pass:")
_QUIET = (
    r"^(?:[^a-z]*|.{0,90}?[^a-z])(?:trace|debug|info|notice)\b|^[idv] \(\d|level[\"']?[=:]\s?[\"']?"
    r"(?:trace|debug|info|notice)\b"
    # A test that passed names what it tests.
    r"|(?: passed|\.\.\. ok)$|^--- pass: "
    # Pino and Bunyan write levels as numbers, beside the process and the host.
    r"|level\"?[=:] ?[123]0\b.{0,90}(?:pid|hostname)\"?[=:]"
)
_LOUD = (
    r"\b(?:warn(?:ing)?|error|err|fatal|crit(?:ical)?|alert|emerg|panic|severe)\b"
    r"|^[ew] \(\d|level[\"']?[=:]\s?[\"']?(?:warn|err|fatal|crit)"
)


@dataclass(frozen=True)
class Excerpt:
    """A text as it is read.

    Args:
        shown: with single blanks, without colours, with straight quotation marks.
    """

    shown: str

    @classmethod
    def of(cls, text: str) -> Excerpt:
        """Read a text as it was typed or pasted; what is beyond the limit is left out."""
        plain = text[:MAX_LENGTH].translate(_PLAIN)
        if "\x1b" in plain:
            plain = re.sub(_ANSI, "", plain)
        # A pasted text may hold its line ends as a program wrote them: as two characters.
        if "\\" in plain:
            # JSON writes a backslash as two: "\\x15" is what the program printed.
            plain = plain.replace("\\\\", "\\").replace("\\n\\t", " ")
            plain = plain.replace("\\r\\n", " ").replace("\\n ", " ")
            plain = re.sub(r"\\n(?=[A-Z<{\[])", " ", plain)  # but not a folder, as in C:\new
        return cls(" ".join(plain.split()))

    @cached_property
    def lower(self) -> str:
        """The same in lower case, with the same offsets."""
        return lowered(self.shown)

    @cached_property
    def bare(self) -> str:
        """In lower case, with blanks in place of what is set aside, with the same offsets."""
        if not any(map(str.isdigit, self.lower)):
            return self.lower  # there is no number in it that could mean anything
        return re.sub(_SET_ASIDE, lambda match: " " * len(match[0]), self.lower, flags=re.VERBOSE)

    @cached_property
    def quiet(self) -> bool:
        """Whether the program says that this is not an error: a line of level INFO or below."""
        begins = self.lower[:_BEGINS]
        if self.shown[:2] in ("D/", "I/", "V/"):
            # Android's log; what an application of Flutter or React Native prints is "I" there.
            return not begins.startswith(("i/flutter", "i/reactnative"))
        if begins[1:3] != " (" and not any(word in self.lower for word in _QUIET_WORDS):
            return False
        return re.search(_QUIET, self.lower) is not None and re.search(_LOUD, begins) is None
