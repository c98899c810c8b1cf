"""From frames to whole messages (RFC 6455, section 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from websockets.frames import Frame, Opcode


class NotUtf8(Exception):
    """A text message is not UTF-8, which fails the connection (RFC 6455, section 8.1)."""


class Assembly:
    """Puts fragments together.

    Args:
        answered_by: says how many pings of the profile a pong frame with this payload answers.
        on_control_pong: called with the payload of any other pong frame.
    """

    def __init__(
        self, answered_by: Callable[[bytes], int], on_control_pong: Callable[[bytes], None]
    ) -> None:
        self._answered_by, self._on_control_pong = answered_by, on_control_pong
        self._fragments: list[bytes] | None = None
        self._opcode = Opcode.TEXT

    def whole(self, events: Sequence[object]) -> Iterator[tuple[str | bytes, bool]]:
        """Yield whole messages, and the payloads of pong frames that answer a ping of the profile.

        Each is yielded with whether it is such a pong.

        Raises:
            NotUtf8: with what is wrong and where.
        """
        for frame in events:
            if not isinstance(frame, Frame):
                continue
            if frame.opcode is Opcode.PONG:
                answered = self._answered_by(bytes(frame.data))
                yield from [(bytes(frame.data), True)] * answered
                if not answered:
                    self._on_control_pong(bytes(frame.data))
            if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                continue
            if frame.opcode is not Opcode.CONT:
                self._fragments, self._opcode = [], frame.opcode
            assert self._fragments is not None  # the protocol rejects a lone continuation
            self._fragments.append(bytes(frame.data))
            if not frame.fin:
                continue
            data, self._fragments = b"".join(self._fragments), None
            if self._opcode is Opcode.BINARY:
                yield data, False
                continue
            try:
                yield data.decode("utf-8"), False
            except UnicodeDecodeError as error:
                raise NotUtf8(f"{error.reason} at position {error.start}") from None


def is_close(event: object) -> bool:
    """Tell whether an event is a close frame."""
    return isinstance(event, Frame) and event.opcode is Opcode.CLOSE
