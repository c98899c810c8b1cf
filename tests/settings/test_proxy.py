"""A proxy's address, taken apart: its parts, what is shown of it, and why it cannot be used."""

from __future__ import annotations

import re

import pytest

from edgecheck.settings.model import Origin, ProxySetting, Source
from edgecheck.settings.proxy import Proxy, proxy_of

PASSWORD = "hunter2"


def proxy(text: str) -> Proxy:
    """Return the proxy of a setting."""
    found = proxy_of(ProxySetting(text, Origin(Source.ENVIRONMENT, "HTTPS_PROXY")))
    assert found is not None
    return found


def test_without_a_setting_there_is_no_proxy() -> None:
    """Nothing is taken apart."""
    assert proxy_of(None) is None


@pytest.mark.parametrize(
    ("text", "masked", "host", "port"),
    [
        ("http://proxy.example", "http://proxy.example:80", "proxy.example", 80),
        ("https://proxy.example/", "https://proxy.example:443", "proxy.example", 443),
        ("socks5h://proxy.example", "socks5h://proxy.example:1080", "proxy.example", 1080),
        ("http://[::1]:3128", "http://[::1]:3128", "::1", 3128),
    ],
)
def test_an_address_has_its_parts(text: str, masked: str, host: str, port: int) -> None:
    """A port that is not written is the one of the scheme."""
    found = proxy(text)

    assert (found.masked, found.host, found.port) == (masked, host, port)
    assert (found.problem, found.origin) == ("", "$HTTPS_PROXY")


def test_credentials_are_decoded_and_never_shown() -> None:
    """They are sent as they are meant, and the password is masked."""
    found = proxy(f"http://me%40home:{PASSWORD}%21@proxy.example:3128")

    assert (found.username, found.password) == ("me@home", f"{PASSWORD}!")
    assert found.masked == "http://me%40home:***@proxy.example:3128"


@pytest.mark.parametrize(
    "text",
    ["http://{s}@proxy.example", "http://{s}:@proxy.example", "http://sk_live_{s}:x@proxy.example"],
)
def test_a_key_as_the_user_is_not_shown(text: str) -> None:
    """Some platforms take one there, with an empty password or any."""
    secret = "9Hn4Kd7Wq2Zx5Vb8Tm1"

    assert secret not in proxy(text.replace("{s}", secret)).masked


def test_a_slash_in_the_password_does_not_show_what_is_before_it() -> None:
    """Python takes that for the port, and quotes it."""
    assert "q8Zr" not in str(proxy("http://me:q8Zr+T3vX/1mKp0sW7eYb2NcD@proxy.example:3128"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://proxy.example:port", "Port could not be cast to integer value"),
        ("proxy.example:3128", "it has no scheme, such as http://"),
        ("proxy.example", "it has no scheme, such as http://"),
        ("ftp://proxy.example", "ftp:// is not supported"),
        ("http://:3128", "it has no host"),
        ("http://proxy.example/path", "a path, a query or a fragment has no meaning for a proxy"),
        ("http://proxy.example?query", "a path, a query or a fragment has no meaning for a proxy"),
        ("http://proxy.example#part", "a path, a query or a fragment has no meaning for a proxy"),
        ("http://proxy.example:0", "0 is not a port"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(text: str, problem: str) -> None:
    """It is shown as it is written."""
    assert (proxy(text).problem, proxy(text).masked) == (problem, text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"http://me:{PASSWORD}@proxy.example:port", "http://***@proxy.example:port"),
        (f"me:{PASSWORD}@proxy.example:3128", "***@proxy.example:3128"),
        (f"ftp://me:{PASSWORD}@proxy.example", "ftp://***@proxy.example"),
    ],
)
def test_an_address_that_cannot_be_used_is_shown_without_its_credentials(
    text: str, masked: str
) -> None:
    """Neither the name nor the password is shown, with a scheme or without."""
    assert proxy(text).problem
    assert proxy(text).masked == masked


@pytest.mark.parametrize(
    "text",
    [
        "http://wpad/wpad.dat",
        "http://proxy.example:8080/proxy.pac",
        "https://proxy.example/a/PROXY.PAC?site=7#x",
        "pac+https://proxy.example/auto",
        "file:///etc/proxy.pac",
        "/etc/proxy.pac",
        "wpad.dat",
        "http://proxy.example/pac",
        "http://proxy.example/cgi/getpac.php?site=7",
        "https://proxy.example:8080/autoproxy.js",
        "http://proxy.example/corp_pac",
        "C:\\\\proxies\\\\wpad.dat",
        'function FindProxyForURL(url, host) { return "DIRECT"; }',
        "data:application/x-ns-proxy-autoconfig;base64,ZnVu",
    ],
)
def test_a_pac_file_is_known_by_its_name(text: str) -> None:
    """It is a program, and nobody runs it here."""
    found = proxy(text)

    assert found.is_pac
    assert found.problem == "it is a PAC file, not a proxy"


@pytest.mark.parametrize(
    "text", ["http://pac.example:3128", "http://wpad.example", "http://proxy.example/packages"]
)
def test_a_proxy_whose_name_is_similar_is_none(text: str) -> None:
    """Only the path counts."""
    assert not proxy(text).is_pac


def test_the_password_of_a_pac_files_address_is_masked() -> None:
    """As that of a proxy."""
    assert PASSWORD not in proxy(f"http://me:{PASSWORD}@proxy.example/proxy.pac").masked


@pytest.mark.parametrize(
    "text", ["http://user:pa/word@p:1", "http://p:1/user@host", "http://p:1?a@b"]
)
def test_an_at_sign_behind_the_host_is_a_password_that_is_not_encoded(text: str) -> None:
    """What follows it is lost, and none of it is shown."""
    found = proxy(text)

    assert "percent-encoded" in found.problem
    assert "word" not in f"{found.masked}{found.problem}".replace("password", "")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://me:{}@proxy.example", "its user name or password is not UTF-8"),
        ("socks5h://me:{}@proxy.example", "is not ASCII"),
        ("socks4://{}@proxy.example", "is not ASCII"),
    ],
)
def test_a_password_of_bytes_that_are_no_text_is_a_fault_of_the_address(
    address: str, problem: str
) -> None:
    """It cannot be sent; a backend whose name does not exist is something else."""
    found = proxy(address.format("w\udce4rd"))

    assert problem in found.problem
    assert "rd" not in f"{found.masked}{found.problem}".replace("password", "")


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("socks5://{255}:word@proxy.example", True),
        ("socks5://{256}:word@proxy.example", False),
        ("socks5h://me:{256}@proxy.example", False),
        ("socks4://{256}@proxy.example", True),
        ("http://{256}:word@proxy.example", True),
        ("http://sch\u00f6n:w\u00f6rd@proxy.example", True),
    ],
)
def test_a_user_name_that_is_too_long_for_socks_is_a_fault_of_the_address(
    address: str, fits: bool
) -> None:
    """SOCKS5 says the length in one byte (RFC 1929, section 2)."""
    found = proxy(re.sub(r"\{(\d+)\}", lambda length: "u" * int(length[1]), address))

    assert fits == (not found.problem)
    assert fits or "255 bytes" in found.problem
