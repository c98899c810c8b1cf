"""Simulate a long way to a server on this machine.

Packets that are sent to the other end of a TUN device come back later, as if from there.

Arguments: the device, and the round-trip time in milliseconds. The two addresses are exchanged, so
that a connection to the other end reaches this end; the checksums of header and pseudo-header stay
correct, because they do not depend on the order of the addresses.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import sys
import time
from collections import deque

# <linux/if_tun.h>
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def main() -> None:
    device, delay = sys.argv[1], float(sys.argv[2]) / 2000
    packets = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(packets, _TUNSETIFF, struct.pack("16sH", device.encode(), _IFF_TUN | _IFF_NO_PI))
    under_way: deque[tuple[float, bytes]] = deque()
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        if select.select([packets], [], [], wait)[0]:
            packet = os.read(packets, 65536)
            if packet[0] >> 4 == 4:
                under_way.append(
                    (
                        time.monotonic() + delay,
                        packet[:12] + packet[16:20] + packet[12:16] + packet[20:],
                    )
                )
        while under_way and under_way[0][0] <= time.monotonic():
            os.write(packets, under_way.popleft()[1])


if __name__ == "__main__":
    main()
