"""What the kernel knows of a TCP connection, asked without privileges (Linux; else None)."""

from __future__ import annotations

import array
import contextlib
import importlib
import socket
import struct
import sys
from typing import Any, Protocol

from ..facts import KernelFacts, Stage
from ..frozen import dataclass

_LINUX = bool(sys.platform.startswith("linux"))
fcntl: Any = None  # Windows has none
with contextlib.suppress(ImportError):
    fcntl = importlib.import_module("fcntl")
_TCP_INFO = 11  # tcp(7)
# struct tcp_info of linux/tcp.h, up to tcpi_snd_wnd (since Linux 5.4). A newer kernel's is
# longer, and an older one's shorter: then nothing is known.
_INFO = struct.Struct("=8B24I4Q2I4IQ3Q2I2Q4I")
# Positions in it.
_RETRANSMITS, _PROBES, _SND_MSS, _SACKED = 2, 3, 10, 13
_LAST_DATA_SENT, _LAST_DATA_RECV, _LAST_ACK_RECV, _PMTU = 17, 19, 20, 21
_RTT, _TOTAL_RETRANS = 23, 31
_BYTES_ACKED, _BYTES_RECEIVED, _SEGS_OUT, _SEGS_IN = 34, 35, 36, 37
_DSACK_DUPS, _RCV_OOOPACK, _SND_WND = 50, 52, 53
# ioctl(2), SIOCOUTQ: bytes of the send queue that the other end has not acknowledged, tcp(7).
_SIOCOUTQ = 0x5411
# SIOCINQ: bytes that can be read, tcp(7).
_SIOCINQ = 0x541B
# SO_MEMINFO of asm-generic/socket.h (since Linux 4.12): nine numbers, SK_MEMINFO_* of
# linux/sock_diag.h. The first is the memory that is filled with what was received.
_SO_MEMINFO, _MEMORY = 55, struct.Struct("=9I")


class Asked(Protocol):
    """A socket, or asyncio's view of one."""

    def getsockopt(self, level: int, option: int, size: int, /) -> bytes:
        """Return an option's value."""

    def fileno(self) -> int:
        """Return the descriptor."""


@dataclass(frozen=True)
class Account:
    """TCP's accounts of one connection at one moment.

    Args:
        info: the fields of struct tcp_info.
        queued: bytes that were written and are not acknowledged.
        waiting: packets were received that cannot be read, because an earlier one is missing.
    """

    info: tuple[int, ...]
    queued: int
    waiting: bool = False

    @property
    def acknowledged(self) -> int:
        """Bytes of ours that the other end's kernel has; the SYN counts as one in the kernel."""
        return max(self.info[_BYTES_ACKED] - 1, 0)

    @property
    def written(self) -> int:
        """Bytes that were handed to the kernel."""
        return self.acknowledged + self.queued


def account_of(sock: Asked | None, *, of_reading: bool = True) -> Account | None:
    """Ask the kernel about a connection; None if it does not say.

    Args:
        sock: the connection.
        of_reading: also ask whether what was received can be read.
    """
    if sock is None or not _LINUX or fcntl is None:
        return None
    queued = array.array("i", [0])
    with contextlib.suppress(OSError, ValueError):
        told = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO.size)
        fcntl.ioctl(sock.fileno(), _SIOCOUTQ, queued)
        if len(told) == _INFO.size:
            waiting = of_reading and _has_waiting(sock)
            return Account(_INFO.unpack(told), queued[0], waiting)
    return None


def _has_waiting(sock: Asked) -> bool:
    """Tell whether memory is filled with what was received, and nothing of it can be read.

    What came out of order is all that is left then. The count of such packets (TCP_INFO) does not
    tell whether the missing one has come since.
    """
    readable = array.array("i", [0])
    with contextlib.suppress(OSError, ValueError):
        told = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMORY.size)
        if len(told) == _MEMORY.size and _MEMORY.unpack(told)[0]:
            fcntl.ioctl(sock.fileno(), _SIOCINQ, readable)
            return not readable[0]
    return False


class Accounts:
    """What the kernel knows of a session's connection, now or when it ended."""

    def __init__(self) -> None:
        self._sock: Asked | None = None
        self._before = 0
        self._last: Account | None = None

    def begin(self, sock: Asked | None) -> None:
        """Take the connection; what was sent before belongs to earlier stages."""
        account = account_of(sock, of_reading=False)
        self._sock, self._before = sock, account.written if account is not None else 0

    def keep(self) -> None:
        """Keep what is known, because the connection ends now."""
        self._last = self._last or account_of(self._sock)

    def forget(self) -> None:
        """Do not ask any more: what matters is noted."""
        self._sock = None

    def facts(self) -> KernelFacts | None:
        """Return what is known; None if the kernel does not say."""
        return _told(self._last or account_of(self._sock), Stage.SESSION, self._before)


def kernel_facts(sock: Asked | None, stage: Stage, before: int = 0) -> KernelFacts | None:
    """Return what the kernel knows of a connection; None if it does not say.

    Args:
        sock: connected, and not closed yet.
        stage: the stage that is going on.
        before: bytes that were handed to the kernel in earlier stages.
    """
    return _told(account_of(sock), stage, before)


def _told(account: Account | None, stage: Stage, before: int) -> KernelFacts | None:
    if account is None:
        return None
    info = account.info
    sent = max(account.written - before, 0)
    acknowledged = min(max(account.acknowledged - before, 0), sent)
    late = info[_LAST_DATA_SENT] - info[_LAST_ACK_RECV]
    # Each packet with data acknowledges, too: after one, the first acknowledgement is forgotten.
    told = info[_LAST_DATA_RECV] >= info[_LAST_DATA_SENT] and late >= 0
    return KernelFacts(
        stage=stage,
        sent=sent,
        acknowledged=acknowledged,
        acknowledged_ms=float(late) if sent and acknowledged == sent and told else None,
        silent_ms=float(min(info[_LAST_ACK_RECV], info[_LAST_DATA_RECV])),
        received=info[_BYTES_RECEIVED],
        out_of_order=info[_RCV_OOOPACK],
        selectively_acknowledged=info[_SACKED],
        retransmits=max(info[_TOTAL_RETRANS] - info[_DSACK_DUPS], 0),
        packets_sent=info[_SEGS_OUT],
        packets_received=info[_SEGS_IN],
        unanswered=info[_RETRANSMITS] or info[_PROBES],
        round_trip_ms=info[_RTT] / 1000,
        path_mtu=info[_PMTU] or None,
        segment_size=info[_SND_MSS] or None,
        window=info[_SND_WND],
        gap_ms=float(info[_LAST_DATA_RECV]) if account.waiting else None,
    )
