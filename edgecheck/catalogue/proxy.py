"""proxy: does the proxy let us through?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from . import steps
from .condition import OnKind, Rule
from .problem import Example, NotOnLoopback, Problem, Simulated
from .rules import proxy as rules
from .rules import silent_proxy as silent

_GOOD = "{url_name}={url}\n{secret_name}={secret}\n{agent_name}={agent_id}\n"

PROBLEMS = (
    Problem(
        code="proxy-url-invalid",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The proxy setting {proxy_where} cannot be used: {proxy}",
        cause=(
            "A proxy is set, but its address cannot be used: the scheme is missing, or is one that "
            "WebSocket clients do not support. curl accepts an address without a scheme; Python's "
            "websockets does not."
        ),
        remedies=(
            "Write it with scheme, host and port: `export HTTPS_PROXY=http://PROXY:3128`.",
            "Install SOCKS support, if it is a SOCKS proxy: `pipx inject edgecheck python-socks`.",
            "Connect without it, if this network needs no proxy: `edgecheck doctor --no-proxy`.",
        ),
        when=Rule(rules.url_invalid),
        reproduction=Example(env=_GOOD, arguments=("--proxy", "proxy.internal:3128")),
        keywords=(
            "isn't a valid proxy",
            "invalidproxy",
            "requires python-socks",
            "scheme  isn't supported",
            "https_proxy",
        ),
    ),
    Problem(
        code="proxy-pac-file",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The proxy setting {proxy_where} is a PAC file, not a proxy: {proxy}",
        cause=(
            "A PAC file is a program that browsers run to choose a proxy for each address. A "
            "WebSocket client does not run it: it needs the proxy that the program chooses for "
            "this backend."
        ),
        remedies=(
            (
                "Open the file, at {proxy}, and find what its function FindProxyForURL returns for "
                "{host}: PROXY with a host and a port, SOCKS5 with them, or DIRECT."
            ),
            (
                "Set that proxy, with socks5h:// in place of http:// for a SOCKS5 one:\n"
                "$ export HTTPS_PROXY=http://PROXY:PORT"
            ),
            "Connect without a proxy, if it returns DIRECT: `edgecheck doctor --no-proxy`.",
            "Ask your network's administrators which proxy leads to {host}, if it is not clear.",
        ),
        when=OnKind(Kind.PROXY_PAC_FILE),
        reproduction=Example(env=_GOOD, arguments=("--proxy", "http://wpad.internal/wpad.dat")),
        keywords=("findproxyforurl", "wpad.dat", "proxy auto-config", ".pac"),
    ),
    Problem(
        code="proxy-unreachable",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The proxy {proxy} cannot be reached",
        cause=(
            "The settings send the connection through a proxy, and the proxy itself does not "
            "answer. The backend was never asked. The setting may be left over from another "
            "network, or the proxy's name or port is wrong."
        ),
        remedies=(
            steps.WITHOUT_PROXY,
            (
                "Remove or correct {proxy_where}. `env | grep -i proxy` shows what the environment "
                "sets."
            ),
            "Ask your network's administrators for the proxy's address.",
        ),
        when=Rule(silent.unreachable),
        refines=("dns-not-found", "dns-failure", "dns-no-address", "dns-timeout"),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("cannot connect to proxy", "proxyconnectionerror", "tunnel connection failed"),
    ),
    Problem(
        code="proxy-auth-required",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The proxy {proxy} needs a user name and password",
        cause=(
            "The proxy answered 407 (some answer 401 to a wrong password): it lets only known "
            "users through. Its address has no credentials, or wrong ones. A proxy that offers "
            "only NTLM or Negotiate does not work with WebSocket libraries, which know only Basic."
        ),
        remedies=(
            (
                "Put the credentials into the address, percent-encoded: `export "
                "HTTPS_PROXY=http://USER:PASSWORD@{proxy_host}:{proxy_port}`."
            ),
            (
                "Run a local helper that speaks NTLM or Negotiate (cntlm, px), if "
                "Proxy-Authenticate does not offer Basic, and set the helper as the proxy."
            ),
            "Ask your network's administrators to let {host} through without a log-in.",
        ),
        when=Rule(rules.auth_required),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("407", "proxy authentication required", "proxy rejected connection: http 407"),
        source="RFC 9110, section 15.5.8",
    ),
    Problem(
        code="proxy-denied",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The proxy {proxy} refuses the connection to {host}",
        cause=(
            "The proxy works, but does not make the tunnel: a rule forbids the host or port, or "
            "the proxy cannot reach the host. 403 and 405 mean a rule; 500, 502, 503 and 504 mean "
            "that it tried and failed. A web server that is not a proxy says 400, 404 or 405."
        ),
        remedies=(
            "Ask the administrators of the proxy to allow CONNECT to {host}, port {port}.",
            "Check the host in {url_where}, if the proxy says that it cannot find or reach it.",
            steps.WITHOUT_PROXY,
        ),
        when=Rule(rules.denied),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("proxy-invalid-response",),
        keywords=(
            "proxy rejected connection",
            "invalidproxystatus",
            "err_access_denied",
            "x-squid-error",
            "tunnel connection failed: 403",
        ),
        source="RFC 9110, section 9.3.6",
    ),
    Problem(
        code="proxy-timeout",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The proxy {proxy} never answers",
        cause=(
            "The proxy accepts the connection, and does not say whether it makes the tunnel. It "
            "may be waiting for a host that drops its packets, or it is not an HTTP proxy."
        ),
        remedies=(
            steps.NO_ANSWER_TO_CONNECT[0],
            steps.PROXYS_SCHEME,
            *steps.NO_ANSWER_TO_CONNECT[1:],
        ),
        when=Rule(silent.timed_out),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=("proxy timeout",),
    ),
    Problem(
        code="proxy-invalid-response",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The server at {proxy} is not an HTTP proxy",
        cause=(
            "The answer to CONNECT was not HTTP, or the connection closed without an answer. "
            "Another service uses this port, or the proxy speaks SOCKS or TLS while the setting "
            "says http://."
        ),
        remedies=(
            (
                "Check host, port and scheme of {proxy_where}: socks5:// and https:// proxies need "
                "their own scheme."
            ),
            steps.WITHOUT_PROXY,
        ),
        when=Rule(rules.not_a_proxy),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("proxy-denied", "proxy-port-forbidden"),
        keywords=("invalidproxymessage", "did not receive a valid http response from proxy"),
    ),
    Problem(
        code="proxy-scheme-https",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The proxy {proxy} speaks plain HTTP, but its address says https://",
        cause=(
            "The scheme in a proxy's address says how to speak to the proxy itself. Nearly every "
            "proxy speaks plain HTTP, also for https:// and wss:// targets: the S of HTTPS_PROXY "
            "is "
            "about the target."
        ),
        remedies=(
            (
                "Write `http://` in {proxy_where}:\n"
                "$ export HTTPS_PROXY=http://{proxy_host}:{proxy_port}"
            ),
            "Ask your network's administrators for the proxy's address, if that fails too.",
        ),
        when=Rule(rules.scheme_https),
        reproduction=NotOnLoopback(
            "the fault is in the proxy's address; a test gives one to a proxy on loopback"
        ),
        confidence=Confidence.LIKELY,
        refines=("proxy-unreachable", "proxy-invalid-response", "proxy-timeout"),
        keywords=("wrong_version_number", "https_proxy", "wrong version number"),
        source="curl, --proxy; requests, Proxies",
    ),
    Problem(
        code="proxy-port-forbidden",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The proxy {proxy} forbids port {port}: HTTP {proxy_status}",
        cause=(
            "The proxy refuses the tunnel to {host}:{port}. The stock rule of most proxies allows "
            "tunnels to port 443 alone (Squid: `SSL_ports`), so the port is the likely reason, and "
            "a rule for the host the other one."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to allow CONNECT to {host}, port {port}. "
                "Squid: `acl SSL_ports port {port}`."
            ),
            "Ask the backend's team for an address on port 443: most proxies allow nothing else.",
            steps.WITHOUT_PROXY,
        ),
        when=Rule(rules.port_forbidden),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("proxy-denied",),
        refines=("proxy-denied",),
        keywords=("ssl_ports", "safe_ports", "tunnel connection failed: 403", "connectport"),
        source="Squid, default configuration; RFC 9110, section 9.3.6",
    ),
    Problem(
        code="proxy-not-needed",
        stage=Stage.PROXY,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{host} is in this network, but goes through the proxy {proxy}",
        cause=(
            "The proxy is for the way out. It refuses {host}, or cannot reach it, because the name "
            "or address belongs to this machine's own network. NO_PROXY does not list it{no proxy "
            "note}."
        ),
        remedies=(
            "Add the host to NO_PROXY:\n$ export NO_PROXY={no proxy value}",
            "See whether it works then: `edgecheck doctor --no-proxy`.",
        ),
        when=Rule(rules.not_needed, fills=("no proxy note", "no proxy value")),
        reproduction=NotOnLoopback(
            "--proxy asks for the proxy on purpose; a test sets the variables on loopback"
        ),
        confidence=Confidence.LIKELY,
        refines=("proxy-denied", "proxy-port-forbidden", "proxy-timeout"),
        keywords=("no_proxy", "noproxy", "localhost proxy"),
        source="curl, NO_PROXY; Python, urllib.request.getproxies_environment",
    ),
)
