#!/bin/sh
# An entry for the host in ~/.netrc stops aiohttp's client from sending its own Authorization.
#
# An agent behind a company's proxy opens its session with `trust_env=True`, so that HTTPS_PROXY
# counts. Then ~/.netrc counts as well, and if somebody has put the same host there, for git or
# curl, `ws_connect` with an explicit `Authorization: Bearer` never gets to the network: it raises
# ValueError, "Cannot combine AUTHORIZATION header with AUTH argument or credentials encoded in
# URL", although there is neither. Without a header of its own, the client sends what ~/.netrc says.
#
# Seen with aiohttp 3.14.5. Needs python3 and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install aiohttp==3.14.5
echo 'machine 127.0.0.1 login somebody password something' > netrc
chmod 600 netrc

cat > run.py <<'PY'
import asyncio

import aiohttp
from aiohttp import web

seen = []


async def backend(request):
    seen.append(request.headers.get("Authorization", "").split(" ")[0])
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


async def attempt(url, **options):
    seen.clear()
    async with aiohttp.ClientSession(trust_env=True) as session:
        try:
            async with session.ws_connect(url, **options):
                return seen[0]
        except ValueError as error:
            return f"{error} (requests: {len(seen)})"


async def main():
    application = web.Application()
    application.router.add_get("/", backend)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = "ws://127.0.0.1:{}/".format(runner.addresses[0][1])
    with_header = await attempt(url, headers={"Authorization": "Bearer token"})
    without = await attempt(url)
    await runner.cleanup()
    print(f"with a header: {with_header} | without: {without}")
    assert with_header.startswith("Cannot combine AUTHORIZATION header"), with_header
    assert with_header.endswith("(requests: 0)"), with_header
    assert without == "Basic", without


asyncio.run(main())
PY
NETRC="$folder/netrc" venv/bin/python run.py
