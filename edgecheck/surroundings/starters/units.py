"""Readers in systemd's units and in Quadlets (systemd.exec(5), podman-systemd.unit(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dotenv.readers.reading import Reader
from ...late import compiled
from .command import readers_in
from .place import Found, Place

_ENVIRONMENT_FILE = compiled(r"\s*EnvironmentFile\s*=\s*(.*)")
_COMMAND = compiled(r"\s*(?:Exec[A-Za-z]+|PodmanArgs)\s*=(.*)")


def in_unit(place: Place) -> Iterator[Found]:
    """Yield the readers in a unit, or in a Quadlet, whose sections podman makes a unit of."""
    quadlet = place.name.endswith((".container", ".pod"))
    section = ""
    files: list[Found] = []
    for number, line in place.lines():
        if header := re.match(r"\s*\[([^\]]*)\]", line):
            section = header[1]
        if match := _ENVIRONMENT_FILE.match(line):
            by_podman = quadlet and section != "Service"
            reader = Reader.PODMAN if by_podman else Reader.SYSTEMD
            if not match[1].strip():
                # Without a value it takes back the files before (systemd.exec(5)).
                files = [found for found in files if found[0] is not reader]
            if any(place.means(path) for path in match[1].split()):
                files.append((reader, number))
        elif command := _COMMAND.match(line):
            start = "podman run " if line.lstrip().startswith("PodmanArgs") else " "
            for reader in readers_in(start + command[1].lstrip("-@:+! "), place):
                yield reader, number
    yield from files
