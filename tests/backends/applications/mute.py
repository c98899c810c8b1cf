"""Take every connection and all that is sent over it, and answer nothing.

Argument: the port.
"""

from __future__ import annotations

import socket
import sys
import threading


def swallow(one: socket.socket) -> None:
    """Read to the end."""
    with one:
        try:
            while one.recv(65536):
                pass
        except ConnectionError:
            pass


def main() -> None:
    with socket.create_server(("", int(sys.argv[1]))) as server:
        while True:
            one, _ = server.accept()
            threading.Thread(target=swallow, args=(one,), daemon=True).start()


if __name__ == "__main__":
    main()
