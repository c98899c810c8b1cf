"""A client that is printed for another backend works with it, and stops where it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

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
    SecretUse,
    Send,
    Variables,
)
from edgecheck.backend.texts import text_of_octets
from edgecheck.cli.ends import UsageError
from edgecheck.cli.snippet import SNIPPETS, text_of
from tests.backend.test_dialogue import PLACES, SAID
from tests.doctor import SECRET, simulated
from tests.snippets.clients import LIBRARY, Lines, command_of, running, write

# Nothing in it is as in the built-in profile.
INVENTED = Profile(
    name="Orders gateway",
    variables=Variables("ORDERS_URL", "ORDERS_TOKEN", "ORDERS_STATION"),
    agent_id=AgentId(True, "station-[0-9]+", "station-<number>", "station-7"),
    request=Request(
        "/stations/{agent_id}/stream",
        (("v", "2"),),
        (("X-Station", "{agent_id}"),),
        Authorization(Place.HEADER, "X-Orders-Token", "Key"),
        ("orders.v2",),
        "https://orders.example",
    ),
    session=Conversation(
        Ping(text="are you there, {agent_id}?"),
        Pattern(regex=r"^yes, \w+"),
        20.0,
        (Send('{"hello":"{agent_id}"}'), Expect(Pattern(text='{"welcome":true}'))),
    ),
    commands=Commands(
        Pattern(text='{"op":"do"}'), "body.id", "body.what", '{"op":"done","id":"{id}"}'
    ),
    close=(Close(4401, "auth-header-rejected"), Close(4403, "auth-secret-rejected")),
)
# The id stands beside the secret, among characters that shells and programs read.
_BESIDE = Authorization(Place.HEADER, "X-Key", 'Of $HOME, "{agent_id}": \'`', "`\\#%', {agent_id}")
BESIDE = replace(INVENTED, request=replace(INVENTED.request, authorization=_BESIDE))
# Hardly any JSON, and a secret that may be missing.
WORDS = replace(
    EDGE,
    name="words",
    secret=SecretUse(required=False),
    request=replace(EDGE.request, authorization=Authorization(Place.MESSAGE)),
    session=Conversation(
        Ping("ping {counter}", expect=Pattern(regex=r"^tick (?P<t>\d+)$"), answer="tock {ping.t}"),
        Pattern(text="pong {counter}"),
        20.0,
        (
            Send("AUTH {secret}", without_secret="AUTH none"),
            Expect(Pattern(text="welcome"), "auth-secret-rejected"),
        ),
    ),
    commands=Commands(Pattern(text='["do","{agent_id}"]'), "2", "3", "DONE {id}"),
)
EVERY = {
    **PLACES,
    **SAID,
    "invented": INVENTED,
    "the id beside the secret": BESIDE,
    "words": WORDS,
}
# Whatever begins as its pong does is the pong.
OCTETS = replace(
    EDGE,
    session=replace(
        EDGE.session,
        ping=Ping(text=text_of_octets(b"\x81\xa1p\xc3")),
        pong=Pattern(text_of_octets(b"\x82\xa1q\xc3"), begins=True),
        binary=(Part.PING,),
    ),
)
# Each client, and the backends that it is tried with: all of them with the two that are asked for
# most, and a choice of what needs code of its own with the others.
SOME = (
    "invented",
    "the id beside the secret",
    "arrays that are counted",
    "a ping that is repeated",
    "binary messages",
    "frames",
    "message",
    "a server that pings",
    "a greeting",
    "basic",
    "query",
)
TRIED = [
    (name, backend)
    for name in LIBRARY
    for backend in (EVERY if name in ("python", "node") else SOME)
]


# They know nothing of a greeting.
BY_HAND = ("wscat", "websocat")


def connects(name: str, backend: str, folder: Path) -> None:
    """It connects, and acks commands; with another secret it says that it is refused."""
    profile = EVERY[backend]
    command, log = command_of(name, folder, profile=profile), Lines()
    names = profile.variables
    with simulated(profile=profile, command_every=0.2, log=log.add) as simulation:
        settings = {
            names.url: simulation.url,
            names.secret: SECRET,
            names.agent_id: simulation.agent_id,
        }
        with running(command, settings) as client:
            client.said.wait("connected: the backend answers")
            if profile.commands is not None:
                log.wait("ack received: ")
            assert client.terminate() == 0
        assert "which was never sent" not in log.text
        if profile.request.authorization.place is Place.NONE:
            return
        with running(command, {**settings, names.secret: f"{SECRET}0"}) as client:
            assert client.ended() == 1
            assert "refused: " in client.said.text


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[tuple[str, str], Future[None]]]:
    """Try several at once, because they mostly wait."""
    folder = tmp_path_factory.mktemp("profiles")
    with ThreadPoolExecutor(len(LIBRARY)) as pool:
        yield {
            (name, backend): pool.submit(
                connects, name, backend, folder / name / backend.replace(" ", "_")
            )
            for name, backend in TRIED
        }


@pytest.mark.parametrize(("name", "backend"), TRIED)
def test_a_client_for_a_profile_works(
    name: str, backend: str, told: Mapping[tuple[str, str], Future[None]]
) -> None:
    """With the backend that speaks that profile."""
    told[name, backend].result()


@pytest.mark.parametrize("name", [name for name in SNIPPETS if name not in BY_HAND])
def test_nothing_of_the_built_in_backend_is_left(name: str, tmp_path: Path) -> None:
    """Neither its path nor its names nor its numbers."""
    text = write(name, tmp_path, profile=INVENTED).read_text("utf-8")

    own = EDGE.variables
    foreign = (EDGE.path, EDGE.agent_field, EDGE.agent_parameter, "4001", own.secret, own.url)
    assert [each for each in foreign if each in text] == []


@pytest.mark.parametrize("name", BY_HAND)
def test_a_tool_that_cannot_greet_is_not_offered(name: str) -> None:
    """The prompt can."""
    with pytest.raises(UsageError, match="edgecheck repl"):
        text_of(name, INVENTED)


def test_bytes_that_are_not_text_are_sent_by_clients_in_python(tmp_path: Path) -> None:
    """Other clients are not offered."""
    with simulated(profile=OCTETS) as simulation:
        settings = {
            EDGE.variables.url: simulation.url,
            EDGE.variables.secret: SECRET,
            EDGE.variables.agent_id: simulation.agent_id,
        }
        command = command_of("python", tmp_path, profile=OCTETS)
        with running(command, settings) as client:
            client.said.wait("connected: the backend answers")
    with pytest.raises(UsageError, match="snippet python"):
        text_of("node", OCTETS)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_tool_takes_what_fields_and_a_message_can_say(name: str) -> None:
    """Of another backend."""
    profile = replace(INVENTED, session=replace(INVENTED.session, greeting=()))
    text = text_of(name, profile)

    for needed in ("X-Orders-Token", "$ORDERS_STATION", "orders.v2", "v=2"):
        assert needed in text


def test_a_code_of_the_profile_without_a_problem_does_not_stop_a_client(tmp_path: Path) -> None:
    """Only what is about the credentials does."""
    profile = replace(INVENTED, close=(Close(4290, title="busy"), *INVENTED.close))

    assert "4290" not in write("python", tmp_path, profile=profile).read_text("utf-8")
