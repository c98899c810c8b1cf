"""Read the commands that a report prints as the shell and the command line read them."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import edgecheck.cli
from edgecheck.cli.process import Process
from edgecheck.render.passages import CODE, Kind, lines_of
from edgecheck.report import report_in
from edgecheck.settings.model import Settings
from edgecheck.settings.request import Request
from edgecheck.settings.sources import Options
from edgecheck.wording.commands import TAKEN

# Up to a pipe or a redirection.
_OURS = re.compile(r"(?<![\w./-])edgecheck [a-z][^|>;]*")
# What a command may say otherwise than the run: these are not about the target.
_APART = ("words", "looking")
# These make a connection, with every option on it.
CONNECTED = ("doctor", "ping", "listen", "repl")
_FIELDS = {"-e": "env_file", "--reader": "readers"}


def commands_in(texts: Sequence[str]) -> Iterator[str]:
    """Yield the commands of edgecheck in remedies, as they are printed."""
    for text in texts:
        for line in lines_of(text):
            whole = [line.text] if line.kind is Kind.COMMAND else CODE.findall(line.text)
            for code in whole:
                yield from (found[0].rstrip() for found in _OURS.finditer(code))


def pairs_in(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every command of a report, with the same command as the catalogue has it."""
    bare = {**document, "target": {**document["target"], "options": []}}
    told = [_remedies(one) for one in (document, bare)]
    return list(zip(commands_in(told[0]), commands_in(told[1]), strict=True))


def _remedies(document: dict[str, Any]) -> list[str]:
    diagnosis = report_in(document).diagnosis
    verdict = [diagnosis.verdict] if diagnosis.verdict else []
    return [text for one in (*verdict, *diagnosis.findings) for text in one.remedies]


class _Loaded(BaseException):
    """The settings are about to be read: nothing else is done."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options


class _Reader(Process):
    """A process in which a command gets as far as its settings."""

    def load(self, options: Options, stdin: Any = None) -> Settings:
        raise _Loaded(options)

    def profile(self, options: Options) -> Any:
        raise _Loaded(options)


def options_of(words: Sequence[str], folder: Path) -> Options:
    """Return what the command line makes of the words after the program's name."""
    streams = (io.TextIOWrapper(io.BytesIO()) for _ in range(3))
    stdin, stdout, stderr = streams
    process = _Reader(environ={}, stdin=stdin, stdout=stdout, stderr=stderr, folder=folder)
    try:
        code = edgecheck.cli.run(list(words), process)
    except _Loaded as loaded:
        return loaded.options
    stderr.seek(0)
    raise AssertionError(f"{shlex.join(words)} ends with {code}: {stderr.read()}")


def differences(printed: str, plain: str, original: Options, folder: Path) -> list[str]:
    """Return what a printed command examines otherwise than the run.

    Args:
        printed: the command.
        plain: the same as the catalogue has it: what it says itself counts.
        original: the options of the run.
        folder: the working directory.
    """
    name = next((name for name in TAKEN if printed.startswith(f"edgecheck {name}")), None)
    # It takes nothing of the run, or is read only with a certificate that somebody has to get.
    if name is None or "--cert client.pem" in plain:
        return []
    got, own = (options_of(shlex.split(one)[1:], folder) for one in (printed, plain))
    nothing = Options()
    wanted = {
        field.name: getattr(own, field.name)
        for field in fields(Options)
        if getattr(own, field.name) != getattr(nothing, field.name)
    }
    if own.no_proxy:
        wanted["proxy"] = None
    if "request" in wanted:
        given, added = original.request, own.request
        kept = tuple(field for field in given.fields if not added.gives(field.name))
        chosen = added.subprotocols or given.subprotocols
        wanted["request"] = Request((*kept, *added.fields), chosen)
    expected = replace(original, **wanted)
    taken = {_FIELDS.get(option, option[2:].replace("-", "_")) for option in TAKEN[name]}
    return [
        f"{printed}: {field.name} is {getattr(got, field.name)!r}"
        for field in fields(Options)
        if field.name not in _APART
        and (name in CONNECTED or field.name in taken)
        and getattr(got, field.name) != getattr(expected, field.name)
    ]
