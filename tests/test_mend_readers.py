"""What is written is read right by the programs that read the file here, and nothing gets worse."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.dotenv import edit
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.text import parse
from edgecheck.lint.rules.readers import is_as_meant
from edgecheck.mend import plan
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load, with_content
from tests.doctor import Setup, run_here

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
VALUES = st.text("abK0$#'\"\\ =;&é{}`!~", min_size=1, max_size=10)
READERS = st.sets(st.sampled_from(list(Reader)), min_size=1, max_size=3)
LINES = st.sampled_from(
    [
        "EDGE_SECRET={}",
        "EDGE_SECRET='{}'",
        'EDGE_SECRET="{}"',
        "export EDGE_SECRET={}",
        "export EDGE_SECRET='{}'",
        "EDGE_SECRET={} # a comment",
        'EDGE_SECRET="{}" # a comment',
        "EDGE_SECRET= {}",
        "EDGE_SECRET=old\nEDGE_SECRET={}",
    ]
)
ANY: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


def loaded(folder: Path, content: bytes, readers: set[Reader]) -> tuple[Settings, Options]:
    (folder / ".env").write_bytes(content)
    (folder / ".env").chmod(0o600)
    options = Options(readers=tuple(sorted(readers)))
    return load(options, environ={}, cwd=folder, stdin=io.BytesIO()), options


@settings(**ANY)
@given(READERS, VALUES)
def test_a_form_is_read_by_every_reader_that_it_is_for(readers: set[Reader], value: str) -> None:
    form = edit.written(value, readers)
    assume(form is not None)
    file = parse(f"A=1\nK={form}\nZ=1\n".encode(), {}, path="")

    for reader in readers:
        found = file.read_by(reader)
        assert (found.value("A"), found.value("K"), found.value("Z")) == ("1", value, "1"), reader


@settings(**ANY)
@given(READERS, st.text("abcXYZ0189", min_size=1, max_size=40))
def test_letters_and_digits_are_read_alike_by_all(readers: set[Reader], value: str) -> None:
    assert edit.written(value, readers) == value
    assert edit.written(value, set(Reader)) == value


@settings(max_examples=200, **ANY)
@given(READERS, LINES, VALUES, st.sampled_from(["", "# it's a note\n", "A-B=1\n", "[s]\n"]))
def test_a_repair_makes_nothing_wrong_that_was_right(
    tmp_path: Path, readers: set[Reader], line: str, value: str, before: str
) -> None:
    text = f"{before}BACKEND_URL=wss://h.example\n{line.format(value)}\nEDGE_AGENT_ID=edge_7\n"
    now, options = loaded(tmp_path, text.encode(), readers)

    def reread(content: bytes) -> Settings:
        return with_content(now, content, options, environ={}, cwd=tmp_path)

    old, new = now.env_file, plan(now, reread).after.env_file
    assert old is not None
    assert new is not None
    for reader in readers:
        for name in EDGE.variables.all:
            if name in old.names and is_as_meant(old, name, old.read_by(reader).value(name)):
                assert is_as_meant(new, name, new.read_by(reader).value(name)), (reader, name)


@pytest.mark.parametrize(
    ("reader", "line", "becomes"),
    [
        ("systemd", f"export EDGE_SECRET={SECRET}", f"EDGE_SECRET={SECRET}"),
        ("systemd", f'EDGE_SECRET="{SECRET}" # note', f"# note\nEDGE_SECRET={SECRET}"),
        ("docker", f"EDGE_SECRET='{SECRET}'", f"EDGE_SECRET={SECRET}"),
        ("podman", f'export EDGE_SECRET="{SECRET}"', f"EDGE_SECRET={SECRET}"),
        ("kubectl", f"EDGE_SECRET={SECRET} # note", f"# note\nEDGE_SECRET={SECRET}"),
        ("compose", f"EDGE_SECRET={SECRET}$x", f"EDGE_SECRET='{SECRET}$x'"),
        ("docker", f"EDGE_SECRET={SECRET}$x", f"EDGE_SECRET={SECRET}$x"),
        ("source", f"EDGE_SECRET= {SECRET}", f"EDGE_SECRET={SECRET}"),
    ],
)
def test_fix_writes_what_the_reader_reads(
    tmp_path: Path, reader: str, line: str, becomes: str
) -> None:
    """What is right already stays: a `$` for docker gets no quotes."""
    start, end = "BACKEND_URL=wss://h.example\n", "\nEDGE_AGENT_ID=edge_7\n"
    path = tmp_path / ".env"
    path.write_text(start + line + end)
    path.chmod(0o600)
    outcome = run_here(
        Setup(tmp_path, {}), "--offline", "--fix", "--yes", "--reader", reader, "--quiet"
    )

    assert path.read_text() == start + becomes + end
    assert outcome.code == 0


@pytest.mark.parametrize("readers", [("docker", "source"), ("bun",), ("dotenv-expand",)])
def test_a_value_that_no_form_suits_is_left_and_the_way_out_is_named(
    tmp_path: Path, readers: tuple[str, ...]
) -> None:
    path = tmp_path / ".env"
    text = f"BACKEND_URL=wss://h.example\nEDGE_SECRET='{SECRET}$x'\nEDGE_AGENT_ID=edge_7\n"
    path.write_text(text)
    path.chmod(0o600)
    words = [word for reader in readers for word in ("--reader", reader)]
    outcome = run_here(Setup(tmp_path, {}), "--offline", "--fix", "--yes", *words)

    assert path.read_text() == text
    assert f"{readers[0]} gets another EDGE_SECRET" in outcome.stdout
    assert "edgecheck secret generate" in outcome.stdout
    assert SECRET not in outcome.stdout + outcome.stderr
