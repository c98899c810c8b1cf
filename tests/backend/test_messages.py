"""The messages: what each is, whatever the server sends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.messages import (
    EXCERPT,
    Ack,
    Command,
    ack,
    acked,
    arguments_of,
    command,
    command_of,
    decode,
    parse,
    says,
)
from edgecheck.backend.profile import Commands, Pattern
from edgecheck.backend.texts import answer_to
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
        ("[1]", "[1, 2]", MessageKind.PONG),
        ("[1]", "[2, 1]", MessageKind.NOT_JSON),
        ('[3,"{counter}"]', '[3, "17", {}]', MessageKind.PONG),
        ('[3,"{counter}"]', '[3, "x", {}]', MessageKind.NOT_JSON),
        ('{"n":{counter}}', '{"n": 17}', MessageKind.PONG),
        ('{"n":{counter}}', '{"n": true}', MessageKind.NOT_JSON),
        ("pong {counter}", "pong 17", MessageKind.PONG),
        ("pong {counter}", "pong", MessageKind.NOT_JSON),
        ("{}", '{"error": 1}', MessageKind.NOT_JSON),
        ("{}\x1e", "{}\x1e", MessageKind.PONG),
        ('{"type":6}', '{"type": 6}\x1e', MessageKind.PONG),
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


@pytest.mark.parametrize(
    ("expect", "answer", "came", "due"),
    [
        ('{"op":"ping"}', '{"ts":{ping.ts}}', '{"op":"ping","ts":17}', '{"ts":17}'),
        ('{"op":"ping"}', '{"ts":{ping.ts}}', '{"op":"ping","ts":"a\\""}', '{"ts":"a\\""}'),
        ('{"op":"ping"}', '{"ts":"{ping.ts}"}', '{"op":"ping","ts":"a\\""}', '{"ts":"a\\""}'),
        ('{"op":"ping"}', '{"ts":"{ping.ts}"}', '{"op":"ping","ts":17}', '{"ts":"17"}'),
        ('{"op":"ping"}', '{"ts":{ping.d.1}}', '{"op":"ping","d":[0,{"a":1}]}', '{"ts":{"a": 1}}'),
        ('{"op":"ping"}', '{"ts":{ping.ts}}', '{"op":"ping"}', '{"ts":null}'),
        ('{"op":"ping"}', "pong {ping.ts}", '{"op":"ping","ts":17}\x1e', "pong 17"),
        ("^PING (?P<t>.*)", "PONG {ping.t}", "PING :a b", "PONG :a b"),
        ("^PING (?P<t>.*)", '["PONG","{ping.t}"]', 'PING "', '["PONG","\\""]'),
        ("2", "3", "2", "3"),
    ],
)
def test_an_answer_repeats_what_the_ping_has(expect: str, answer: str, came: str, due: str) -> None:
    """A number, a text, a whole value, or what the expression cuts out; JSON stays JSON."""
    pattern = Pattern(regex=expect) if expect.startswith("^") else Pattern(text=expect)

    assert answer_to(came, pattern, answer) == due


def test_a_command_behind_a_prefix_is_read() -> None:
    """Such as an event of Socket.IO."""
    commands = Commands(Pattern(regex=r'^42\["run"'), "1.id", "1.do", '42["done",{"id":"{id}"}]')
    message = parse('42["run",{"id":"c1","do":"x"}]', replace(EDGE, commands=commands))

    assert (message.kind, message.command_id) == (MessageKind.COMMAND, "c1")


def test_an_id_without_quotes_is_what_it_was() -> None:
    """A number stays a number, and a text stays a text (JSON-RPC 2.0, section 5)."""
    commands = Commands(Pattern(text='{"method":"run"}'), "id", "", '{"id":{id},"r":"{status}"}')

    assert ack("77", commands) == '{"id":77,"r":"completed"}'
    assert ack('a"', commands, "failed") == '{"id":"a\\"","r":"failed"}'
    assert acked('{"id":77,"r":"completed"}', commands) == Ack("77", "completed")
    assert acked(ack("ab", commands), commands) == Ack("ab", "completed")


def test_a_status_has_the_words_of_the_profile() -> None:
    """In the ack that is sent, and in the one that is read."""
    text = '{"ok":"{status}","id":"{id}"}'
    commands = Commands(Pattern(text='{"do":1}'), "id", "", text, "", "done", "error")

    assert ack("c", commands) == '{"ok":"done","id":"c"}'
    assert acked(ack("c", commands, "failed"), commands) == Ack("c", "failed")
    assert isinstance(acked('{"ok":"completed","id":"c"}', commands), str)
    assert acked("{}", replace(commands, ack="")) is None


def test_a_command_is_written_into_an_array() -> None:
    """Where the profile has its places, at its end too."""
    calls = Commands(Pattern(text="[2]"), "1", "2", '[3,"{id}"]', "3")

    assert command("c", "k", {"a": 1}, "t", calls) == '[2,"c","k",{"a":1}]'
    commands = Commands(Pattern(text='[null,null,"d","run"]'), "4.job", "4.task", '"{id}"')

    assert command("c", "k", {}, "t", commands).startswith(
        '[null,null,"d","run",{"job":"c","task":"k"'
    )


def test_a_type_that_the_match_fixes_stays() -> None:
    """A method of JSON-RPC is both what is matched and the type."""
    commands = Commands(Pattern(text='{"method":"run"}'), "id", "method", '{"id":{id}}')

    assert command("7", "other", {}, "t", commands).startswith('{"method":"run","id":7')
