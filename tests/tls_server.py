"""The server's side of TLS over any bytes, which can end without what is below it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class TlsServer:
    """TLS over a way to read and a way to write, such as those of another one.

    asyncio's TLS closes the socket together with TLS, so that nobody sees which end was noticed.

    Args:
        context: of a server.
        read: returns the bytes that came, nothing at the end.
        write: sends bytes.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self._read, self._write = read, write
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @classmethod
    async def over(
        cls,
        context: ssl.SSLContext,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
    ) -> TlsServer:
        """Do the handshake."""
        server = cls(context, read, write)
        await server._done(server._tls.do_handshake)
        return server

    @classmethod
    async def over_socket(
        cls,
        context: ssl.SSLContext,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> TlsServer:
        """Do the handshake with a client that has just connected."""

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        return await cls.over(context, lambda: reader.read(65536), write)

    async def _done(self, step: Callable[[], T]) -> T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._read()
                if not data:
                    raise ConnectionAbortedError("the client is gone") from None
                self._incoming.write(data)
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._write(data)

    async def read(self) -> bytes:
        """Return the decrypted bytes that came."""
        return await self._done(lambda: self._tls.read(65536))

    async def write(self, data: bytes) -> None:
        """Encrypt and send."""
        await self._done(lambda: self._tls.write(data))

    async def head(self) -> bytes:
        """Read one head, which must come with nothing after it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await self.read()
        return head

    async def end(self) -> None:
        """Send close_notify, and neither wait for the client's nor end what is below."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        await self._flush()
