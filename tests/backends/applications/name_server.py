"""A name server that answers, fails or keeps silent as told, with reasons and aliases.

Arguments: address, and as JSON the names with what is said of each: ``A`` and ``AAAA`` (lists),
``CNAME`` (the target), ``then`` (the target's own), ``code``, ``silent``, ``mute`` (a type that is
not answered), ``reason`` (a number of RFC 8914), ``seconds`` (late), ``bogus`` (fails unless asked
not to check), ``cut`` (truncated). What the name ``*`` has is for all others.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


def answer_to(query: dns.message.Message, names: dict[str, Any]) -> dns.message.Message | None:
    """Return the response to a query; None for silence."""
    (question,) = query.question
    said = names.get(question.name.to_text(omit_final_dot=True).lower(), names.get("*"))
    response = dns.message.make_response(query, recursion_available=True)
    if said is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
        return response
    kind = dns.rdatatype.to_text(question.rdtype)
    if said.get("silent") or said.get("mute") == kind:
        return None
    if said.get("cut"):
        response.flags |= dns.flags.TC
        return response
    if said.get("bogus") and not query.flags & dns.flags.CD:
        said = {**said, "code": "SERVFAIL"}
    if "reason" in said and query.edns >= 0:
        response.use_edns(0, options=[dns.edns.EDEOption(said["reason"], said.get("text"))])
    response.set_rcode(dns.rcode.from_text(said.get("code", "NOERROR")))
    name = question.name
    if "CNAME" in said:
        alias = dns.rrset.from_text(name, 60, "IN", "CNAME", said["CNAME"])
        response.answer.append(alias)
        name = dns.name.from_text(said["CNAME"])
    if "then" in said:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", said["then"]))
    if response.rcode() == dns.rcode.NOERROR and said.get(kind):
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *said[kind]))
    return response


def main() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[1], 53))
    names = json.loads(sys.argv[2])

    def answer(data: bytes, client: Any) -> None:
        query = dns.message.from_wire(data)
        response = answer_to(query, names)
        if response is not None:
            server.sendto(response.to_wire(), client)

    while True:
        data, client = server.recvfrom(4096)
        host = dns.message.from_wire(data).question[0].name.to_text(omit_final_dot=True).lower()
        late = names.get(host, {}).get("seconds", 0)
        threading.Timer(late, answer, (data, client)).start()


if __name__ == "__main__":
    main()
