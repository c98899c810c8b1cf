"""Everything that a command uses of its process, as one value: a test gives another one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from .ends import CannotGoOn

if TYPE_CHECKING:
    from datetime import datetime

    from ..backend.profile import Profile
    from ..dotenv.readers.reading import UsedReader
    from ..settings.model import Settings
    from ..settings.profiles import Chosen
    from ..settings.secret import Secret
    from ..settings.sources import Options


# Shorter words of a command line are not searched for the shape of a credential.
LONG_ARGUMENT = 16


def _now() -> datetime:
    from datetime import datetime  # a tenth of what `edgecheck --version` takes

    return datetime.now().astimezone()


def is_readable(stream: TextIO) -> bool:
    """Tell whether a stream was opened for reading; a shell can give one that was not."""
    if sys.platform != "win32":
        import fcntl  # Windows has none

        with suppress(OSError, ValueError):  # it has no file
            return fcntl.fcntl(stream.fileno(), fcntl.F_GETFL) & os.O_ACCMODE != os.O_WRONLY
    return stream.readable()


def _agent_id(before: str, word: str) -> str:
    """Return the agent id that a word of a command line is, or ends with; empty if it is none."""
    name, _, value = word.partition("=")
    return word if before == "--agent-id" else value if name == "--agent-id" else ""


class Process:
    """The process that a command runs in. No dataclass, because `dataclasses` is slow to import.

    Args:
        environ: its variables.
        stdin, stdout: its standard streams.
        stderr: standard error; None if the parent process closed it.
        folder: the working directory, absolute; None asks the system at every use, because a
            command that needs no folder also runs in one that was deleted.
        now: the time of day, in the local time zone.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO | None,
        folder: Path | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.environ, self.now = environ, now
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._folder = folder
        # What looks like a credential in the words of the command line.
        self.given: tuple[Secret, ...] = ()

    @classmethod
    def here(cls) -> Process:
        """Return the process of this interpreter, with its streams as they are now."""
        return cls(environ=os.environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)

    @property
    def cwd(self) -> Path:
        """The working directory, absolute.

        Raises:
            CannotGoOn: it was deleted, or may not be searched.
        """
        if self._folder is not None:
            return self._folder
        try:
            return Path.cwd()
        except OSError:
            raise CannotGoOn(
                "the working directory was deleted, or may not be read. Change to another one, for "
                "example: cd ~"
            ) from None

    def load(self, options: Options, stdin: BinaryIO | None = None) -> Settings:
        """Gather the settings that a command has here, and look for who reads the file.

        Args:
            options: of the command line.
            stdin: in place of the process' own.

        Raises:
            ProfileError: the profile in force cannot be used.
        """
        from ..frozen import replace  # neither is needed for help
        from ..settings.sources import load

        return load(
            replace(options, given=self.given),
            environ=self.environ,
            cwd=self.cwd,
            stdin=stdin or self.stdin.buffer,
            profile=self.profile(options),
            find_readers=self.readers_of,
        )

    def readers_of(self, env_file: Path) -> tuple[UsedReader, ...]:
        """Find the programs that read a settings file here."""
        from ..surroundings.starters.search import used_readers  # not needed without a file

        return used_readers(env_file, self.environ)

    def profile(self, options: Options) -> Profile:
        """Return the profile that is in force here.

        Raises:
            ProfileError: it cannot be used.
        """
        return self.chosen_profile(options).profile

    def chosen_profile(self, options: Options) -> Chosen:
        """Return the profile that is in force here, and why it is this one.

        Raises:
            ProfileError: it cannot be used.
        """
        from .profile_in_force import profile_in_force  # not needed for help

        try:
            cwd = self.cwd
        except CannotGoOn:  # the folder was deleted
            cwd = Path(Path(__file__).anchor)
        return profile_in_force(options, environ=self.environ, cwd=cwd)

    def answer(self) -> str:
        """Return what a person answers, without white space and in lower case.

        It is empty at the end of the input, too. What is not text is no answer to any question.
        """
        try:
            return self.stdin.readline().strip().lower()
        except UnicodeDecodeError:  # a key, as a terminal sends it that has another encoding
            return "\N{REPLACEMENT CHARACTER}"

    def near(self, path: Path) -> str:
        """Name a path as seen from the working directory."""
        from ..files import seen_from  # not needed for help

        return seen_from(self.cwd, path)

    def conceal(self, arguments: Sequence[str]) -> None:
        """Mask what looks like a credential in the arguments wherever it would be shown again."""
        # Shorter words, and most command lines, have none.
        if any(len(word) >= LONG_ARGUMENT or "@" in word or "=" in word for word in arguments):
            # None is needed for help.
            from ..settings.arguments import credentials_in_argument
            from ..settings.credentials import is_uuid
            from ..settings.secret import Secret

            found = [
                value
                for before, word in pairwise(("", *arguments))
                for value in credentials_in_argument(word, os.path.lexists)
                if not is_uuid(_agent_id(before, word))
            ]
            # Typer takes a word apart at `=`, with which Base64 ends.
            found += [value.rstrip("=") for value in found]
            self.conceal_also(map(Secret, found))

    def conceal_also(self, credentials: Iterable[Secret]) -> None:
        """Mask these in every line that is written for the user."""
        self.given = tuple(dict.fromkeys((*self.given, *credentials)))

    def inert(self, line: str) -> str:
        """Return a line of text as it may be written.

        That is without credentials of the command line, and without what a GitHub Actions runner,
        if this is one, would take for a command.
        """
        for credential in self.given:
            line = credential.cut_whole_out_of(line)
        if self.environ.get("GITHUB_ACTIONS") != "true":
            return line
        from ..render.github import inert  # needed only on a runner

        return inert(line)

    def say(self, text: str) -> None:
        """Write lines for the user to standard error, which may be closed."""
        if self.stderr is None:
            return  # print would take None for standard output
        with suppress(OSError, ValueError):
            print("\n".join(map(self.inert, text.split("\n"))), file=self.stderr, flush=True)
