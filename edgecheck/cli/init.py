"""`edgecheck init`: write a `.env` that works from the values that the user was given."""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..settings.credentials import SHORTEST
from ..settings.model import Origin, Source
from ..settings.secret import Secret
from ..settings.url import is_backend
from .console import prompt
from .doctor import DoctorOptions, doctor
from .ends import OK, PROBLEM, UsageError
from .option_groups import ConnectionOptions, OutputOptions, TargetOptions
from .options import Given, not_both
from .process import Process
from .secret import SECRET_BYTES

if TYPE_CHECKING:
    import typer

    from ..backend.profile import Profile
    from ..intake.interview import Interview
    from .option_types import AllowPlaintext, NoColor, ProfileName


@dataclass(frozen=True)
class InitOptions:
    """The options of `init`."""

    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Backend's address, or its host alone."),
    ] = None
    secret_file: Annotated[
        str | None,
        typer.Option(
            "--secret-file", metavar="PATH", help="File with the secret, - for standard input."
        ),
    ] = None
    generate_secret: Annotated[
        bool,
        typer.Option(
            "--generate-secret", help="Make a new secret, and print the line to set on the backend."
        ),
    ] = False
    agent_id: Annotated[
        str | None, typer.Option("--agent-id", metavar="ID", help="Agent's id.")
    ] = None
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", "-e", metavar="PATH", help="File to write; otherwise .env in this folder."
        ),
    ] = None
    profile: ProfileName = None
    allow_plaintext: AllowPlaintext = False
    no_input: Annotated[
        bool,
        typer.Option(
            "--no-input", help="Ask nothing: take every answer from an option or the file."
        ),
    ] = False
    doctor: Annotated[
        bool, typer.Option("--doctor", help="Run doctor at the end, without asking.")
    ] = False
    no_color: NoColor = False


def init(process: Process, wanted: InitOptions) -> int:
    """Write the settings into .env, checked and repaired.

    Asks for what no option gives. A file that is there is updated in place, and a copy of it kept.

    Exit code: doctor's if it ran; otherwise 0 written, 1 a problem and nothing written, 2 wrong
    usage, 130 interrupted.

    \b
    Examples:
      edgecheck init
      edgecheck init --url edge.example --agent-id edge_7 --secret-file secret
    """
    # The catalogue, which is not needed for help.
    from ..intake.interview import Interview
    from ..settings.sources import Options
    from .interviewer import Interviewer
    from .settings_file import SettingsFile

    not_both(secret_file=wanted.secret_file, generate_secret=wanted.generate_secret)
    profile = process.profile(Options(env_file=wanted.env_file, profile=wanted.profile))
    names = profile.variables
    file = SettingsFile.at(process, wanted.env_file, profile, _command("init", wanted))
    if wanted.env_file is None and (other := file.other()) is not None:
        command = shlex.join(["edgecheck", "init", "-e", other])
        process.say(f"{other} already has settings. To change those: {command}\n")
    interview = Interview(
        file.values(),
        asking=not wanted.no_input and prompt.can_ask(process),
        allow_plaintext=wanted.allow_plaintext,
        profile=profile,
    )
    _take_options(process, interview, wanted)
    if (kept := file.values().get(names.secret)) is not None:
        _conceal(process, kept.text, profile)
    interviewer = Interviewer(process, interview, no_color=wanted.no_color)
    try:
        values = interviewer.hold(file)
    except KeyboardInterrupt:
        process.say("\nNothing was written.")
        raise
    if values is None:
        process.say("\nNothing was written.")
        return PROBLEM
    done, secret = file.write(values), values.get(names.secret)
    interviewer.tell_end(done, file.loaded())
    if wanted.generate_secret and secret is not None:
        interviewer.say("")
        interviewer.say("Set this on the backend, and restart it. It is shown this once:")
        print(f"{names.secret}={secret}", file=process.stdout, flush=True)
    if secret is not None:
        interviewer.tell_fingerprint(Secret(secret))
    interviewer.say("")
    # A new secret is not on the backend yet.
    likely = not wanted.generate_secret
    if wanted.doctor or interviewer.wants("Run the checkup now?", otherwise=likely):
        return doctor(process, _given_to_doctor(wanted), DoctorOptions())
    check = _command("doctor", wanted)
    interviewer.say(f"Then check whether it connects:\n$ {check}")
    return OK


def _take_options(process: Process, interview: Interview, wanted: InitOptions) -> None:
    """Record the answers that the options give."""
    names = interview.profile.variables
    if wanted.url is not None:
        interview.take(names.url, wanted.url, Origin(Source.OPTION, "--url"))
    if wanted.generate_secret:
        made = secrets.token_hex(SECRET_BYTES)
        interview.take(names.secret, made, Origin(Source.OPTION, "--generate-secret"))
    # At a terminal it would be visible while it is typed, so it is asked for.
    elif wanted.secret_file is not None and not (wanted.secret_file == "-" and interview.asking):
        text, origin = _read(process, wanted.secret_file, wanted.profile)
        _conceal(process, text, interview.profile)
        interview.take(names.secret, text, origin)
    if wanted.agent_id is not None:
        interview.take(names.agent_id, wanted.agent_id, Origin(Source.OPTION, "--agent-id"))


def _conceal(process: Process, text: str, profile: Profile) -> None:
    """Mask a secret that is known from the start, wherever somebody put it as well."""
    from ..lint.rules.secret import SecretShape, is_placeholder  # not needed for help

    for form in {text.strip(), SecretShape.of(text).clean}:
        # An address or an id in its place is shown, because that is what is wrong.
        other = is_placeholder(form) or is_backend(form) or profile.is_agent_id(form)
        if len(form) >= SHORTEST and not other:
            process.conceal_also([Secret(form)])


def _read(process: Process, secret_file: str, profile: str | None) -> tuple[str, Origin]:
    """Return the content of a file, and its name for the user."""
    from ..settings.sources import Options  # not needed for help

    settings = process.load(Options(secret_file=secret_file, profile=profile))
    if settings.secret is None:
        reason = settings.secret_file.error if settings.secret_file is not None else None
        raise UsageError(f"--secret-file {secret_file}: {reason}")
    return settings.secret.secret.reveal(), settings.secret.origin


def _given_to_doctor(wanted: InitOptions) -> Given:
    """Return the options with which doctor examines what was written."""
    return Given(
        target=TargetOptions(env_file=wanted.env_file, profile=wanted.profile),
        connection=ConnectionOptions(allow_plaintext=wanted.allow_plaintext),
        output=OutputOptions(no_color=wanted.no_color),
    )


def _command(name: str, wanted: InitOptions) -> str:
    """Return a command with the options in use."""
    words = ["edgecheck", name]
    if wanted.env_file is not None:
        words += ["-e", str(wanted.env_file)]
    if wanted.profile is not None:
        words += ["--profile", wanted.profile]
    if wanted.allow_plaintext:
        words.append("--allow-plaintext")
    if wanted.no_color:
        words.append("--no-color")
    return shlex.join(words)
