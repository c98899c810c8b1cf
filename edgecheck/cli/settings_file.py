"""The `.env` file that `init` writes: read it, check that it can be written, write it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .. import files
from ..backend.profile import Profile
from ..dotenv.edit import with_value
from ..dotenv.gitignore import Addition, addition
from ..dotenv.text import EnvFile
from ..intake.interview import Candidate
from ..settings.model import Origin, Settings, Source
from ..settings.sources import ENV_FILE, Options, load
from ..wording.units import counted
from .ends import CannotGoOn
from .process import Process

_WAY_OUT = (
    ". A secret of letters and digits is read alike by all: make a new one, if the backend's team "
    "can change it: edgecheck secret generate"
)
_OTHER_FILE = "name another file: edgecheck init -e edge.env"


@dataclass(frozen=True)
class SettingsFile:
    """The file to write.

    Args:
        process: where it is.
        named: as the user named it.
        path: absolute.
        before: the file before the change.
        profile: names the settings.
        again: the command that writes the same file.
    """

    process: Process
    named: Path
    path: Path
    before: EnvFile
    profile: Profile
    again: str

    @classmethod
    def at(
        cls, process: Process, env_file: Path | None, profile: Profile, again: str
    ) -> SettingsFile:
        """Read the file.

        Args:
            process: where it is.
            env_file: as the user named it; None for ``.env``.
            profile: names the settings.
            again: the command that writes the same file.

        Raises:
            CannotGoOn: it cannot be written. This is checked before the user is asked.
        """
        named = env_file if env_file is not None else Path(ENV_FILE)
        # A `${…}` in the file may refer to the environment, but the settings themselves must not
        # come from there.
        environ = {
            name: value
            for name, value in process.environ.items()
            if name not in profile.variables.all
        }
        before = load(
            Options(env_file=named),
            environ=environ,
            cwd=process.cwd,
            stdin=process.stdin.buffer,
            profile=profile,
        ).env_file
        assert before is not None  # it was named
        there = cls(process, named, process.cwd / named, before, profile, again)
        there._check_content()
        there._check_owner()
        there._check_folder()
        return there

    def _check_content(self) -> None:
        before = self.before
        if files.is_folder(self.path):
            raise CannotGoOn(
                f"{before.path} is a folder here, often a Python environment. "
                f"{_OTHER_FILE.capitalize()}"
            )
        if files.is_there(self.path) and not files.is_file(self.path):
            raise CannotGoOn(f"{before.path} is not a file that can contain settings.")
        if before.error is not None:
            raise CannotGoOn(f"{before.path} cannot be read: {before.error}. {self._way_out()}")
        if not before.missing and not before.is_read:
            named = [] if self.named == Path(ENV_FILE) else ["-e", str(self.named)]
            raise CannotGoOn(
                f"{before.path} is {before.encoding}, which programs cannot read. Repair it first: "
                f"{shlex.join(['edgecheck', 'doctor', '--fix', *named])}"
            )

    def _way_out(self) -> str:
        """Say what to do about a file that cannot be read."""
        try:
            status = self.path.stat()
        except OSError:
            return _OTHER_FILE.capitalize()
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            return f"It belongs to another user: run edgecheck init as that user, or {_OTHER_FILE}"
        if not os.access(self.path, os.R_OK):
            return f"Make it yours to read: chmod u+rw {shlex.quote(self.process.near(self.path))}"
        return _OTHER_FILE.capitalize()

    def _check_owner(self) -> None:
        if not hasattr(os, "geteuid") or not files.is_there(self.path):
            return
        if os.geteuid() not in (0, self.path.stat().st_uid):
            # The new file would belong to this user, and the owner could no longer read it.
            raise CannotGoOn(
                f"{self.before.path} belongs to another user. Run edgecheck init as that user."
            )

    def _check_folder(self) -> None:
        folder = self.path.resolve().parent
        if not files.is_folder(folder):
            raise CannotGoOn(f"{self.before.path} cannot be written: its folder does not exist.")
        if not os.access(folder, os.W_OK):
            raise CannotGoOn(
                f"{self.before.path} cannot be written: this user may not write in its folder."
            )

    def other(self) -> str | None:
        """Return the file that doctor reads as long as this one is missing and was not named."""
        if not self.before.missing:
            return None
        other = self._load(Options()).env_file
        return other.path if other is not None and other.is_read else None

    def loaded(self) -> Settings:
        """Return the settings that a command reads from this file now."""
        return self._load(Options(env_file=self.named))

    def _load(self, options: Options) -> Settings:
        return load(
            options,
            environ=self.process.environ,
            cwd=self.process.cwd,
            stdin=self.process.stdin.buffer,
            profile=self.profile,
        )

    def values(self) -> dict[str, Candidate]:
        """Return what the file says of each setting, and where."""
        last = {name: self.before.statements(name)[-1:] for name in self.profile.variables.all}
        return {
            name: Candidate(line.value, Origin(Source.FILE, self.before.path, line.number))
            for name, lines in last.items()
            for line in lines
            if line.value is not None
        }

    def write(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Write the new values, keep a copy of the old file, and make git ignore both.

        Returns:
            What was done, in sentences.

        Raises:
            CannotGoOn: nothing was written.
        """
        shown = self.before.path
        exposed = bool((self.before.mode or 0) & 0o077)
        others = files.other_names(self.path)
        changed, copy, ignored = self._replaced(values, exposed=exposed)
        if copy is not None:
            done = (
                f"{shown} is updated, and only you can read it. The old content is kept in "
                f"{copy.name}."
            )
        elif changed:
            done = f"{shown} is written, and only you can read it."
        else:
            private = ", and now only you can read it" if exposed else ""
            done = f"{shown} already has all of that{private}."
        if others and (changed or exposed):
            ignored.append(f"{counted(others, 'other name')} of it (hard links) kept the old file.")
        return (done, *ignored)

    def _replaced(
        self, values: Mapping[str, str], *, exposed: bool
    ) -> tuple[bool, Path | None, list[str]]:
        """Make git ignore the file and its copy, and then write both.

        Args:
            values: of the settings.
            exposed: others can read it, so it has to be written in any case.

        Returns:
            Whether its text changed, the copy of the old file, and what git ignores, in sentences.
        """
        copy: Path | None = None
        added: Addition | None = None
        try:
            self._check_unchanged()
            content = self._content(values)
            changed = content != self.before.content
            # Before there is anything to ignore: this process may be killed at any moment.
            added, ignored = self._ignored(copied=changed or exposed)
            if changed and not self.before.missing:
                copy = files.keep(self.path)
            if changed or exposed:
                files.replace(self.path, content, mode=files.PRIVATE)
        except (OSError, ValueError) as error:
            with suppress(OSError):
                if copy is not None:
                    copy.unlink(missing_ok=True)
                if added is not None:
                    added.undo()
            reason = error.strerror if isinstance(error, OSError) else f"{error}{_WAY_OUT}"
            raise CannotGoOn(f"{self.before.path} was not written: {reason}.") from None
        return changed, copy, ignored

    def _check_unchanged(self) -> None:
        there = files.is_there(self.path)
        if there is self.before.missing or (
            there and self.path.read_bytes() != self.before.content
        ):
            raise CannotGoOn(
                f"{self.before.path} changed in the meantime, and was left as it is. Try again: "
                f"{self.again}"
            )

    def _content(self, values: Mapping[str, str]) -> bytes:
        content, there = self.before.content, self.values()
        readers = {used.reader for used in self.process.readers_of(self.path)}
        for name, value in values.items():
            kept = name in there and there[name].text == value
            if kept and all(self.before.read_by(reader).value(name) == value for reader in readers):
                continue
            try:
                content = with_value(content, name, value, readers)
            except ValueError:
                if not kept:
                    raise
        return content

    def _ignored(self, *, copied: bool) -> tuple[Addition | None, list[str]]:
        """Make git ignore the file and its copies; return what was added, and what to say of it."""
        secret = [self.path, *([self.path.with_name(f"{self.path.name}.bak")] if copied else [])]
        try:
            added = addition(secret, self.process.environ)
            if added is None:
                return None, []
            added.write()
        except OSError as error:
            words = f"git does not ignore it yet: .gitignore cannot be written ({error.strerror})."
            return None, [words]
        return added, [f"git ignores it, by {self.process.near(added.path)}."]
