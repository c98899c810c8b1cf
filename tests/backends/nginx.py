"""nginx with its own folder and configuration: one process, with a port for each case."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.backends.servers import Server, free_port, serving

UPGRADE = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header "
    'Connection "upgrade";'
)

_CONFIGURATION = """\
{user}
daemon off;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  limit_req_zone $server_port zone=slow:32k rate=1r/m;
{servers}
}}
"""


@contextmanager
def nginx(program: str, folder: Path, cases: Mapping[str, str]) -> Iterator[Mapping[str, Server]]:
    """Run nginx until the context is left.

    Args:
        program: its path.
        folder: for all that it writes.
        cases: for each name, the content of its server block; ``{listen}`` stands for the address
            to listen on, and a case with ``ssl`` is ``wss://``.

    Returns:
        For each name, where it listens.
    """
    ports = {name: free_port() for name in cases}
    servers = "\n".join(
        f"  server {{ {text if 'listen ' in text else 'listen {listen}; ' + text} }}".replace(
            "{listen}", f"127.0.0.1:{ports[name]}"
        )
        for name, text in cases.items()
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(user="user root;" if os.geteuid() == 0 else "", servers=servers)
    )
    command = [program, "-p", f"{folder}/", "-c", str(configuration), "-e", "stderr"]
    last = list(ports.values())[-1]
    with serving(command, last, folder / "nginx.log") as server:
        yield {
            name: Server(port, server.log, server.process, "wss" if " ssl" in cases[name] else "ws")
            for name, port in ports.items()
        }
