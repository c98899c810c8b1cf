"""tinyproxy with its own configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.servers import Server, free_port, serving


@contextmanager
def tinyproxy(program: str, folder: Path, *lines: str) -> Iterator[Server]:
    """Run tinyproxy until the context is left.

    Args:
        program: its path.
        folder: for all that it writes.
        lines: of the configuration, without the address.
    """
    port = free_port()
    folder.mkdir(exist_ok=True)
    configuration = folder / "tinyproxy.conf"
    configuration.write_text(
        "\n".join((f"Port {port}", "Listen 127.0.0.1", "Timeout 30", *lines, ""))
    )
    with serving(
        [program, "-d", "-c", configuration], port, folder / "tinyproxy.log", scheme="http"
    ) as server:
        yield server
