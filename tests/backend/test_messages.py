"""The messages: what each is, whatever the server sends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecheck.backend.acks import Ack, acked
from edgecheck.backend.builtin import EDGE, built_in
from edgecheck.backend.commands import Command, ack, arguments_of, command_in, command_of
from edgecheck.backend.messages import EXCERPT, decode, parse, says, spoken_by
from edgecheck.backend.profile import Commands, Expect, Pattern, Send
from edgecheck.backend.texts import answer_to, matches
from edgecheck.backend.written import command, nameless
from edgecheck.escapes import is_unsafe
from edgecheck.facts import MessageKind
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
        (r"^PING (?P<t>\d+)", '{"t":{ping.t}}', "PING 17", '{"t":17}'),
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
    assert acked('{"ok":true,"id":"c"}', commands) is not None
    assert acked('{"id":"c"}', commands) is None
    assert acked("{}", replace(commands, ack="")) is None


def test_white_space_and_order_of_an_ack_do_not_matter() -> None:
    """A client writes its JSON as its library does."""
    bare = Commands(Pattern(text='{"do":1}'), "id", "", '{"t":"done","ref":{id},"ok":{status}}')
    bare = replace(bare, completed="true", failed="false")
    listed = Commands(Pattern(text='["do"]'), "1", "", '["ack","{id}","{status}"]')

    assert acked('{"ok": false, "ref": 7, "t": "done"}', bare) == Ack("7", "failed")
    assert acked('["ack", "c 1", "completed"]', listed) == Ack("c 1", "completed")
    assert isinstance(acked('{"t":"done","ref":7,"ok":"true"}', bare), str)
    assert isinstance(acked('["ack", "c1", "maybe"]', listed), str)
    assert acked('["nack", "c1", "completed"]', listed) is None


@pytest.mark.parametrize(
    ("data", "due"),
    [
        ("ACK c1 ok", Ack("c1", "completed")),
        (b"ACK c1 no", Ack("c1", "failed")),
        ("ACK c1 maybe", None),
        ("ACK c1", None),
    ],
)
def test_an_ack_that_is_no_json_is_read(data: str | bytes, due: Ack | None) -> None:
    """Its id and its status are words; an id that is a number may stand in quotes."""
    commands = Commands(Pattern(text="DO"), "id", "", "ACK {id} {status}", "", "ok", "no")
    bare = replace(commands, ack="ACK {id}")
    quoted = replace(commands, ack='ACK "{id}"')
    fixed = replace(commands, ack="ACK")

    assert acked(data, commands) == due
    assert acked('ACK "7"', bare) == Ack("7", "")
    assert acked('ACK "7"', quoted) == Ack("7", "")
    assert acked("ACK 7", quoted) is None
    assert acked("ACK", fixed) is None


def test_an_ack_may_have_empty_parts() -> None:
    """They have to be there: a list and an object."""
    commands = Commands(Pattern(text='{"do":1}'), "id", "", '{"id":"{id}","errors":[],"more":{}}')

    assert acked('{"id":"c","errors":[],"more":{}}', commands) == Ack("c", "")
    assert acked('{"id":"c","errors":"none","more":{}}', commands) is None


@pytest.mark.parametrize(
    ("data", "pattern", "matched"),
    [
        ("", Pattern(), False),  # a part that a profile does not have
        ("42[1]", Pattern(text="42", begins=True), True),
        (b"42[1]", Pattern(text="42", begins=True), True),
        ("4", Pattern(text="42", begins=True), False),
        (b"\xff\x01", Pattern(text="\udcff", begins=True), True),
    ],
)
def test_a_message_begins_with_a_text_or_is_it(
    data: str | bytes, pattern: Pattern, matched: bool
) -> None:
    """Its bytes are compared, those of a binary message as well; no pattern matches nothing."""
    assert matches(data, pattern) is matched


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        (Commands(Pattern(text="[2]"), "1", "2", "", ""), '[2,"c","k"]'),
        (
            Commands(Pattern(text='{"do":1}'), "a.id", "b.do", "", "args"),
            '{"do":1,"a":{"id":"c"},"b":{"do":"k"},"args":{"x":1},"timestamp":"t"}',
        ),
        (Commands(Pattern(regex=r'^\{"a":\{\},"do'), "id", "", "", "args"), None),
        (Commands(Pattern(regex=r'^\{"do":1'), "id", "kind", "", "args"), None),
    ],
)
def test_a_command_is_written_where_the_profile_has_its_parts(
    commands: Commands, message: str | None
) -> None:
    """And is read there again."""
    written = command("c", "k", {"x": 1}, "t", commands)
    found = command_in(written, commands)

    assert message in (None, written)
    assert isinstance(found, Command)
    assert (found.command_id, found.command_type) == ("c", "k" if commands.kind else "")
    if commands.payload:
        assert arguments_of(found, commands) == {"x": 1}


@pytest.mark.parametrize(
    ("match", "where", "words"),
    [
        ("DO", "id", "is not an object or array"),
        ('{"a":1}', "a.id", "has no object a"),
        ("[1]", "x", "an array where x is a member"),
        ('^{"a":1', "a.id", "no command could be made"),
        ("^(?=a)b", "id", "no command could be made"),
        ("^(?=a)(?P<id>b)", "id", "no command could be made"),
    ],
)
def test_a_command_that_cannot_be_written_is_an_error(match: str, where: str, words: str) -> None:
    """The profile says how one is recognised, and not how one is made."""
    pattern = Pattern(regex=match) if match.startswith("^") else Pattern(text=match)

    with pytest.raises(ValueError, match=words):
        command("c", "k", {}, "t", Commands(pattern, where, "", ""))


def test_a_command_without_its_id_keeps_the_rest() -> None:
    """In an array, null is in its place; a text has no part that could be left out."""
    listed = Commands(Pattern(text="[2]"), "1", "2", "")
    named = Commands(Pattern(text='{"do":1}'), "a.id", "", "")

    assert nameless('[2,"c","k"]', listed) == '[2,null,"k"]'
    assert nameless('{"do":1,"a":{"id":"c","x":1}}', named) == '{"do":1,"a":{"x":1}}'
    with pytest.raises(ValueError, match="not a JSON text"):
        nameless("DO c", named)


def test_texts_without_commands_take_the_agent_id_as_well() -> None:
    """A profile may have a greeting with the id, and no commands."""
    talk = replace(
        EDGE.session, greeting=(Send("I am {agent_id}"), Expect(Pattern("hi {agent_id}")))
    )
    spoken = spoken_by(replace(EDGE, session=talk, commands=None), "edge_7")

    assert spoken.commands is None
    assert spoken.session.greeting == (Send("I am edge_7"), Expect(Pattern("hi edge_7")))


def test_a_message_of_a_profile_that_speaks_no_json_is_another_one() -> None:
    """Nothing is wrong with it."""
    assert parse("hello", built_in("websocket")).kind is MessageKind.OTHER


@pytest.mark.parametrize(
    ("regex", "own", "named", "kind"),
    [
        ("^JOB (?P<id>[0-9]+) (?P<do>[a-z]+) (?P<rest>.*)", "JOB 7 print a b", "7", "print"),
        ("^RUN (?P<id>r[0-9]{4}) (?P<do>[a-z]+)", "RUN r0007 zoom in", "r0007", "zoom"),
        (r"^(?P<do>ON|OFF):(?P<id>\S+)$", "OFF:a-1", "a-1", "OFF"),
        (r'"do": *"run\.', '{"id": "7", "do": "run.it"}', "7", "run.it"),
        ('^{"do":"(?:on|off)"', '{"do":"off","id":"c"}', "c", "off"),
        (r'^42\["do",', '42["do",{"id":"c"}]', "c", ""),
    ],
)
def test_a_command_that_an_expression_finds(regex: str, own: str, named: str, kind: str) -> None:
    """It is read, JSON or not; and one that is found is written, each with an id of its own."""
    commands = Commands(Pattern(regex=regex), "id", "do" if kind else "", "ACK {id}")
    if regex.startswith("^42"):
        commands = replace(commands, id="1.id")
    message = parse(own, replace(EDGE, commands=commands))
    written = {command(str(8**15 + n), "zoom", {"a": 1}, "t", commands) for n in range(5)}
    ids = [getattr(command_in(each, commands), "command_id", "") for each in written]

    assert (message.kind, message.command_id) == (MessageKind.COMMAND, named)
    assert message.detail == kind
    assert len(set(ids) - {""}) == 5
    assert {parse(each, replace(EDGE, commands=commands)).kind for each in written} == {
        MessageKind.COMMAND
    }


@pytest.mark.parametrize("content", ["null", "[1]", '"text"', "7", '{"a":1}', None])
def test_the_content_of_a_command_may_be_any_value(content: str | None) -> None:
    """Or missing, unless the profile says that it is an object."""
    commands = Commands(Pattern(text='{"do":1}'), "id", "kind", "", "args")
    inner = "" if content is None else f',"args":{content}'
    text = f'{{"do":1,"id":"c","kind":4{inner}}}'
    found = command_in(text, commands)

    assert isinstance(found, Command)
    assert found.command_type == "4"
    assert arguments_of(found, commands) == (json.loads(content) if content else None)
    strict = command_in(text.replace(":4", ':"k"'), replace(commands, payload_is_object=True))
    assert isinstance(strict, Command) == (content == '{"a":1}')


def test_a_command_is_written_into_an_array() -> None:
    """Where the profile has its places, at its end too."""
    calls = Commands(Pattern(text="[2]"), "1", "2", '[3,"{id}"]', "3")

    assert command("c", "k", {"a": 1}, "t", calls) == '[2,"c","k",{"a":1}]'
    commands = Commands(Pattern(text='[null,null,"d","run"]'), "4.job", "4.task", '"{id}"')

    assert command("c", "k", {}, "t", commands).startswith(
        '[null,null,"d","run",{"job":"c","task":"k"'
    )


def test_the_id_within_the_content_of_a_command_stays() -> None:
    """Where the content is the list, or the object, that has both of them."""
    for content, match in (("list", '{"event":"do"}'), ("data", '{"event":"do","data":{}}')):
        inner = "list.0" if content == "list" else "data"
        commands = Commands(Pattern(text=match), f"{inner}.id", f"{inner}.do", "{id}", content)
        made = command("7", "zoom", {"a": 1}, "t", commands)
        found = command_in(made, commands)

        assert isinstance(found, Command), made
        assert (found.command_id, found.command_type) == ("7", "zoom")


def test_a_type_that_the_match_fixes_stays() -> None:
    """A method of JSON-RPC is both what is matched and the type."""
    commands = Commands(Pattern(text='{"method":"run"}'), "id", "method", '{"id":{id}}')

    assert command("7", "other", {}, "t", commands).startswith('{"method":"run","id":7')
