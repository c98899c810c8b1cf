#!/bin/sh
# A file of trusted certificates with an intermediate alone is enough for curl, not for Python.
#
# Somebody exports the certificate "of the company's CA", and gets the one that signed the server's:
# an intermediate. `curl --cacert ca.pem` is content, so the file looks right. Python's `ssl` with
# the same file, the same OpenSSL behind it and the same server says "unable to get issuer
# certificate", Node.js says UNABLE_TO_GET_ISSUER_CERT, and so does `openssl s_client`: they want a
# root above it. curl sets X509_V_FLAG_PARTIAL_CHAIN; so does Python, says its documentation, from
# 3.13 on.
#
# Seen with curl 7.88.1 and OpenSSL 3.0 of Debian 12, Python 3.11.7 and Node.js 20.20.2. Needs curl,
# openssl, node and python3 before 3.13. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"

# sign NAME ISSUER EXTENSIONS
sign() {
  printf '%s\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' "$3" > extensions
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2> /dev/null
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 30 -extfile extensions \
    -out "$1.pem" 2> /dev/null
}
authority='basicConstraints=critical,CA:TRUE'
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=root \
  -addext "$authority" 2> /dev/null
sign intermediate root "$authority"
sign localhost intermediate subjectAltName=DNS:localhost

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
openssl s_server -accept "127.0.0.1:$port" -cert localhost.pem -key localhost.key \
  -cert_chain intermediate.pem -www -quiet > /dev/null 2>&1 &
server=$!

cat > look.py <<'PY'
import socket
import ssl
import sys

context = ssl.create_default_context(cafile="intermediate.pem")
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
        context.wrap_socket(plain, server_hostname="localhost")
    print("trusted")
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
PY
cat > look.cjs <<'JS'
const socket = require("tls").connect(
  { host: "127.0.0.1", port: Number(process.argv[2]), servername: "localhost" },
  () => { console.log("trusted"); socket.end(); },
);
socket.on("error", (error) => console.log(error.code));
JS
by_curl=$(curl -s --noproxy '*' --ipv4 --retry 30 --retry-connrefused --retry-delay 1 \
  --cacert intermediate.pem --resolve "localhost:$port:127.0.0.1" \
  --output /dev/null --write-out '%{ssl_verify_result} %{http_code}' "https://localhost:$port/")
by_python=$(python3 look.py "$port")
by_node=$(NODE_EXTRA_CA_CERTS=intermediate.pem node look.cjs "$port")
echo "curl: $by_curl | Python: $by_python | Node.js: $by_node"
test "$by_curl" = "0 200"
test "$by_python" = "unable to get issuer certificate"
test "$by_node" = UNABLE_TO_GET_ISSUER_CERT
