"""dns: names that only some places know, each with a cure of its own."""

from __future__ import annotations

from ...facts import Facts, Kind
from ...wording.names import asked
from ..condition import OnKind, Sighting
from . import servers
from .dns import is_example

# The end of a name, where it is known, and what to do where it is not.
_SUFFIXES: tuple[tuple[str, str, str], ...] = (
    (
        "host.docker.internal",
        "inside Docker Desktop's containers",
        (
            "Start the container with the name, on Linux: `docker run --add-host "
            "host.docker.internal:host-gateway …`; in compose `extra_hosts: "
            '["host.docker.internal:host-gateway"]`. Outside a container the name is `localhost`.'
        ),
    ),
    (
        "host.containers.internal",
        "inside podman's containers",
        "Use it inside a podman container alone; outside, the name of the machine is `localhost`.",
    ),
    (
        "docker.internal",
        "inside Docker's containers",
        "Run the agent in a container of the same network, or use the machine's own name.",
    ),
    (
        "svc.cluster.local",
        "inside the Kubernetes cluster",
        (
            "Run the agent in the cluster, or use the address of the Ingress outside of it. For a "
            "try: "
            "`kubectl port-forward service/NAME 8000:80`, and localhost:8000 as host and port."
        ),
    ),
    (
        "svc",
        "inside the Kubernetes cluster",
        (
            "Write the whole name, SERVICE.NAMESPACE.svc.cluster.local, inside the cluster; "
            "outside of "
            "it use the address of the Ingress."
        ),
    ),
    (
        "railway.internal",
        "inside the Railway project",
        "Use the public domain of the service (NAME.up.railway.app) from outside of the project.",
    ),
    (
        "flycast",
        "inside the Fly.io organisation's network",
        "Use APP.fly.dev from outside, or join its network with `fly wireguard create`.",
    ),
    (
        "fly.internal",
        "inside the Fly.io organisation's network",
        "Use APP.fly.dev from outside, or join its network with `fly wireguard create`.",
    ),
    (
        "internal",
        "inside one cloud's or company's private network",
        (
            "Run the agent in that network, connect the VPN, or ask the backend's team for the "
            "public "
            "name."
        ),
    ),
    (
        "local",
        "by multicast DNS in one local network",
        (
            "Install mDNS where the agent runs (`sudo apt-get install libnss-mdns avahi-daemon`), "
            "or "
            "use the machine's address. Containers and other networks do not hear multicast."
        ),
    ),
    *(
        (
            suffix,
            "inside one private network",
            "Connect to that network or its VPN, or ask the backend's team for the public name.",
        )
        for suffix in ("lan", "home.arpa", "intranet", "corp", "localdomain", "private", "consul")
    ),
)
_SINGLE = (
    "inside one compose project, cluster or local network",
    (
        "Run the agent in the same compose project or Kubernetes namespace as the service, or use "
        "the "
        "whole name of the host. A name without a dot is a service's name."
    ),
)


def local_only(facts: Facts) -> Sighting | None:
    """See a name that does not exist here and that only some places know."""
    if OnKind(Kind.DNS_NOT_FOUND, Kind.DNS_FAILURE).see(facts) is None or facts.dns is None:
        return None
    name = facts.dns.host.rstrip(".").lower()
    if name != (facts.target.host or "").rstrip(".").lower():
        return None  # the proxy's name
    if is_example(name):
        return None
    failed = facts.dns.failure
    known_elsewhere = failed is not None and failed.kind is Kind.DNS_NOT_FOUND
    if facts.dns.servers and not (known_elsewhere or servers.is_unknown(facts.dns)):
        return None  # the servers failed, so they say nothing about the name
    evidence = asked(facts) if facts.dns.servers else ()
    for suffix, where, cure in _SUFFIXES:
        if name == suffix or name.endswith(f".{suffix}"):
            return Sighting({"where it is known": where}, evidence, remedies=(cure,))
    if "." not in name and name not in ("localhost", "") and known_elsewhere:
        return Sighting({"where it is known": _SINGLE[0]}, evidence, remedies=(_SINGLE[1],))
    return None
