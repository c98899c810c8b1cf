"""The far side is described once: whatever changes in a profile, everything follows."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.backend.builtin import EDGE
from edgecheck.backend.message import MessageKind
from edgecheck.backend.profile import Close, Expect, Pattern, Profile, Refusal, Send
from edgecheck.catalogue import in_the_words_of
from edgecheck.catalogue.config import LINT
from edgecheck.checkup import checkup, concluded
from edgecheck.diagnose import diagnose, noticed
from edgecheck.explain.find import find
from edgecheck.intake.answers import agent_id_in, agent_id_meant, may_be_drawn, read
from edgecheck.intake.judgement import judged
from edgecheck.lint.defect import Defect
from edgecheck.render import answer
from edgecheck.repl.commands import parse
from edgecheck.repl.frames import Part
from edgecheck.repl.talk import Talk
from edgecheck.report import Report, report_in, to_document
from edgecheck.settings.model import (
    BACKEND_URL,
    EDGE_AGENT_ID,
    EDGE_SECRET,
    Origin,
    Settings,
    Source,
)
from edgecheck.settings.sources import Options, load, with_content
from edgecheck.simulator import Scenario, simulate
from edgecheck.simulator.names import FAULTS
from edgecheck.wire.opening import opening_of
from edgecheck.wire.trip import Trip
from edgecheck.wording.values import common_values
from tests.backend.changes import (
    ALL,
    CHANGES,
    EVERY,
    HEADER,
    PLACES,
    WRONG_SECRET,
    Change,
    changed,
    every,
    settings_for,
)
from tests.doctor import SECRET, settled
from tests.sights import answered
from tests.timing import PATIENCE


async def checkup_of(backend: Profile, client: Profile, fault: str | None = None) -> Report:
    """Examine a backend of one profile, which is taken for one of another."""
    async with simulate(Scenario(SECRET, fault=fault, profile=backend)) as simulated:
        ways = {"ca_file": simulated.ca_file, "proxy": simulated.proxy}
        return await checkup(settings_for(client, simulated.url, **ways))


def examined(backend: Profile, client: Profile, fault: str | None = None) -> Report:
    """Do so, and wait for the report."""
    return settled(checkup_of(backend, client, fault))


def texts_of(report: Report) -> str:
    """Return all that a report says in words."""
    document = to_document(report)
    said = [
        document["verdict"],
        document["findings"],
        [one["summary"] for one in document["stages"]],
    ]
    return json.dumps(said, ensure_ascii=False).replace('\\"', '"')


# --- a checkup ---------------------------------------------------------------------------------


def test_every_value_of_a_profile_is_changed() -> None:
    """A value that is added to the profile is added here."""
    assert {name for change in EVERY.values() for name in change.values} == {"name", *PLACES}


@every
def test_a_backend_of_the_profile_is_healthy(change: Change) -> None:
    """The client speaks as the backend listens."""
    report = examined(change.profile, change.profile)

    assert report.ok
    assert report.diagnosis.findings == ()
    assert to_document(report)["profile"] == change.profile.name
    assert not re.search(change.old, texts_of(report))


@pytest.mark.parametrize(
    "change", [change for change in EVERY.values() if change.refused], ids=lambda one: one.old
)
def test_a_backend_of_another_profile_is_not(change: Change) -> None:
    """Neither client nor simulator does as the built-in profile says."""

    async def both() -> list[Report]:
        pairs = ((change.profile, EDGE), (EDGE, change.profile))
        return await asyncio.gather(*(checkup_of(*pair) for pair in pairs))

    assert [report.ok for report in settled(both())] == [False, False]


@pytest.mark.parametrize(
    "change",
    # A server that refuses in the subprotocol's place chooses none, and that is what is seen.
    [change for name, change in EVERY.items() if name != "subprotocol"],
    ids=[name for name in EVERY if name != "subprotocol"],
)
@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("auth-secret-rejected", WRONG_SECRET),
        ("auth-header-rejected", HEADER),
        ("auth-header-stripped", HEADER),
    ],
)
def test_a_refusal_is_told_by_its_close_code(change: Change, fault: str, problem: str) -> None:
    """The wrong secret, a changed header and a missing one: closed as the profile says."""
    report = examined(change.profile, change.profile, fault)

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == fault
    assert report.facts.session is not None
    assert report.facts.session.close_code == change.profile.close_code(problem)
    assert report.facts.experiments
    assert not re.search(change.old, texts_of(report))


@pytest.mark.parametrize(
    "fault",
    # The first happens in a connection that stays, the second is a race on a busy machine.
    [
        fault
        for fault in FAULTS
        if fault not in {"session-idle-closed", "session-lifetime-limit", "tcp-reset"}
    ],
)
def test_every_fault_is_named_where_all_is_otherwise(fault: str) -> None:
    """By the same code, and in no word of the built-in profile."""
    report = examined(ALL.profile, ALL.profile, fault)
    verdict = report.diagnosis.verdict
    codes = [finding.code for finding in report.diagnosis.findings]

    assert fault in [*codes, verdict.code if verdict else ""]
    assert not re.search(ALL.old, texts_of(report))


def test_a_close_code_that_the_profile_does_not_have_is_read_by_its_reason() -> None:
    """The number says nothing there, but the words beside it do: they speak of the token."""
    backend = changed({"closes": {4001: HEADER, 4290: WRONG_SECRET}})
    report = examined(backend, EDGE, "auth-secret-rejected")

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == "auth-secret-rejected"
    assert report.facts.session is not None
    assert report.facts.session.close_code == 4290
    assert report.facts.experiments


def test_a_backend_without_a_close_code_of_its_own_refuses_as_http_does() -> None:
    """RFC 9110, section 15.5.2."""
    profile = changed({"closes": {}})
    report = examined(profile, profile, "auth-header-stripped")

    assert report.facts.session is None
    assert report.facts.upgrade is not None
    assert report.facts.upgrade.response is not None
    assert report.facts.upgrade.response.status == 401


@pytest.mark.parametrize(
    ("fault", "status"), [("auth-secret-rejected", 403), ("auth-header-rejected", 400)]
)
def test_a_backend_answers_as_the_profile_says(fault: str, status: int) -> None:
    """The first answer that is listed for a problem is given, and is known by its content."""
    answers = (
        Refusal(400, '{"error":"key_required"}', HEADER),
        Refusal(403, '{"error":"unknown_key"}', WRONG_SECRET),
        Refusal(403, '{"error":"tenant"}', title="Another tenant's", cause="So"),
    )
    profile = replace(EDGE, name="gw", origin="gw.toml", close=(), refusal=answers)
    report = examined(profile, profile, fault)
    response = report.facts.upgrade.response if report.facts.upgrade is not None else None

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == fault
    assert response is not None
    assert response.status == status
    assert "The socket opened" not in texts_of(report)
    assert report_in(to_document(report)).diagnosis.verdict == report.diagnosis.verdict


@pytest.mark.parametrize(
    "problem",
    [
        "auth-forbidden",
        "auth-unauthorized",
        "session-replaced",
        "upgrade-not-found",
        "upgrade-rate-limited",
    ],
)
def test_what_a_listed_answer_means_is_not_told_as_a_close_code(problem: str) -> None:
    """No socket opened, so that nothing was closed with a number."""
    facts = answered(409, "")
    profile = replace(EDGE, refusal=(Refusal(409, problem=problem),))
    verdict = diagnose(replace(facts, profile=profile)).verdict

    assert verdict is not None
    assert verdict.code == problem
    told = " ".join((verdict.title, verdict.cause, *verdict.remedies))
    assert not re.search("close code|None|3003|440", told)


@pytest.mark.parametrize("text", ["409", "Unexpected server response: 409"])
def test_explain_knows_the_answers_of_the_profile(text: str) -> None:
    """In its own words."""
    own = Refusal(409, title="The device is registered elsewhere", cause="One site each.")
    profile = replace(EDGE, refusal=(own,))
    problems = in_the_words_of(profile, text)

    assert problems["upgrade-unexpected-status"].title == own.title
    assert problems["upgrade-unexpected-status"].remedies
    assert (
        "upgrade-unexpected-status"
        in [one.problem.code for one in find(text, problems, profile)][:1]
    )


@pytest.mark.parametrize(
    ("fault", "code"), [("auth-secret-rejected", 4403), ("session-replaced", 4409)]
)
def test_a_backend_says_why_before_it_closes(fault: str, code: int) -> None:
    """In the message and with the code that the profile has for it."""
    message = '{"type":"error","code":"refused","agent":"{agent_id}"}'
    own = (Close(4403, WRONG_SECRET, message=message), Close(4409, fault, message=message))
    profile = replace(EDGE, close=own[:1] if fault == WRONG_SECRET else own)
    report = examined(profile, profile, fault)

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == fault
    assert report.facts.session is not None
    assert report.facts.session.close_code == code
    assert [each.excerpt for each in report.facts.session.messages] == [
        message.replace("{agent_id}", EDGE.agent_id.example)
    ]
    # The profile knows this message, so it is nothing to notice.
    assert report.facts.session.messages[0].kind is MessageKind.FAREWELL
    assert "message-unknown-type" not in [each.code for each in report.diagnosis.findings]


def test_what_an_agent_may_not_do_later_is_not_how_its_secret_is_refused() -> None:
    """A channel that it may not join is refused in a message, and the secret before, by HTTP."""
    joined = Expect(Pattern(text='{"joined":true}'), "auth-forbidden")
    talk = replace(EDGE.session, greeting=(Send("join"), joined))
    profile = replace(EDGE, close=(), session=talk)
    report = examined(profile, profile, "auth-secret-rejected")

    assert report.facts.upgrade is not None
    assert report.facts.upgrade.response is not None
    assert report.facts.upgrade.response.status == 401


# --- a connection that stays -------------------------------------------------------------------


def kept(profile: Profile, fault: str | None, pongs: int) -> tuple[bool, list[events.Event]]:
    """Keep a connection until so many pongs came; tell whether it was stopped, not refused."""
    seen: list[events.Event] = []
    stop = asyncio.Event()

    def observe(event: events.Event) -> None:
        seen.append(event)
        if sum(isinstance(one, events.Ponged) for one in seen) >= pongs:
            stop.set()

    async def handle(_: Mapping[str, Any]) -> CommandResult:
        return CommandResult(Status.COMPLETED)

    async def keep() -> bool:
        async with simulate(Scenario(SECRET, fault=fault, profile=profile)) as backend:
            settings = settings_for(profile, backend.url)

            async def judge(trip: Trip) -> Report:
                return await concluded(settings, trip)

            with contextlib.closing(Journal()) as journal:
                worker = Worker(
                    journal, handle, jobs=1, clean=opening_of(settings).clean, observe=observe
                )
                keeper = Keeper(
                    settings,
                    worker,
                    observe=observe,
                    judge=judge,
                    backoff=Backoff(random.random, scale=0.05),
                )
                return await keeper.run(stop, PATIENCE)

    return settled(keep()), seen


def test_a_connection_is_kept_alive_as_often_as_the_profile_says() -> None:
    """Ten pings take a moment here; one every 30 seconds would take minutes."""
    stopped, seen = kept(changed({"keepalive": 0.02}, ALL.profile), None, pongs=10)

    assert stopped
    assert sum(isinstance(event, events.Opened) for event in seen) == 1


@pytest.mark.parametrize("fault", ["auth-secret-rejected", "auth-header-stripped"])
def test_a_refusal_in_the_profiles_own_code_ends_it(fault: str) -> None:
    """Trying again would change nothing."""
    stopped, seen = kept(ALL.profile, fault, pongs=1)

    assert not stopped
    assert [type(event) for event in seen] == [events.Opened, events.Failed]


class Told:
    """Keeps what a conversation tells."""

    as_json = verbose = True

    def __init__(self) -> None:
        self.frames: list[tuple[object, object]] = []
        self.keepalive: object = None

    def event(self, name: str, *parts: Part, **fields: object) -> None:
        """Take one event."""
        if name == "frame":
            self.frames.append((fields["direction"], fields["text"]))
        self.keepalive = fields.get("keepalive", self.keepalive)

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Take a verdict, which says that there is no connection."""
        raise AssertionError(texts_of(report))


@every
def test_a_conversation_is_held_as_the_profile_says(change: Change) -> None:
    """What is typed as a ping is the profile's, and so is the answer."""
    profile, told = change.profile, Told()

    async def talk() -> None:
        async with simulate(Scenario(SECRET, profile=profile)) as backend:
            settings = settings_for(profile, backend.url)
            conversation = Talk(
                settings, told, judge=lambda trip: concluded(settings, trip), brief=False
            )
            assert await conversation.connect()
            for line in ("ping", "wait pong", "status"):
                request = parse(line)
                assert request is not None
                await conversation.do(request)
            await conversation.close()

    settled(talk())
    assert ("sent", profile.ping) in told.frames
    assert ("received", profile.pong) in told.frames
    assert told.keepalive == f"{profile.session.keepalive:g} s"


def test_a_close_code_refuses_only_where_it_is_about_the_credentials() -> None:
    """A busy tenant is told from one that is not known."""
    closes = {4401: HEADER, 4403: WRONG_SECRET, 4290: "session-try-later"}

    assert changed({"closes": closes}).refusals == {4401, 4403}
    assert EDGE.refusals == {4001, 1008}


# --- the lint ----------------------------------------------------------------------------------


def found(settings: Settings) -> dict[str, Defect]:
    """Return what the lint found, by code."""
    return {defect.code: defect for defect in LINT.lint(settings)}


@every
def test_the_lint_knows_the_endpoint_of_the_profile(change: Change) -> None:
    """At the end of an address it is there already, and any other path is a path."""
    profile = change.profile
    settings = settings_for(profile, f"wss://h.example/base{profile.path}/")
    other = found(settings_for(profile, "wss://h.example/base"))

    assert set(found(settings)) == {"url-has-endpoint"}
    assert found(settings)["url-has-endpoint"].values["offered"] == "wss://h.example/base"
    assert settings.endpoint is not None
    resource = f"/base{profile.path}?{profile.agent_parameter}={profile.agent_id.example}"
    assert settings.endpoint.resource == resource
    assert set(other) == {"url-has-path"}
    assert other["url-has-path"].evidence[1] == f"edgecheck asks for `/base{profile.path}`"


def test_without_an_endpoint_any_path_of_the_address_is_right() -> None:
    """The address is used as it is given."""
    profile = replace(EDGE, request=replace(EDGE.request, path="", query=()))

    assert found(settings_for(profile, "wss://h.example/base")) == {}


def test_the_built_in_endpoint_is_any_path_elsewhere() -> None:
    """Another backend's path is appended to it."""
    settings = settings_for(CHANGES["path"].profile, f"wss://h.example{EDGE.path}")

    assert set(found(settings)) == {"url-has-path"}
    assert settings.endpoint is not None
    assert settings.endpoint.resource.startswith("/edge/ws/agents/socket?")


@every
def test_the_lint_knows_the_ids_of_the_profile(change: Change) -> None:
    """Its example is one; what is not is told in its form."""
    profile = change.profile
    wrong = found(settings_for(profile, agent_id="agent 7"))["agent-id-malformed"]
    quoted = settings_for(profile, agent_id=f"'{profile.agent_id.example}'")

    assert found(settings_for(profile)) == {}
    assert wrong.evidence[0] == f"`agent7` does not have the form {profile.agent_id.form}"
    assert found(quoted)["agent-id-malformed"].values["set_it"].endswith(profile.agent_id.example)
    assert not re.search(change.old, noticed([wrong], profile)[0].title)


@every
def test_the_repairs_know_the_profile(change: Change) -> None:
    """The endpoint's path is taken off, however often, and the query that the client appends."""
    profile = change.profile
    query = f"{profile.agent_parameter}={profile.agent_id.example}"
    given = f"wss://h.example{2 * profile.path}?{query}"
    told = judged(
        profile.variables.url,
        given,
        Origin(Source.OPTION, "--url"),
        {profile.variables.agent_id: profile.agent_id.example},
        profile=profile,
    )

    assert told.value == "wss://h.example"
    assert {defect.code for defect in told.repaired} == {"url-has-endpoint", "url-has-query"}
    assert told.left == ()


def test_settings_stay_of_their_profile_when_the_file_changes(tmp_path: Path) -> None:
    """What a repair would lead to is judged by the same profile."""
    (tmp_path / ".env").write_text("STATION=one\n", encoding="utf-8")
    settings = load(Options(), environ={}, cwd=tmp_path, stdin=io.BytesIO(), profile=ALL.profile)
    after = with_content(settings, b"STATION=two\n", Options(), environ={}, cwd=tmp_path)

    assert settings.profile == after.profile == ALL.profile


# --- what is pasted ----------------------------------------------------------------------------


@every
def test_what_is_pasted_is_read_by_the_profile(change: Change) -> None:
    """An id in a message, in an address, by its number, and shown."""
    profile, names = change.profile, change.profile.variables
    example = profile.agent_id.example
    address = f"wss://h.example{profile.path}?{profile.agent_parameter}={example}"
    said = read(f"wss://h.example and {example}", names.url, profile)

    assert said.values == {names.url: "wss://h.example", names.agent_id: example}
    assert agent_id_in(address, profile) == example
    assert agent_id_meant(f"agent {re.sub('[^0-9]', '', example)}", profile) == example
    assert may_be_drawn(example, names.agent_id, profile)
    assert answer.understood(names.agent_id, example, profile) == example
    assert profile.agent_id.form in answer.id_form(profile)


@pytest.mark.parametrize(
    ("example", "pattern", "typed", "meant"),
    [
        ("station-123", "station-[0-9]{3}", "456", "station-456"),
        ("station-123", "station-[0-9]{3}", "Station 456", "station-456"),
        ("station-123", "station-[0-9]{3}", "7", None),
        ("station-123", "station-[0-9]{3}", "edge_456", None),
        ("17", "[0-9]+", "agent 4", "4"),
        ("abc", "[a-z]+", "4", None),
        ("a.b/1", ".+", "4", None),
    ],
)
def test_which_id_a_number_stands_for(
    example: str, pattern: str, typed: str, meant: str | None
) -> None:
    """One that has the form; none where an id is more than a word and a number."""
    profile = changed({"agent_example": example, "agent_pattern": pattern})

    assert agent_id_meant(typed, profile) == meant


def test_what_may_be_the_secret_is_no_id_whatever_form_ids_have() -> None:
    """A pattern that takes everything takes no secret out of a message."""
    profile = changed({"agent_pattern": r"\S+"})
    said = read(f"wss://h.example {SECRET}", BACKEND_URL, profile)

    assert said.values.get(EDGE_AGENT_ID) is None
    assert said.values[EDGE_SECRET] == SECRET


# --- what a text says of an address that the profile leaves open ---------------------------------


def test_a_path_of_the_address_is_named_as_it_was_asked_for() -> None:
    """An empty path of the profile, and one with the id in it, leave no gap in a text."""
    values = {}
    for path in ("", "/a/{agent_id}/ws"):
        profile = replace(EDGE, request=replace(EDGE.request, path=path, query=(), headers=()))
        report = examined(profile, profile, "upgrade-not-found")
        values[path] = common_values(report.facts)["endpoint"]

    assert values == {"": "/", "/a/{agent_id}/ws": "/a/edge_1/ws"}
