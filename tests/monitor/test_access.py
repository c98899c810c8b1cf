"""Who may read."""

from __future__ import annotations

from base64 import b64encode

import pytest

from edgecheck.monitor.access import Access

TOKEN = "0123456789abcdef0123"
HERE = {"host": "127.0.0.1:9787"}


def status(access: Access, path: str = "/metrics", **fields: str) -> int | None:
    refusal = access.refusal(
        path, {name.replace("_", "-"): value for name, value in fields.items()}
    )
    return refusal.status if refusal else None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:9787", "localhost:9787", "LOCALHOST", "[::1]:9787", "127.8.9.1"],
)
def test_names_of_this_machine_are_answered(host: str) -> None:
    """With and without a port."""
    assert status(Access(), host=host) is None


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1:9787", "["],
)
def test_a_name_that_was_pointed_here_is_not(host: str) -> None:
    """A page of the web could read everything by DNS rebinding."""
    assert status(Access(), host=host) == 421
    assert status(Access(), "/healthz", host=host) == 421


def test_a_reverse_proxys_name_can_be_allowed() -> None:
    """Whatever its case."""
    access = Access(hosts=("monitor.example",))

    assert status(access, host="Monitor.Example:443") is None
    assert status(access, host="other.example") == 421


def test_another_sites_page_cannot_start_a_check() -> None:
    """It can do so without reading the answer; a bookmark, a scraper and our own page may."""
    for site, refused in (("cross-site", 403), ("same-origin", None), ("none", None)):
        assert status(Access(), "/probe", **HERE, sec_fetch_site=site) == refused
    assert status(Access(), "/probe", **HERE) is None


def basic(password: str) -> str:
    return "Basic " + b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        (f"Bearer {TOKEN}", None),
        (f"bearer  {TOKEN} ", None),
        (basic(TOKEN), None),
        ("", 401),
        (TOKEN, 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer \u00e9", 401),
        (basic(""), 401),
        ("Basic not-base64", 401),
        ("Basic", 401),
        (f"Digest {TOKEN}", 401),
    ],
)
def test_with_a_token_only_who_has_it_reads(field: str, refused: int | None) -> None:
    """As Bearer, or as the password that a browser asks for."""
    access = Access(TOKEN, loopback=False)

    assert status(access, host="any.example", authorization=field) == refused


def test_whether_it_runs_is_open_to_all() -> None:
    """A probe of Kubernetes has no token."""
    assert status(Access(TOKEN, loopback=False), "/healthz", host="10.0.0.7") is None
