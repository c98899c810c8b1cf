"""The plainest configuration of further reverse proxies of `make field`.

Like those of `field_configurations.py`: a path for every situation, and waits of three seconds.
"""

from __future__ import annotations

from pathlib import Path

from field_configurations import Ports


def traffic_server(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write the configuration of Apache Traffic Server, in a tree of its own."""
    folders = {name: folder / name for name in ("etc", "run", "log", "cache")}
    for each in folders.values():
        each.mkdir(exist_ok=True)
        each.chmod(0o777)
    (folder / "runroot.yaml").write_text(
        f"""prefix: {folder}
exec_prefix: {folder}
bindir: /usr/bin
sbindir: /usr/bin
sysconfdir: {folders["etc"]}
datadir: {folders["cache"]}
includedir: /usr/include
libdir: /usr/lib
libexecdir: /usr/lib/trafficserver/modules
localstatedir: {folders["run"]}
runtimedir: {folders["run"]}
logdir: {folders["log"]}
cachedir: {folders["cache"]}
"""
    )
    settings = (
        ("server_ports", "STRING", f"{ports.own}:ip-in=127.0.0.1"),
        ("cache.http", "INT", 0),
        ("transaction_no_activity_timeout_out", "INT", 3),
        ("connect_attempts_timeout", "INT", 3),
        ("connect_attempts_max_retries", "INT", 0),
        ("connect_attempts_rr_retries", "INT", 0),
    )
    to = (*ports.paths, ("edge", ports.backend), ("none", ports.backend))
    schemes = ("http", "ws") if upgrade else ("http",)
    files = {
        "records.config": "CONFIG proxy.config.admin.user_id STRING #-1\n"
        + "".join(
            f"CONFIG proxy.config.http.{name} {kind} {value}\n" for name, kind, value in settings
        ),
        "remap.config": "".join(
            f"map {scheme}://127.0.0.1:{ports.own}/{name} {scheme}://127.0.0.1:{port}/{name}\n"
            for name, port in to
            for scheme in schemes
        ),
        "storage.config": f"{folders['cache']} 128M\n",
        "ip_allow.yaml": "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n"
        "    methods: ALL\n",
        **dict.fromkeys(("plugin.config", "hosting.config", "volume.config", "logging.yaml"), ""),
        **dict.fromkeys(("ssl_multicert.config", "parent.config", "cache.config"), ""),
    }
    for name, text in files.items():
        (folders["etc"] / name).write_text(text)


def tinyproxy(folder: Path, ports: Ports, _: bool) -> None:
    """Write the configuration of tinyproxy as a reverse proxy, which passes no Upgrade on."""
    # The rule that was written last is tried first.
    rules = "".join(
        f'ReversePath "/{name}/" "http://127.0.0.1:{port}/"\n' for name, port in ports.paths
    )
    (folder / "tinyproxy.conf").write_text(
        f"""Port {ports.own}
Listen 127.0.0.1
Timeout 3
MaxClients 50
LogLevel Critical
ReverseOnly Yes
ReversePath "/" "http://127.0.0.1:{ports.backend}/"
{rules}"""
    )


def of_node(folder: Path, ports: Ports, upgrade: bool) -> None:
    """Write down where a proxy of Node.js listens and leads to (`field_node_proxies.cjs`)."""
    words = (int(upgrade), ports.own, ports.backend, *(port for _, port in ports.paths))
    (folder / "ports").write_text(" ".join(map(str, words)))
