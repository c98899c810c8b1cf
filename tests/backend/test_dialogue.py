"""Backends that differ from the built-in one in where the secret stands, and in what is said.

Each is simulated, and examined as a person would: with the right settings, with a wrong secret, and
with a change that only the other side knows of.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import (
    AgentId,
    Authorization,
    Close,
    Commands,
    Conversation,
    Expect,
    Part,
    Pattern,
    Ping,
    Place,
    Profile,
    Request,
    Send,
)
from edgecheck.checkup import checkup
from edgecheck.facts import ExperimentName
from edgecheck.report import Report, to_document
from edgecheck.settings.model import EDGE_SECRET
from edgecheck.simulator import Scenario, simulate
from edgecheck.simulator.examples import server_ping_of
from edgecheck.wire.opening import opening_of
from tests.backend.changes import settings_for
from tests.doctor import SECRET, settled
from tests.timing import STAGE_LIMIT

NO_ID = AgentId(required=False, pattern=".*", form="<id>", example="")
AUTH = Send('{"type":"auth","token":"{secret}","id":"{agent_id}"}')
WELCOME = Expect(Pattern(text='{"type":"ok"}'), "auth-secret-rejected")


def authorized(place: Place, name: str = "", scheme: str = "", after: str = "") -> Profile:
    """Return the built-in profile with the secret in another place."""
    where = Authorization(place, name, scheme, after)
    return replace(EDGE, request=replace(EDGE.request, authorization=where))


def talking(profile: Profile = EDGE, **changes: object) -> Profile:
    """Return a profile in which something else is said."""
    return replace(profile, session=replace(profile.session, **changes))


MESSAGE = talking(authorized(Place.MESSAGE), greeting=(AUTH, WELCOME))
PLACES = {
    "basic": authorized(Place.BASIC),
    "header": authorized(Place.HEADER, "X-Token"),
    "header after a word": authorized(Place.HEADER, "Authorization", "Token"),
    "header between two texts": authorized(
        Place.HEADER, "Authorization", 'Token token="', '", v=1'
    ),
    "a cookie": authorized(Place.HEADER, "Cookie", "sid="),
    "query": authorized(Place.QUERY, "token"),
    "subprotocol": authorized(Place.SUBPROTOCOL),
    "subprotocol beside another": replace(
        EDGE,
        request=replace(
            EDGE.request,
            subprotocols=("v1.agents",),
            authorization=Authorization(Place.SUBPROTOCOL),
        ),
    ),
    "message": MESSAGE,
}
SAID = {
    "frames": talking(ping=Ping(frame=True), pong=None),
    "a server that pings": talking(
        ping=Ping(expect=Pattern(regex="^2$"), answer="3"), pong=None, keepalive=0.2
    ),
    "the id in the ping": talking(
        ping=Ping(text='{"op":"ping","id":"{agent_id}"}'),
        pong=Pattern(text='{"op":"pong","id":"{agent_id}"}'),
    ),
    "a pong by its form": talking(ping=Ping(text="?"), pong=Pattern(regex=r"^!\d+$")),
    "arrays that are counted": talking(
        replace(
            EDGE,
            commands=Commands(
                Pattern(text="[2]"),
                "1",
                "2",
                '[3,"{id}",{"state":"{status}","by":"{agent_id}"}]',
                "3",
                "done",
                "bad",
            ),
        ),
        ping=Ping(text='[2,"{counter}","Heartbeat",{}]'),
        pong=Pattern(text='[3,"{counter}"]'),
    ),
    "binary messages": talking(
        MESSAGE,
        ping=Ping(text='{"op":"ping","n":{counter}}'),
        pong=Pattern(text='{"op":"pong","n":{counter}}'),
        binary=(Part.GREETING, Part.PING, Part.COMMANDS),
    ),
    "a pong that is but a number": talking(
        ping=Ping(text='{"ping":{counter}}'), pong=Pattern(text='{"pong":{counter}}')
    ),
    "an answer within its JSON": talking(
        MESSAGE,
        greeting=(
            AUTH,
            Expect(
                Pattern(regex=r'"id":1,"result":\{"session":"[0-9a-f]+"'), "auth-secret-rejected"
            ),
        ),
    ),
    "a byte for a ping": talking(
        ping=Ping(text="\x09"), pong=Pattern(text="\x0a"), binary=(Part.PING,)
    ),
    "commands in groups": talking(
        replace(
            EDGE,
            commands=Commands(
                Pattern(regex=r"^RUN (?P<id>r\d+) (?P<do>[a-z_]+)(?: (?P<rest>.*))?$"),
                "id",
                "do",
                "{status} {id}",
                "",
                "DONE",
                "FAIL",
            ),
        ),
        ping=Ping(text="?"),
        pong=Pattern(text="!"),
    ),
    "a ping that is repeated": talking(
        replace(EDGE, commands=None),
        ping=Ping(
            expect=Pattern(text='{"op":"ping"}'), answer='{"op":"pong","ts":{ping.at.ts}}\x1e'
        ),
        pong=None,
        keepalive=0.2,
    ),
    "a place in an array that is repeated": talking(
        ping=Ping(expect=Pattern(text='["ping"]'), answer='["pong",{ping.1}]'),
        pong=None,
        keepalive=0.2,
    ),
    "a greeting": talking(
        greeting=(Expect(Pattern(regex=r'^0\{"sid"')), Send("40"), Expect(Pattern(regex="^40")))
    ),
    "nothing": talking(ping=Ping(), pong=None),
    "the id in the path": replace(
        EDGE, request=replace(EDGE.request, path="/agents/{agent_id}/ws", query=(), headers=())
    ),
    "no id": replace(EDGE, agent_id=NO_ID, request=replace(EDGE.request, query=(), headers=())),
    "no secret": replace(
        authorized(Place.NONE),
        request=replace(EDGE.request, authorization=Authorization(Place.NONE)),
    ),
    "any path": replace(
        EDGE, agent_id=NO_ID, request=Request("", (), (), Authorization(Place.BEARER))
    ),
    "subprotocols": replace(
        EDGE, request=replace(EDGE.request, subprotocols=("v2.agents", "v1.agents"))
    ),
    "an origin": replace(EDGE, request=replace(EDGE.request, origin="https://agents.example")),
}
# Characters that end a parameter, a subprotocol, a JSON string and a Basic user.
AWKWARD = 'Kq7v"T2m\\Xw9L&b4R=zNc8 Yd,3H/sGf6:Jp1%VaE{x}'


def examined(
    profile: Profile, fault: str | None = None, *, secret: str = SECRET, known: str = SECRET
) -> Report:
    """Examine a simulated backend of the profile that knows a secret, with another or the same."""

    async def work() -> Report:
        async with simulate(Scenario(known, fault=fault, profile=profile)) as backend:
            settings = settings_for(profile, backend.url)
            assert settings.secret is not None
            own = replace(settings.secret, secret=type(settings.secret.secret)(secret))
            return await checkup(replace(settings, secret=own))

    return settled(work())


def code_of(report: Report) -> str | None:
    """Return the verdict's code."""
    verdict = report.diagnosis.verdict
    return verdict.code if verdict is not None else None


@pytest.mark.parametrize("profile", {**PLACES, **SAID}.values(), ids={**PLACES, **SAID})
def test_a_backend_is_healthy(profile: Profile) -> None:
    """Nothing is found, and the secret is in no word of the report."""
    report = examined(profile)

    assert code_of(report) is None
    assert report.ok, to_document(report)
    assert SECRET not in json.dumps(to_document(report))


@pytest.mark.parametrize("profile", PLACES.values(), ids=PLACES)
def test_a_wrong_secret_is_named(profile: Profile) -> None:
    """By the close code of the profile, wherever the secret stands; and it was tried again."""
    wrong = secrets.token_hex(16)
    report = examined(profile, secret=wrong)

    assert code_of(report) == "auth-secret-rejected"
    names = {each.name for each in report.facts.experiments}
    assert names == {
        ExperimentName.AGAIN,
        ExperimentName.WITHOUT_CREDENTIALS,
        ExperimentName.WRONG_SECRET,
    }
    text = json.dumps(to_document(report))
    assert not any(wrong[start : start + 6] in text for start in range(len(wrong) - 5))


@pytest.mark.parametrize("place", ["basic", "query", "subprotocol", "message"])
def test_a_secret_of_any_characters_arrives(place: str) -> None:
    """Encoded as its place needs it; what is shown of it is a mask."""
    report = examined(PLACES[place], secret=AWKWARD, known=AWKWARD)

    assert code_of(report) is None, to_document(report)
    assert report.facts.session is not None
    assert report.facts.session.accepted
    assert report.facts.upgrade is not None
    request = "\n".join(report.facts.upgrade.request)
    assert AWKWARD not in request
    assert ("<secret>" in request) is (place != "message")


@pytest.mark.parametrize("place", PLACES)
def test_the_request_is_shown_without_the_secret(place: str) -> None:
    """In each line of it, and in the request's target."""
    profile = PLACES[place]
    opening = opening_of(settings_for(profile))
    shown = [
        opening.target[1],
        opening.subprotocols[1],
        *(field.shown or field.value for field in opening.request_fields()),
    ]

    assert not any(SECRET in each for each in shown)


@pytest.mark.parametrize("place", ["query", "subprotocol", "header", "basic", "message"])
def test_a_secret_that_does_not_arrive_is_named(place: str) -> None:
    """The backend closes as the profile says for a missing one."""
    report = examined(PLACES[place], "auth-header-rejected")

    assert code_of(report) == "auth-header-rejected"


def test_an_end_in_place_of_a_greeting_is_the_problem_that_the_profile_names() -> None:
    """A close, silence, and another message alike."""
    profile = replace(MESSAGE, close=())
    found = {}
    for fault in ("session-closed-normally", "session-dropped", None):
        found[fault] = code_of(examined(profile, fault, secret=secrets.token_hex(16)))

    assert set(found.values()) == {"auth-secret-rejected"}


def test_a_server_that_fails_after_the_greeting_is_not_a_refusal() -> None:
    """Its close code says what it is about."""
    for fault in ("session-restarting", "session-server-error", "session-try-later"):
        assert code_of(examined(talking(greeting=(WELCOME,)), fault)) == fault


@pytest.mark.parametrize("fault", ["pong-timeout", "session-dropped", "session-closed-normally"])
def test_ping_frames_find_a_connection_that_is_not_served(fault: str) -> None:
    """As messages do."""
    assert code_of(examined(SAID["frames"], fault)) == fault


def test_commands_are_written_and_acked_as_the_profile_says() -> None:
    """By the names that the profile has for everything."""
    commands = Commands(
        Pattern(text='{"op":"do"}'), id="id", kind="what", ack='{"op":"did","id":"{id}"}'
    )
    profile = replace(
        EDGE,
        commands=commands,
        session=Conversation(Ping(text="?"), Pattern(text="!"), 30.0),
        close=(Close(4401, "auth-secret-rejected"),),
    )

    assert code_of(examined(profile)) is None
    assert code_of(examined(profile, secret=secrets.token_hex(16))) == "auth-secret-rejected"
    assert EDGE_SECRET not in json.dumps(commands.ack)


def test_a_text_where_a_binary_message_is_due_is_not_understood() -> None:
    """A simulated backend reads as the profile says: the ping stays unanswered."""
    silent = talking(SAID["a byte for a ping"], binary=())

    async def work() -> Report:
        async with simulate(Scenario(SECRET, profile=SAID["a byte for a ping"])) as backend:
            return await checkup(settings_for(silent, backend.url, timeout=STAGE_LIMIT))

    assert code_of(settled(work())) == "pong-timeout"


@pytest.mark.parametrize(
    ("expect", "answer", "due"),
    [
        ('["ping"]', '["pong",{ping.1}]', ["ping", 1]),
        ('{"op":"ping"}', '{"ts":{ping.at.ts}}', {"op": "ping", "at": {"ts": 1}}),
        ('["ping",5]', '["pong",{ping.1}]', ["ping", 5]),
    ],
)
def test_a_simulated_server_pings_with_what_its_answer_repeats(
    expect: str, answer: str, due: object
) -> None:
    """In an array as in an object."""
    ping = Ping(expect=Pattern(text=expect), answer=answer)

    assert json.loads(server_ping_of(ping)) == due
