"""Bytes over a socket, and bytes over TLS over another stream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Protocol

# The size of a TLS record (RFC 8446, section 5.1). All that is received at once is parsed at once,
# and no time limit can end in between.
_CHUNK = 16 * 1024
# Only this much of the first bytes in a handshake is kept, because more is never shown.
_FIRST = 64 * 1024


class Stream(Protocol):
    """A connection as bytes in both directions."""

    async def send(self, data: bytes) -> None:
        """Hand all bytes to the layer below.

        Raises:
            OSError: the connection failed.
        """

    async def receive(self) -> bytes:
        """Return the bytes that arrived, at least one; ``b""`` at the end.

        Raises:
            OSError: the connection failed; `ssl.SSLError` is a subclass.
        """

    def push_back(self, data: bytes) -> None:
        """Put back bytes that were received too early; the next `receive` returns them."""

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket, and the TLS layers over it from the lowest to the highest."""

    def close(self) -> None:
        """Close the socket. Never raises."""


class SocketStream:
    """A connected, non-blocking TCP socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._pending = b""

    async def send(self, data: bytes) -> None:
        """Hand all bytes to the kernel."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive(self) -> bytes:
        """Return the bytes that were put back, or those that the kernel has."""
        if self._pending:
            data, self._pending = self._pending, b""
            return data
        # If bytes are waiting, sock_recv returns without a pause. Then a peer that never stops
        # sending would keep every time limit from ending.
        await asyncio.sleep(0)
        return await asyncio.get_running_loop().sock_recv(self.socket, _CHUNK)

    def push_back(self, data: bytes) -> None:
        """Keep the bytes for the next `receive`."""
        self._pending = data + self._pending

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket."""
        assert not self._pending
        return self.socket, ()

    def end_writing(self) -> None:
        """Send FIN: nothing more will be written, and answers may still come. Never raises."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Send FIN, so that the last bytes still arrive, and close."""
        self.end_writing()
        self.socket.close()


class TlsStream:
    """TLS over another stream; `handshake` must succeed before anything else is called."""

    def __init__(self, below: Stream, context: ssl.SSLContext, server_name: str | None) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._pending = b""
        self.received_first = b""

    async def handshake(self) -> None:
        """Do the handshake.

        Raises:
            ssl.SSLError, OSError: it failed; `ConnectionAbortedError` if the peer just closed.
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
                    await self._flush()  # the alert that tells the server the reason
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
        """Return decrypted bytes; both a close_notify and a plain end are the end."""
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
        """Keep the bytes for the next `receive`."""
        self._pending = data + self._pending

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Return the socket, and the TLS layers up to this one."""
        assert not self._pending
        sock, layers = self._below.taken_apart()
        return sock, (*layers, self)

    def decrypted(self, data: bytes) -> tuple[bytes, bool]:
        """Decrypt bytes of the layer below.

        Returns:
            The decrypted bytes, and whether TLS has ended with a close_notify.

        Raises:
            ssl.SSLError: they are not valid TLS.
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
        """Return the encrypted bytes for the layer below, with those that TLS itself adds."""
        view = memoryview(data)
        while view:
            view = view[self.tls.write(view) :]
        return self._outgoing.read()

    def close(self) -> None:
        """Close the stream below."""
        self._below.close()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._below.send(data)
