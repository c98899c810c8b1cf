"""`edgecheck init`: from what somebody was sent to a `.env` that works."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import OK, PROBLEM
from .options import AllowPlaintext, CannotGoOn, NoColor, UsageError, not_both

if TYPE_CHECKING:
    from rich.text import Text

    from ..dotenv.text import EnvFile
    from ..intake.answers import Message
    from ..intake.judgement import Judgement
    from ..lint.defect import Defect
    from ..settings.model import Origin

_URL, _SECRET, _AGENT_ID = "BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID"
_QUESTIONS = {
    _URL: "Backend's address",
    _SECRET: "Shared secret, not shown",
    _AGENT_ID: "This agent's id",
}
_OPTIONS = {_URL: "--url", _SECRET: "--secret-file (or --generate-secret)", _AGENT_ID: "--agent-id"}
_NOUNS = {_URL: "the address", _SECRET: "the secret", _AGENT_ID: "the agent's id"}
# How the place of what was typed or pasted is called.
_ANSWER = "your answer"
_NO_ADDRESS = "An address begins with wss://, or has a dot or a port in it."
_EMPTY_ASKED = "Paste what whoever runs the backend sent you, or end with Ctrl-C."
_EMPTY = "Whoever runs the backend has its value."
_UNWRITABLE = (
    "No form of it is read alike by every program that reads .env files: too many kinds "
    "of quotes and signs are in it."
)
_GREETING = (
    "Three settings connect this agent to its backend, and whoever runs the backend has "
    "sent them to you."
)
_PASTE = " Paste them one at a time, or the whole message at once."
_LEAVE = " Ctrl-C leaves everything as it is."


def init(
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Backend's address, or its host alone."),
    ] = None,
    secret_file: Annotated[
        str | None,
        typer.Option(
            "--secret-file", metavar="PATH", help="File with the secret, - for standard input."
        ),
    ] = None,
    generate_secret: Annotated[
        bool,
        typer.Option(
            "--generate-secret", help="Make a new secret, and print the line to set on the backend."
        ),
    ] = False,
    agent_id: Annotated[
        str | None, typer.Option("--agent-id", metavar="ID", help="Agent's id.")
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", "-e", metavar="PATH", help="File to write; otherwise .env in this folder."
        ),
    ] = None,
    allow_plaintext: AllowPlaintext = False,
    no_input: Annotated[
        bool,
        typer.Option(
            "--no-input", help="Ask nothing: every answer is an option, or in the file already."
        ),
    ] = False,
    doctor: Annotated[
        bool, typer.Option("--doctor", help="Run doctor at the end, without asking.")
    ] = False,
    no_color: NoColor = False,
) -> int:
    """Write the settings into .env, checked and repaired.

    Asks for what no option gives. A file that is there is updated in place, and a copy of it kept.

    Exit code: doctor's where it ran; otherwise 0 written, 1 a problem and nothing written, 2 wrong
    usage, 130 interrupted.

    \b
    Examples:
      edgecheck init
      edgecheck init --url edge.example --agent-id edge_7 --secret-file secret
    """
    import secrets

    from .console.output import say
    from .console.prompt import can_ask
    from .secret import SECRET_BYTES

    not_both(secret_file=secret_file, generate_secret=generate_secret)
    target = _Target.of(env_file)
    if env_file is None and target.before.missing and (other := _other_file()) is not None:
        say(
            f"{other} holds settings already. To change those: "
            f"{shlex.join(['edgecheck', 'init', '-e', other])}\n"
        )
    interview = _Interview(
        target,
        asking=not no_input and can_ask(),
        allow_plaintext=allow_plaintext,
        no_color=no_color,
    )
    if url is not None:
        interview.give(_URL, url, "--url")
    if generate_secret:
        interview.give(_SECRET, secrets.token_hex(SECRET_BYTES), "--generate-secret")
    # At a terminal it would be typed in plain sight: there it is asked for.
    elif secret_file is not None and not (secret_file == "-" and interview.asking):
        interview.give(_SECRET, *_read(secret_file))
    if agent_id is not None:
        interview.give(_AGENT_ID, agent_id, "--agent-id")
    try:
        values = interview.hold()
    except KeyboardInterrupt:
        say("\nNothing was written.")
        raise
    if values is None:
        say("\nNothing was written.")
        return PROBLEM
    interview.tell_end(target.write(values), generated=generate_secret)
    if generate_secret:
        print(f"{_SECRET}={values[_SECRET]}", flush=True)
    interview.tell_fingerprint()
    interview.say("")
    arguments = ["doctor", *(["-e", str(env_file)] if env_file is not None else [])]
    arguments += [
        option
        for option, given in (("--allow-plaintext", allow_plaintext), ("--no-color", no_color))
        if given
    ]
    # A secret that was only now made is not on the backend yet.
    if doctor or interview.wants("Run the checkup now?", otherwise=not generate_secret):
        from . import run

        return run(arguments)
    interview.say(f"Then look whether it connects:\n$ {shlex.join(['edgecheck', *arguments])}")
    return OK


def _other_file() -> str | None:
    """Return the file that doctor reads as long as there is none in this folder."""
    from ..settings.sources import Options
    from .doctor import load_here

    file = load_here(Options()).env_file
    return file.path if file is not None and file.is_read else None


def _read(secret_file: str) -> tuple[str, str]:
    """Return what a file holds, and how to call it."""
    from ..settings.sources import Options
    from .doctor import load_here

    settings = load_here(Options(secret_file=secret_file))
    if settings.secret is None:
        reason = settings.secret_file.error if settings.secret_file is not None else None
        raise UsageError(f"--secret-file {secret_file}: {reason}")
    return settings.secret.secret.reveal(), str(settings.secret.origin)


# --- the file ----------------------------------------------------------------------------------------------------------------


def _way_out(path: Path) -> str:
    """Say what to do about a file that cannot be read."""
    other = "name another file: edgecheck init -e edge.env"
    try:
        status = path.stat()
    except OSError:
        return other.capitalize()
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        return f"It belongs to another user: run edgecheck init as that user, or {other}"
    if not os.access(path, os.R_OK):
        return f"Make it yours to read: chmod u+rw {shlex.quote(os.path.relpath(path))}"
    return other.capitalize()


@dataclass(frozen=True)
class _Target:
    """The file to write.

    Args:
        named: as the person named it.
        path: absolute.
        before: what is there.
    """

    named: Path
    path: Path
    before: EnvFile

    @classmethod
    def of(cls, env_file: Path | None) -> _Target:
        """Look at what is there. Raises `CannotGoOn`, before anybody is asked in vain."""
        from ..settings.model import REQUIRED
        from ..settings.sources import ENV_FILE, Options, load

        named = env_file if env_file is not None else Path(ENV_FILE)
        # What the file refers to with `${…}`, it may take from the environment, but not the
        # settings themselves.
        environ = {name: value for name, value in os.environ.items() if name not in REQUIRED}
        before = load(
            Options(env_file=named), environ=environ, cwd=Path.cwd(), stdin=sys.stdin.buffer
        ).env_file
        assert before is not None  # it was named
        path = Path.cwd() / named
        if path.is_dir():
            raise CannotGoOn(
                f"{before.path} is a folder here, often a Python environment. Name another file: "
                "edgecheck init -e edge.env"
            )
        if path.exists() and not path.is_file():
            raise CannotGoOn(f"{before.path} is no file that settings can be kept in.")
        if before.error is not None:
            raise CannotGoOn(f"{before.path} cannot be read: {before.error}. {_way_out(path)}")
        if not before.missing and not before.is_read:
            fix = shlex.join(
                [
                    "edgecheck",
                    "doctor",
                    "--fix",
                    *(["-e", str(env_file)] if env_file is not None else []),
                ]
            )
            raise CannotGoOn(
                f"{before.path} is {before.encoding}, which loaders cannot read. Repair it first: "
                f"{fix}"
            )
        if hasattr(os, "geteuid") and path.exists() and os.geteuid() not in (0, path.stat().st_uid):
            # What takes its place would be ours, and its owner could no longer read it.
            raise CannotGoOn(
                f"{before.path} belongs to another user. Run edgecheck init as that user."
            )
        folder = path.resolve().parent
        if not folder.is_dir():
            raise CannotGoOn(f"{before.path} cannot be written: there is no such folder.")
        if not os.access(folder, os.W_OK):
            raise CannotGoOn(
                f"{before.path} cannot be written: this user may write nothing in its folder."
            )
        return cls(named, path, before)

    def written(self, name: str) -> tuple[str, Origin] | None:
        """Return what the file says, and where."""
        from ..settings.model import Origin, Source

        line = next(iter(self.before.statements(name)[-1:]), None)
        if line is None or line.value is None:
            return None
        return line.value, Origin(Source.FILE, self.before.path, line.number)

    def write(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Write what is new, keep a copy of what was there, and have git ignore both.

        Returns:
            What was done, in sentences.

        Raises:
            CannotGoOn: nothing was.
        """
        from .. import files
        from ..dotenv.edit import with_value
        from ..dotenv.gitignore import ignore

        shown, content = self.before.path, self.before.content
        copy: Path | None = None
        try:
            if self.path.exists() is self.before.missing or (
                self.path.exists() and self.path.read_bytes() != content
            ):
                raise CannotGoOn(
                    f"{shown} changed in the meantime, and was left as it is. Run edgecheck init "
                    "again."
                )
            for name, value in values.items():
                there = self.written(name)
                if there is None or there[0] != value:
                    content = with_value(content, name, value)
            changed = content != self.before.content
            if changed and not self.before.missing:
                copy = files.keep(self.path)
            exposed = bool((self.before.mode or 0) & 0o077)
            if changed or exposed:
                files.replace(self.path, content, mode=files.PRIVATE)
        except (OSError, ValueError) as error:
            if copy is not None:
                copy.unlink(missing_ok=True)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise CannotGoOn(f"{shown} was not written: {reason}.") from None
        if copy is not None:
            done = [
                (
                    f"{shown} is updated, for you alone to read. What was there before is kept in "
                    f"{copy.name}."
                )
            ]
        elif changed:
            done = [f"{shown} is written, for you alone to read."]
        else:
            done = [
                (
                    f"{shown} holds all of that "
                    f"already{', and is for you alone to read now' if exposed else ''}."
                )
            ]
        try:
            ignoring = ignore([self.path, *([copy] if copy is not None else [])], os.environ)
        except OSError as error:
            ignoring = None
            done.append(
                f"git does not ignore it yet: .gitignore cannot be written ({error.strerror})."
            )
        if ignoring is not None:
            done.append(f"git ignores it, by {os.path.relpath(ignoring)}.")
        return tuple(done)


# --- the answers -------------------------------------------------------------------------------------------------------------


class _Interview:
    """Comes to the three values: from options, from what the file says, and from the person.

    Args:
        target: the file.
        asking: there is somebody to ask.
        allow_plaintext, no_color: the options.
    """

    def __init__(
        self, target: _Target, *, asking: bool, allow_plaintext: bool, no_color: bool
    ) -> None:
        self.asking = asking
        self._target, self._allow_plaintext, self._no_color = target, allow_plaintext, no_color
        # What was given, as it was given; what came of it; what was asked about again; and the
        # findings that were told.
        self._given: dict[str, tuple[str, Origin]] = {}
        self._values: dict[str, str] = {}
        self._doubted: set[tuple[str, str]] = set()
        self._meant: str | None = None
        self._told: set[tuple[str, str]] = set()

    def give(self, name: str, text: str, where: str) -> Message:
        """Take note of an answer, or of several in one text: what is another setting's is an answer to that."""
        from ..intake.answers import read
        from ..settings.model import Origin, Source

        origin = Origin(Source.OPTION, where)
        message = read(text, name)
        # Where nothing can be told from it, it is judged as it is.
        found = message.values or ({name: text} if where != _ANSWER else {})
        for other, value in found.items():
            before = self._given.get(other)
            if other == name or before is None:
                self._given[other] = value, origin
            elif other not in self._values and before[1] == origin and before[0] != value:
                del self._given[other]  # two answers said different things: it is asked for
        return message

    def hold(self) -> dict[str, str] | None:
        """Settle the three settings.

        Returns:
            None where one of them is of no use, and nobody is there to ask for another; why was
            told.

        Raises:
            KeyboardInterrupt: the person wants no more.
            UsageError: an answer is missing, and there is nobody to ask.
        """
        if self.asking:
            from .console.output import is_terminal

            # Where the cursor cannot be moved, what is pasted is on the screen before anybody has
            # read it.
            paste = _PASTE if is_terminal(sys.stderr) else ""
            keep = (
                ""
                if self._target.before.missing
                else f" An empty answer keeps what is in {self._target.before.path}."
            )
            self.say(_GREETING + paste + _LEAVE + keep)
        elif missing := [
            name for name in _QUESTIONS if name not in self._given and self._offer(name) is None
        ]:
            raise UsageError(
                "There is no terminal to ask on. Missing: "
                f"{', '.join(_OPTIONS[name] for name in missing)}."
            )
        # A secret that is known is cut out of what is said about the others.
        order = (
            [_URL, _SECRET, _AGENT_ID]
            if self.asking and _SECRET not in self._given
            else [_SECRET, _URL, _AGENT_ID]
        )
        settled = [self._settle(name) for name in order]
        return {name: self._values[name] for name in _QUESTIONS} if all(settled) else None

    def _settle(self, name: str) -> bool:
        """Come to one value; tell whether there is one."""
        answer = self._given.get(name) or (None if self.asking else self._offer(name))
        if answer is not None:
            text, origin = answer
            whence = "" if origin.name == _ANSWER else f", from {origin}"
            self.say(f"{_QUESTIONS[name].partition(',')[0]}{whence}:")
            if self._accept(name, text, origin):
                return True
        if not self.asking:
            return False
        while not self._ask(name):
            pass
        return True

    def _ask(self, name: str) -> bool:
        """Ask once; tell whether the answer is of use."""
        from ..intake.answers import may_be_drawn
        from ..lint.finding import joined
        from ..render.answer import offered
        from ..render.words import shown
        from .console.prompt import ask

        offer = self._offer(name)
        if offer is not None and not self._judged(name, *offer).usable:
            offer = None
        hint = f" [{shown(offered(name, offer[0], str(offer[1])))}]" if offer is not None else ""
        self.say("")
        text = ask(
            f"{_QUESTIONS[name]}{hint}: ",
            lambda text: not may_be_drawn(text, name),
            hidden=name == _SECRET,
        )
        if offer is not None and not text.strip():
            return self._accept(name, *offer)
        message = self.give(name, text, _ANSWER)
        if message.values.get(name) == text:
            return self._accept(name, *self._given[name])
        if message.values:
            self.say(f"It holds {joined(_NOUNS[other] for other in message.values)}.", "  ")
        if name in message.values:
            return self._accept(name, *self._given[name])
        if name in message.unclear or not message.values:
            self.say(f"Which part of it is {_NOUNS[name]} is not certain. Paste that alone.", "  ")
        return False

    def _offer(self, name: str) -> tuple[str, Origin] | None:
        """Return what stands for an answer that is left out: the id that the address names, otherwise what the file says."""
        from ..settings.model import Origin, Source

        if name == _AGENT_ID and self._meant is not None:
            return self._meant, Origin(Source.OPTION, _ANSWER)
        if name == _AGENT_ID and (named := self._named_id()):
            return named, Origin(Source.OPTION, "the address")
        return self._target.written(name)

    def _named_id(self) -> str | None:
        from ..intake.answers import agent_id_in

        address = self._given.get(_URL) or self._target.written(_URL)
        return agent_id_in(address[0]) if address is not None else None

    def _judged(self, name: str, text: str, origin: Origin) -> Judgement:
        from ..intake.judgement import judged

        known = dict(self._values)
        if name == _URL and (named := self._named_id()):
            known[_AGENT_ID] = named  # then it is no part of the address
        return judged(name, text, origin, known, allow_plaintext=self._allow_plaintext)

    def _accept(self, name: str, text: str, origin: Origin) -> bool:
        """Judge an answer, and say what came out; tell whether it is of use."""
        from ..dotenv.edit import written
        from ..render.answer import lines, refusal, warning

        answer = self._judged(name, text, origin)
        reason = self._refused(name, text, answer.value)
        if reason:
            self._tell(partial(refusal, reason))
            return False
        self._tell(partial(lines, name, answer))
        self._told.update(map(_key, answer.left))
        if answer.usable and written(answer.value) is None:
            self._tell(partial(refusal, _UNWRITABLE))
            return False
        if name == _AGENT_ID and (named := self._named_id()) not in (None, answer.value):
            self._tell(partial(warning, f"The address names another one: {named}"))
        if answer.usable:
            self._values[name] = answer.value
        return answer.usable

    def _refused(self, name: str, text: str, value: str) -> str:
        """Say why an answer is no value of a setting, without a piece of it; empty where it may be one.

        Args:
            text: as given.
            value: after the repairs.
        """
        from ..intake.answers import agent_id_meant, is_agent_id, may_be_address, may_be_secret
        from ..lint.finding import without_spaces
        from ..render.answer import ID_FORM

        if not without_spaces(text):
            return f"{name} is empty. {_EMPTY_ASKED if self.asking else _EMPTY}"
        if name == _URL and not may_be_address(text):
            return (
                f"{'That looks like the secret.' if may_be_secret(text) else 'That is no address.'} "
                ""
                ""
                f"{_NO_ADDRESS}"
            )
        if name == _AGENT_ID and re.search(r"\s", value) is not None:
            return "That is more than an agent's id, which has the form edge_<number>."
        if name == _AGENT_ID and value == self._values.get(_SECRET):
            return "That looks like the secret. An agent's id has the form edge_<number>."
        if name == _SECRET and (is_agent_id(value) or may_be_address(value)):
            doubt = (
                f"That looks like {_NOUNS[_AGENT_ID if is_agent_id(value) else _URL]}, not like a "
                "secret."
            )
        elif name == _AGENT_ID and self.asking and not is_agent_id(value):
            doubt = ID_FORM
        else:
            return ""
        if (name, value) in self._doubted:
            return ""  # the same answer a second time
        self._doubted.add((name, value))
        self._meant = agent_id_meant(value) if name == _AGENT_ID else None
        meant = f" Enter alone takes {self._meant}." if self._meant else ""
        return (
            f"{doubt} Is it what you were given? Then answer the same again.{meant}"
            if self.asking
            else doubt
        )

    def tell_end(self, done: Iterable[str], *, generated: bool) -> None:
        """Say what was done, and what is wrong with the file all the same."""
        from ..catalogue.config import LINT
        from ..diagnose import noticed
        from ..render.answer import problem, signed
        from ..settings.sources import Options
        from .doctor import load_here

        self.say("")
        for sentence in done:
            self._tell(partial(signed, ("✓", "green"), sentence))
        others = [
            defect
            for defect in LINT.lint(load_here(Options(env_file=self._target.named)))
            if _key(defect) not in self._told
        ]
        for finding in noticed(others):
            self._tell(partial(problem, finding))
        if generated:
            self.say("")
            self.say("Set this on the backend, and restart it. It is shown this once:")

    def tell_fingerprint(self) -> None:
        """Say how the two sides compare."""
        from ..render.comparison import COMMAND
        from ..settings.secret import Secret

        if (fingerprint := Secret(self._values[_SECRET]).fingerprint) is not None:
            digits = fingerprint.removeprefix("sha256:")
            self.say("")
            self.say(
                f"The backend has the same secret where this prints {digits} there:\n$ {COMMAND}"
            )

    def wants(self, question: str, *, otherwise: bool) -> bool:
        """Ask whether to go on; where there is nobody to ask, do not."""
        from .console.prompt import ask

        if not self.asking:
            return False
        known = {"y": True, "yes": True, "n": False, "no": False, "": otherwise}
        while True:
            # What is longer than a yes was meant for another question, and may hold the secret.
            answer = (
                ask(
                    f"{question} [{'Y/n' if otherwise else 'y/N'}] ",
                    lambda text: len(text) > len("yes"),
                )
                .strip()
                .lower()
            )
            if answer in known:
                return known[answer]
            self.say("Answer y for yes, n for no.", "  ")

    def say(self, text: str, indent: str = "") -> None:
        """Write a paragraph, and the command that follows it, if any."""
        from ..render.layout import remedy

        self._tell(lambda width: remedy(text, width, indent))

    def _tell(self, lines: Callable[[int], Iterable[Text]]) -> None:
        from .console.output import tell

        tell(lines, no_color=self._no_color)


def _key(defect: Defect) -> tuple[str, str]:
    return defect.code, defect.setting
