"""Steps that entries and their rules both give (pure)."""

from __future__ import annotations

COMPARE_SECRETS = (
    "Compare fingerprints. Yours is {fingerprint}. The backend's team runs, with their own "
    'variable: `printf %s "${secret_name}" | sha256sum | cut -c1-12`. Different digits mean '
    "different secrets."
)
COPY_SECRET = (
    "Copy the secret again from where it is kept (on the hosting platform: the service's variable "
    "{secret_name}) into {secret_where}, without quotes, spaces or a line end."
)
RIGHT_SECRET = (
    "Check that {secret_name} is the one of this backend and environment (production, staging): it "
    "was read from {secret_where}."
)
BARE_VALUE = (
    "Check that the secret in {secret_where} is the bare value: without quotes, and without a word "
    "such as `Bearer` before it, which the client adds."
)
ASK_WHAT_ARRIVED = (
    "Tell the backend's team that {credential} was sent, and ask what their log shows as received."
)
WITHOUT_PROXY = "Try without the proxy: `edgecheck doctor --no-proxy`."
# Most proxies are asked in plain HTTP, and wait for the end of a line that another protocol never
# sends. So where the address has another scheme, that is looked at first.
PROXYS_SCHEME = (
    "Write `http://` in {proxy_where}, if it says `https://` or `socks5://` and the proxy is an "
    "ordinary one. The scheme is the proxy's own, whatever the backend's scheme is."
)
NO_ANSWER_TO_CONNECT = (
    (
        "Ask the administrators of the proxy whether it may reach {host}, port {port}: it takes "
        "the connection, and does not answer the CONNECT."
    ),
    (
        "Try another host through it: `curl -x {proxy} -I https://example.com`. If that works, the "
        "proxy cannot reach {host}."
    ),
    WITHOUT_PROXY,
)
TRACEBACK = (
    "Ask the backend's team to look for a traceback in their log at this moment, for the agent "
    "{agent_id}."
)
PING_OFTENER = (
    "Send the keepalive ping more often than the limit: every {oftener} in your client. "
    "{keepalive} s is too long."
)
WHICH_PROGRAM = "See which program it is: `sudo ss -ltnp sport = :{port}`."
SHOW_CHAIN = (
    "See which certificates the server sends: `openssl s_client -connect {host}:{port} "
    "-servername {host} -showcerts </dev/null`."
)
CHECK_CLOCK = (
    "Compare this machine's time with a clock: `date -u`. If it is wrong, set it: `sudo "
    "timedatectl set-ntp true`."
)
YOUR_OWN_CLIENT = (
    "Give it to your own client then: SSL_CERT_FILE for Python and Go, NODE_EXTRA_CA_CERTS for "
    "Node.js, as variables of the environment."
)
USE_AUTHORITY = (
    "Get the authority's certificate from the backend's team or from your network's "
    f"administrators, and use it: `edgecheck doctor --ca-file authority.pem`. {YOUR_OWN_CLIENT}"
)
TRUST_FORWARDED = (
    "Ask the backend's team to trust the proxy's X-Forwarded-Proto: uvicorn `--proxy-headers "
    "--forwarded-allow-ips=ADDRESS` with the proxy's address (`*` only where nobody else reaches "
    "the server, as on a hosting platform), Django SECURE_PROXY_SSL_HEADER."
)
COMPARE_PATH = (
    "Compare the path with the backend's routes: the request went to {url}. A prefix (/api), one "
    "more slash or a capital letter makes another path."
)
ASK_FOR_LOG = (
    "Ask the backend's team for their log line at this moment, and whether they check the Origin, "
    "the host name or the client's address."
)
INSTALL_WEBSOCKETS = (
    "Ask the backend's team to look for \"No supported WebSocket library detected\" in uvicorn's "
    "log. If it is there, `pip install 'uvicorn[standard]'` repairs it."
)
PASS_UPGRADE_ON = (
    "Ask the administrators of the reverse proxy to pass the upgrade on. nginx, in the location of "
    "{endpoint}:\n"
    "    proxy_http_version 1.1;\n"
    "    proxy_set_header Upgrade $http_upgrade;\n"
    '    proxy_set_header Connection "upgrade";'
)
SWITCH_WEBSOCKETS_ON = (
    "Switch WebSockets on, if a CDN is in front (Cloudflare: Network, WebSockets)."
)
UNUSUAL_CHARACTERS = (
    "Look for unusual characters in the secret and the agent id, which make some backends fail: "
    "`edgecheck doctor --offline`."
)
