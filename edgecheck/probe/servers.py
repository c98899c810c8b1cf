"""After a failed look-up: ask each of this machine's own name servers for the same name.

`getaddrinfo` has one word for a server that is gone, a zone that is broken and a bad signature. The
servers themselves have several. Only those that are configured here are asked, never a public one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import socket
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ..facts import DnsFacts, NameServer
from ..frozen import replace
from ..wire.budget import SERVER_TCP, SERVER_TRIES, SERVER_WAIT, SERVERS_ASKED, SLOW_LOOKUP_MS
from ..wire.clean import Cleaner
from ..wire.trip import Trip

if TYPE_CHECKING:
    from dns.message import Message

_PORT = 53
_ROOM = 64 * 1024
# Fewer aliases than this are followed by every resolver; more are a loop.
_ALIASES = 12
_RESOLVED = "127.0.0.53"  # systemd-resolved(8)


async def look_at_servers(trip: Trip) -> None:
    """Ask the name servers if the name was not resolved, or very slowly; add what they say."""
    seen = trip.facts.dns
    if seen is None or seen.literal:
        return
    if seen.failure is None and seen.span.duration_ms < SLOW_LOOKUP_MS:
        return
    addresses, search = _configured()
    clean = trip.opening.clean
    words, late_ms, *servers = await _together(
        _words_of_resolved(seen.host, addresses, clean),
        _answered_late(trip, seen),
        *(_asked(address, seen, clean) for address in addresses),
    )
    trip.learn(
        dns=replace(
            seen, servers=tuple(servers), search=search, resolver_words=words, late_ms=late_ms
        )
    )


async def _answered_late(trip: Trip, seen: DnsFacts) -> float | None:
    """Return when the look-up had an answer after all, in milliseconds from its beginning."""
    if trip.lookup is None:
        return None
    with contextlib.suppress(TimeoutError, OSError, UnicodeError):
        async with asyncio.timeout(SERVER_WAIT * SERVER_TRIES):
            await asyncio.shield(trip.lookup)
            return trip.clock.milliseconds() - seen.span.started_ms
    return None


def _configured() -> tuple[list[str], tuple[str, ...]]:
    """Return the addresses of the name servers, and the search domains (resolv.conf(5))."""
    from dns import exception, resolver  # late: slow to import

    with contextlib.suppress(exception.DNSException, OSError):
        found = resolver.Resolver()
        addresses = [str(each) for each in found.nameservers]
        domains = tuple(each.to_text(omit_final_dot=True) for each in found.search)
        return addresses[:SERVERS_ASKED], tuple(filter(None, domains))
    return [], ()


async def _asked(address: str, seen: DnsFacts, clean: Cleaner) -> NameServer:
    """Ask one server for the name, for the name unchecked, and for the root."""
    from dns import exception, flags, message, name

    try:
        wanted = name.from_text(seen.host).to_text()
    except (exception.DNSException, UnicodeError):
        return NameServer(address)
    kinds = {"ipv4": ("A",), "ipv6": ("AAAA",)}.get(seen.family, ("A", "AAAA"))
    questions = [message.make_query(wanted, kind, use_edns=0) for kind in kinds]
    unchecked = message.make_query(wanted, kinds[0], use_edns=0)
    unchecked.flags |= flags.CD
    # As glibc asks: without EDNS, so that an answer has 512 bytes at most (RFC 1035).
    plain = message.make_query(wanted, kinds[0])
    root = message.make_query(".", "NS", use_edns=0)
    started = time.perf_counter()
    try:
        *answers, without, short, of_root = await _together(
            *(_answer(address, question) for question in (*questions, unchecked, plain, root))
        )
    except ConnectionRefusedError:
        return NameServer(address, refused=True)
    except PermissionError:
        return NameServer(address, kept_back=True)
    told = [each for each in answers if each is not None]
    server = NameServer(
        address,
        unchecked_code=_code(without[0]) if without is not None else None,
        root_code=_code(of_root[0]) if of_root is not None else None,
    )
    if short is not None and short[0].flags & flags.TC:
        server = replace(server, truncated=True, over_tcp=await _is_open(address))
    if not told:
        return server
    # An address of either family is enough; a failure for one says more than nothing for the other.
    best, at = max(told, key=lambda each: (bool(_addresses(each[0])), _code(each[0]) != "NOERROR"))
    return replace(
        server,
        code=_code(best),
        milliseconds=(at - started) * 1000,
        unanswered=tuple(kind for kind, each in zip(kinds, answers, strict=True) if each is None),
        aliases=tuple(clean(each) for each in _aliases(best, wanted)),
        addresses=tuple(address for each, _ in told for address in _addresses(each)),
        reasons=tuple(
            dict.fromkeys(clean(text, 120) for each, _ in told for text in _reasons(each))
        ),
    )


async def _together(*looks: Coroutine[Any, Any, Any]) -> list[Any]:
    """Return what each look found; if one fails, the sockets of all are closed before it is said.

    What comes next may need them.
    """
    tasks = [asyncio.ensure_future(look) for look in looks]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _is_open(address: str) -> bool:
    """Tell whether a name server accepts connections."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(SERVER_TCP):
            _, writer = await asyncio.open_connection(address, _PORT)
            writer.close()
            return True
    return False


async def _answer(address: str, question: Message) -> tuple[Message, float] | None:
    """Return one server's answer and its moment; None if there is none.

    Raises:
        ConnectionRefusedError: nothing listens there.
        PermissionError: this machine's own firewall does not let it out.
        OSError: nothing could be sent.
    """
    from dns import exception, message

    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            return None  # no program on this machine reaches it
        raise  # such as no file descriptor: that says nothing about the server
    with sock:
        sock.settimeout(0)
        try:
            await loop.sock_connect(sock, (address, _PORT))
            for _ in range(SERVER_TRIES):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SERVER_WAIT):
                        await loop.sock_sendall(sock, question.to_wire())
                        while True:
                            data = await loop.sock_recv(sock, _ROOM)
                            at = time.perf_counter()
                            with contextlib.suppress(exception.DNSException, ValueError):
                                answer = message.from_wire(data, ignore_trailing=True)
                                if question.is_response(answer):
                                    return answer, at
        except (ConnectionRefusedError, PermissionError):
            raise
        except OSError:
            return None
    return None


def _code(answer: Message) -> str:
    from dns import rcode

    return rcode.to_text(answer.rcode())


def _addresses(answer: Message) -> list[str]:
    from dns import rdatatype

    kinds = (rdatatype.A, rdatatype.AAAA)
    return [each.to_text() for group in answer.answer if group.rdtype in kinds for each in group]


def _aliases(answer: Message, wanted: str) -> list[str]:
    """Return the chain of aliases from a name on; empty if it is not an alias."""
    from dns import rdatatype

    leads: dict[str, str] = {
        group.name.to_text().lower(): group[0].target.to_text()
        for group in answer.answer
        if group.rdtype == rdatatype.CNAME
    }
    chain = [wanted]
    while len(chain) < _ALIASES and (target := leads.get(chain[-1].lower())):
        circle = target.lower() in map(str.lower, chain)
        chain.append(target)
        if circle:
            break
    return [each.rstrip(".") for each in chain] if len(chain) > 1 else []


def _reasons(answer: Message) -> list[str]:
    """Return the extended errors, as ``6 DNSSEC Bogus: text`` (RFC 8914)."""
    from dns import edns

    found = []
    for option in answer.options:
        if isinstance(option, edns.EDEOption):
            name = edns.EDECode.to_text(option.code).replace("_", " ").lower()
            found.append(f"{int(option.code)} {name}" + (f": {option.text}" if option.text else ""))
    return found


async def _words_of_resolved(host: str, addresses: list[str], clean: Cleaner) -> str:
    """Return systemd-resolved's own words for a name; empty where it is not asked here."""
    program = shutil.which("resolvectl")
    if _RESOLVED not in addresses or program is None or host.startswith("-"):
        return ""
    process: Any = None
    try:
        async with asyncio.timeout(SERVER_WAIT * SERVER_TRIES):
            process = await asyncio.create_subprocess_exec(
                program,
                "--no-pager",
                "query",
                host,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await process.communicate()
            return clean(said.strip(), 200)
    except (OSError, TimeoutError):
        return ""
    finally:
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
