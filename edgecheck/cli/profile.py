"""`edgecheck profile`: how the backend is spoken to, and where that was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ..backend.builtin import BUILT_IN
from ..backend.reading import tree_of
from ..settings.model import credentials_of
from .ends import OK
from .options import not_both
from .process import Process

if TYPE_CHECKING:
    import typer

    from ..settings.profiles import Chosen
    from .option_types import AsJson, EnvFile, ProfileName


@dataclass(frozen=True)
class ProfileOptions:
    """The options of `profile`."""

    profile: ProfileName = None
    env_file: EnvFile = None
    listed: Annotated[bool, typer.Option("--list", help="List the built-in profiles.")] = False
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FILE", help="Check a file, and say all that is wrong."),
    ] = None
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file, for editors.")
    ] = False
    as_json: AsJson = False


def profile(process: Process, wanted: ProfileOptions) -> int:
    """Say how the backend is spoken to.

    Prints the profile in force as TOML, with where it came from. To speak to another backend, write
    what differs into edgecheck.toml, in the folder of .env.

    Exit code: 0, or 2 for a profile that cannot be used.

    \b
    Examples:
      edgecheck profile --profile websocket > edgecheck.toml
      edgecheck profile --check edgecheck.toml
    """
    not_both(list=wanted.listed, check=wanted.check, schema=wanted.schema, profile=wanted.profile)
    if wanted.schema:
        from ..backend.form import schema  # needed by no other option

        _print(process, [_json(schema())])
        return OK
    if wanted.listed:
        _print(process, _list(as_json=wanted.as_json))
        return OK
    # Neither a help nor a list needs a profile.
    from ..settings.profiles import checked
    from ..settings.sources import Options
    from .profile_in_force import known

    if wanted.check is not None:
        found = known(checked(process.cwd / wanted.check, process.cwd))
        if not wanted.as_json:
            right = f"{found.profile.origin}: the profile {found.profile.name} is right."
            _print(process, _without_credentials(found, [right]))
            return OK
    else:
        options = Options(profile=wanted.profile, env_file=wanted.env_file)
        found = process.chosen_profile(options)
    lines = [_json(_document(found))] if wanted.as_json else _shown(found)
    _print(process, _without_credentials(found, lines))
    return OK


def _without_credentials(found: Chosen, lines: Iterable[str]) -> Iterable[str]:
    credentials = credentials_of(found.profile)
    text = "\n".join(lines)
    for credential in credentials:
        text = credential.cut_whole_out_of(text)
    return text.split("\n")


def _list(*, as_json: bool) -> Iterable[str]:
    """Return the built-in profiles, one a line."""
    if as_json:
        return [_json([{"name": name, "about": about} for name, about in BUILT_IN.items()])]
    width = max(map(len, BUILT_IN))
    return [f"{name:{width}}  {about}" for name, about in BUILT_IN.items()]


def _document(found: Chosen) -> dict[str, Any]:
    return {
        "name": found.profile.name,
        "origin": found.profile.origin or "built in",
        "chosen_by": found.by,
        "extends": list(found.extended),
        "profile": tree_of(found.profile),
    }


def _shown(found: Chosen) -> Iterable[str]:
    from ..render.toml import toml  # not needed for JSON

    over = f", over {', '.join(found.extended)}" if found.extended else ""
    yield f"# {found.profile.origin or 'built in'}{over}; chosen by: {found.by}"
    yield from toml(tree_of(found.profile))


def _json(document: object) -> str:
    from ..render import json  # knows the whole report, which TOML does without

    return json.dumps(document)


def _print(process: Process, lines: Iterable[str]) -> None:
    print("\n".join(lines), file=process.stdout)
