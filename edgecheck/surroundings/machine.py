"""The place in which the process runs: a container, WSL, a service of systemd, the start."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ..facts.surroundings import Surroundings
from ..files import is_there

# Files that container engines put into every container: docker; podman.
_MARKS = (".dockerenv", "run/.containerenv")
# What a control group is called inside a container.
_GROUPS = ("docker", "kubepods", "containerd", "libpod", "lxc")
# What OpenSSL takes its trusted authorities from, in place of its own files (X509_get_default_*).
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# More of these files is never read.
_ENOUGH = 4096


_ROOT = Path("/")


def surroundings(environ: Mapping[str, str], root: Path = _ROOT) -> Surroundings:
    """Look where this process runs; only what everybody may read.

    Args:
        environ: variables of the process.
        root: of the file system; tests have their own.
    """
    mark, group, release = _unchanging(root)
    pod = "KUBERNETES_SERVICE_HOST" in environ
    named = ((name, environ.get(name, "")) for name in _TRUST)
    trust = next((f"{name}={value}" for name, value in named if value), "")
    return Surroundings(
        container=mark
        # systemd and podman set it (https://systemd.io/CONTAINER_INTERFACE).
        or ("$container" if environ.get("container") else "")
        or group
        or ("KUBERNETES_SERVICE_HOST" if pod else ""),
        kubernetes=pod,
        wsl="microsoft" in release or "WSL_DISTRO_NAME" in environ,
        unit=_unit(environ, root),
        up_seconds=_up(root),
        no_proxy=environ.get("no_proxy", environ.get("NO_PROXY", "")),
        trust_from=trust,
        trust_missing=bool(trust) and not is_there(trust.partition("=")[2]),
    )


@lru_cache(maxsize=4)
def _unchanging(root: Path) -> tuple[str, str, str]:
    """Return what stays the same while a process runs.

    That is the file, and the control group, that show a container (empty if nothing does), and the
    kernel's release in lower case.
    """
    mark = next((f"/{mark}" for mark in _MARKS if is_there(root / mark)), "")
    groups = _text(root / "proc/1/cgroup")
    group = "/proc/1/cgroup" if any(f"/{name}" in groups for name in _GROUPS) else ""
    return mark, group, _text(root / "proc/sys/kernel/osrelease").lower()


def _unit(environ: Mapping[str, str], root: Path) -> str:
    """Return the systemd service that started this process (systemd.exec(5), INVOCATION_ID)."""
    if "INVOCATION_ID" not in environ:
        return ""
    for line in _text(root / "proc/self/cgroup").splitlines():
        last = line.rstrip("/").rpartition("/")[2]
        if last.endswith(".service"):
            return last[:100]
    return ""


def _up(root: Path) -> float | None:
    """Return the seconds since the machine was started, or the container if it has its own."""
    if (begun := _begun(root)) is None:
        return None
    return round(_boot_clock() - begun, 2)  # as the file says it


@lru_cache(maxsize=4)
def _begun(root: Path) -> float | None:
    """Return the start of the machine on its own clock; a process outlives no start."""
    try:
        return _boot_clock() - float(_text(root / "proc/uptime").split()[0])
    except (ValueError, IndexError):
        return None


def _boot_clock() -> float:
    """Return the time of a clock that goes on while the machine sleeps."""
    if sys.platform == "linux":
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
    else:
        now = time.monotonic()
    return now


def _text(path: Path) -> str:
    """Return the beginning of a file; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_ENOUGH).decode("utf-8", "replace")
    except OSError:
        return ""
