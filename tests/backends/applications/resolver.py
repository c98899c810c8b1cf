"""A name server that answers, fails or keeps silent as told.

Arguments: address, and the names as JSON: ``{"name": {"A": [...], "AAAA": [...]}}``, with
``SERVFAIL`` or ``SILENCE`` instead of a list. A missing type has no data (RFC 2308, section 2.2); a
missing name does not exist.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import sys
from typing import Any

_TYPES = {1: "A", 2: "NS", 28: "AAAA"}  # RFC 1035, section 3.2.2; RFC 3596, section 2.1
_SERVFAIL, _NXDOMAIN = 2, 3


def answer_to(query: bytes, names: dict[str, Any]) -> bytes | None:
    """Return the response to a query of one question (RFC 1035, section 4); None for silence."""
    labels, position = [], 12
    while length := query[position]:
        labels.append(query[position + 1 : position + 1 + length].decode("ascii"))
        position += 1 + length
    question = query[12 : position + 5]
    (kind,) = struct.unpack_from("!H", query, position + 1)
    records = names.get(".".join(labels).lower())
    code, found = 0, []
    if records is None:
        code = _NXDOMAIN
    else:
        said = records.get(_TYPES.get(kind, ""), [])
        if said == "SILENCE":
            return None
        if said == "SERVFAIL":
            code = _SERVFAIL
        else:
            found = [ipaddress.ip_address(text).packed for text in said]
    # A response, with recursion desired and available, one question, and as many answers as found.
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0)
    answers = (struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(data)) + data for data in found)
    return head + question + b"".join(answers)


def main() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[1], 53))
    names = json.loads(sys.argv[2])
    while True:
        query, client = server.recvfrom(4096)
        response = answer_to(query, names)
        if response is not None:
            server.sendto(response, client)


if __name__ == "__main__":
    main()
