"""`edgecheck profile`, and how the profile in force is found."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from edgecheck.backend.builtin import BUILT_IN, EDGE, built_in
from edgecheck.backend.form import schema
from edgecheck.backend.reading import tree_of
from edgecheck.settings.profiles import MAX_BYTES, MAX_EXTENDED, Chosen, ProfileError, chosen
from tests.backend.wrong_profiles import WRONG
from tests.cli.conftest import Run

SETTINGS = {"BACKEND_URL": "ws://127.0.0.1:9", "EDGE_SECRET": "x" * 32, "EDGE_AGENT_ID": "edge_1"}


def found(
    cwd: Path, named: str | None = None, folder: Path | None = None, **environ: str
) -> Chosen:
    """Return the profile in force."""
    return chosen(named, environ=environ, cwd=cwd, folder=folder)


def refused(cwd: Path, named: str | None = None) -> str:
    """Return why the profile cannot be used."""
    with pytest.raises(ProfileError) as error:
        found(cwd, named)
    return str(error.value)


def write(path: Path, text: str) -> Path:
    """Write a file, and the folders before it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- where it is found ----------------------------------------------------------------------------


def test_without_any_file_it_is_the_default(tmp_path: Path) -> None:
    """Which is built in, and has no origin."""
    assert found(tmp_path) == Chosen(EDGE, "the default")
    assert EDGE.origin == ""


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    """From the folder of the .env file upwards, or from the working directory."""
    write(tmp_path / "edgecheck.toml", "name = 'far'")
    write(tmp_path / "a" / "edgecheck.toml", "name = 'near'")
    (tmp_path / "a" / "b").mkdir()
    (tmp_path / "c" / "edgecheck.toml").mkdir(parents=True)

    assert found(tmp_path / "a" / "b").profile.name == "near"
    assert found(tmp_path / "a" / "b", folder=tmp_path).profile.name == "far"
    assert found(tmp_path / "c").profile.name == "far"  # a folder of that name is none
    assert found(tmp_path / "a").profile.origin == "edgecheck.toml"
    assert found(tmp_path / "a" / "b").profile.origin == str(tmp_path / "a" / "edgecheck.toml")


def test_an_option_wins_over_a_variable_and_both_over_a_file(tmp_path: Path) -> None:
    """A name is that of a built-in profile, or else a file."""
    write(tmp_path / "edgecheck.toml", "name = 'file'")
    other = write(tmp_path / "other.toml", "name = 'other'")

    assert found(tmp_path, EDGECHECK_PROFILE="websocket").profile == built_in("websocket")
    assert found(tmp_path, "other.toml", EDGECHECK_PROFILE="edge").profile.name == "other"
    assert found(tmp_path, str(other)).by == "--profile"
    assert found(tmp_path, EDGECHECK_PROFILE="").profile.name == "file"


def test_a_file_without_a_name_has_that_of_its_folder(tmp_path: Path) -> None:
    """Or its own."""
    write(tmp_path / "orders" / "edgecheck.toml", "")
    write(tmp_path / "gateway.toml", "")

    assert found(tmp_path / "orders").profile.name == "orders"
    assert found(tmp_path, "gateway.toml").profile.name == "gateway"


def test_a_file_may_extend_a_file_beside_it(tmp_path: Path) -> None:
    """And so on, down to a built-in profile."""
    write(tmp_path / "base.toml", "extends = 'ocpp1.6'\n[variables]\nurl = 'CSMS'")
    write(tmp_path / "deep" / "edgecheck.toml", "extends = '../base.toml'\nname = 'mine'")
    mine = found(tmp_path / "deep")

    assert mine.extended == (str(tmp_path / "base.toml"), "ocpp1.6", "websocket", "edge")
    assert mine.profile.variables.url == "CSMS"
    assert mine.profile.request == built_in("ocpp1.6").request


# --- what cannot be used --------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_told_with_its_place(name: str, tmp_path: Path, run: Run) -> None:
    """And with what was expected there: exit code 2, and nothing is sent."""
    content, place, expected, _ = WRONG[name]
    write(tmp_path / "edgecheck.toml", content)
    ended = run("profile", "--check", "edgecheck.toml")

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") >= 1
    assert any(
        line.startswith(f"edgecheck: edgecheck.toml: {place}: ") and expected in line
        for line in ended.stderr.splitlines()
    ), ended.stderr


@pytest.mark.parametrize(
    "command",
    ["doctor", "doctor --offline", "ping", "listen", "explain 4001", "secret fingerprint", "init"],
)
def test_no_command_goes_on_with_a_wrong_file(command: str, tmp_path: Path, run: Run) -> None:
    """Each says all that is wrong, on standard error."""
    write(tmp_path / "edgecheck.toml", "[[close]]\ncode = 999\nproblem = 'x-y'\n[requst]\n")
    ended = run(*command.split(), **SETTINGS)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert [line.split(": ")[2] for line in ended.stderr.splitlines()] == [
        "close[0].code",
        "requst",
    ]


def test_with_json_there_is_a_document(tmp_path: Path, run: Run) -> None:
    """As for any other wrong use."""
    write(tmp_path / "edgecheck.toml", "nme = 'x'")
    ended = run("doctor", "--json", **SETTINGS)

    assert ended.returncode == 2
    assert "edgecheck.toml: nme: not a key" in json.loads(ended.stdout)["error"]


def test_wrong_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    """As the parser says it."""
    write(tmp_path / "edgecheck.toml", "name = 'x'\n[request\n")

    assert re.search(r"edgecheck\.toml: not TOML: .*line 2, column \d+", refused(tmp_path))


@pytest.mark.parametrize("kind", ["huge", "binary", "pipe", "folder", "missing", "deep", "secret"])
def test_what_is_no_file_of_text_is_told(kind: str, tmp_path: Path) -> None:
    """Nothing is read without an end."""
    path = tmp_path / "p.toml"
    match kind:
        case "huge":
            write(path, "#" * (MAX_BYTES + 1))
        case "binary":
            path.write_bytes(b"name = 'x'\n\xff\xfe")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "deep":
            write(path, "a = " + "[" * 5000)
        case "secret":
            write(path, "x")
            path.chmod(0)
    if kind == "secret" and os.geteuid() == 0:
        pytest.skip("root can read every file")
    expected = {
        "huge": "larger than",
        "binary": "p.toml:2: not UTF-8",
        "pipe": "not a regular file",
        "folder": "a directory",
        "missing": "no such file",
        "deep": "not TOML|nested deeper",
        "secret": "Permission denied",
    }

    assert re.search(expected[kind], refused(tmp_path, "p.toml"))


def test_a_loop_is_refused(tmp_path: Path) -> None:
    """With the way round it, also through a link and to itself."""
    write(tmp_path / "a.toml", "extends = 'b.toml'")
    write(tmp_path / "b.toml", "extends = 'link.toml'")
    (tmp_path / "link.toml").symlink_to("a.toml")
    write(tmp_path / "self.toml", "extends = 'self.toml'")

    assert "extends: a profile that does not lead back here" in refused(tmp_path, "a.toml")
    assert "self.toml extends self.toml" in refused(tmp_path, "self.toml")


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    """A long one is a mistake of whatever wrote it."""
    for number in range(MAX_EXTENDED + 2):
        write(tmp_path / f"{number}.toml", f"extends = '{number + 1}.toml'")

    assert f"at most {MAX_EXTENDED} profiles" in refused(tmp_path, "0.toml")


def test_a_mistake_in_what_is_extended_names_that_file(tmp_path: Path) -> None:
    """The place is where it has to be corrected."""
    write(tmp_path / "base.toml", "nme = 'x'")
    write(tmp_path / "edgecheck.toml", "extends = 'base.toml'")

    assert refused(tmp_path).startswith("base.toml: nme: ")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("edgee", "did you mean edge?"),
        ("websockets", "did you mean websocket?"),
        ("", "not a built-in profile"),
        ("a.toml", "no such file"),
        ("a\x00b", "not a built-in profile"),
    ],
)
def test_a_name_that_is_not_known_is_told(named: str, expected: str, tmp_path: Path) -> None:
    """With the nearest one."""
    assert expected in refused(tmp_path, named)


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_printed_is_a_profile(name: str, tmp_path: Path, run: Run) -> None:
    """The one in force as TOML, which works as an edgecheck.toml."""
    printed = run("profile", "--profile", name).stdout
    write(tmp_path / "edgecheck.toml", printed)

    assert printed.splitlines()[0].startswith("# built in")
    assert tomllib.loads(printed) == tree_of(built_in(name))
    assert tree_of(found(tmp_path).profile) == tree_of(built_in(name))
    assert run("profile", "--check", "edgecheck.toml").stdout == (
        f"edgecheck.toml: the profile {name} is right.\n"
    )


def test_it_is_said_where_the_profile_came_from(tmp_path: Path, run: Run) -> None:
    """In a comment, or in the document."""
    write(tmp_path / "edgecheck.toml", "extends = 'websocket'\nname = 'mine'")
    document = json.loads(run("profile", "--json").stdout)

    assert run("profile").stdout.splitlines()[0] == (
        "# edgecheck.toml, over websocket, edge; chosen by: the nearest edgecheck.toml"
    )
    assert document["origin"] == "edgecheck.toml"
    assert document["extends"] == ["websocket", "edge"]
    assert document["profile"]["name"] == "mine"


def test_the_built_in_profiles_are_listed(run: Run) -> None:
    """One a line, or as a document."""
    lines = run("profile", "--list").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(BUILT_IN)
    assert [one["name"] for one in json.loads(run("profile", "--list", "--json").stdout)] == list(
        BUILT_IN
    )


def test_the_schema_is_printed(run: Run) -> None:
    """For an editor."""
    assert json.loads(run("profile", "--schema").stdout) == schema()


def test_options_that_say_different_things_exclude_each_other(run: Run) -> None:
    """Wrong usage."""
    ended = run("profile", "--list", "--schema")

    assert ended.returncode == 2
    assert "exclude each other" in ended.stderr


def test_explain_answers_from_the_profile_in_force(tmp_path: Path, run: Run) -> None:
    """The same number means something else elsewhere."""
    write(tmp_path / "edgecheck.toml", "[[close]]\ncode = 4401\nproblem = 'auth-secret-rejected'\n")

    assert "auth-secret-rejected" in run("explain", "4401").stdout
    assert "auth-secret-rejected" not in run("explain", "4401", "--profile", "edge").stdout


@pytest.mark.parametrize("name", ["websocket", "graphql-transport-ws", "socket.io", "ocpp1.6"])
def test_settings_are_written_for_ids_of_any_form(name: str, tmp_path: Path, run: Run) -> None:
    """A form that every word has tells neither a host nor a secret from an id."""
    write(tmp_path / "secret", "6525a3dd83aa2d4ffd00f8be5223b92f")
    options = ("--url", "gateway.example.com", "--secret-file", "secret", "--agent-id", "CP-1")
    ended = run("init", "--no-input", "--profile", name, *options)

    assert ended.returncode == 0, ended.stderr
    assert "BACKEND_URL=wss://gateway.example.com" in (tmp_path / ".env").read_text()
