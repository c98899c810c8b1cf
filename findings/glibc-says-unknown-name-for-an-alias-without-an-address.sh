#!/bin/sh
# glibc says "Name or service not known" of a name that DNS knows: an alias without an address.
#
# A name is an alias (CNAME) for another, which exists and has neither A nor AAAA record: a service
# of a hosting platform that was deleted, and whose name stayed. Resolvers say NOERROR. For a name
# without records of its own, getaddrinfo says EAI_NODATA, "No address associated with hostname".
# One expects the same here, and gets it when IPv4 alone is asked for. With AF_UNSPEC, the default,
# the answer is EAI_NONAME, "Name or service not known", as if nobody had ever made the record. So
# the search begins at the wrong place: with a typing error, or with the registrar.
#
# Seen with glibc 2.36, that of Debian 12. Needs python3, pip, and unshare of util-linux, which must
# be allowed to make namespaces. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install dnspython==2.8.0
printf 'nameserver 127.0.0.1\n' > resolv.conf
printf 'hosts: dns\n' > nsswitch.conf

cat > run.py <<'PY'
import socket
import threading

import dns.flags
import dns.message
import dns.rrset

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))


def answer():
    while True:
        query, client = server.recvfrom(4096)
        response = dns.message.make_response(dns.message.from_wire(query))
        response.flags |= dns.flags.RA
        if "alias" in str(response.question[0].name):
            alias = ("alias.example.", 60, "IN", "CNAME", "target.example.")
            response.answer.append(dns.rrset.from_text(*alias))
        soa = ("example.", 60, "IN", "SOA", "ns.example. root.example. 1 2 3 4 5")
        response.authority.append(dns.rrset.from_text(*soa))
        server.sendto(response.to_wire(), client)


def error_of(name, family):
    try:
        socket.getaddrinfo(name, 443, family, socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.errno


threading.Thread(target=answer, daemon=True).start()
seen = {
    (name, family.name): error_of(name, family)
    for name in ("alias.example", "bare.example")
    for family in (socket.AF_UNSPEC, socket.AF_INET)
}
print(seen)
assert seen == {
    ("alias.example", "AF_UNSPEC"): socket.EAI_NONAME,
    ("alias.example", "AF_INET"): socket.EAI_NODATA,
    ("bare.example", "AF_UNSPEC"): socket.EAI_NODATA,
    ("bare.example", "AF_INET"): socket.EAI_NODATA,
}, seen
PY
unshare --map-root-user --mount --net sh -ec '
  ip link set lo up
  mount --bind resolv.conf /etc/resolv.conf
  mount --bind nsswitch.conf /etc/nsswitch.conf
  exec venv/bin/python run.py
'
