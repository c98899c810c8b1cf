#!/bin/sh
# Caddy refuses the TLS handshake of some clients for a host with a dot at its end.
#
# `wss://backend.example./` names the host completely: the resolver adds no search domain, which is
# why such names are written in clusters. TLS wants the name without the dot (RFC 6066, section 3),
# and curl and aiohttp take it away. Node.js and Python's `ssl`, on which websockets stands, send
# it. A server on OpenSSL passes over that, and `ws` connects (Python then refuses the certificate,
# whose name has no dot). Go's TLS, and so Caddy, ends the handshake with unexpected_message, alert
# 10, before there is a certificate. It says nothing of a name: to the one client the address works,
# to the other the server's TLS seems to be broken.
#
# Seen with Caddy 2.6.2 (Debian 12, unpacked into a temporary folder), websockets 17.4, aiohttp
# 3.14.5, ws 8.23.0 under Node.js 20.20.2 and curl 7.88.1. Needs apt-get, dpkg-deb, python3, pip,
# curl, npm, node, and unshare of util-linux, which must be allowed to make namespaces. Exit code 0:
# the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download caddy 2> /dev/null
dpkg-deb -x caddy_2.6.2-*.deb unpacked
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4 aiohttp==3.14.5 trustme==1.2.1
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" ws@8.23.0
printf '127.0.0.1 backend.example\n127.0.0.1 backend.example.\n' > hosts

cat > client.cjs <<'JS'
const { WebSocket } = require("ws");
const socket = new WebSocket(process.argv[2], { ca: require("fs").readFileSync("ca.pem") });
const end = (what) => (console.log(what), process.exit());
socket.on("open", () => end("open"));
socket.on("error", (error) => end(/SSL alert number \d+/.exec(error.message)?.[0] ?? error.code));
JS
cat > run.py <<'PY'
import asyncio
import pathlib
import ssl
import subprocess

import aiohttp
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

here = pathlib.Path.cwd()
authority = trustme.CA()
issued = authority.issue_cert("backend.example")
authority.cert_pem.write_to_path("ca.pem")
issued.private_key_and_cert_chain_pem.write_to_path("server.pem")
trusting = ssl.create_default_context(cafile="ca.pem")


async def wait(connection):
    await connection.wait_closed()


async def by_websockets(address):
    try:
        async with connect(address, ssl=trusting, proxy=None):
            return "open"
    except ssl.SSLError as error:
        return error.reason


async def by_aiohttp(address):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address, ssl=trusting):
            return "open"


async def by_program(*command):
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    return (await process.communicate())[0].decode().strip()


async def by_curl(address):
    what = ["--silent", "--cacert", "ca.pem", "--output", "/dev/null", "--write-out"]
    return await by_program("curl", *what, "%{http_code}", address.replace("wss:", "https:"))


async def by_ws(address):
    return await by_program("node", "client.cjs", address)


async def on_openssl(*asks):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain("server.pem")
    async with serve(wait, "127.0.0.1", 0, ssl=serving) as server:
        address = f"wss://backend.example.:{server.sockets[0].getsockname()[1]}/"
        return [await ask(address) for ask in asks]


async def main():
    async with serve(wait, "127.0.0.1", 0) as backend:
        pathlib.Path("Caddyfile").write_text(
            "{\n admin off\n auto_https off\n}\n"
            "https://:8443 {\n bind 127.0.0.1\n"
            f" tls {here}/server.pem {here}/server.pem\n"
            f" reverse_proxy 127.0.0.1:{backend.sockets[0].getsockname()[1]}\n}}\n"
        )
        caddy = await asyncio.create_subprocess_exec(
            *("unpacked/usr/bin/caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"),
            env={"HOME": str(here), "PATH": "/usr/bin:/bin"},
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(300):
                try:
                    (await asyncio.open_connection("127.0.0.1", 8443))[1].close()
                    break
                except OSError:
                    await asyncio.sleep(0.1)
            found = {}
            for ask in (by_aiohttp, by_curl, by_websockets, by_ws):
                addresses = [f"wss://backend.example{dot}:8443/" for dot in ("", ".")]
                found[ask.__name__] = [await ask(address) for address in addresses]
        finally:
            caddy.terminate()
            await caddy.wait()
    other = await on_openssl(by_websockets, by_ws)
    print("without and with the dot:", found, "| with it, on OpenSSL:", other)
    assert found == {
        "by_aiohttp": ["open", "open"],
        "by_curl": ["426", "426"],
        "by_websockets": ["open", "SSLV3_ALERT_UNEXPECTED_MESSAGE"],
        "by_ws": ["open", "SSL alert number 10"],
    }, found
    assert other == ["CERTIFICATE_VERIFY_FAILED", "open"], other


asyncio.run(main())
PY
unshare --map-root-user --mount --net sh -ec '
  ip link set lo up
  mount --bind hosts /etc/hosts
  exec venv/bin/python run.py
'
