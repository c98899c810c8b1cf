"""`BACKEND_URL`: what can be wrong with the address."""

from __future__ import annotations

from ...facts import Stage
from ...frozen import replace
from ...lint.repair import Value
from ...lint.rules import localhost, missing, url, url_repairs
from ...terms import Severity, Side
from ..condition import Lint
from ..problem import Problem
from .shared import BACKEND_KNOWS, BLANK_INSIDE, env

# The problems that a wrong path may cause.
_ELSEWHERE = (
    "upgrade-not-found",
    "upgrade-bad-request",
    "upgrade-header-dropped",
    "upgrade-not-websocket",
    "auth-forbidden",
    "upgrade-refused-regardless",
)
_UNUSABLE = "Something else in the address is wrong too, and the right address would be a guess."
_WRITE_IT = "Write `{offered}`, in {place}:\n$ {set_it}"

PROBLEMS: tuple[Problem, ...] = (
    Problem(
        code="url-missing",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} is {state}",
        cause="It says where the backend is. Without it the client has nothing to connect to.",
        remedies=(
            (
                "Ask the backend's team for its address, and put it into {file}:\n"
                "    {url_name}=wss://<host>"
            ),
            "Give it on the command line, to try it:\n$ edgecheck doctor --url wss://<host>",
        ),
        when=Lint(missing.missing_rule("url-missing", "url"), fills=("state",)),
        reproduction=env(url=""),
        keywords=("{url_name}", "missing {url_name}", "keyerror: '{url_name}'"),
        left=BACKEND_KNOWS,
    ),
    Problem(
        code="url-scheme-http",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} begins with {written}://, which is not a WebSocket's scheme",
        cause=(
            "The backend speaks WebSocket. Such addresses begin with wss:// (over TLS) or ws:// "
            "(in the clear), for the same host and port as https:// or http://. Client libraries "
            "refuse http and https."
        ),
        remedies=(
            _WRITE_IT,
            (
                "Use wss:// for a host that is not this machine: over ws:// the secret travels in "
                "the clear."
            ),
        ),
        when=Lint(
            url.url_rule("url-scheme-http", url.judge_scheme("http")),
            fills=("written", "offered", "set_it"),
        ),
        reproduction=env(url="{url_name}=https://127.0.0.1:8787\n"),
        keywords=(
            "scheme isn't ws or wss",
            "isn't a valid uri",
            "invaliduri",
            "https://",
            "invalid url scheme",
        ),
        source="RFC 6455, section 3",
        repair=Value(url_repairs.with_scheme),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-scheme-missing",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} has no scheme",
        cause=(
            "An address begins with the protocol: wss:// for a WebSocket over TLS. A host alone "
            "does not say which protocol to speak, and client libraries do not guess."
        ),
        remedies=(_WRITE_IT,),
        when=Lint(
            url.url_rule("url-scheme-missing", url.judge_scheme("missing")),
            fills=("offered", "set_it"),
        ),
        reproduction=env(url="{url_name}=127.0.0.1:8787\n"),
        keywords=("scheme isn't ws or wss", "isn't a valid uri", "no scheme"),
        source="RFC 6455, section 3",
        repair=Value(url_repairs.with_scheme),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-scheme-unknown",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} does not begin with wss:// or ws://: `{given}`",
        cause=(
            "The address of a WebSocket begins with wss:// or ws://, with exactly one colon and "
            "two slashes. This one has a typing error there, or names another protocol."
        ),
        remedies=(_WRITE_IT,),
        when=Lint(
            url.url_rule("url-scheme-unknown", url.judge_scheme("unknown")),
            fills=("given", "offered", "set_it"),
        ),
        reproduction=env(url="{url_name}=wws://127.0.0.1:8787\n"),
        keywords=("wws://", "wss:/", "wss//", "scheme isn't ws or wss", "isn't a valid uri"),
        source="RFC 6455, section 3",
        repair=Value(url_repairs.with_scheme),
        left=(
            "edgecheck replaces a scheme that is one typing error away from ws, wss, http or "
            "https, if a host follows it."
        ),
    ),
    Problem(
        code="url-whitespace",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} has {count} too many: {character}",
        cause=(
            "An address has no blanks. A blank that was copied with it makes another host name or "
            "another path, and libraries do not agree on which one."
        ),
        remedies=(_WRITE_IT,),
        when=Lint(
            url.url_rule("url-whitespace", url.judge_url_whitespace),
            fills=("count", "character", "offered", "set_it"),
        ),
        reproduction=env(url='{url_name}="{url} "\n'),
        keywords=("url can't contain control characters", "whitespace in url"),
        source="RFC 3986, section 2",
        repair=Value(url_repairs.cleaned),
        left=BLANK_INSIDE,
    ),
    Problem(
        code="url-malformed",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} is not an address: {reason}",
        cause=(
            "An address is wss://, then a host name or IP address, then perhaps a colon and a port "
            "from 1 to 65535. A part of this one does not fit that form."
        ),
        remedies=(
            (
                "Compare it with what the backend's team gave you, and correct it in {place}:\n"
                "    {url_name}=wss://<host>"
            ),
            "Remove quotes, brackets and placeholders such as `<host>`.",
        ),
        when=Lint(url.url_rule("url-malformed", url.judge_url_malformed), fills=("reason",)),
        reproduction=env(url="{url_name}=wss://127.0.0.1:87870\n"),
        keywords=(
            "hostname isn't provided",
            "port out of range",
            "port could not be cast",
            "label empty or too long",
            "invalid port",
        ),
        source="RFC 3986, section 3.2",
        repair=Value(url_repairs.unquoted),
        left="Quotes around an address are removed; the right host or port would be a guess.",
    ),
    Problem(
        code="url-has-endpoint",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} already ends in {endpoint}",
        cause=(
            "The client appends {endpoint} itself. edgecheck sees that the path is there, and does "
            "not append it again. A client that does not check asks for {endpoint}{endpoint}, "
            "which no backend has."
        ),
        remedies=("Remove the path, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-has-endpoint", url.judge_has_endpoint), fills=("set_it",)),
        reproduction=env(url="{url_name}={url}{endpoint}\n"),
        refines=("url-has-path",),
        explains=_ELSEWHERE,
        keywords=("{endpoint}{endpoint}",),
        repair=Value(url_repairs.without_endpoint),
        left=_UNUSABLE,
    ),
    Problem(
        code="url-has-path",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} has a path: {path}",
        cause=(
            "The client appends {endpoint} to the whole address, with its path. That is right if a "
            "reverse proxy serves the backend under that path. Otherwise the client asks for a "
            "page that does not exist."
        ),
        remedies=(
            ("Remove the path, in {place}, unless the backend's team gave it to you:\n$ {set_it}"),
        ),
        when=Lint(url.url_rule("url-has-path", url.judge_has_path), fills=("path", "set_it")),
        reproduction=env(url="{url_name}={url}/api\n"),
        explains=_ELSEWHERE,
        left="The backend may be served under that path: its team knows.",
    ),
    Problem(
        code="url-has-query",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} has {what}",
        cause=(
            "The client appends the path {endpoint} and a query of its own. After a `?` or a `#` "
            "that path becomes a part of the query or of the fragment, unless the client parses "
            "the address as edgecheck does. Some libraries refuse every fragment."
        ),
        remedies=("Remove what follows the `?` or `#`, in {place}:\n$ {set_it}",),
        when=Lint(url.url_rule("url-has-query", url.judge_has_query), fills=("what", "set_it")),
        reproduction=env(url="{url_name}={url}/?debug=1\n"),
        explains=_ELSEWHERE,
        keywords=("fragment identifier is meaningless",),
        source="RFC 6455, section 3",
        repair=Value(url_repairs.without_query),
        left="edgecheck removes only a query that is empty, or that repeats the agent id.",
    ),
    Problem(
        code="url-has-credentials",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} has a user name or password in it",
        cause=(
            "Libraries make an Authorization header of them. It replaces the secret's, or is "
            "sent beside it, and the backend does not see the secret. Addresses are also logged "
            "in many places, with the password in them."
        ),
        remedies=(
            "Remove everything up to the `@`, in {place}:\n$ {set_it}",
            "Put the secret into {secret_name}, if it was in the address.",
        ),
        when=Lint(
            url.url_rule("url-has-credentials", url.judge_has_credentials), fills=("set_it",)
        ),
        reproduction=env(url="{url_name}=wss://user:password@127.0.0.1:8787\n"),
        keywords=("username provided without password", "user:password@"),
        source="RFC 3986, section 3.2.1",
        left="Whether they are the secret, or for something on the way, is a guess.",
    ),
    Problem(
        code="url-plaintext",
        stage=Stage.CONFIG,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{url_name} is ws://, so the secret would travel to {host} in the clear",
        cause=(
            "Over ws:// everybody on the way can read the secret, and then connect as this agent. "
            "edgecheck sends the secret in the clear to this machine only, unless "
            "--allow-plaintext says that the way is safe."
        ),
        remedies=(
            "Use wss://, in {place}:\n$ {set_it}",
            (
                "Allow it for this run, if nobody else uses the network on the way:\n"
                "$ edgecheck doctor --allow-plaintext"
            ),
        ),
        when=Lint(url.url_rule("url-plaintext", url.judge_plaintext), fills=("host", "set_it")),
        reproduction=env(url="{url_name}=ws://backend.example\n"),
        keywords=("ws://", "plaintext", "allow-plaintext", "insecure websocket", "mixed content"),
        source="RFC 6750, section 5.3",
        left="The address does not show whether the backend speaks TLS.",
    ),
    Problem(
        code="url-port-mismatch",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} is {scheme}:// on port {port}, which usually serves {other}://",
        cause=(
            "Nearly everywhere port 443 speaks TLS, and port 80 does not. With the other scheme "
            "the two sides do not understand each other's handshake."
        ),
        remedies=("Remove the port, or make the scheme fit, in {place}:\n$ {set_it}",),
        when=Lint(
            url.url_rule("url-port-mismatch", url.judge_port_mismatch),
            fills=("scheme", "port", "other", "set_it"),
        ),
        reproduction=env(url="{url_name}=wss://127.0.0.1:80\n"),
        explains=("tls-not-tls", "upgrade-to-tls-port", "tcp-refused", "tcp-timeout"),
        keywords=("wrong version number", "plain http request was sent to https port"),
        left="Whether the port or the scheme is wrong is a guess.",
    ),
    Problem(
        code="url-known-port",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} names port {port}, which is usually that of {service}",
        cause=(
            "A service of another protocol usually listens there. It does not understand the "
            "request for a WebSocket: it closes, says something of its own, or stays silent."
        ),
        remedies=(
            (
                "Ask the backend's team for the port of the WebSocket. Without a port, wss:// "
                "means 443 and ws:// means 80."
            ),
        ),
        when=Lint(url.url_rule("url-known-port", url.judge_known_port), fills=("port", "service")),
        reproduction=env(url="{url_name}=ws://127.0.0.1:6379\n"),
        explains=(
            "upgrade-not-http",
            "upgrade-closed",
            "upgrade-timeout",
            "tls-not-tls",
            "tls-closed",
            "tls-timeout",
            "tcp-refused",
            "tcp-timeout",
        ),
        keywords=("ssh-2.0", "mqtt", "amqp", "redis", "postgresql", "port 22", "port 1883"),
        source="IANA, Service Name and Transport Protocol Port Number Registry",
        left="Only the backend's team knows the right port.",
    ),
    Problem(
        code="url-localhost-in-container",
        stage=Stage.CONFIG,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{url_name} in {where} says {loopback}, which is the {kind} itself",
        cause=(
            "This process runs in {inside}. There, loopback is the {kind} itself and not the "
            "machine around it, so a backend outside is never reached."
        ),
        remedies=(
            "Set {url_name}, in {place}, to {other}.",
            (
                "Let the backend listen on 0.0.0.0, and not on 127.0.0.1: from outside, its own "
                "loopback address cannot be reached either."
            ),
        ),
        when=Lint(localhost.in_container, fills=("loopback", "kind", "inside", "other")),
        reproduction=replace(
            env(url="{url_name}=ws://127.0.0.1:9\n"), environ={"container": "docker"}
        ),
        explains=("tcp-refused", "tcp-timeout"),
        keywords=("localhost", "host.docker.internal", "connection refused"),
        source="Docker, Networking; RFC 6761, section 6.3",
        left="Only a person knows the name of the backend.",
    ),
)
