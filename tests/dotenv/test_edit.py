"""Edits of a ``.env`` file's text: every reader reads the new value, and no other byte changes."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from edgecheck.dotenv import edit
from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.text import EnvFile, parse
from tests.conftest import require_program
from tests.timing import PATIENCE

NAME = "EDGE_SECRET"
# Characters that mean something to some reader, and some that mean nothing to any.
VALUES = st.text(
    st.sampled_from(list("ab9 \t'\"`\\$#={}:/@%+!&|;<>()*?[]~-_.,\r\n\u00a0\u200bé")), max_size=12
)
# The files of the tests are made of these statements; each ends with its line.
OTHERS = st.sampled_from(
    [
        "",
        "# a comment",
        "#",
        "OTHER=1",
        "export MORE='x y'",
        "A_B=",
        "LAST='two\nlines'",
        'Q="it\'s"',
        "   ",
        "Z=a # b 'c'",
    ]
)
TARGETS = st.sampled_from(
    [
        f"{NAME}=old",
        f"{NAME}='old'",
        f'{NAME}="old # no comment"',
        f"export {NAME}=old",
        f"  {NAME} = old",
        f"\texport  {NAME}='old'",
        f"{NAME}=old # an ordinary comment",
        f"{NAME}='old'  # it's a comment",
        f'{NAME}="old"# a comment',
        f"{NAME}= # a comment",
        f"{NAME}='two\nlines'",
        f"{NAME}=old  ",
        f"'{NAME}'=old",
        f"{NAME}=",
        NAME,
        f"export {NAME}",
        f"\u00a0{NAME}=old\u00a0# a comment",
    ]
)
LINE_ENDS = st.sampled_from(["\n", "\r\n"])


def read(content: bytes) -> EnvFile:
    return parse(content, {}, path=".env")


def readings(content: bytes, name: str = NAME) -> dict[Reader, str | None]:
    return {reader: read(content).read_by(reader).value(name) for reader in Reader}


def dotenv(content: bytes) -> dict[str, str | None]:
    """Read with the real python-dotenv; the names are in their order."""
    return dict(
        dotenv_values(stream=io.StringIO(content.decode(), newline=None), interpolate=False)
    )


# --- how a value is written -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("3f9a1c5e", "3f9a1c5e"),
        ("wss://[2001:db8::1]:8443/a?b=c%20d", "wss://[2001:db8::1]:8443/a?b=c%20d"),
        ("", ""),
        ("a b", "'a b'"),
        (" a ", "' a '"),
        ("a#b", "'a#b'"),
        ("a$b", "'a$b'"),
        ('a"b', "'a\"b'"),
        ("it's", '"it\'s"'),
        ("~", "'~'"),
        ("a\\b", "'a\\b'"),
        ("a;b", "'a;b'"),
        ("é", "'é'"),
        ("${A}", None),
        ("a\nb", None),
        ("a\rb", None),
        ("a'b\"c", None),
        ("a\\", None),
        ("a\0b", None),
        ("a\udc80", None),
    ],
)
def test_a_value_is_written_as_plainly_as_can_be(value: str, form: str | None) -> None:
    assert edit.written(value) == form


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_is_read_alike(value: str) -> None:
    form = edit.written(value)
    assume(form is not None)
    assert form is not None

    found = readings(f"K={form}\n".encode(), "K")
    assert {reader: found[reader] for reader in edit.ANYBODY} == dict.fromkeys(edit.ANYBODY, value)
    assert found[Reader.DOCKER] == form


@settings(deadline=None)
@given(st.text(st.sampled_from("abzAZ019_.,:/@%+=-"), max_size=40))
def test_what_a_secret_or_an_address_is_made_of_needs_no_quotes(value: str) -> None:
    assert edit.written(value) == value


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_real_shell_reads_what_is_written(shell: str, tmp_path: Path) -> None:
    values = [
        "plain",
        "a b",
        "it's",
        "$HOME",
        "`x`",
        "a;b&c|d",
        "~",
        "#x",
        " a ",
        "a\\b",
        "!x",
        "*",
        "[a]?",
        "<a>(b)",
        "é",
        "a=b",
    ]
    (tmp_path / "file").write_text(
        "".join(f"V{i}={edit.written(value)}\n" for i, value in enumerate(values)), encoding="utf-8"
    )
    script = "set -a; . ./file" + "".join(f'; printf "%s\\0" "$V{i}"' for i in range(len(values)))
    done = subprocess.run(
        [require_program(shell), "-c", script],
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )

    assert done.stdout.decode().split("\0")[:-1] == values


# --- a setting is set -----------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@example([], "EDGE_SECRET=old # an ordinary comment", [], "", "\n", False, False)
@given(
    st.lists(OTHERS, max_size=4),
    st.none() | TARGETS,
    st.lists(OTHERS, max_size=4),
    VALUES,
    LINE_ENDS,
    st.booleans(),
    st.booleans(),
)
def test_the_value_is_read_and_every_other_byte_is_as_it_was(
    before: list[str],
    target: str | None,
    after: list[str],
    value: str,
    end: str,
    mark: bool,
    ended: bool,
) -> None:
    parts = [*before, *([] if target is None else [target]), *after]
    text = "\n".join(parts) + ("\n" if ended and parts else "")
    content = (("\ufeff" if mark else "") + text).replace("\n", end).encode()
    form = edit.written(value)
    if form is None:
        with pytest.raises(ValueError, match="read alike"):
            edit.with_value(content, NAME, value)
        return
    changed = edit.with_value(content, NAME, value)

    found = readings(changed)
    if end == "\n" and not mark:
        assert {found[reader] for reader in edit.ANYBODY} == {value}
    # docker refuses a file with `export`, and a comment is a part of the value.
    assert found[Reader.DOCKER] is None or found[Reader.DOCKER].startswith(form)
    assert edit.with_value(changed, NAME, value) == changed
    if target is None:
        uses = (end if "\n" in text else "\n").encode()
        gap = uses if text and not text.endswith("\n") else b""
        assert changed == content + gap + f"{NAME}={form}".encode() + uses
    else:
        start = (
            (("\ufeff" if mark else "") + "".join(f"{part}\n" for part in before))
            .replace("\n", end)
            .encode()
        )
        rest = "".join(f"\n{part}" for part in after) + ("\n" if ended else "")
        stop = rest.replace("\n", end).encode()
        assert changed.startswith(start)
        assert changed.endswith(stop)
        statement = changed[len(start) : len(changed) - len(stop)].decode()
        assert re.fullmatch(
            rf"[ \t]*(export[ \t]+)?{NAME}=({re.escape(form)}|'{re.escape(value)}')([ \t]+#.*)?",
            statement,
        )
        assert ("export" in target) == ("export" in statement)
        assert (re.search(r"# ?(an ordinary|it's a|a) comment", target) is None) == (
            "comment" not in statement
        )


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from(list("ABE='\"\\ #\n\r$ab{}\u00a0")), max_size=40),
    st.sampled_from(["plain", "a b", "it's"]),
)
@example("A='never closed\n", "a b")
@example("A='x\nEDGE_SECRET=abc\n", "a b")
def test_of_any_text_at_all_nothing_else_reads_differently(text: str, value: str) -> None:
    content = text.encode()
    before = dotenv(content)
    try:
        changed = edit.with_value(content, NAME, value)
    except ValueError as error:
        assert "open quote" in str(error)  # noqa: PT017 - most texts raise nothing
        assert text.count("'") + text.count('"')
        return

    assert dotenv(changed) == {**before, NAME: value}


def test_a_plain_value_can_always_be_set() -> None:
    """The new value has no quote that could close the open one."""
    assert (
        edit.with_value(b"A='never closed\n", NAME, "plain")
        == b"A='never closed\nEDGE_SECRET=plain\n"
    )


def test_the_last_of_several_is_the_one_that_counts() -> None:
    assert (
        edit.with_value(b"EDGE_SECRET=a\nEDGE_SECRET=b # why not\n", NAME, "c")
        == b"EDGE_SECRET=a\nEDGE_SECRET=c # why not\n"
    )


def test_what_was_cut_off_the_old_value_goes_with_it() -> None:
    """It did not look like a comment."""
    assert edit.with_value(b"EDGE_SECRET=abc #def\nA=1\n", NAME, "new") == b"EDGE_SECRET=new\nA=1\n"


@pytest.mark.parametrize("content", ["A=1\n".encode("utf-16"), b"A=\xff\n"])
def test_a_file_that_no_loader_reads_is_not_edited(content: bytes) -> None:
    with pytest.raises(ValueError, match="UTF-"):
        edit.with_value(content, NAME, "new")


# --- statements are renamed and removed -----------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(OTHERS, max_size=3), TARGETS, st.lists(OTHERS, max_size=3), LINE_ENDS)
def test_a_line_gets_another_name_and_stays_otherwise(
    before: list[str], target: str, after: list[str], end: str
) -> None:
    wrong = target.replace(NAME, "EDGE_SERCET")
    assume("=" in wrong)
    content = "\n".join([*before, wrong, *after]).replace("\n", end).encode()
    line = read(content).statements("EDGE_SERCET")[0]
    quoted = wrong.strip().startswith("'")

    right = wrong.replace("'EDGE_SERCET'" if quoted else "EDGE_SERCET", NAME)
    assert (
        edit.renamed(content, line, NAME)
        == "\n".join([*before, right, *after]).replace("\n", end).encode()
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(OTHERS, max_size=3), TARGETS, st.lists(OTHERS, min_size=1, max_size=3), LINE_ENDS)
def test_a_statement_is_removed_with_all_of_its_lines(
    before: list[str], target: str, after: list[str], end: str
) -> None:
    def file(*parts: str) -> bytes:
        return "".join(f"{part}\n" for part in parts).replace("\n", end).encode()

    content = file(*before, target, *after)

    assert edit.without(content, read(content).statements(NAME)) == file(*before, *after)


def test_several_statements_are_removed_at_once() -> None:
    content = b"A='1\n2'\nB=1\nA=3\nC=1\nA=4\n"

    assert edit.without(content, read(content).statements("A")[:-1]) == b"B=1\nC=1\nA=4\n"


def test_a_line_whose_value_another_one_takes_for_a_reader_is_not_removed() -> None:
    content = b"A=1\nB=$A\nA=2\n"
    earlier = read(content).statements("A")[:-1]

    assert edit.without(content, earlier, {Reader.DOCKER}) == b"B=$A\nA=2\n"
    with pytest.raises(ValueError, match="source would read another value"):
        edit.without(content, earlier, {Reader.SOURCE})


# --- the file as a whole --------------------------------------------------------------------------


def test_line_ends_and_the_mark_are_what_changes() -> None:
    assert edit.with_plain_line_ends(b"A=1\r\nB=2\n\r\nC='x\r\ny'\r\n") == b"A=1\nB=2\n\nC='x\ny'\n"
    assert edit.without_mark(b"\xef\xbb\xbf\xef\xbb\xbfA=\xef\xbb\xbf\n") == b"A=\xef\xbb\xbf\n"


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])),
    st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"]),
)
def test_utf_16_becomes_the_same_text(text: str, encoding: str) -> None:
    text = f"A=1\n{text}"

    assert edit.from_utf16(text.encode(encoding), [NAME]) == text.encode()


@pytest.mark.parametrize(
    "content",
    [
        "A=1\n".encode("utf-16") + b"EDGE_SECRET=abc\n",
        b"EDGE_SECRET=abc\n" + "A=1\n".encode("utf-16-le"),
        "A=1\n".encode("utf-16") + b"x",
    ],
)
def test_what_is_utf_16_only_in_part_is_left(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words for what is half a character
        edit.from_utf16(content, [NAME])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_a_null_character_is_not_text(encoding: str) -> None:
    """No program writes one into a file of settings."""
    with pytest.raises(ValueError, match="it is not text"):
        edit.from_utf16("A=1\n\0B=2\n".encode(encoding), [NAME])
