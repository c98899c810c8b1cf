#!/bin/sh
# On Linux, truststore reads the whole trust store for each connection, not once for a context.
#
# An ssl.SSLContext reads its certificates once, however many connections it makes, so one would
# keep one truststore.SSLContext for a program's life and expect the same. Its wrap_bio and
# wrap_socket configure the context anew each time: with the usual bundle of some 140 authorities
# that is tens of milliseconds of the processor's time a connection, several times what the
# handshake takes, and asyncio's loop stands still meanwhile. A plain ssl.SSLContext, configured
# once with the same files, trusts the same.
#
# Needs python3 with venv and pip, on Linux. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install truststore==0.10.5 certifi
cd "$folder"

cat > run.py <<'PY'
import os
import ssl
import time

import certifi

# The same authorities on every machine.
os.environ["SSL_CERT_FILE"] = certifi.where()
os.environ.pop("SSL_CERT_DIR", None)
import truststore  # noqa: E402

CONNECTIONS = 20
reads = 0
original = ssl.SSLContext.set_default_verify_paths


def counted(context):
    global reads
    reads += 1
    return original(context)


ssl.SSLContext.set_default_verify_paths = counted


def connect(context):
    """Make connections, and return how often the store was read, and milliseconds for each."""
    global reads
    reads, begun = 0, time.perf_counter()
    for _ in range(CONNECTIONS):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="example.com")
    return reads, (time.perf_counter() - begun) * 1000 / CONNECTIONS


once = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
once.set_default_verify_paths()
plain, plain_ms = connect(once)
trusting, trusting_ms = connect(truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
print(f"{CONNECTIONS} connections of one context")
print(f"ssl.SSLContext:        the store is read {plain} times, {plain_ms:.2f} ms each")
print(f"truststore.SSLContext: the store is read {trusting} times, {trusting_ms:.2f} ms each")
assert (plain, trusting) == (0, CONNECTIONS), "the behaviour has changed"
PY
"$folder/venv/bin/python" run.py
echo "truststore 0.10.5 reads the trust store once for each connection"
