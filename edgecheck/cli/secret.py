"""`edgecheck secret`: compare the secret with the other side's without showing it; make one."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from ..files import create
from ..render.words import did_you_mean, shown
from ..settings.secret import Secret
from .ends import OK, CannotGoOn, UsageError
from .option_types import AsJson, NoColor, Quiet
from .options import SecretSource
from .process import Process
from .signature import typed

# 256 bits, as many as SHA-256 has: more are not safer.
SECRET_BYTES = 32


class _Group(typer.core.TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command.

        Typer's own message for an unknown word would repeat it; this one does not, because it may
        be the secret.
        """
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise UsageError(
                "`edgecheck secret` has the commands "
                f"{', '.join(self.commands)}.{did_you_mean(args[0], self.commands)}"
            )
        return super().resolve_command(ctx, args)


secret = typer.Typer(
    name="secret",
    cls=_Group,
    rich_markup_mode=None,
    invoke_without_command=True,
    add_completion=False,
)


@secret.callback()
def start(context: typer.Context) -> int:
    """Compare the secret with the other side's; make a new one.

    \b
    Examples:
      edgecheck secret fingerprint
      edgecheck secret compare 1f2e3d4c5b6a
    """
    if context.invoked_subcommand is None:
        print(context.get_help(), file=context.obj.stdout)
    return OK


@dataclass(frozen=True)
class FingerprintOptions:
    """The options of `secret fingerprint`."""

    source: SecretSource = field(default_factory=SecretSource)
    as_json: AsJson = False
    quiet: Quiet = False
    no_color: NoColor = False


@secret.command()
@typed
def fingerprint(process: Process, wanted: FingerprintOptions) -> int:
    """Print the secret's fingerprint, which both sides can compare.

    Standard output is only the fingerprint.

    Exit code: 0 it has one, 1 it is weak or there is no secret, 2 wrong usage.

    \b
    Examples:
      edgecheck secret fingerprint
      edgecheck secret fingerprint --quiet -e /srv/agent/.env
    """
    from .secret_in_force import print_fingerprint  # the catalogue, which a help does without

    return print_fingerprint(
        process,
        wanted.source,
        as_json=wanted.as_json,
        quiet=wanted.quiet,
        no_color=wanted.no_color,
    )


@dataclass(frozen=True)
class CompareOptions:
    """The word and the options of `secret compare`."""

    fingerprint: Annotated[
        str,
        typer.Argument(
            metavar="FINGERPRINT",
            show_default=False,
            help="The other side's: 12 to 64 hexadecimal digits.",
        ),
    ]
    source: SecretSource = field(default_factory=SecretSource)
    as_json: AsJson = False
    no_color: NoColor = False


@secret.command()
@typed
def compare(process: Process, wanted: CompareOptions) -> int:
    """Tell whether both sides have the same secret, or why not.

    It tries white space, line ends, quotes, a `Bearer` before it, capitals and other mistakes, on
    either side.

    Exit code: 0 equal, 1 not, 2 wrong usage.

    \b
    Examples:
      edgecheck secret compare 1f2e3d4c5b6a
      edgecheck secret compare sha256:1f2e3d4c5b6a --json
    """
    from .secret_in_force import print_comparison  # the catalogue, which a help does without

    return print_comparison(
        process,
        wanted.source,
        wanted.fingerprint,
        as_json=wanted.as_json,
        no_color=wanted.no_color,
    )


@dataclass(frozen=True)
class GenerateOptions:
    """The options of `secret generate`."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write it into this new file, readable by you only.",
        ),
    ] = None


@secret.command()
@typed
def generate(process: Process, wanted: GenerateOptions) -> int:
    """Make a new secret: 32 random bytes as 64 hexadecimal digits.

    Standard output is the secret itself, which no other command shows; its fingerprint is on
    standard error.

    \b
    Examples:
      edgecheck secret generate --output edge.secret
      edgecheck secret generate | pass insert --echo edge
    """
    made = secrets.token_hex(SECRET_BYTES)
    if wanted.output is not None:
        _write(process, wanted.output, made)
    else:
        print(made, file=process.stdout, flush=True)
        if process.stdout.isatty():
            process.say("It is in this terminal's scrollback now; --output FILE avoids that.")
    process.say(f"Fingerprint: {Secret(made).fingerprint}")
    return OK


def _write(process: Process, output: Path, made: str) -> None:
    name, path = shown(str(output)), process.cwd / output
    there = UsageError(f"--output {name}: it exists, and may contain a secret. Name a new file.")
    # Before, because the folder may take no new file; and with it, because it may come meanwhile.
    if os.path.lexists(path):
        raise there
    try:
        # No line end: other programs read it as part of the secret.
        create(path, made.encode("ascii"))
    except FileExistsError:
        raise there from None
    except OSError as error:
        raise CannotGoOn(f"--output {name}: {error.strerror}") from None
    process.say(f"Written to {name}, which nobody else can read.")
