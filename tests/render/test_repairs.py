"""The difference that a repair makes to the file, shown without any secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgecheck.mend import Plan
from edgecheck.render.repairs import difference
from edgecheck.settings.pieces import MASK
from edgecheck.settings.sources import Options, with_content
from tests.catalogue.settings_files import SECRET, read


def shown(folder: Path, before: str, after: str) -> list[str]:
    """Return the lines of the difference between two contents of the file."""
    settings = read(folder, before)
    assert settings.env_file is not None
    then = with_content(settings, after.encode(), Options(), environ={}, cwd=folder)
    plan = Plan(settings.env_file, then, (), ())
    return [line.plain for line in difference(plan, settings)[3:]]


def test_a_secret_is_masked_and_what_stands_around_it_is_shown(tmp_path: Path) -> None:
    """The prefix and the blanks are what changes."""
    before = f"EDGE_SECRET='Bearer {SECRET} '\n"
    after = f"EDGE_SECRET={SECRET}\n"

    assert shown(tmp_path, before, after) == [
        f"-EDGE_SECRET='Bearer {MASK} '",
        f"+EDGE_SECRET={MASK}",
    ]


@pytest.mark.parametrize("value", ["'  '", '""', '" \t"'])
def test_a_secret_of_blanks_is_shown_as_it_is(tmp_path: Path, value: str) -> None:
    """There is nothing to mask."""
    visible = value.replace("\t", "\\t")

    assert shown(tmp_path, f"EDGE_SECRET={value}\n", f"EDGE_SECRET={value}\nA=\n")[0] == (
        f" EDGE_SECRET={visible}"
    )


def test_an_address_of_several_lines_with_credentials_is_hidden_whole(tmp_path: Path) -> None:
    """What is a password in it cannot be told, and each line stays a line."""
    before = 'BACKEND_URL="wss://me:hunter2\nhunter3@backend.example"\nEDGE_AGENT_ID=edge_1\n'
    lines = shown(tmp_path, before, before.replace("edge_1", "edge_2"))

    assert lines == [" ***", " ***", "-EDGE_AGENT_ID=edge_1", "+EDGE_AGENT_ID=edge_2"]
