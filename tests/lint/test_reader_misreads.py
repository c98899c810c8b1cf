"""What is said of a file whose reader is known: nothing, or what the reader gets instead."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from edgecheck.catalogue.config import LINT
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load
from edgecheck.terms import Severity

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
URL = "BACKEND_URL=wss://h.example\n"
AGENT = "EDGE_AGENT_ID=edge_7\n"


def read(folder: Path, text: str, *readers: str, **environ: str) -> Settings:
    path = folder / ".env"
    path.write_bytes(text.encode())
    path.chmod(0o600)
    options = Options(readers=tuple(map(Reader, readers)))
    return load(options, environ=environ, cwd=folder, stdin=io.BytesIO())


def found(settings: Settings) -> list[tuple[str, str, Severity]]:
    return [(one.code, one.setting, one.severity) for one in LINT.lint(settings)]


@pytest.mark.parametrize("reader", Reader)
def test_a_plain_file_is_well_for_every_reader(reader: Reader, tmp_path: Path) -> None:
    assert found(read(tmp_path, f"# agent\n{URL}EDGE_SECRET={SECRET}\n{AGENT}", reader)) == []


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("docker", f"{URL}EDGE_SECRET={SECRET}$x\n{AGENT}"),
        ("kubectl", f"{URL}EDGE_SECRET={SECRET}$x`y`\n{AGENT}"),
        ("podman", f"{URL}EDGE_SECRET={SECRET}\\x\n{AGENT}"),
        ("compose", f"{URL}EDGE_SECRET='{SECRET}$x' # note\n{AGENT}"),
        ("compose", f"HOST=h.example\nBACKEND_URL=wss://${{HOST}}\nEDGE_SECRET={SECRET}\n{AGENT}"),
        ("systemd", f"; agent\n{URL}EDGE_SECRET='{SECRET}$x'\n{AGENT}"),
        ("source", f"set -a\nexport {URL}export EDGE_SECRET='{SECRET}$x' # note\n{AGENT}"),
        ("source", f"{URL}EDGE_SECRET={SECRET}\n{AGENT}export EDGE_SECRET BACKEND_URL\n"),
        ("node-env-file", f"export {URL}EDGE_SECRET='{SECRET}#x' # note\n{AGENT}"),
        ("node-dotenv", f"{URL}EDGE_SECRET: '{SECRET}$x'\n{AGENT}".replace(": ", "=")),
        ("deno", f"{URL}EDGE_SECRET='{SECRET}$x'\n{AGENT}".replace("\n", "\r\n")),
        ("python-dotenv", f"export {URL}EDGE_SECRET = '{SECRET}#x'\n{AGENT}"),
        ("bun", f"\ufeff{URL}EDGE_SECRET='{SECRET}#x'\n{AGENT}"),
        ("ruby-dotenv", f'{URL}EDGE_SECRET="{SECRET}" # note\n{AGENT}'),
        ("direnv", f"export {URL}EDGE_SECRET='{SECRET}$x'\n{AGENT}"),
    ],
)
def test_what_its_reader_reads_well_is_not_noted(reader: str, text: str, tmp_path: Path) -> None:
    assert found(read(tmp_path, text, reader)) == []


@pytest.mark.parametrize(
    ("reader", "line", "words"),
    [
        ("systemd", f"export EDGE_SECRET={SECRET}", "systemd reads: nothing: takes `export`"),
        ("docker", f"EDGE_SECRET='{SECRET}'", "34 characters, with the quotes"),
        ("podman", f'EDGE_SECRET="{SECRET}"', "34 characters, with the quotes"),
        ("compose", f"EDGE_SECRET={SECRET}$x", "32 characters, cut off"),
        ("bun", f"EDGE_SECRET='{SECRET}$x'", "32 characters, cut off"),
        ("uv", f"EDGE_SECRET={SECRET}'x", "nothing: gives up in line 2"),
        ("source", f"EDGE_SECRET={SECRET}&x", "nothing: ends the command at `&`"),
        ("export-xargs", f"EDGE_SECRET='{SECRET} x'", "32 characters, cut off"),
    ],
)
def test_what_the_reader_gets_is_said(reader: str, line: str, words: str, tmp_path: Path) -> None:
    settings = read(tmp_path, f"{URL}{line}\n{AGENT}", reader)
    (defect,) = [one for one in LINT.lint(settings) if one.code == "env-reader-misreads"]

    assert (defect.setting, defect.severity) == ("EDGE_SECRET", Severity.ERROR)
    assert words in " ".join(defect.evidence)
    assert defect.where == ".env:2"
    assert SECRET not in str(defect)


@pytest.mark.parametrize(
    ("reader", "line", "remedy"),
    [
        (
            "systemd",
            "EDGE_SECRET=Kq7v\\\\T2{m",
            '`\\` before each `\\` in it:\n    EDGE_SECRET="<the secret>"',
        ),
        (
            "bun",
            "EDGE_SECRET=\\$Kq7vT2{m",
            "`\\` before each `$` in it:\n    EDGE_SECRET='<the secret>'",
        ),
        ("compose", "EDGE_SECRET=Kq7v$x{m}", "as follows:\n    EDGE_SECRET='<the secret>'"),
        ("docker", "EDGE_AGENT_ID='edge_7'", "as follows:\n    EDGE_AGENT_ID=edge_7"),
        ("docker", "BACKEND_URL='wss://h.example'", "as follows:\n    BACKEND_URL=wss://h.example"),
        (
            "systemd",
            "BACKEND_URL=wss://u:a\\\\b@h.example",
            '`\\` before each `\\` in it:\n    BACKEND_URL="<value>"',
        ),
    ],
)
def test_how_to_write_a_line_is_said_without_credentials(
    reader: str, line: str, remedy: str, tmp_path: Path
) -> None:
    """Escaped, the secret is not what masking looks for; braces are no placeholder."""
    others = (URL, f"EDGE_SECRET={SECRET}\n", AGENT)
    name = line.partition("=")[0]
    text = "".join(one for one in others if not one.startswith(name))
    settings = read(tmp_path, f"{text}{line}\n", reader)
    (defect,) = [one for one in LINT.lint(settings) if one.code == "env-reader-misreads"]

    assert defect.remedies[0].endswith(remedy)


@pytest.mark.parametrize(
    ("reader", "value", "is_used"),
    [("node-dotenv", f"{SECRET}#x", False), ("docker", f"'{SECRET}'", True)],
)
def test_a_reading_that_is_not_used_is_not_noted(
    reader: str, value: str, is_used: bool, tmp_path: Path
) -> None:
    """The value of the environment is used instead, unless the file wins."""

    def noted(**environ: str) -> list[str]:
        settings = read(tmp_path, f"{URL}EDGE_SECRET={value}\n{AGENT}", reader, **environ)
        return [one.setting for one in LINT.lint(settings) if one.code == "env-reader-misreads"]

    assert noted() == ["EDGE_SECRET"]
    assert noted(EDGE_SECRET=SECRET) == ["EDGE_SECRET"] * is_used


def test_a_reader_that_is_found_twice_is_noted_once(tmp_path: Path) -> None:
    """Such as two services of one compose file."""
    once = read(tmp_path, f"{URL}EDGE_SECRET='{SECRET}'\n{AGENT}", "docker")
    twice = replace(once, readers=once.readers * 2)

    assert len(twice.readers) == 2
    assert LINT.lint(twice) == LINT.lint(once)


def test_another_reader_than_the_one_that_is_followed_is_a_warning(tmp_path: Path) -> None:
    settings = read(tmp_path, f"{URL}EDGE_SECRET='{SECRET}'\n{AGENT}", "node-dotenv", "docker")

    assert found(settings) == [("env-reader-misreads", "EDGE_SECRET", Severity.WARNING)]


def test_one_line_that_stops_a_reader_is_one_finding(tmp_path: Path) -> None:
    settings = read(tmp_path, f"A-B C=1\n{URL}EDGE_SECRET={SECRET}\n{AGENT}", "docker")
    (defect,) = [one for one in LINT.lint(settings) if one.code == "env-reader-misreads"]

    assert "it gets none of BACKEND_URL, EDGE_SECRET and EDGE_AGENT_ID" in defect.evidence
    assert "line 1" in defect.remedies[0]


def test_the_reader_that_is_followed_decides_what_is_sent(tmp_path: Path) -> None:
    text = f"{URL}EDGE_SECRET='{SECRET}'\nEDGE_AGENT_ID=edge_1\nEDGE_AGENT_ID=edge_2\n"

    docker, deno = (read(tmp_path, text, reader) for reader in ("docker", "deno"))
    assert docker.secret is not None
    assert docker.secret.secret.reveal() == f"'{SECRET}'"
    assert deno.agent_id is not None
    assert deno.agent_id.text == "edge_1"


def test_the_file_or_the_environment_wins_as_with_the_reader(tmp_path: Path) -> None:
    text = f"{URL}EDGE_SECRET={SECRET}\n{AGENT}"
    by_file = read(tmp_path, text, "systemd", EDGE_AGENT_ID="edge_8")
    by_process = read(tmp_path, text, "node-dotenv", EDGE_AGENT_ID="edge_8")

    assert by_file.agent_id is not None
    assert by_process.agent_id is not None
    assert (by_file.agent_id.text, by_process.agent_id.text) == ("edge_7", "edge_8")
    (one,), (other,) = (LINT.lint(settings) for settings in (by_file, by_process))
    assert (one.code, one.values["winner"], one.values["other"]) == (
        "env-value-shadowed",
        ".env:3",
        "the environment",
    )
    assert (other.values["winner"], other.values["other"]) == ("the environment", ".env:3")
    # No advice to remove a variable whose value was not sent.
    assert LINT.judged(by_file)[0].shadowed == {}
    assert LINT.judged(by_process)[0].shadowed == {"EDGE_AGENT_ID": ".env:3"}
