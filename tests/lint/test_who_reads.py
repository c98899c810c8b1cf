"""What each program makes of a setting, beside what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgecheck.dotenv.readers.reading import Reader, Winner
from edgecheck.lint.who_reads import Cell, rows, shown, shown_cell, written
from tests.lint.test_reader_misreads import AGENT, SECRET, URL, read

AGENT_ID, EDGE_SECRET = "EDGE_AGENT_ID", "EDGE_SECRET"
RUNS = "runs what follows the blank as a command"
# Random, and programs differ in how they read it; the other one every program reads alike.
ASKED, ALIKE = "q83v/+9Zm9vYmFyQUJD+/w==", "q83vX9Zm9vYmFyQUJDw4Kk2L"
TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.mark.parametrize(
    ("reader", "line", "environ", "cell"),
    [
        ("docker", f"{AGENT_ID}=edge_7", {}, Cell(AGENT_ID, "edge_7", same=True)),
        ("docker", f"{AGENT_ID}='edge_7'", {}, Cell(AGENT_ID, "'edge_7'", same=False)),
        ("docker", "A=1", {}, Cell(AGENT_ID, None, same=False, note="not in the file")),
        ("source", f"{AGENT_ID}=edge_7 x", {}, Cell(AGENT_ID, None, same=False, note=RUNS)),
        (
            "node-dotenv",
            f"{AGENT_ID}=edge_7",
            {AGENT_ID: "edge_8"},
            Cell(
                AGENT_ID,
                "edge_7",
                same=True,
                note="the process environment has another value, which wins",
            ),
        ),
        (
            "node-dotenv",
            f"{AGENT_ID}=edge_7",
            {AGENT_ID: "edge_7"},
            Cell(AGENT_ID, "edge_7", same=True),
        ),
        (
            "systemd",
            f"{AGENT_ID}=edge_7",
            {AGENT_ID: "edge_8"},
            Cell(AGENT_ID, "edge_7", same=True),
        ),
        # What the lint would repair in the secret is not the reader's doing.
        ("export-xargs", f"{EDGE_SECRET}='{SECRET} '", {}, Cell(EDGE_SECRET, SECRET, same=True)),
        (
            "export-xargs",
            f"{EDGE_SECRET}='{SECRET} x'",
            {},
            Cell(EDGE_SECRET, SECRET, same=False),
        ),
    ],
)
def test_what_a_reader_makes_of_a_setting(
    tmp_path: Path, reader: str, line: str, environ: dict[str, str], cell: Cell
) -> None:
    """As it was meant or otherwise, and why."""
    (row,) = rows(read(tmp_path, f"{line}\n", reader, **environ))

    assert next(one for one in row.cells if one.name == cell.name) == cell


def test_a_reader_is_listed_once_with_what_it_loses(tmp_path: Path) -> None:
    """Those that are used here come first."""
    text = f"{URL}A-B C=1\n{AGENT}"
    settings = read(tmp_path, text, "docker", "source")
    assert settings.env_file is not None
    docker, source, python = rows(settings, (Reader.SOURCE, Reader.PYTHON_DOTENV))

    assert (docker.reader, docker.found, docker.followed) == (Reader.DOCKER, "--reader", True)
    assert (docker.stopped_at, docker.lost) == (2, ("BACKEND_URL", AGENT_ID))
    assert (source.reader, source.followed, source.lost) == (Reader.SOURCE, False, ())
    assert (python.reader, python.found) == (Reader.PYTHON_DOTENV, None)
    assert [docker.wins, python.wins] == [Winner.FILE, Winner.PROCESS]
    assert [cell.name for cell in written(settings.env_file, settings.names)] == [
        "BACKEND_URL",
        AGENT_ID,
    ]


@pytest.mark.parametrize(
    ("secret", "agent_id", "is_shown"),
    [
        (SECRET, ASKED, True),
        (SECRET, ALIKE, False),
        (ASKED, ASKED, False),
        ("edge_1", ASKED, False),  # they may have changed places
        (SECRET, TOKEN, False),
        (SECRET, f"a token={ASKED}", False),
        (SECRET, f"wss://h.example/{ASKED}", False),
    ],
)
def test_what_is_certainly_a_credential_is_not_shown(
    tmp_path: Path, secret: str, agent_id: str, is_shown: bool
) -> None:
    """Nor a random word that all programs read alike; of the secret only a fingerprint is shown."""
    settings = read(tmp_path, f"{URL}EDGE_SECRET='{secret}'\nEDGE_AGENT_ID='{agent_id}'\n")
    (row,) = rows(settings, (Reader.PYTHON_DOTENV,))
    cells = {cell.name: cell.value or "" for cell in shown(settings, row).cells}
    word = agent_id.rpartition("=" if "token" in agent_id else "/")[2] or agent_id
    nothing = Cell(AGENT_ID, None, same=False)

    assert cells[EDGE_SECRET] == secret
    assert (cells[AGENT_ID] == agent_id) is is_shown
    assert is_shown or word not in cells[AGENT_ID]
    assert shown_cell(settings, nothing) == nothing


def test_the_name_of_a_lost_setting_shows_no_credential(tmp_path: Path) -> None:
    """A value may stand where the name belongs."""
    settings = read(tmp_path, f"{TOKEN}=1\n{URL}A-B C=1\n", "docker")
    (row,) = rows(settings)

    assert TOKEN in row.lost
    assert not any(TOKEN in name for name in shown(settings, row).lost)
