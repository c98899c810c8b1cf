#!/bin/sh
# A TLS server on Python's asyncio ends a handshake that it refuses without the alert that says why.
#
# RFC 8446, section 6.2, and RFC 5246, section 7.2.2: who ends a handshake for an error should send
# an alert first, and Python's blocking sockets do. asyncio's transport throws away what OpenSSL
# wrote, so a client without the certificate that the server asks for sees nothing but the end of
# the connection: of TLS 1.2 an end in the middle of the handshake, of TLS 1.3 a handshake that
# succeeded and then a clean end, as from a server that was stopped. uvicorn, hypercorn, aiohttp and
# websockets all stand on it.
#
# Needs python3 with venv and pip, and openssl. Exit code 0: the behaviour is still as described
# (seen with Python 3.11 and OpenSSL 3.0).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install websockets==17.4
cd "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
  -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>/dev/null

cat > run.py <<'PY'
import asyncio
import logging
import socket
import ssl
import sys
import threading

from websockets.asyncio.server import serve

logging.disable()


def context_of(version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")
    context.load_verify_locations("cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    return context


def seen_at(port):
    """Connect without a certificate; return what the server says."""
    context = ssl.create_default_context(cafile="cert.pem")
    try:
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as connection,
        ):
            return f"read {connection.recv(100)}"
    except ssl.SSLError as error:
        return error.reason


def blocking(version):
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse():
        accepted, _ = listener.accept()
        try:
            context_of(version).wrap_socket(accepted, server_side=True)
        except ssl.SSLError:
            accepted.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    found = seen_at(listener.getsockname()[1])
    thread.join()
    return found


async def with_asyncio(version):
    async with serve(print, "127.0.0.1", 0, ssl=context_of(version)) as server:
        return await asyncio.to_thread(seen_at, server.sockets[0].getsockname()[1])


print("Python", sys.version.split()[0], ssl.OPENSSL_VERSION)
found = {}
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    found[version.name] = blocking(version), asyncio.run(with_asyncio(version))
    print(version.name, "blocking:", found[version.name][0], "asyncio:", found[version.name][1])
assert found == {
    "TLSv1_2": ("SSLV3_ALERT_HANDSHAKE_FAILURE", "UNEXPECTED_EOF_WHILE_READING"),
    "TLSv1_3": ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "read b''"),
}, found
PY
venv/bin/python run.py
