"""What this machine says of how the agent is started."""

from __future__ import annotations

from ..frozen import dataclass


@dataclass(frozen=True)
class Surroundings:
    """The place in which the process runs, as far as it can be read without privileges.

    Args:
        container: what shows that this is a container (``/.dockerenv``); empty if nothing does.
        kubernetes: the container is a pod of Kubernetes.
        wsl: this is the Windows Subsystem for Linux.
        unit: the systemd service that started the process; empty if none did.
        up_seconds: since this machine was started; None if that cannot be read.
        no_proxy: the hosts that are not to be reached through a proxy, as the environment has them.
        trust_from: the variable, with its value, that names other trusted authorities than this
            machine's own (``SSL_CERT_FILE=/path``); empty if none is set.
        trust_missing: what it names does not exist.
    """

    container: str = ""
    kubernetes: bool = False
    wsl: bool = False
    unit: str = ""
    up_seconds: float | None = None
    no_proxy: str = ""
    trust_from: str = ""
    trust_missing: bool = False
