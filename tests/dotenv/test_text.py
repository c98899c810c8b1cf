"""The text of a ``.env`` file."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.dotenv.readers import python_dotenv
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.text import Encoding, LineKind, parse

NAMES = ("BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID")


def parsed(content: str | bytes, **environ: str):
    return parse(content if isinstance(content, bytes) else content.encode(), environ, path=".env")


def test_every_statement_has_the_number_of_its_own_line() -> None:
    file = parsed("# head\n\n\nA=1\n\nB='two\nlines'\nnot one\nC=3\n")

    assert [(line.number, line.kind, line.key, line.value) for line in file.lines] == [
        (1, LineKind.COMMENT, None, None),
        (4, LineKind.ASSIGNMENT, "A", "1"),
        (6, LineKind.ASSIGNMENT, "B", "two\nlines"),
        (8, LineKind.INVALID, None, None),
        (9, LineKind.ASSIGNMENT, "C", "3"),
    ]


def test_a_name_alone_is_bare_and_export_is_noted() -> None:
    file = parsed("A\nexport B=2\nexport C\n")

    assert [(line.key, line.kind, line.exported) for line in file.lines] == [
        ("A", LineKind.BARE, False),
        ("B", LineKind.ASSIGNMENT, True),
        ("C", LineKind.BARE, True),
    ]


def test_the_raw_value_is_what_stands_after_the_equals_sign() -> None:
    file = parsed("export EDGE_SECRET = 'a b' # why\n")

    assert file.lines[0].raw == " 'a b' # why\n"
    assert file.lines[0].quote == "'"


@pytest.mark.parametrize(
    ("text", "cut"),
    [("A=b #c", "#c"), ("A=b # c d", "# c d"), ("A=b#c", ""), ("A='b' #c", ""), ("A= #c", "#c")],
)
def test_what_python_dotenv_takes_for_a_comment_is_told(text: str, cut: str) -> None:
    assert parsed(text).lines[0].cut == cut


def test_references_are_expanded_and_noted() -> None:
    file = parsed("A=1\nB=${A}-${HERE}-${GONE}-${GONE:-x}-$A\n", HERE="2")

    assert file.lines[1].value == "1-2--x-$A"
    assert file.lines[1].expanded == (("A", True), ("HERE", True), ("GONE", False), ("GONE", True))


def test_the_environment_wins_over_an_earlier_line() -> None:
    assert parsed("A=file\nB=${A}\n", A="environment").lines[1].value == "environment"


def test_a_byte_order_mark_is_a_fact_and_no_part_of_the_first_name() -> None:
    file = parsed(b"\xef\xbb\xbfA=1\n")

    assert file.bom
    assert [line.key for line in file.lines] == ["A"]
    assert file.read_by(Reader.PYTHON_DOTENV).value("A") == "1"
    assert file.read_by(Reader.PODMAN).value("A") is None


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_recognised_with_a_mark_and_without(codec: str) -> None:
    file = parsed("EDGE_SECRET=abc\n".encode(codec))

    assert file.encoding is Encoding.UTF16
    assert not file.is_read
    assert file.lines == ()


def test_bytes_that_are_no_utf8_are_placed() -> None:
    file = parsed("A=1\nB=é\n".encode("latin-1"))

    assert (file.encoding, file.bad_line) == (Encoding.UNKNOWN, 2)
    assert not file.is_read


def test_windows_line_ends_are_counted_and_readers_see_them() -> None:
    file = parsed(b"A=1\r\nB=2\r\n")

    assert file.windows_line_ends == 2
    assert file.read_by(Reader.SYSTEMD).value("A") == "1"
    assert file.read_by(Reader.SOURCE).value("A") == "1\r"


def test_a_clean_file_reads_the_same_for_every_reader() -> None:
    file = parsed("BACKEND_URL=wss://host.example\nEDGE_SECRET=abc-123_x.y\nEDGE_AGENT_ID=edge_1\n")

    for name in NAMES:
        assert len({file.read_by(reader).value(name) for reader in Reader}) == 1


def test_the_last_statement_of_a_name_decides() -> None:
    file = parsed("A=1\nA=2\n")

    assert [line.value for line in file.statements("A")] == ["1", "2"]
    assert file.read_by(Reader.PYTHON_DOTENV).value("A") == "2"


def test_no_value_is_in_a_repr() -> None:
    assert "hidden" not in repr(
        parsed("EDGE_SECRET=hidden\nEDGE_SECRET:hidden\nhidden\n# hidden\nhidden=${hidden}\n")
    )


@given(
    st.binary(max_size=300), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
)
def test_no_bytes_make_it_raise(content: bytes, environ: dict[str, str]) -> None:
    file = parse(content, environ, path=".env")

    assert file.is_read is (file.encoding is Encoding.UTF8)
    assert [line.number for line in file.lines] == sorted(line.number for line in file.lines)


@given(st.text("AB= #'\"\\\n\r$.{}:-\t\u00a0é", max_size=60))
def test_it_reads_what_python_dotenv_reads(text: str) -> None:
    # The library looks into os.environ as well, which must not have a variable A or B.
    assert not {"A", "B", "AB", ""} & os.environ.keys()
    file = parsed(text)

    expected = dotenv_values(stream=io.StringIO(text, newline=None))
    assert {line.key: line.value for line in file.lines if line.key is not None} == expected


def test_a_file_named_on_disk_is_read_as_python_dotenv_reads_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfEDGE_SECRET='a b'\r\nEDGE_AGENT_ID = edge_1  # mine\r\n")

    assert {line.key: line.value for line in parsed(path.read_bytes()).lines} == dotenv_values(path)


_PIECES = st.sampled_from(
    (
        *("A=b", "A_1=x#y", "_a=", "=", "A", "a=b=c", "#", "# A=b 'c", "export", "export=1"),
        *("A='b'", "A= b", " A=b", "1A=b", "A=\\n", "A=wss://h:1/p?q=%20&r=~", "A=${B}", "A=$B"),
        *("\n", "\n\n", "\r\n", " ", "\t\n", "\x0b", "é=1", "A=é", "A=`x`"),
    )
)


@given(st.lists(_PIECES, max_size=8), st.sampled_from(["\n", ""]))
def test_a_plain_file_is_read_as_the_library_parses_it(pieces: list[str], between: str) -> None:
    """Line by line, without asking it."""
    text = between.join(pieces)
    if python_dotenv._PLAIN.fullmatch(text):
        own, librarys = python_dotenv._plain(text), python_dotenv._parsed(text, {})

        assert list(own) == list(librarys)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("BACKEND_URL=wss://b.example\nEDGE_SECRET=1f2e\n\n# the id\nEDGE_AGENT_ID=edge_1", True),
        ("\n\nA=b\n", True),
        ("A=b\n\n", False),
        ("A='b'\n", False),
        ("A=b # c\n", False),
        ("A=${B}\n", False),
        ("export A=b\n", False),
        ("A=b\r\n", False),
        ("", False),
    ],
)
def test_a_file_is_plain_if_nothing_in_it_has_a_meaning(text: str, plain: bool) -> None:
    """Only then is the library left out."""
    assert (python_dotenv._PLAIN.fullmatch(text) is not None) is plain


def test_a_file_that_was_not_read_sets_nothing() -> None:
    """Whoever reads it."""
    unread = replace(parse(b"K=1\n", {}, path=".env"), missing=True)

    assert unread.read_by(Reader.DOCKER).value("K") is None
    assert parse(b"K=1\n", {}, path=".env").read_by(Reader.DOCKER).value("K") == "1"
