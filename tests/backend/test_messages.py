"""The messages: what each is, whatever the server sends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.messages import (
    EXCERPT,
    Command,
    ack,
    arguments_of,
    command,
    command_of,
    decode,
    parse,
    says,
)
from edgecheck.facts import MessageKind
from edgecheck.facts.text import is_unsafe
from tests.backend.changes import changed

COMMANDS = EDGE.commands
assert COMMANDS is not None
STAMP = "2026-01-05T09:12:44Z"
GOOD = json.loads(command("c1", "schedule_message", {"thread_id": "t"}, STAMP, COMMANDS))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (EDGE.pong, MessageKind.PONG),
        (EDGE.pong.encode(), MessageKind.PONG),
        ('{"type":"pong","more":[1]}', MessageKind.PONG),
        (' { "type" : "pong" } ', MessageKind.PONG),
        (b'\xef\xbb\xbf{"type":"pong"}', MessageKind.PONG),
        (EDGE.ping, MessageKind.ECHO),
        (EDGE.ping.encode(), MessageKind.ECHO),
        (json.dumps(GOOD), MessageKind.COMMAND),
        ('{"type":"welcome"}', MessageKind.UNKNOWN),
        ('{"type":""}', MessageKind.UNKNOWN),
        ('{"type":"ping" }', MessageKind.UNKNOWN),
        ("pong", MessageKind.NOT_JSON),
        ("", MessageKind.NOT_JSON),
        ("null", MessageKind.NOT_JSON),
        ("[]", MessageKind.NOT_JSON),
        ('"pong"', MessageKind.NOT_JSON),
        ("7", MessageKind.NOT_JSON),
        ("{}", MessageKind.NOT_JSON),
        ('{"type":7}', MessageKind.NOT_JSON),
        ('{"type":null}', MessageKind.NOT_JSON),
        ('{"Type":"pong"}', MessageKind.NOT_JSON),
        (b"\xff\xfe", MessageKind.NOT_JSON),
        (b"\x00", MessageKind.NOT_JSON),
        ("[" * 100_000, MessageKind.NOT_JSON),
        ('{"type":"pong","n":' + "1" * 10_000 + "}", MessageKind.NOT_JSON),
        ('{"type":"command"}', MessageKind.MALFORMED_COMMAND),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_message_is(data: str | bytes, kind: MessageKind) -> None:
    """One kind each; its excerpt is short."""
    message = parse(data, EDGE)

    assert message.kind is kind
    assert len(message.excerpt) <= 10 * EXCERPT + 1


@pytest.mark.parametrize(
    ("pong", "data", "kind"),
    [
        ('{"op":"pong"}', '{"op":"pong"}', MessageKind.PONG),
        ('{"op":"pong"}', '{"op":"pong","n":1}', MessageKind.PONG),
        ('{"op":"pong"}', b'{ "n": 1, "op": "pong" }', MessageKind.PONG),
        ('{"op":"pong"}', '{"op":"ping"}', MessageKind.UNKNOWN),
        ('{"op":"pong"}', '{"type":"pong"}', MessageKind.UNKNOWN),
        ('{"type":"pong","body":{"ok":true}}', '{"type":"pong"}', MessageKind.UNKNOWN),
        ('{"type":"pong","body":{"ok":true}}', '{"type":"pong","body":7}', MessageKind.UNKNOWN),
        (
            '{"type":"pong","body":{"ok":true}}',
            '{"type":"pong","body":{"ok":1}}',
            MessageKind.UNKNOWN,
        ),
        (
            '{"type":"pong","body":{"ok":true}}',
            '{"type":"pong","body":{"ok":true,"at":7}}',
            MessageKind.PONG,
        ),
        ('{"type":"command"}', '{"type":"command"}', MessageKind.PONG),
        ("pong", "pong", MessageKind.PONG),
        ("pong", b"pong", MessageKind.PONG),
        ("pong", '{"type":"pong"}', MessageKind.UNKNOWN),
        ("pong", " pong", MessageKind.NOT_JSON),
        ("[1]", "[1]", MessageKind.PONG),
        ("[1]", "[1, 2]", MessageKind.NOT_JSON),
        (EDGE.ping, EDGE.ping, MessageKind.PONG),
    ],
    ids=str,
)
def test_what_the_pong_of_a_profile_is(pong: str, data: str | bytes, kind: MessageKind) -> None:
    """The same text, or an object that holds at least what the pong holds."""
    assert parse(data, changed({"pong": pong})).kind is kind


def test_what_the_ping_of_a_profile_is() -> None:
    """Sent back, it is an echo; any object that holds it is a ping."""
    profile = changed({"ping": '{"op":"ping"}'})

    assert parse('{"op":"ping"}', profile).kind is MessageKind.ECHO
    assert parse(EDGE.ping, profile).kind is MessageKind.UNKNOWN
    assert says(b'{"op":"ping","n":[1]}', profile.ping)
    assert not says(EDGE.ping, profile.ping)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"payload": None}, "payload is missing"),
        ({"payload": []}, "payload is an array, not an object"),
        ({"payload": "x"}, "payload is a string, not an object"),
        ({"command_id": None}, "command_id is null, not a non-empty string"),
        ({"command_id": ""}, "command_id is a string, not a non-empty string"),
        ({"command_id": {}}, "command_id is an object, not a non-empty string"),
        ({"command_id": 7}, "command_id is a number, not a non-empty string"),
        ({"command_type": True}, "command_type is a boolean, not a non-empty string"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_command(change: dict[str, object], fault: str) -> None:
    """The first thing that is, in words; never its content."""
    message = json.loads(json.dumps(GOOD))
    target = message if "payload" in change else message["payload"]
    target.update(change)

    assert command_of(message, COMMANDS) == fault
    assert parse(json.dumps(message), EDGE).detail == fault


@pytest.mark.parametrize("key", ["command_id", "command_type", "payload"])
def test_what_is_missing_in_a_command(key: str) -> None:
    """Named."""
    message = json.loads(json.dumps(GOOD))
    del message["payload"][key]
    fault = command_of(message, COMMANDS)

    assert isinstance(fault, str)
    assert key in fault
    assert "missing" in fault


def test_a_good_command_is_read() -> None:
    """A handler gets all that stands beside its id."""
    found = command_of(GOOD, COMMANDS)

    assert found == Command("c1", "schedule_message", GOOD["payload"])
    assert arguments_of(found, COMMANDS) == {"thread_id": "t"}


def test_the_wire_format_is_the_contracts() -> None:
    """Exactly."""
    assert EDGE.ping == '{"type":"ping"}'
    assert EDGE.pong == '{"type":"pong"}'
    done = '{"type":"command_ack","data":{"command_id":"c1","status":"completed"}}'
    assert ack("c1", COMMANDS) == done
    assert ack("c1", COMMANDS, "failed") == done.replace("completed", "failed")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "payload", "command_id", "command_type", "x"])
            | st.text(max_size=3),
            inner,
        )
    ),
    max_leaves=10,
)
_TYPED = st.dictionaries(st.sampled_from(["payload", "data"]), _JSON).flatmap(
    lambda rest: st.sampled_from(["pong", "command", "\x1b[31m", "\u202e", "x" * 500]).map(
        lambda name: {"type": name, **rest}
    )
)


@settings(deadline=None)
@given(st.text() | st.binary() | _JSON.map(json.dumps) | _TYPED.map(json.dumps))
def test_no_message_makes_the_parser_raise(data: str | bytes) -> None:
    """And nothing that it says holds a character that must not reach a terminal."""
    message = parse(data, EDGE)
    decoded = decode(data, EDGE)

    assert not any(map(is_unsafe, message.excerpt + message.detail))
    assert (message.kind is MessageKind.PONG) == says(data, EDGE.pong)
    assert (message.kind is MessageKind.NOT_JSON) == (
        isinstance(decoded, str) and message.kind is not MessageKind.ECHO
    )


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_have_is_no_json(constant: str) -> None:
    """RFC 8259, section 6: Python's own reader would let it pass, and no other one."""
    assert parse('{"type":"pong","x":' + constant + "}", EDGE).kind is MessageKind.NOT_JSON


@pytest.mark.parametrize(("depth", "well"), [(50, True), (900, False), (100_000, False)])
def test_a_command_is_not_nested_without_end(depth: int, well: bool) -> None:
    """Whatever walks through it would run out of stack."""
    payload = '{"v":' + "[" * depth + "]" * depth + "}"
    message = parse(
        '{"type":"command","payload":{"command_id":"c","command_type":"t","payload":'
        + payload
        + "}}",
        EDGE,
    )

    assert (message.kind is MessageKind.COMMAND) is well
