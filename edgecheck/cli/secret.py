"""`edgecheck secret`: compare the secret with the other side's without showing it, and make a new one."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import OK, PROBLEM
from .options import AsJson, CannotGoOn, EnvFile, NoColor, Quiet, SecretFile, UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from ..diagnose import Finding
    from ..settings.model import Settings
    from ..settings.secret import Secret

# 256 bits, as many as SHA-256 has: more make nothing safer.
SECRET_BYTES = 32


class _Commands(typer.core.TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command.

        Unlike Typer's own answer to another word, this one does not repeat it: it may be the
        secret.
        """
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from ..render.words import did_you_mean

            raise UsageError(
                "`edgecheck secret` has the commands "
                f"{', '.join(self.commands)}.{did_you_mean(args[0], self.commands)}"
            )
        return super().resolve_command(ctx, args)


commands = typer.Typer(
    name="secret", cls=_Commands, rich_markup_mode=None, invoke_without_command=True
)


@commands.callback()
def start(context: typer.Context) -> int:
    """Compare the secret with the other side's; make a new one.

    \b
    Examples:
      edgecheck secret fingerprint
      edgecheck secret compare 1f2e3d4c5b6a
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
    return OK


@dataclass(frozen=True)
class _InForce:
    """The secret that a connection would use.

    Args:
        secret: as it is; None where there is none.
        where: it comes from there.
        findings: what the lint says about it, or about why there is none.
        settings: it is one of these.
    """

    secret: Secret | None
    where: str
    findings: tuple[Finding, ...]
    settings: Settings

    def tell_findings(self, *, no_color: bool) -> None:
        """Write them to standard error."""
        from ..render.text import findings, trimmed
        from .console.output import tell

        if self.findings:
            tell(lambda width: trimmed(findings(self.findings, width, None)), no_color=no_color)


def _in_force(secret_file: str | None, env_file: Path | None, *, as_json: bool) -> _InForce:
    from ..catalogue.config import LINT
    from ..diagnose import noticed
    from ..settings.model import EDGE_SECRET
    from ..settings.sources import Options
    from ..terms import Severity
    from .doctor import load_here

    settings = load_here(Options(secret_file=secret_file, env_file=env_file))
    secret = (
        settings.secret.secret if settings.secret is not None and settings.secret.secret else None
    )
    # Where there is none, the fault may be the whole file's.
    defects = [
        defect
        for defect in LINT.lint(settings)
        if defect.setting == EDGE_SECRET
        or (secret is None and not defect.setting and defect.severity == Severity.ERROR)
    ]
    in_force = _InForce(
        secret,
        str(settings.secret.origin) if settings.secret is not None else "",
        noticed(defects),
        settings,
    )
    if secret is None and as_json:
        raise CannotGoOn(f"There is no secret: {in_force.findings[0].title}.")
    return in_force


@commands.command()
def fingerprint(
    secret_file: SecretFile = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> int:
    """Print the secret's fingerprint, which both sides can compare.

    Standard output is the fingerprint alone.

    Exit code: 0 it has one, 1 it is weak or there is no secret, 2 wrong usage.

    \b
    Examples:
      edgecheck secret fingerprint
      edgecheck secret fingerprint --quiet -e /srv/agent/.env
    """
    from ..render import json
    from ..render.comparison import COMMAND
    from .console.output import say, tell

    held = _in_force(secret_file, env_file, as_json=as_json)
    print_ = held.secret.fingerprint if held.secret is not None else None
    if as_json:
        findings = [asdict(finding) for finding in held.findings]
        document = {
            "ok": print_ is not None,
            "fingerprint": print_,
            "origin": held.where,
            "command": COMMAND,
            "findings": findings,
        }
        print(json.dumps(document))
        return OK if print_ is not None else PROBLEM
    if held.secret is not None and print_ is None:
        say(
            "This secret has no fingerprint: a short hash of one that is easy to guess could be "
            "searched.\n"
        )
    held.tell_findings(no_color=no_color)
    if print_ is None:
        return PROBLEM
    if not quiet and sys.stdout.isatty():
        tell(lambda width: _hints(held, print_, COMMAND, width), no_color=no_color)
    print(print_)
    return OK


def _hints(held: _InForce, fingerprint: str, command: str, width: int) -> list[Text]:
    from ..render.layout import line, remedy

    digits = fingerprint.removeprefix("sha256:")
    texts = (
        (
            f"The secret is in {held.where}. The other side has the same one where this prints "
            f"{digits} there:\n$ {command}"
        ),
        (
            "Whatever else it prints, this names the difference:\n$ edgecheck secret compare <its "
            "output>"
        ),
    )
    separator = [line("")] if held.findings else []
    return [*separator, *(each for text in texts for each in remedy(text, width, "")), line("")]


@commands.command()
def compare(
    fingerprint: Annotated[
        str,
        typer.Argument(
            metavar="FINGERPRINT",
            show_default=False,
            help="The other side's: 12 to 64 hexadecimal digits.",
        ),
    ],
    secret_file: SecretFile = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> int:
    """Tell whether both sides have the same secret, or why not.

    It tries white space, line ends, quotes, a `Bearer` before it, capitals and their like, on
    either side.

    Exit code: 0 equal, 1 not, 2 wrong usage.

    \b
    Examples:
      edgecheck secret compare 1f2e3d4c5b6a
      edgecheck secret compare sha256:1f2e3d4c5b6a --json
    """
    from ..intake.comparison import compare as compare_with
    from ..intake.comparison import digits_of
    from ..lint.rules.secret import cleaned_secret
    from ..render import comparison as render
    from ..render import json
    from ..settings.model import Source
    from .console.output import standard_output

    digits = digits_of(fingerprint)
    if digits is None:
        raise _no_fingerprint()
    held = _in_force(secret_file, env_file, as_json=as_json)
    if held.secret is None:
        held.tell_findings(no_color=no_color)
        return PROBLEM
    if digits in held.secret.reveal().lower():
        # it is the secret, or a piece: many are hexadecimal digits themselves
        raise _no_fingerprint()
    comparison = compare_with(held.secret, digits)
    # What doctor repairs, it repairs in a file.
    setting, cleaned = held.settings.secret, cleaned_secret(held.settings)
    in_file = setting is not None and setting.origin.source is Source.FILE
    fix = ""
    if in_file and cleaned is not None and not compare_with(cleaned, digits).ours:
        fix = "edgecheck doctor --fix" + (
            f" -e {shlex.quote(str(env_file))}" if env_file is not None else ""
        )
    if as_json:
        print(json.dumps(render.document(comparison, held.where, fix)))
    else:
        output = standard_output(no_color=no_color)
        output.print(render.lines(comparison, held.where, fix, output.width))
    return OK if comparison.equal else PROBLEM


def _no_fingerprint() -> UsageError:
    return UsageError(
        "That is no fingerprint, which is 12 to 64 hexadecimal digits that `edgecheck secret "
        "fingerprint` or sha256sum prints."
        " If it was the secret itself, it stands in this shell's history now: remove it there."
    )


@commands.command()
def generate(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it into this new file of yours alone."
        ),
    ] = None,
) -> int:
    """Make a new secret: 32 random bytes as 64 hexadecimal digits.

    Standard output is the secret itself, which no other command shows; its fingerprint is on
    standard error.

    \b
    Examples:
      edgecheck secret generate --output edge.secret
      edgecheck secret generate | pass insert --echo edge
    """
    import secrets

    from ..files import PRIVATE, replace
    from ..render.words import shown
    from ..settings.secret import Secret
    from .console.output import say

    made = secrets.token_hex(SECRET_BYTES)
    if output is None:
        print(made, flush=True)
        if sys.stdout.isatty():
            say("It stands in this terminal's scrollback now; --output FILE avoids that.")
    else:
        name = shown(str(output))
        if os.path.lexists(output):
            raise UsageError(
                f"--output {name}: it is there already, and a secret may be in it. Name a new file."
            )
        try:
            # No line end: other readers than edgecheck take it for part of the secret.
            replace(output, made.encode("ascii"), mode=PRIVATE)
        except OSError as error:
            raise CannotGoOn(f"--output {name}: {error.strerror}") from None
        say(f"Written to {name}, which nobody else can read.")
    say(f"Fingerprint: {Secret(made).fingerprint}")
    return OK
