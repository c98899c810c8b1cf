"""After the silence of a proxy: does it answer anything?"""

from __future__ import annotations

import asyncio
import re

from ..facts import AgainFacts, LookName, LookOutcome
from ..settings.proxy import Proxy
from ..wire import tcp
from ..wire.clock import Clock
from ..wire.fold import raise_own_limit
from ..wire.stream import SocketStream
from ..wire.trip import Trip


async def ask_the_proxy(trip: Trip, proxy: Proxy, limit: float) -> AgainFacts:
    """Ask a proxy for itself, which no proxy serves: one that lives says so.

    No other host is concerned, so that its silence is its own.

    Args:
        limit: seconds for everything together.

    Raises:
        OSError: this machine has no means for it; nothing is known then.
    """
    race = tcp.Race("", 0, trip.addresses, Clock())
    stream: SocketStream | None = None
    outcome, came = LookOutcome.UNCONNECTED, b""
    try:
        async with asyncio.timeout(limit):
            sock = await race.run(limit)
            if sock is not None:
                stream, outcome = SocketStream(sock), LookOutcome.SILENT
                host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
                request = f"GET / HTTP/1.1\r\nHost: {host}:{proxy.port}\r\n\r\n"
                await stream.send(request.encode("ascii"))
                came = await stream.receive()
                outcome = LookOutcome.ANSWERED if came else LookOutcome.CLOSED
    except TimeoutError:
        pass
    except (OSError, UnicodeError):
        outcome = LookOutcome.CLOSED if stream is not None else LookOutcome.UNCONNECTED
    finally:
        if stream is not None:
            stream.close()
        await race.close()
    if stream is None:
        raise_own_limit(race.facts().failure)
    status = re.match(rb"HTTP/1\.[01] (\d{3})", came)
    return AgainFacts(
        LookName.PROXY_ITSELF, outcome, f"HTTP {status[1].decode()}" if status else ""
    )
