"""nginx, the most common intermediary, in front of the backends, configured rightly or wrongly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pytest

from tests.backends.applications.behaviour import SECRET
from tests.backends.certificates import Authority
from tests.backends.conftest import WRONG_SECRET, Backend, Doctor, ws_is_here
from tests.backends.nginx import UPGRADE, nginx
from tests.backends.servers import Server, free_port
from tests.conftest import require_program
from tests.timing import seconds

BEHIND = ("uvicorn websockets-sansio", "aiohttp", "websockets", "ws")
# Seconds that one nginx waits for its backend, which answers within milliseconds.
IMPATIENCE = math.ceil(seconds(2))
# Longer than a header field may be here.
LONG_SECRET = SECRET * 40

Site = Mapping[str, Server]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend, authority: Authority
) -> Iterator[Site]:
    """One nginx; each case is a port."""
    program = require_program("nginx")
    upstream = {
        name: f"http://127.0.0.1:{backend(name).port}"
        for name in BEHIND
        if name != "ws" or ws_is_here()
    }
    pass_on = f"proxy_pass {upstream[BEHIND[0]]}; {UPGRADE}"
    issued = authority.issue("nginx")
    tls = (
        f"listen {{listen}} ssl; ssl_certificate {issued.chain}; ssl_certificate_key {issued.key};"
    )
    cases = {
        "right": f"location / {{ {pass_on} }}",
        "right, over TLS": f"{tls} location / {{ {pass_on} }}",
        "impatient": f"location / {{ {pass_on} proxy_read_timeout {IMPATIENCE}s; }}",
        "prefix": f"location /api/ {{ proxy_pass {upstream[BEHIND[0]]}/; {UPGRADE} }}",
        **{
            f"no upgrade, {name}": f"location / {{ proxy_pass {address}; }}"
            for name, address in upstream.items()
        },
        **{
            f"only 1.1, {name}": f"location / {{ proxy_http_version 1.1; proxy_pass {address}; }}"
            for name, address in upstream.items()
        },
        "upstream down": f"location / {{ proxy_pass http://127.0.0.1:{free_port()}; {UPGRADE} }}",
        "upstream wants no TLS": (
            f"location / {{ proxy_pass {upstream[BEHIND[0]].replace('http', 'https')}; {UPGRADE} }}"
        ),
        "forbidden": f"location / {{ deny all; {pass_on} }}",
        "password": f"location / {{ auth_basic Staff; auth_basic_user_file /dev/null; {pass_on} }}",
        "header removed": f"location / {{ {pass_on} proxy_set_header Authorization ''; }}",
        "header replaced": (
            f"location / {{ {pass_on} proxy_set_header Authorization 'Basic dXNlcjpwYXNz'; }}"
        ),
        "limited": f"location / {{ limit_req zone=slow; limit_req_status 429; {pass_on} }}",
        "short of memory": (
            f"client_header_buffer_size 512; large_client_header_buffers 1 1k; location / {{ "
            f"{pass_on} }}"
        ),
        "to https": "return 301 https://$host$request_uri;",
        "moved": "return 308 https://new.example.net$request_uri;",
        "files": "root /nonexistent;",
        "page": "return 200 hello;",
        "maintenance": "return 503;",
        "silent refusal": "return 444;",
        "PROXY protocol": "listen {listen} proxy_protocol; return 200;",
        "other names": "listen {listen} ssl; ssl_reject_handshake on;",
        "old TLS": f"{tls} ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
        "client certificate": (
            f"{tls} ssl_verify_client on; ssl_client_certificate {authority.ca_file}; "
            f"location / {{ {pass_on} }}"
        ),
    }
    with nginx(program, tmp_path_factory.mktemp("nginx"), cases) as running:
        yield running


@pytest.fixture
def trusting(authority: Authority) -> tuple[object, ...]:
    """Return the options to trust the test's own authority."""
    return "--ca-file", authority.ca_file


def test_a_proxy_that_passes_the_upgrade_on_is_not_noticed(
    doctor: Doctor, site: Site, trusting: tuple[object, ...]
) -> None:
    """It is healthy in plain text, over TLS, and with a short read timeout that is not reached."""
    doctor(site["right"].url).assert_healthy()
    doctor(site["impatient"].url).assert_healthy()
    found = doctor(site["right, over TLS"].url, *trusting)

    found.assert_healthy()
    assert found.facts("tls")["verified"] is True
    assert [certificate["subject"] for certificate in found.facts("tls")["chain"]] == [
        "CN=127.0.0.1",
        "CN=Test Intermediate CA",
    ]


def test_a_prefix_belongs_into_the_address(doctor: Doctor, site: Site) -> None:
    """With it, a run is healthy and the path is noted; without it, nginx itself answers 404."""
    doctor(f"{site['prefix'].url}/api").assert_healthy(url_has_path="warning")
    doctor(site["prefix"].url).assert_verdict("upgrade-not-found", "upgrade", "likely")


@pytest.mark.parametrize("how", ["no upgrade", "only 1.1"])
@pytest.mark.parametrize("name", BEHIND)
def test_a_proxy_that_drops_the_upgrade_is_found_behind_every_backend(
    doctor: Doctor, backend: Backend, site: Site, how: str, name: str
) -> None:
    """FastAPI answers 404, websockets 505 or 426, ws 426, and aiohttp 400, all for one cause."""
    backend(name)  # skips the test if it is not installed
    found = doctor(site[f"{how}, {name}"].url)

    found.assert_verdict(
        "upgrade-header-dropped", "upgrade", "likely" if "uvicorn" in name else "certain"
    )
    assert found.verdict["side"] == "intermediary"
    assert any("proxy_set_header Upgrade" in remedy for remedy in found.verdict["remedies"])
    assert found.findings == {}


@pytest.mark.parametrize(
    ("case", "code", "stage", "side"),
    [
        ("upstream down", "upgrade-bad-gateway", "upgrade", "backend"),
        ("upstream wants no TLS", "upgrade-bad-gateway", "upgrade", "backend"),
        ("forbidden", "upgrade-blocked", "upgrade", "intermediary"),
        ("password", "auth-basic-in-front", "auth", "intermediary"),
        ("header removed", "auth-header-stripped", "auth", "intermediary"),
        ("header replaced", "auth-header-rejected", "auth", "backend"),
        ("to https", "upgrade-redirected", "upgrade", "client"),
        ("moved", "upgrade-redirected", "upgrade", "client"),
        ("files", "upgrade-not-found", "upgrade", "client"),
        ("page", "upgrade-not-websocket", "upgrade", "client"),
        ("maintenance", "upgrade-unavailable", "upgrade", "backend"),
        ("silent refusal", "upgrade-closed", "upgrade", "backend"),
        ("PROXY protocol", "upgrade-closed", "upgrade", "backend"),
        ("other names", "tls-handshake-rejected", "tls", "client"),
        ("old TLS", "tls-version-unsupported", "tls", "backend"),
        ("client certificate", "tls-client-certificate-required", "tls", "client"),
    ],
)
def test_what_nginx_says_by_itself_is_not_taken_for_the_backend(
    doctor: Doctor,
    site: Site,
    trusting: tuple[object, ...],
    case: str,
    code: str,
    stage: str,
    side: str,
) -> None:
    """The verdict names the cause, its stage and its side, and there is no other error."""
    server = site[case]
    found = doctor(server.url, *(trusting if server.scheme == "wss" else ()))

    found.assert_verdict(code, stage)
    assert found.verdict["side"] == side
    assert found.findings == {}


@pytest.mark.parametrize(
    ("case", "confidence"),
    [
        ("forbidden", "likely"),
        ("page", "possible"),
        ("header removed", "likely"),
        ("password", "certain"),
    ],
)
def test_certain_is_said_only_where_nothing_else_can_be(
    doctor: Doctor, site: Site, case: str, confidence: str
) -> None:
    """nginx's own 403 page, a backend's reason, and a 200 without a page have several causes.

    nginx's own page that asks for a log-in, whatever the secret is, has one.
    """
    found = doctor(site[case].url)

    assert found.verdict["confidence"] == confidence


def test_a_redirect_says_what_to_put_into_the_settings(doctor: Doctor, site: Site) -> None:
    """Another host may be anybody's, so its address is never offered."""
    found = doctor(site["to https"].url)
    assert any("`BACKEND_URL=wss://127.0.0.1`" in remedy for remedy in found.verdict["remedies"])
    assert found.verdict["confidence"] == "certain"
    found = doctor(site["moved"].url)
    assert "https://new.example.net/edge/ws" in found.verdict["title"]
    assert not any("new.example.net" in remedy for remedy in found.verdict["remedies"])
    assert found.verdict["confidence"] == "likely"


def test_a_log_in_of_the_proxys_own_is_named(doctor: Doctor, site: Site) -> None:
    """The log-in uses up the field of the secret, so it has to go, and the secret is no matter."""
    found = doctor(site["password"].url)

    assert "Basic credentials (realm Staff)" in found.verdict["title"]
    assert "`auth_basic off;`" in found.verdict["remedies"][0]
    assert not any("fingerprint" in remedy for remedy in found.verdict["remedies"])
    assert set(found.experiments) == {"again", "without-credentials", "wrong-secret"}


def test_a_limit_of_requests_is_met_by_the_second_run(doctor: Doctor, site: Site) -> None:
    """For this reason a healthy run opens only one connection."""
    doctor(site["limited"].url).assert_healthy()
    doctor(site["limited"].url).assert_verdict("upgrade-rate-limited", "upgrade", "certain")


def test_a_field_that_is_too_long_is_a_bad_request(doctor: Doctor, site: Site) -> None:
    """nginx answers 400 Request Header Or Cookie Too Large."""
    doctor(site["short of memory"].url, secret=LONG_SECRET).assert_verdict(
        "upgrade-bad-request", "upgrade", "likely"
    )


def test_a_read_timeout_before_and_after_the_upgrade(doctor: Doctor, site: Site) -> None:
    """Before the upgrade it is a 504; after it the connection ends without a close frame."""
    found = doctor(site["impatient"].url, agent="never accepts")
    found.assert_verdict("upgrade-gateway-timeout", "upgrade", "likely")
    assert found.verdict["side"] == "backend"
    assert found.experiments == {}
    found = doctor(site["impatient"].url, agent="never answers")
    found.assert_verdict("session-dropped", "session", "possible")
    assert found.facts("session")["idle_ms"] > 900 * IMPATIENCE


@pytest.mark.parametrize(
    ("agent", "secret", "code"),
    [
        ("healthy", WRONG_SECRET, "auth-secret-rejected"),
        ("judges before accept", WRONG_SECRET, "upgrade-refused-regardless"),
        ("denies with 401", WRONG_SECRET, "auth-unauthorized"),
        ("denies with 403", WRONG_SECRET, "auth-forbidden"),
        ("raises before accept", SECRET, "upgrade-server-error"),
        ("raises at the ping", SECRET, "session-dropped"),
        ("healthy", f"Bearer {SECRET}", "secret-bearer-prefix"),
        ("judges before accept", f" {SECRET}", "secret-whitespace"),
    ],
)
def test_what_the_backend_says_passes_through(
    doctor: Doctor, site: Site, agent: str, secret: str, code: str
) -> None:
    """A refusal by the backend with `Server: nginx` is still the backend's."""
    found = doctor(site["right"].url, agent=agent, secret=secret)

    found.assert_verdict(code, "config" if code.startswith("secret") else None)


def test_the_wrong_scheme_is_told_in_both_directions(
    doctor: Doctor, site: Site, trusting: tuple[object, ...]
) -> None:
    """nginx itself answers 400 to ws:// on a TLS port; wss:// to a plain port is not TLS."""
    found = doctor(site["right, over TLS"].url.replace("wss", "ws"))
    found.assert_verdict("upgrade-to-tls-port", "upgrade", "certain")
    assert found.findings == {}
    assert found.experiments == {}  # each would send the secret in the clear once more
    found = doctor(site["right"].url.replace("ws", "wss"), *trusting)
    found.assert_verdict("tls-not-tls", "tls", "likely")
    assert found.facts("tls")["first_bytes"].startswith("HTTP/1.1 400")
