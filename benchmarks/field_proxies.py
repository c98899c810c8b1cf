"""Reverse proxies for `make field`: how each is started."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from field_configurations import (
    Ports,
    apache,
    caddy,
    envoy,
    h2o,
    haproxy,
    lighttpd,
    nghttpx,
    nginx,
    squid,
    traefik,
    varnish,
)
from field_small_proxies import of_node, tinyproxy, traffic_server


@dataclass(frozen=True)
class Proxy:
    """How a proxy is started.

    Args:
        program: its command; it is looked for beside Python, too.
        files: writes its configuration into a folder.
        arguments: behind the command; ``{folder}`` and ``{port}`` are filled.
    """

    program: str
    files: Callable[[Path, Ports, bool], None]
    arguments: tuple[str, ...]

    def command(self, folder: Path, ports: Ports, upgrade: bool) -> list[str] | None:
        """Write the configuration, and return the command; None if it is not installed."""
        found = program(self.program)
        if found is None or (self.files is of_node and not _has_node_modules()):
            return None
        self.files(folder, ports, upgrade)
        return [found, *(one.format(folder=folder, port=ports.own) for one in self.arguments)]


def program(name: str) -> str | None:
    """Return the path of a program, on the PATH, among the administrators' or beside Python."""
    scripts = sysconfig.get_path("scripts")
    extra = os.environ.get("EDGECHECK_FIELD_BIN", "")
    path = os.pathsep.join((extra, scripts, os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return shutil.which(name, path=path)


def _has_node_modules() -> bool:
    modules = os.environ.get("NODE_PATH", "")
    return bool(modules) and (Path(modules) / "http-proxy").is_dir()


NODE_PROXIES = ("http-proxy", "http-proxy-middleware", "fastify http-proxy", "httpxy")
FURTHER_PROXIES = ("Traffic Server", "tinyproxy", *NODE_PROXIES)
_NODE_PROGRAM = str(Path(__file__).with_name("field_node_proxies.cjs"))
PROXIES = {
    "nginx": Proxy("nginx", nginx, ("-p", "{folder}", "-c", "{folder}/nginx.conf")),
    "Apache": Proxy("apache2", apache, ("-DFOREGROUND", "-f", "{folder}/httpd.conf")),
    "HAProxy": Proxy("haproxy", haproxy, ("-db", "-f", "{folder}/haproxy.cfg")),
    "Caddy": Proxy("caddy", caddy, ("run", "--config", "{folder}/Caddyfile")),
    "lighttpd": Proxy("lighttpd", lighttpd, ("-D", "-f", "{folder}/lighttpd.conf")),
    "Varnish": Proxy(
        "varnishd",
        varnish,
        (
            "-F",
            "-n",
            "{folder}/work",
            "-a",
            "127.0.0.1:{port}",
            "-f",
            "{folder}/default.vcl",
            "-p",
            "pipe_timeout=3",
            "-j",
            "none",
        ),
    ),
    "Squid": Proxy("squid", squid, ("-N", "-f", "{folder}/squid.conf")),
    "nghttpx": Proxy("nghttpx", nghttpx, ("--conf={folder}/nghttpx.conf",)),
    "Traefik": Proxy(
        "traefik",
        traefik,
        (
            "--entrypoints.web.address=127.0.0.1:{port}",
            "--log.level=FATAL",
            "--providers.file.filename={folder}/dynamic.yml",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
        ),
    ),
    "Envoy": Proxy(
        "envoy", envoy, ("-c", "{folder}/envoy.json", "--disable-hot-restart", "-l", "off")
    ),
    "H2O": Proxy("h2o", h2o, ("-c", "{folder}/h2o.conf")),
    "Traffic Server": Proxy(
        "traffic_server", traffic_server, ("--run-root={folder}/runroot.yaml",)
    ),
    "tinyproxy": Proxy("tinyproxy", tinyproxy, ("-d", "-c", "{folder}/tinyproxy.conf")),
    **{
        name: Proxy("node", of_node, (_NODE_PROGRAM, name, "{folder}/ports"))
        for name in NODE_PROXIES
    },
}
# These pass the Upgrade field on by themselves.
WITHOUT_SETTING = ("HAProxy", "Caddy", "nghttpx", "Traefik")
