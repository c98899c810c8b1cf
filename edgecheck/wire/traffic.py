"""What went over an open WebSocket: times, sizes, and what was heard before the first answer."""

from __future__ import annotations

import asyncio
import time

from websockets.client import ClientProtocol

from ..backend import messages
from ..backend.profile import Profile
from ..escapes import unescape
from ..facts import Failure, Kind, Message, MessageKind, SessionFacts
from ..frozen import dataclass, replace
from .budget import ANSWER_TO_SENT, COMMANDS_NAMED, FIRST_BYTES, MESSAGES_KEPT
from .clean import Cleaner
from .fold import drop_of


@dataclass(frozen=True)
class Received:
    """One message.

    Args:
        data: as received.
        at: when its last bytes arrived, in seconds of `time.perf_counter`.
        message: its kind and its excerpt, cleaned.
    """

    data: str | bytes
    at: float
    message: Message


_FRAME = Message(MessageKind.PONG, "")


def peer_of(transport: asyncio.BaseTransport) -> str:
    """Name the other end: its address and port, or the path of its Unix socket."""
    name = transport.get_extra_info("peername") or ("?", 0)
    if isinstance(name, str):
        return name
    host, port, *_ = name
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Traffic:
    """When something was sent or received last, and the extremes."""

    def __init__(self) -> None:
        self.at = time.perf_counter()
        # Seconds without traffic that the connection survived: something was received afterwards.
        self.longest_gap = 0.0
        # Those before the last thing that was sent, as long as nothing was received since.
        self._open_gap = 0.0
        # Bytes of the largest message, pings left out.
        self.largest_sent = 0
        # Bytes of the largest one that is known to have passed, and of those before the open ping.
        self.largest_passed = self._marked = 0

    def sending(self, size: int) -> None:
        """Note that a message of so many bytes is sent."""
        self.largest_sent = max(self.largest_sent, size)

    def mark(self) -> None:
        """Note that a ping is sent: its answer shows that all messages before it passed."""
        self._marked = self.largest_sent

    def passed(self) -> None:
        """Note that the ping was answered."""
        self.largest_passed = max(self.largest_passed, self._marked)

    def note_sent(self, at: float) -> None:
        """Note that something was sent, at a time of `time.perf_counter`."""
        self._open_gap = max(self._open_gap, at - self.at)
        self.at = at

    def note_received(self, at: float) -> None:
        """Note that something was received, at a time of `time.perf_counter`."""
        self.longest_gap = max(self.longest_gap, self._open_gap, at - self.at)
        self._open_gap, self.at = 0.0, at

    def idle_at(self, ended_at: float) -> float:
        """Return for how many seconds nothing was sent or received before the end."""
        return max(ended_at - self.at, 0.0)

    def drop(
        self, ended_at: float, *, ping_open: bool, error: Exception | None
    ) -> tuple[Failure, float]:
        """Return the failure of an end without a close frame, and the idle seconds before it.

        A firewall or load balancer that has forgotten an idle connection says so only when
        something is sent: it resets it then (AWS Network Load Balancer, after 350 s). What was idle
        are then the seconds before the last thing that was sent, if nothing was received since, and
        the end came no later than an answer to it.
        """
        idle, forgotten = self.idle_at(ended_at), 0.0
        if isinstance(error, ConnectionError) and ended_at - self.at <= ANSWER_TO_SENT:
            forgotten = self._open_gap
        failure = drop_of(idle, ping_open, error, forgotten)
        found = failure.kind is Kind.SESSION_IDLE_CLOSED
        return failure, forgotten if found and forgotten else idle


class NotFrames:
    """The first bytes that a protocol could not read as frames (RFC 6455, section 5.2)."""

    def __init__(self, protocol: ClientProtocol) -> None:
        self._protocol = protocol
        self._last = b""
        self.found = b""

    def received(self, data: bytes) -> None:
        """Note bytes that the protocol was just given."""
        if not self.found:
            # The bytes that end the session, if they are not frames, are its last ones.
            self._last = data[:FIRST_BYTES]
            if self._protocol.parser_exc is not None:
                self.found = self._last

    def ended(self) -> None:
        """Note the end, at which a beginning of a frame is none."""
        if isinstance(self._protocol.parser_exc, EOFError) and self._last:
            self.found = self.found or self._last

    def silent(self) -> None:
        """Note a silence: the status line of a response also reads as the head of a long frame."""
        if self._last.startswith(b"HTTP/1."):
            self.found = self.found or self._last


class Heard:
    """The messages that arrived before the first answer, and all commands.

    Args:
        clean: for everything that is received.
        profile: says what a message is.
    """

    def __init__(self, clean: Cleaner, profile: Profile) -> None:
        self._clean, self._profile = clean, profile
        # A verdict may rest on these.
        self.messages: list[Message] = []
        self.messages_seen = 0
        self.commands: list[str] = []
        self._commands_seen = 0

    def read(self, data: str | bytes, *, is_pong: bool) -> Message:
        """Tell what a message is, and note the command in it.

        Args:
            data: a message, or the payload of a pong frame.
            is_pong: it is the payload of a pong frame that answers a ping of the profile.
        """
        parsed = _FRAME if is_pong else messages.parse(data, self._profile)
        # The parser's text is escaped already, and may quote the message.
        detail = self._clean(unescape(parsed.detail))
        named = self._clean(unescape(parsed.command_id))
        message = Message(parsed.kind, self._clean(data, messages.EXCERPT), detail, named)
        if message.command_id:
            self._commands_seen += 1
            if len(self.commands) < COMMANDS_NAMED:
                self.commands.append(message.command_id)
        return message

    def keep(self, message: Message) -> None:
        """Keep a message that came before the first answer."""
        self.messages_seen += 1
        if len(self.messages) < MESSAGES_KEPT:
            self.messages.append(message)

    def with_commands(self, seen: SessionFacts) -> SessionFacts:
        """Add the commands that came to facts about the connection."""
        return replace(seen, commands=tuple(self.commands), commands_seen=self._commands_seen)
