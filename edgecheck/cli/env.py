"""`edgecheck env`: what each program makes of the .env file. Opens no connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from ..dotenv.readers.reading import Reader
from ..terms import Severity
from .ends import OK, PROBLEM, CannotGoOn
from .options import readers_named
from .process import Process

if TYPE_CHECKING:
    import typer

    from ..lint.who_reads import ReaderRow
    from ..settings.model import Settings
    from .option_types import AsJson, EnvFile, NoColor, ProfileName, ReaderNames


@dataclass(frozen=True)
class EnvOptions:
    """The options of `env`."""

    all_readers: Annotated[
        bool, typer.Option("--all", help="All programs that are known, not only those used here.")
    ] = False
    reader: ReaderNames = None
    env_file: EnvFile = None
    profile: ProfileName = None
    as_json: AsJson = False
    no_color: NoColor = False


def env(process: Process, wanted: EnvOptions) -> int:
    """Show what each program makes of the .env file.

    systemd, docker, Node and a shell read it by rules of their own. Those that read it here are
    listed, and the secret is shown as a fingerprint.

    Exit code: 0 the reader that counts gets every setting as it is written, 1 it does not, 2 wrong
    usage.

    \b
    Examples:
      edgecheck env
      edgecheck env --all
      edgecheck env --reader systemd --reader docker
    """
    # The lint, which a help does without.
    from ..lint.rules.readers import env_reader_misreads
    from ..lint.who_reads import rows
    from ..settings.sources import Options

    readers = readers_named(wanted.reader or ())
    options = Options(env_file=wanted.env_file, readers=readers, profile=wanted.profile)
    settings = process.load(options)
    _check_file(settings)
    further = tuple(Reader) if wanted.all_readers else (Reader.PYTHON_DOTENV,)
    _show(process, wanted, settings, rows(settings, further))
    misread = any(defect.severity is Severity.ERROR for defect in env_reader_misreads(settings))
    return PROBLEM if misread else OK


def _check_file(settings: Settings) -> None:
    """Raise `CannotGoOn` if there is no file that programs can read."""
    file = settings.env_file
    if file is None or file.missing:
        where = f"at {file.path}" if file is not None else f"in {settings.folder} or above it"
        raise CannotGoOn(f"There is no .env file {where}. Name it: edgecheck env -e path/to/.env")
    if file.error is not None:
        raise CannotGoOn(f"{file.path} cannot be read: {file.error}")
    if not file.is_read:
        raise CannotGoOn(f"{file.path} is {file.encoding}, which no program reads.")


def _show(
    process: Process, wanted: EnvOptions, settings: Settings, rows: tuple[ReaderRow, ...]
) -> None:
    # Not needed where there is no file.
    from ..lint.who_reads import shown, shown_cell, written
    from ..render import json, readers
    from .console.output import standard_output

    output = standard_output(process, no_color=wanted.no_color)
    file = settings.env_file
    assert file is not None
    rows = tuple(shown(settings, row) for row in rows)
    if wanted.as_json:
        output.print_plain(json.dumps(readers.document(file.path, rows, settings.names)))
    else:
        cells = [shown_cell(settings, cell) for cell in written(file, settings.names)]
        output.print(readers.table(file.path, cells, rows, settings.names, output.width))
