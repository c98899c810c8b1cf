"""`BACKEND_URL` with a loopback address, in a container or in WSL (pure).

There, loopback is the container itself and not the machine around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...facts.surroundings import Surroundings
from ...lint.defect import Defect
from ...settings.model import Settings
from ...settings.url import is_address, is_loopback
from ..finding import ERROR, WARNING, finding

# systemd and podman set it in every container (https://systemd.io/CONTAINER_INTERFACE).
_MARK = "container"


def in_container(settings: Settings) -> Iterator[Defect]:
    """Yield a loopback address, if the environment says that this is a container."""
    if _MARK in settings.environment_names:
        yield from _found(settings, Surroundings(container=f"${_MARK}"), refused=False)


def refused_in_container(settings: Settings, around: Surroundings) -> Iterator[Defect]:
    """Yield a loopback address that refused a connection, if this is a container or WSL.

    Args:
        around: where the process runs.
    """
    yield from _found(settings, around, refused=True)


def _found(settings: Settings, around: Surroundings, *, refused: bool) -> Iterator[Defect]:
    """Yield the defect: an error if nothing listens there and a name was written.

    An address of this machine may be meant as it is written, so it is a warning.
    """
    host = settings.url.host if settings.url is not None else ""
    if not is_loopback(host) or not (around.container or around.wsl):
        return
    inside = bool(around.container)
    yield finding(
        "url-localhost-in-container",
        settings,
        ERROR if refused and not is_address(host) else WARNING,
        f"{around.container} shows that this is a container" if inside else "this is WSL",
        setting=settings.names.url,
        loopback=host,
        kind="container" if inside else "Linux system",
        inside="a container" if inside else "the Windows Subsystem for Linux",
        other=_other_name(around, settings.url.scheme if settings.url is not None else "wss"),
    )


def _other_name(around: Surroundings, scheme: str) -> str:
    if around.kubernetes:
        return f"the backend's Service: `{scheme}://SERVICE.NAMESPACE.svc:PORT`"
    if around.container:
        return (
            f"the service's name in compose, `{scheme}://SERVICE:PORT`, or `host.docker.internal` "
            f"for a "
            "backend on the machine around it (on Linux with `--add-host "
            "host.docker.internal:host-gateway`)"
        )
    return "the address of Windows, if the backend runs there: `ip route show default`"
