"""The secret that a connection would use, for `edgecheck secret`, which does not show it."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass

from ..catalogue.config import LINT
from ..diagnose import Finding, noticed
from ..intake.comparison import compare, digits_of
from ..lint.rules.secret import cleaned_secret
from ..render import comparison as render
from ..render import json
from ..render.layout import line, remedy
from ..render.styled import Text
from ..render.text import findings, trimmed
from ..settings.model import Settings, Source
from ..settings.secret import Secret
from ..settings.sources import Options
from ..terms import FIX, Severity
from .console.output import standard_output, tell
from .ends import OK, PROBLEM, CannotGoOn, UsageError
from .options import SecretSource
from .process import Process

# The secret is there, but not in its own setting.
_ELSEWHERE = ("env-line-merged", "secret-misplaced")


@dataclass(frozen=True)
class _InForce:
    """The secret that a connection would use.

    Args:
        secret: unchanged; None if there is none.
        where: the place where it comes from.
        findings: what the lint says about it, or why there is none.
        settings: the settings that it belongs to.
    """

    secret: Secret | None
    where: str
    findings: tuple[Finding, ...]
    settings: Settings

    @classmethod
    def of(cls, process: Process, source: SecretSource, *, as_json: bool) -> _InForce:
        """Find it.

        Raises `CannotGoOn` if there is none and no finding says so: none are shown to a script, and
        where the backend needs no secret there is none.
        """
        options = Options(
            secret_file=source.secret_file, env_file=source.env_file, profile=source.profile
        )
        settings = process.load(options)
        setting = settings.secret
        secret = setting.secret if setting is not None and setting.secret else None
        # If there is none, the whole file may be the cause.
        defects = [
            defect
            for defect in LINT.lint(settings)
            if defect.setting == settings.names.secret
            or (secret is None and not defect.setting and defect.severity == Severity.ERROR)
            or (secret is None and defect.code in _ELSEWHERE)
        ]
        where = str(setting.origin) if setting is not None else ""
        found = cls(secret, where, noticed(defects, settings.profile), settings)
        if secret is None and (as_json or not found.findings):
            unset = f"{settings.names.secret} is not set"
            why = found.findings[0].title if found.findings else unset
            raise CannotGoOn(f"There is no secret: {why}.")
        return found

    def tell_findings(self, process: Process, *, no_color: bool) -> None:
        """Write them to standard error."""
        if self.findings:
            tell(
                process,
                lambda width: trimmed(findings(self.findings, width, None)),
                no_color=no_color,
            )


def print_fingerprint(
    process: Process, source: SecretSource, *, as_json: bool, quiet: bool, no_color: bool
) -> int:
    """Print the secret's fingerprint, and how to compare it; return the exit code."""
    held = _InForce.of(process, source, as_json=as_json)
    fingerprint = held.secret.fingerprint if held.secret is not None else None
    if as_json:
        document = {
            "ok": fingerprint is not None,
            "fingerprint": fingerprint,
            "origin": held.where,
            "command": render.command(held.settings.names.secret),
            "findings": [asdict(finding) for finding in held.findings],
        }
        print(json.dumps(document), file=process.stdout)
        return OK if fingerprint is not None else PROBLEM
    if held.secret is not None and fingerprint is None:
        process.say(
            "This secret has no fingerprint: a short hash of one that is easy to guess could be "
            "searched.\n"
        )
    held.tell_findings(process, no_color=no_color)
    if fingerprint is None:
        return PROBLEM
    if not quiet and process.stdout.isatty():
        tell(process, lambda width: _hints(held, fingerprint, width), no_color=no_color)
    print(fingerprint, file=process.stdout)
    return OK


def _hints(held: _InForce, fingerprint: str, width: int) -> list[Text]:
    digits = fingerprint.removeprefix("sha256:")
    texts = (
        (
            f"The secret is in {held.where}. The other side has the same one if this prints "
            f"{digits} there:\n$ {render.command(held.settings.names.secret)}"
        ),
        (
            "If it prints something else, this names the difference:\n"
            "$ edgecheck secret compare <its output>"
        ),
    )
    separator = [line("")] if held.findings else []
    return [*separator, *(each for text in texts for each in remedy(text, width, "")), line("")]


def print_comparison(
    process: Process, source: SecretSource, fingerprint: str, *, as_json: bool, no_color: bool
) -> int:
    """Print whether both sides have the same secret, or why not; return the exit code.

    Args:
        process: where it is printed.
        source: of our secret.
        fingerprint: of the other side's secret.
        as_json, no_color: the options.
    """
    digits = digits_of(fingerprint)
    if digits is None:
        raise _not_a_fingerprint()
    held = _InForce.of(process, source, as_json=as_json)
    if held.secret is None:
        held.tell_findings(process, no_color=no_color)
        return PROBLEM
    if digits in held.secret.reveal().lower():
        # It is the secret, or a piece of it: many secrets are hexadecimal digits, too.
        raise _not_a_fingerprint()
    name = held.settings.names.secret
    comparison = compare(held.secret, digits, name)
    fix = _fix(held.settings, digits, source)
    if as_json:
        print(json.dumps(render.document(comparison, held.where, fix, name)), file=process.stdout)
    else:
        output = standard_output(process, no_color=no_color)
        output.print(render.lines(comparison, held.where, fix, name, output.width))
    return OK if comparison.equal else PROBLEM


def _fix(settings: Settings, digits: str, source: SecretSource) -> str:
    """Return the command that repairs our secret to equal the other side's; empty if none does."""
    setting, cleaned = settings.secret, cleaned_secret(settings)
    # doctor repairs only files.
    in_file = setting is not None and setting.origin.source is Source.FILE
    if not in_file or cleaned is None or compare(cleaned, digits, settings.names.secret).ours:
        return ""
    named = {"-e": source.env_file, "--profile": source.profile}
    words = (f" {name} {shlex.quote(str(value))}" for name, value in named.items() if value)
    return "".join((FIX, *words))


def _not_a_fingerprint() -> UsageError:
    return UsageError(
        "That is not a fingerprint: 12 to 64 hexadecimal digits, as `edgecheck secret fingerprint` "
        "or sha256sum prints. If it was the secret itself, it is in this shell's history now: "
        "remove it there."
    )
