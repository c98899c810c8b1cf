"""A healthy `doctor` over TLS 1.3 to a backend that is far away.

How much longer does it take than the round trips that it cannot do without?

    python benchmarks/distance.py

As root on Linux the distance is real: in a network namespace a TUN device keeps every packet for
half a round trip, so that TCP, TLS, upgrade and ping cost one round trip each, four in all.
Elsewhere a relay on loopback keeps the bytes; it accepts at once, which leaves three. Measured are
the report's `total_ms`, and the time of the whole command less that of the same command without a
distance, in turn.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs import EDGECHECK, ENVIRON, HERE
from results import Row, show

ROUNDS = 9
# Milliseconds a round trip; the first is what the others are compared with.
NEAR, *FAR = (0, 20, 100, 300)
# Milliseconds beyond the round trips, and by how much more of them there may be at the longest
# distance than at the shortest.
BEYOND, GROWTH = 100.0, 20.0
TUN = Path("/dev/net/tun")
# Keeps packets; it needs nothing but Python.
LINK = HERE.parent / "tests" / "backends" / "applications" / "link.py"


@dataclass(frozen=True)
class Way:
    """What leads to backends at all distances.

    Args:
        urls: of the backend, by the milliseconds of a round trip.
        inside: what runs a command where they can be reached.
        round_trips: what a healthy checkup needs.
        environ: the settings but for the address.
        options: of the command line.
        name: for people.
    """

    urls: Mapping[int, str]
    inside: Sequence[str]
    round_trips: int
    environ: Mapping[str, str]
    options: Sequence[str]
    name: str


@contextmanager
def running(*words: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the context is left."""
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def backend(stack: ExitStack, inside: Sequence[str], addresses: Sequence[str]) -> dict[str, Any]:
    """Start a backend for these addresses, and return what it says of itself."""
    process = stack.enter_context(
        running(*inside, sys.executable, HERE / "far_backend.py", *addresses)
    )
    assert process.stdout is not None
    needed = json.loads(process.stdout.readline())
    assert isinstance(needed, dict)
    return needed


def far_away(stack: ExitStack) -> Way:
    """Make a network namespace with a device for each distance.

    Raises `OSError` or `CalledProcessError` where that cannot be.
    """
    name, program = (
        f"edgecheck-{os.getpid()}",
        shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin"),
    )
    if program is None or not TUN.exists():
        raise FileNotFoundError

    def ip(*words: str) -> None:
        subprocess.run([program, *words], check=True, capture_output=True)

    ip("netns", "add", name)
    stack.callback(ip, "netns", "del", name)
    inside = [program, "netns", "exec", name]
    ip("-n", name, "link", "set", "lo", "up")
    for number, milliseconds in enumerate((NEAR, *FAR)):
        device = f"far{number}"
        ip("-n", name, "tuntap", "add", "dev", device, "mode", "tun")
        ip("-n", name, "address", "add", f"10.9.{number}.1/24", "dev", device)
        ip("-n", name, "link", "set", device, "up")
        stack.enter_context(running(*inside, sys.executable, LINK, device, str(milliseconds)))
    addresses = {
        milliseconds: f"10.9.{number}.2" for number, milliseconds in enumerate((NEAR, *FAR))
    }
    needed = backend(stack, inside, list(addresses.values()))
    urls = {
        milliseconds: f"wss://{address}:{needed['port']}"
        for milliseconds, address in addresses.items()
    }
    return Way(urls, inside, 4, *_settings(needed), "a TUN device")


def relayed(stack: ExitStack) -> Way:
    """Start a backend, and a relay for each distance."""
    needed = backend(stack, [], ["127.0.0.1"])
    urls = {}
    for milliseconds in (NEAR, *FAR):
        relay = stack.enter_context(
            running(sys.executable, HERE / "relay.py", str(needed["port"]), str(milliseconds))
        )
        assert relay.stdout is not None
        urls[milliseconds] = f"wss://127.0.0.1:{int(relay.stdout.readline())}"
    return Way(urls, [], 3, *_settings(needed), "a relay, which accepts at once")


def _settings(needed: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    environ = {**ENVIRON, "EDGE_SECRET": needed["secret"], "EDGE_AGENT_ID": needed["agent_id"]}
    return environ, ["--ca-file", needed["ca_file"], "--no-proxy", "--json"]


def examine(way: Way, milliseconds: int) -> tuple[float, float]:
    """Run `doctor`, and return what its report says that it took, and what the command took.

    Both are in milliseconds.
    """
    words = [*way.inside, EDGECHECK, "doctor", "--url", way.urls[milliseconds], *way.options]
    started = time.perf_counter()
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, env=dict(way.environ), check=False
    )
    whole = (time.perf_counter() - started) * 1000
    report = json.loads(done.stdout)
    assert report["ok"], report["verdict"]
    assert report["stages"][4]["facts"]["version"] == "TLSv1.3"
    return report["total_ms"], whole


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for each distance, and one for the growth beyond the round trips."""
    with ExitStack() as stack:
        try:
            way = far_away(stack)
        except (OSError, subprocess.CalledProcessError):
            way = relayed(stack)
        examine(way, NEAR)  # warms the caches
        turns = [
            {milliseconds: examine(way, milliseconds) for milliseconds in (NEAR, *FAR)}
            for _ in range(rounds)
        ]
    rows = []
    beyond: dict[int, list[float]] = {}
    for milliseconds in FAR:
        needed = way.round_trips * milliseconds
        beyond[milliseconds] = [turn[milliseconds][0] - needed for turn in turns]
        figure = statistics.median(beyond[milliseconds])
        whole = statistics.median(turn[milliseconds][1] - turn[NEAR][1] - needed for turn in turns)
        what = (
            f"`doctor` at {milliseconds} ms a round trip, over {way.name}: beyond "
            f"{way.round_trips} round trips"
        )
        rows.append(
            Row(
                what,
                f"< {BEYOND:g} ms",
                f"{figure:.0f} ms; the whole command {whole:+.0f} ms",
                max(figure, whole) < BEYOND,
            )
        )
    growth = statistics.median(
        far - near for near, far in zip(beyond[FAR[0]], beyond[FAR[-1]], strict=True)
    )
    what = f"`doctor`: what is beyond the round trips, at {FAR[-1]} ms more than at {FAR[0]} ms"
    rows.append(Row(what, f"< {GROWTH:g} ms", f"{growth:.1f} ms", growth < GROWTH))
    return rows


if __name__ == "__main__":
    print(show(measure()))
