"""What can be typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.repl.commands import (
    DEFAULT_WAIT,
    ENTRIES,
    TABLE,
    NotUnderstood,
    TypedCommand,
    complete,
    help_lines,
    lines_in,
    parse,
)
from edgecheck.repl.talk import Talk

IDS = ["cmd_1", "cmd_2", "other"]


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ("", None),
        ("   ", None),
        ("# a comment", None),
        ("ping", TypedCommand("ping", (1,))),
        ("  ping   5 ", TypedCommand("ping", (5,))),
        ("ack", TypedCommand("ack", (None, "completed"))),
        ("ack failed", TypedCommand("ack", (None, "failed"))),
        ("ack all", TypedCommand("ack", ("all", "completed"))),
        ("ack cmd_1 failed", TypedCommand("ack", ("cmd_1", "failed"))),
        ("commands", TypedCommand("commands", ())),
        ("show cmd_1", TypedCommand("show", ("cmd_1",))),
        (
            'send {"type": "ping",  "x": [1]}',
            TypedCommand("send", ('{"type": "ping",  "x": [1]}',)),
        ),
        ("raw  two  blanks", TypedCommand("raw", ("two  blanks",))),
        ("control-ping", TypedCommand("control-ping", ())),
        ("close", TypedCommand("close", (1000, ""))),
        ("close 4000 so be it", TypedCommand("close", (4000, "so be it"))),
        ("reconnect", TypedCommand("reconnect", ())),
        ("set keepalive 5.5", TypedCommand("set", ("keepalive", 5.5))),
        ("set keepalive off", TypedCommand("set", ("keepalive", None))),
        ("set autoack failed", TypedCommand("set", ("autoack", "failed"))),
        ("set autoack off", TypedCommand("set", ("autoack", None))),
        ("record a b.jsonl", TypedCommand("record", ("a b.jsonl",))),
        ("record off", TypedCommand("record", (None,))),
        ("wait pong", TypedCommand("wait", ("pong", DEFAULT_WAIT))),
        ("wait close 0.5", TypedCommand("wait", ("close", 0.5))),
        ("wait message", TypedCommand("wait", ("message", DEFAULT_WAIT, None))),
        ('wait message {"id": [1, 2]} 3', TypedCommand("wait", ("message", 3.0, {"id": [1, 2]}))),
        (' {"x":  1}', TypedCommand("raw", ('{"x":  1}',))),
        ('[2,"1","BootNotification",{}]', TypedCommand("raw", ('[2,"1","BootNotification",{}]',))),
        ("help", TypedCommand("help", (None,))),
        ("help ack", TypedCommand("help", ("ack",))),
        ("quit", TypedCommand("quit", ())),
    ],
)
def test_a_line_is_read(line: str, request_: TypedCommand | None) -> None:
    """Its arguments become values."""
    assert parse(line) == request_


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("pong", "Did you mean ping"),
        ("PING", "there is no command 'PING'"),
        ("ping 0", "1 to 100"),
        ("ping 101", "1 to 100"),
        ("ping x", "1 to 100"),
        ("ping 1 2", "at most 1 argument"),
        ("ack a b", "neither completed nor failed"),
        ("ack a b c", "at most 2 arguments"),
        ("commands now", "takes no arguments"),
        ("show", "an argument is missing"),
        ("send", "nothing to send"),
        ("send hello", "not JSON"),
        ("send [1]", "an object with a type"),
        ('send {"a": 1}', "an object with a type"),
        ("send " + "[" * 100_000, "not JSON"),
        ("raw", "nothing to send"),
        ("close 1006", "may be sent"),
        ("close 1005", "may be sent"),
        ("close 999", "may be sent"),
        ("close now", "may be sent"),
        ("close 1000 " + "ü" * 62, "123 bytes"),
        ("set", "keepalive SECONDS"),
        ("set keepalive", "keepalive SECONDS"),
        ("set keepalive 0", "number of seconds"),
        ("set keepalive nan", "number of seconds"),
        ("set keepalive inf", "number of seconds"),
        ("set autoack maybe", "autoack completed"),
        ("record", "name a file"),
        ("wait", "wait for one of"),
        ("wait godot", "wait for one of"),
        ("wait pong soon", "number of seconds"),
        ("wait message {", "not JSON"),
        ("wait message soon", "number of seconds"),
        ("{", "not JSON"),
        ("quit now", "takes no arguments"),
    ],
)
def test_what_cannot_be_done_is_said(line: str, why: str) -> None:
    """The sentence helps the user."""
    with pytest.raises(NotUnderstood, match=why):
        parse(line)


@given(st.text())
def test_no_line_is_too_strange(line: str) -> None:
    """It is parsed, or rejected with `NotUnderstood`."""
    try:
        request = parse(line)
    except NotUnderstood:
        return
    assert request is None or request.name in ENTRIES


def test_everything_in_the_table_can_be_done_and_is_explained() -> None:
    """Nothing else can be done."""
    done = {
        name.removeprefix("_do_").replace("_", "-") for name in dir(Talk) if name.startswith("_do_")
    }
    listed = help_lines(None)

    assert done == set(ENTRIES)
    assert [line.split()[0] for line in listed] == [entry.name for entry in TABLE]
    assert all(help_lines(entry.name)[0].startswith(entry.name) for entry in TABLE)
    assert max(len(line) for entry in TABLE for line in (*listed, *help_lines(entry.name))) <= 80
    with pytest.raises(NotUnderstood, match="Did you mean ping"):
        help_lines("pign")


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("", [entry.name for entry in TABLE]),
        ("re", ["reconnect", "record"]),
        ("xyz", []),
        ("ack ", [*IDS, "all", "completed", "failed"]),
        ("ack c", ["cmd_1", "cmd_2", "completed"]),
        ("ack cmd_1 ", ["completed", "failed"]),
        ("ack cmd_1 completed ", []),
        ("show ", ["cmd_1", "7"]),
        ("set ", ["keepalive", "autoack"]),
        ("set keepalive ", ["off"]),
        ("set autoack ", ["off", "completed", "failed"]),
        ("wait ", ["pong", "command", "message", "close"]),
        ("help pi", ["ping"]),
        ("ping ", []),
        ("nonsense ", []),
    ],
)
def test_completion_offers_what_may_stand_there(before: str, texts: list[str]) -> None:
    """It offers commands, open ids and statuses."""
    found = complete(before, open_commands=IDS, shown=["cmd_1", "7"])

    assert [candidate.text for candidate in found] == texts
    assert all(
        candidate.text[: candidate.typed] == before.rpartition(" ")[2] for candidate in found
    )


def test_every_completed_command_is_understood_as_far_as_it_goes() -> None:
    """A completed word is never rejected as unknown."""
    for entry in TABLE:
        for candidate in complete(f"{entry.name} ", open_commands=IDS, shown=IDS):
            if entry.name != "set":  # set needs one more word
                assert parse(f"{entry.name} {candidate.text}") is not None


def test_what_is_pasted_is_taken_line_by_line() -> None:
    """JSON over several lines is one message."""
    assert lines_in("ping\n\nwait pong\n") == ["ping", "", "wait pong"]
    assert lines_in('{\n  "type": "x"\n}') == ['{\n  "type": "x"\n}']
    assert lines_in('{"a": 1}\n{"a": 2}') == ['{"a": 1}', '{"a": 2}']
    assert lines_in("") == [""]
