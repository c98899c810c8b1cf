"""Where the hosts file has a name (I/O, reads only)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

# hosts(5); Windows keeps the same file elsewhere.
HOSTS = Path(r"C:\Windows\System32\drivers\etc\hosts" if os.name == "nt" else "/etc/hosts")
# A hosts file that blocks advertisers has some hundred thousand lines.
_ENOUGH = 8 * 1024 * 1024


def hosts_line(name: str, addresses: Sequence[str], path: Path = HOSTS) -> str:
    """Return the file and the line that give a name one of its addresses; empty without one.

    Args:
        name: that was looked up.
        addresses: that it has.
        path: of the file; tests have their own.
    """
    wanted = name.rstrip(".").lower()
    try:
        with path.open("rb") as file:
            text = file.read(_ENOUGH).decode("utf-8", "replace")
    except OSError:
        return ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].lower().split()
        if wanted in words[1:] and words[0] in addresses:
            return f"{path}:{number}"
    return ""
