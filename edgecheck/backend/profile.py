"""What a profile is: everything that may be different in another backend (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from ..frozen import dataclass, kept
from ..terms import Side


@dataclass(frozen=True)
class Variables:
    """The names of the settings, in the ``.env`` file and in the environment."""

    url: str
    secret: str
    agent_id: str

    @property
    def all(self) -> tuple[str, str, str]:
        """The three names."""
        return self.url, self.secret, self.agent_id


@dataclass(frozen=True)
class SecretUse:
    """Whether a client needs the secret.

    Args:
        required: without a secret, nothing is sent. If it is not, the request has no credentials
            when no secret is set.
    """

    required: bool = True


@dataclass(frozen=True)
class AgentId:
    """The id with which an agent names itself.

    Args:
        required: the backend does not accept an agent without an id.
        pattern: a regular expression that a whole agent id matches.
        form: how an agent id looks, as it is shown to users.
        example: an agent id of that form.
        probe_id: an id that the backend keeps for looking; empty if it keeps none. Checkups use it,
            so that they disturb no running agent.
        shared: several connections may use one id at the same time.
    """

    required: bool
    pattern: str
    form: str
    example: str
    probe_id: str = ""
    shared: bool = False


class Place(StrEnum):
    """Where the secret stands in what a client sends."""

    BEARER = "bearer"  # Authorization: Bearer (RFC 6750, section 2.1)
    BASIC = "basic"  # Authorization: Basic, the agent id is the user (RFC 7617)
    HEADER = "header"  # a field of another name
    QUERY = "query"  # a parameter of the address
    SUBPROTOCOL = "subprotocol"  # offered as a subprotocol
    MESSAGE = "message"  # in a message after the opening handshake
    NONE = "none"  # nowhere: the backend wants none


@dataclass(frozen=True)
class Authorization:
    """Where the secret goes.

    ``{agent_id}`` stands for the agent id in what stands around the secret.

    Args:
        place: the kind of place.
        name: of the header field, or of the query parameter; empty for other places.
        scheme: what stands before the secret in the header field: a word, which a blank follows,
            or a text that ends with = or : (``sid=``); empty for none.
        after: what stands behind the secret in the header field, such as a closing quote. Then
            ``scheme`` stands before it as it is.
    """

    place: Place
    name: str = ""
    scheme: str = ""
    after: str = ""

    @property
    def before(self) -> str:
        """What stands before the secret in the header field."""
        as_it_is = self.after or not self.scheme or self.scheme[-1] in "=:"
        return self.scheme if as_it_is else f"{self.scheme} "


@dataclass(frozen=True)
class Request:
    """What the opening handshake asks for (RFC 6455, section 4.1).

    ``{agent_id}`` stands for the agent id in the path and in the values of query and headers.

    Args:
        path: of the endpoint, which the client appends to the address. If it is empty and the
            query too, the address is used as it is given.
        query: names and values of the parameters of the address.
        headers: names and values of further header fields.
        subprotocols: to offer, in this order.
        origin: value of the Origin field; empty for none.
        authorization: where the secret goes.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    authorization: Authorization
    subprotocols: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True)
class Pattern:
    """Which messages are recognised; one of the two is set.

    Args:
        text: the message itself; or a JSON object, all of which the message holds; or a JSON
            array, with which the message begins. ``{counter}`` in it stands for any whole number.
        regex: a regular expression that is found in the message.
        begins: the message only has to begin with the text, whose bytes are compared.
    """

    text: str = ""
    regex: str = ""
    begins: bool = False


@dataclass(frozen=True)
class Send:
    """A message that the client sends after the opening handshake.

    Args:
        text: ``{secret}`` and ``{agent_id}`` are filled in, escaped for JSON if the text is JSON:
            if it begins with a brace or a bracket, also after digits (a packet of Engine.IO).
        without_secret: what is sent in its place if the text needs the secret and none is set;
            empty if nothing is.
    """

    text: str
    without_secret: str = ""


@dataclass(frozen=True)
class Expect:
    """A message that the server has to send now.

    Args:
        pattern: which message.
        problem: the problem of the catalogue if another message, a close or silence is in its
            place; empty for the problem that the end itself shows.
    """

    pattern: Pattern
    problem: str = ""


@dataclass(frozen=True)
class Ping:
    """How one side finds out whether the other answers.

    Args:
        text: the message that the client sends; empty if it sends none. ``{counter}`` in it is the
            number of the ping in its connection, from 1.
        frame: the client sends a ping frame in its place (RFC 6455, section 5.5.2).
        expect: the message with which the server asks; None if it does not ask.
        answer: what the client sends for that; empty if it sends nothing. ``{ping.NAME}`` in it
            repeats a value of the server's message.
    """

    text: str = ""
    frame: bool = False
    expect: Pattern | None = None
    answer: str = ""


class Part(StrEnum):
    """A part of the protocol: messages of both sides that belong together."""

    GREETING = "greeting"
    PING = "ping"  # and its answer, whoever asks
    COMMANDS = "commands"  # and their acknowledgements


@dataclass(frozen=True)
class Conversation:
    """What is said after the opening handshake.

    Args:
        greeting: the first messages, in this order.
        ping: how one side finds out whether the other answers.
        pong: the answer to a ping message; None if there is none to expect.
        keepalive: seconds from one ping to the next.
        binary: the parts of the protocol whose messages are binary: a text's UTF-8.
    """

    ping: Ping
    pong: Pattern | None
    keepalive: float
    greeting: tuple[Send | Expect, ...] = ()
    binary: tuple[Part, ...] = ()

    @property
    def client_pings(self) -> bool:
        """Whether the client pings, and the server answers."""
        return self.ping.frame or bool(self.ping.text and self.pong is not None)

    @property
    def answered_by_library(self) -> bool:
        """Whether the server's WebSocket library answers the pings, and not its application."""
        return self.ping.frame

    @property
    def greets(self) -> bool:
        """Whether the server says in the greeting that it accepts the client."""
        return any(isinstance(step, Expect) for step in self.greeting)


@dataclass(frozen=True)
class Commands:
    """The messages with which the backend asks for something.

    Args:
        match: which messages are commands.
        id, kind: where the command's id and its type stand: names of members, with dots between;
            a number for a place in an array. The type may be empty.
        ack: the answer; ``{id}`` and ``{status}`` are filled in. Empty if there is none.
        payload: where its arguments stand; empty if the profile does not say.
        completed, failed: what the status is called in the answer.
        payload_is_object: each command has arguments, and they are an object; otherwise they may be
            any value, or missing.
    """

    match: Pattern
    id: str
    kind: str
    ack: str
    payload: str = ""
    completed: str = "completed"
    failed: str = "failed"
    payload_is_object: bool = False

    @property
    def in_groups(self) -> bool:
        """Whether a command's parts are named groups of the expression that recognises it."""
        return f"(?P<{self.id}>" in self.match.regex

    @property
    def numbers_id(self) -> bool:
        """Whether the answer writes the id without quotes, as a number (JSON-RPC)."""
        return bool(self.ack) and '"{id}"' not in self.ack


# The entry of the catalogue that a close code has if the profile says in words of its own what it
# means; its words stand in place of the entry's.
OWN_WORDS = "session-closed-unknown"


def is_close_code(value: int) -> bool:
    """Tell whether a close frame may have a code."""
    # RFC 6455, section 7.4: 1004 to 1006 and 1015 are in no close frame; below 3000, only what is
    # registered (1012 to 1014 are, at IANA) may be sent.
    return 1000 <= value <= 1003 or 1007 <= value <= 1014 or 3000 <= value <= 4999


@dataclass(frozen=True)
class Close:
    """What a close code means here (RFC 6455, section 7.4).

    Args:
        code: of the close frame.
        problem: the code of a problem in the catalogue; empty if the profile has its own words.
        title, side, cause, remedies: the profile's own words, as in an entry of the catalogue.
        message: what the backend sends before it closes so; empty for nothing.
    """

    code: int
    problem: str = ""
    title: str = ""
    side: Side = Side.BACKEND
    cause: str = ""
    remedies: tuple[str, ...] = ()
    message: str = ""

    @property
    def meaning(self) -> str:
        """The code of its problem in the catalogue."""
        return self.problem or OWN_WORDS


# The same for an answer to the opening handshake.
OWN_ANSWER = "upgrade-unexpected-status"


@dataclass(frozen=True)
class Refusal:
    """What an HTTP answer to the opening handshake means here (RFC 6455, section 4.2.2).

    Args:
        status: of the answer.
        body: a text, or a JSON object that the content holds; empty for any content.
        problem, title, side, cause, remedies: as in `Close`.
    """

    status: int
    body: str = ""
    problem: str = ""
    title: str = ""
    side: Side = Side.BACKEND
    cause: str = ""
    remedies: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """The code of its problem in the catalogue."""
        return self.problem or OWN_ANSWER


@dataclass(frozen=True)
class Profile:
    """How one kind of backend wants to be spoken to.

    Args:
        name: of the profile.
        variables: names of the settings.
        agent_id: the form of the agent id.
        request: what the opening handshake asks for.
        session: what is said after it.
        commands: what the backend asks for; None if it does not.
        close: the close codes that have a special meaning here.
        refusal: the HTTP answers that have a special meaning here; the first that fits counts.
        readers: the programs that read the ``.env`` file; empty if the profile does not say.
        origin: the file that the profile came from, as it is shown; empty for a built-in one.
        secret: whether a client needs the secret.
    """

    name: str
    variables: Variables
    agent_id: AgentId
    request: Request
    session: Conversation
    commands: Commands | None = None
    close: tuple[Close, ...] = ()
    readers: tuple[str, ...] = ()
    origin: str = ""
    secret: SecretUse = SecretUse()
    refusal: tuple[Refusal, ...] = ()

    @kept
    def names(self) -> tuple[str, ...]:
        """The names of the settings that a client of this backend has."""
        names = self.variables
        return (
            names.url,
            *((names.secret,) if self.sends_secret else ()),
            *((names.agent_id,) if self.sends_agent_id else ()),
        )

    @kept
    def says_agent_id(self) -> bool:
        """Whether the agent id stands in any message, and not only in the opening handshake."""
        return "{agent_id}" in repr((self.session, self.commands, self.close))

    @kept
    def says_text(self) -> bool:
        """Whether all messages that it knows are text, and none is written as bytes."""
        # What stands for a byte that is not UTF-8 (PEP 383).
        return re.search(r"\\udc[89a-f][0-9a-f]", repr((self.session, self.close))) is None

    def needs(self, name: str) -> bool:
        """Tell whether nothing is sent without the setting of this name."""
        if name == self.variables.secret:
            return self.sends_secret and self.secret.required
        if name == self.variables.agent_id:
            return self.sends_agent_id and self.agent_id.required
        return True

    @property
    def sends_secret(self) -> bool:
        """Whether the secret stands anywhere in what a client sends."""
        return self.request.authorization.place is not Place.NONE

    @kept
    def sends_agent_id(self) -> bool:
        """Whether the agent id stands anywhere in what a client sends."""
        request, ping, commands = self.request, self.session.ping, self.commands
        return request.authorization.place is Place.BASIC or any(
            "{agent_id}" in text
            for text in (
                request.path,
                request.authorization.before,
                request.authorization.after,
                *(value for _, value in (*request.query, *request.headers)),
                *(step.text for step in self.session.greeting if isinstance(step, Send)),
                ping.text,
                ping.answer,
                commands.ack if commands is not None else "",
            )
        )

    @kept
    def closes(self) -> Mapping[int, str]:
        """The close codes that have a meaning here, with the code of the problem."""
        return {each.code: each.meaning for each in self.close}

    def own_words(self, code: int | None) -> Close | None:
        """Return what a close code means, if the profile says so in words of its own."""
        own = (each for each in self.close if each.code == code and not each.problem)
        return next(own, None)

    def said_before(self, code: int) -> str:
        """Return the message that comes before a close with this code; empty if none does."""
        return next((each.message for each in self.close if each.code == code), "")

    def close_code(self, problem: str) -> int | None:
        """Return the close code that means a problem of the catalogue; None if there is none."""
        return next((code for code, meaning in self.closes.items() if meaning == problem), None)

    def refusal_for(self, *problems: str) -> Refusal | None:
        """Return the HTTP answer that means the first of the problems that has one."""
        found = (each for one in problems for each in self.refusal if each.problem == one)
        return next(found, None)

    @property
    def refusals(self) -> frozenset[int]:
        """The close codes that refuse an agent's credentials: problems of the auth stage."""
        return frozenset(code for code, each in self.closes.items() if each.startswith("auth-"))

    @property
    def path(self) -> str:
        """The path of the endpoint."""
        return self.request.path

    @property
    def agent_parameter(self) -> str:
        """The query parameter with the agent id; empty if the query has none."""
        return _holding_the_id(self.request.query)

    @property
    def agent_field(self) -> str:
        """The header field with the agent id; empty if the header has none."""
        return _holding_the_id(self.request.headers)

    @property
    def ping(self) -> str:
        """The message that the client sends to see whether the backend answers."""
        return self.session.ping.text

    @property
    def pong(self) -> str:
        """The message that answers a ping, or the object that it holds; empty without either."""
        return self.session.pong.text if self.session.pong is not None else ""

    def is_agent_id(self, text: str) -> bool:
        """Tell whether a text has the form of an agent id."""
        return re.fullmatch(self.agent_id.pattern, text) is not None

    @kept
    def tells_agent_ids(self) -> bool:
        """Whether the form of an agent id tells it from a host and from a random secret."""
        return not any(map(self.is_agent_id, _OTHER_WORDS))


# No agent ids, but a form that says little matches them as well.
_OTHER_WORDS = ("gateway.example.com", "6525a3dd83aa2d4ffd00f8be5223b92f")


def _holding_the_id(values: tuple[tuple[str, str], ...]) -> str:
    return next((name for name, value in values if value == "{agent_id}"), "")
