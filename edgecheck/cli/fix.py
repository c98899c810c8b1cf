"""`edgecheck doctor --fix`: repair the ``.env`` file without guessing.

It shows the change first, and asks once.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

from .. import files
from ..dotenv.git import tracking
from ..dotenv.gitignore import Addition, Changed, addition
from ..dotenv.text import Tracking
from ..mend import Plan, plan
from ..render import repairs
from ..render.layout import line, prose
from ..render.styled import Text
from ..settings.model import Settings
from ..settings.sources import (
    MAX_SECRET_BYTES,
    STANDARD_INPUT,
    Options,
    looked_for,
    with_content,
)
from ..terms import FIX
from ..wording.commands import command
from ..wording.units import counted
from .console.prompt import can_ask
from .ends import CannotGoOn, UsageError
from .process import Process
from .words_in_use import of_the_file

# Writes lines that are laid out for a number of columns.
Show = Callable[[Callable[[int], Iterable[Text]]], None]


def fix(process: Process, options: Options, show: Show, *, yes: bool, quiet: bool) -> Settings:
    """Repair the file that the settings come from, and return the new settings.

    Args:
        process: where the file is, and where the user is asked.
        options: of the command line.
        show: shows what is done.
        yes: write without asking.
        quiet: show only what a question is about.

    Raises:
        UsageError: there is nobody to ask.
        CannotGoOn: the user said no, or the file cannot be written; it is unchanged.
    """
    stdin: BinaryIO = process.stdin.buffer
    if str(options.secret_file) == STANDARD_INPUT:
        # It can be read only once, and the settings are read twice.
        stdin = io.BytesIO(stdin.read(MAX_SECRET_BYTES + 1))
    settings = process.load(options, stdin)
    there = filter(os.path.lexists, looked_for(options, process.cwd))
    path = next((path for path in there if not files.is_folder(path)), None)
    wanted = plan(settings, _reader(process, options, settings, path))
    silent = quiet and (yes or not wanted.repaired)
    if not silent:
        show(lambda width: repairs.overview(wanted, width))
    if path is None or not wanted.repaired:
        return settings
    with _errors(wanted):
        again = command(FIX, of_the_file(options.words))
        change = _Change.of(process, wanted, path, again)
        # Before the user reads what would be written.
        change.check_owner()
    if not silent:
        show(lambda width: change.lines(settings))
    if not yes:
        _ask(process, change.shown, f"{again} --yes")
    others = files.other_names(change.path)
    backup = change.write()
    if not silent:
        show(lambda width: _done(change, backup, others, width))
    if isinstance(stdin, io.BytesIO):
        stdin.seek(0)
    return process.load(options, stdin)


def _reader(
    process: Process, options: Options, settings: Settings, path: Path | None
) -> Callable[[bytes], Settings]:
    """Return what reads another content of the file as the present one was read."""
    secret = settings.names.secret.encode()

    @cache  # git has two seconds for an answer, and may have none each time
    def tracked() -> Tracking | None:
        return None if path is None else tracking(path, process.environ)

    def reread(content: bytes) -> Settings:
        again = with_content(settings, content, options, environ=process.environ, cwd=process.cwd)
        before, after = settings.env_file, again.env_file
        # If the old text had no correct name of the secret, git was not asked about the file.
        was_asked = before is None or secret in before.content
        if was_asked or after is None or after.tracked is not None or secret not in content:
            return again
        return replace(again, env_file=replace(after, tracked=tracked()))

    return reread


@dataclass(frozen=True)
class _Change:
    """What is written.

    Args:
        process: where.
        plan: what is to be done.
        path: of the file.
        shown: its name for the user.
        gitignore: what is added there; None for nothing.
        again: the command that makes the same change.
    """

    process: Process
    plan: Plan
    path: Path
    shown: str
    gitignore: Addition | None
    again: str

    @classmethod
    def of(cls, process: Process, wanted: Plan, path: Path, again: str) -> _Change:
        """Add the change of .gitignore to a plan. Raises `OSError`."""
        assert wanted.before is not None
        secret = [path] if wanted.ignored else []
        if wanted.content is not None:
            # The copy holds the secret as well.
            secret.append(path.with_name(f"{path.name}.bak"))
        gitignore = addition(secret, process.environ) if secret else None
        return cls(process, wanted, path, wanted.before.path, gitignore, again)

    def lines(self, settings: Settings) -> list[Text]:
        """Lay out what would be written."""
        lines = repairs.difference(self.plan, settings)
        if self.gitignore is not None:
            before, after = (
                text.decode("utf-8", "replace").split("\n")[:-1]
                for text in (self.gitignore.before or b"", self.gitignore.after)
            )
            lines += repairs.unified(before, after, self.process.near(self.gitignore.path))
        if self.plan.private and self.plan.before is not None:
            lines.append(
                line(
                    f"mode of {self.shown}: {self.plan.before.mode:04o} becomes {files.PRIVATE:04o}"
                )
            )
        return [*lines, line("")]

    def write(self) -> Path | None:
        """Write all of it or nothing; return the copy of the old file if its text changes.

        Raises:
            CannotGoOn: it could not be written, and everything is unchanged.
        """
        backup: Path | None = None
        ignored = False
        with _errors(self.plan):
            self.check_owner()
            self._check_unchanged(self.path)
            try:
                if self.gitignore is not None:
                    self._ignore(self.gitignore)
                    ignored = True
                if self.plan.content is not None:
                    backup = files.keep(self.path)
                    self._check_unchanged(backup)
                    self._check_unchanged(self.path)
                    files.replace(
                        self.path,
                        self.plan.content,
                        mode=files.PRIVATE if self.plan.private else None,
                    )
                elif self.plan.private:
                    files.permit(self.path, files.PRIVATE)
            except BaseException:
                with suppress(OSError):
                    # Ctrl-C may come right after the file was replaced: then only its copy has the
                    # old text.
                    replaced = self.path.read_bytes() == self.plan.content
                    if backup is not None and not replaced:
                        backup.unlink()
                    if ignored and self.gitignore is not None and not replaced:
                        self.gitignore.undo()
                raise
        return backup

    def _ignore(self, wanted: Addition) -> None:
        try:
            wanted.write()
        except Changed:
            raise CannotGoOn(
                f"{self.process.near(wanted.path)} changed in the meantime, and {self.shown} was "
                f"left as it is. Try again: {self.again}"
            ) from None

    def _check_unchanged(self, path: Path) -> None:
        before = self.plan.before
        if before is None or path.read_bytes() != before.content:
            raise CannotGoOn(
                f"{self.shown} changed in the meantime, and was left as it is. Try again: "
                f"{self.again}"
            )

    def check_owner(self) -> None:
        """Raise `CannotGoOn` for another user's file."""
        # The new file would belong to this user, and the owner of the old one may not be able to
        # read it.
        if hasattr(os, "geteuid") and os.geteuid() not in (0, self.path.stat().st_uid):
            raise CannotGoOn(
                f"{self.shown} belongs to another user, and was left as it is. Run edgecheck "
                "doctor --fix as that user."
            )


@contextmanager
def _errors(wanted: Plan) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        shown = wanted.before.path if wanted.before is not None else ".env"
        where = f" ({error.filename})" if error.filename else ""
        raise CannotGoOn(f"{shown} was left as it is: {error.strerror}{where}.") from None


def _ask(process: Process, shown: str, otherwise: str) -> None:
    """Ask once; if nobody can be asked, name a command that does not ask.

    Raises `UsageError` if nobody can be asked, `CannotGoOn` for any answer except yes.
    """
    if not can_ask(process):
        raise UsageError(
            "Nothing was written: without a terminal nobody can be asked. Write without asking: "
            f"{otherwise}"
        )
    print(f"Write this to {shown}? [y/N] ", end="", file=process.stderr, flush=True)
    if process.answer() not in ("y", "yes"):
        raise CannotGoOn(f"{shown} was left as it is.")


def _done(change: _Change, backup: Path | None, others: int, width: int) -> list[Text]:
    kept = (
        (
            f" The old one is kept as {backup.name}. It holds the secret, too: delete it once all "
            "is "
            "well."
        )
        if backup is not None
        else ""
    )
    linked = ""
    if others and backup is not None:
        linked = f" {counted(others, 'other name')} of it (hard links) kept the old file."
    return [*prose(f"{change.shown} is repaired.{kept}{linked}", width), line("")]
