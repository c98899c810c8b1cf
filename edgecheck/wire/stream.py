"""Bytes over a socket, and bytes over TLS over bytes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Protocol

# A TLS record holds as much (RFC 8446, section 5.1). What comes at once is parsed at once, and no
# limit ends meanwhile.
_CHUNK = 16 * 1024
# Of what the other side sent first, during a handshake, more is never shown.
_FIRST = 64 * 1024


class Stream(Protocol):
    """A connection as bytes in both directions."""

    async def send(self, data: bytes) -> None:
        """Hand all of it to the layer below. Raises `OSError`."""

    async def receive(self) -> bytes:
        """Return what has come, at least a byte; ``b""`` at the end.

        Raises `OSError`, of which `ssl.SSLError` is one.
        """

    def push_back(self, data: bytes) -> None:
        """Give back what was received too early; the next `receive` returns it."""

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket, and the layers of TLS over it from the lowest to the highest."""

    def close(self) -> None:
        """Close the socket. Never raises."""


class SocketStream:
    """A connected, non-blocking TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._pending = b""

    async def send(self, data: bytes) -> None:
        """Hand all of it to the kernel."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive(self) -> bytes:
        """Return what was pushed back, or what the kernel has."""
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        # Where bytes are there already sock_recv returns without a pause, and a peer that never
        # stops would keep every limit from ending.
        await asyncio.sleep(0)
        return await asyncio.get_running_loop().sock_recv(self.socket, _CHUNK)

    def push_back(self, data: bytes) -> None:
        """Keep it for the next `receive`."""
        self._pending = data + self._pending

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket."""
        assert not self._pending
        return self.socket, ()

    def close(self) -> None:
        """Send FIN, so that what was sent last still arrives, and close."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        self.socket.close()


class TlsStream:
    """TLS over another stream. `handshake` must have ended well before anything else is called."""

    def __init__(self, below: Stream, context: ssl.SSLContext, server_name: str) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._pending = b""
        self.received_first = b""

    async def handshake(self) -> None:
        """Do the handshake.

        Raises `ssl.SSLError`, `OSError`; `ConnectionAbortedError` where the peer just closed.
        """
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._below.receive()
                if not data:
                    raise ConnectionAbortedError("closed during the handshake") from None
                if len(self.received_first) < _FIRST:
                    self.received_first += data
                self._incoming.write(data)
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()  # the alert that tells the server why
                raise
            else:
                await self._flush()
                return

    async def send(self, data: bytes) -> None:
        """Encrypt and send."""
        view = memoryview(data)
        while view:
            view = view[self.tls.write(view) :]
        await self._flush()

    async def receive(self) -> bytes:
        """Return decrypted bytes; a close_notify and a plain end both read as the end."""
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        while True:
            try:
                return self.tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._below.receive()
                if not data:
                    return b""
                self._incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""

    def push_back(self, data: bytes) -> None:
        """Keep it for the next `receive`."""
        self._pending = data + self._pending

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket, and the layers of TLS up to this one."""
        assert not self._pending
        sock, layers = self._below.taken_apart()
        return sock, (*layers, self)

    def decrypted(self, data: bytes) -> tuple[bytes, bool]:
        """Return what the bytes of the layer below hold, and whether TLS said that it was all.

        Raises `ssl.SSLError`.
        """
        self._incoming.write(data)
        plain: list[bytes] = []
        while True:
            try:
                plain.append(self.tls.read(_CHUNK))
            except ssl.SSLWantReadError:
                return b"".join(plain), False
            except ssl.SSLZeroReturnError:
                return b"".join(plain), True
            if not plain[-1]:
                return b"".join(plain), True

    def encrypted(self, data: bytes) -> bytes:
        """Return the bytes for the layer below, and what TLS itself has to say there."""
        view = memoryview(data)
        while view:
            view = view[self.tls.write(view) :]
        return self._outgoing.read()

    def close(self) -> None:
        """Close what is below."""
        self._below.close()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._below.send(data)
