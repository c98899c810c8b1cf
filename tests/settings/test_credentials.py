"""What is masked as a credential, by its place, its form and its name, and what stays readable."""

from __future__ import annotations

import pytest

from edgecheck.settings.arguments import credentials_in_argument, credentials_in_name, masked_path
from edgecheck.settings.credentials import (
    masked_field,
    masked_link,
    named_credentials_in,
    userinfo_of,
)
from edgecheck.settings.pieces import MASK

TOKEN = "Zq8-kT4wPz1mVx7cRb2n_Y9sLd6gHf3a"
RUN = "Zq8kT4wPz1mVx7cRb2nY9sLd6gHf3aQe"
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 2
DIGEST = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Cookie", f"sid={TOKEN}", f"sid={MASK}"),
        ("Set-Cookie", f"sid={TOKEN}; Path=/; Secure", f"sid={MASK}; Path=/; Secure"),
        ("Location", "https://u:pw@a.example/x", f"https://u:{MASK}@a.example/x"),
        ("WWW-Authenticate", 'Basic realm="x"', 'Basic realm="x"'),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Server", "nginx", "nginx"),
        ("X-API-Key", "short", MASK),
    ],
)
def test_a_field_is_masked_by_its_name(name: str, value: str, shown: str) -> None:
    """Challenges and public keys are needed for a diagnosis."""
    assert masked_field(name, value) == shown


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://u:p/w@a.example/x", f"https://u:{MASK}@a.example/x"),
        (f"https://a.example/x?token={TOKEN}&b=1", f"https://a.example/x?token={MASK}&b=1"),
    ],
)
def test_a_link_keeps_what_is_no_credential(link: str, shown: str) -> None:
    """The host, and the parameters that are none."""
    assert masked_link(link) == shown


@pytest.mark.parametrize(
    ("rest", "userinfo"),
    [
        ("user:word@a.example/x", "user:word"),
        ("user:a/b#c?d@a.example/x", "user:a/b#c?d"),
        ("host:8080/path?mail=a@b.example", ""),  # a port, and a query with an `@`
        ("host:8080/path@b.example", "host:8080/path"),
        ("a.example/x", ""),
    ],
)
def test_what_stands_before_the_host_is_found(rest: str, userinfo: str) -> None:
    """Also where a password has a character that ends it."""
    assert userinfo_of(rest) == userinfo


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----", KEY),
        ("curl -H 'Authorization: Bearer abcdef123456'", "abcdef123456"),
        ("password=abcdef123456", "abcdef123456"),
        ("nothing to hide", ""),
    ],
)
def test_more_than_being_random_tells_a_credential(text: str, found: str) -> None:
    """Who issued it, its name, its scheme, or the head of a private key."""
    assert any(found in each for each in named_credentials_in(text)) is bool(found)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        (f"--{TOKEN}=x", (TOKEN,)),  # an option that was mistyped
        (f"--secret={TOKEN}", (TOKEN,)),
        (f"folder/{DIGEST}.bin", ()),  # a digest is a usual name
        (f"folder/{RUN}.pem", (RUN,)),
        (f"{RUN}.acme.where", ()),  # a host, and no file
        (".env", ()),
    ],
)
def test_a_word_of_a_command_line_may_be_a_credential(word: str, found: tuple[str, ...]) -> None:
    """Names of files are random too, so less of them counts."""
    assert {*credentials_in_argument(word, lambda path: path == "folder")} == {*found}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (RUN, [RUN]),
        (f"key-{TOKEN}.old", [TOKEN]),
        ("Report_2026-11-29_FINAL_v2", []),
        (RUN.lower()[:8], []),
        ("9f0e7c3a-0c1d-4a5b-8f6e-1234567890ab", []),
    ],
)
def test_a_name_has_a_credential_only_if_no_person_writes_it(name: str, found: list[str]) -> None:
    """Dates, numbers and capitals are in many names."""
    assert {*credentials_in_name(name)} == {*found}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"folder/{RUN}.pem", f"folder/{MASK}.pem"),
        (f"folder/a/{RUN}.pem", f"folder/{MASK}"),  # a slash may be a part of it
        ("folder/a/b.pem", "folder/a/b.pem"),
    ],
)
def test_a_path_is_masked_behind_what_is_there(path: str, shown: str) -> None:
    """A folder that is there is no credential."""
    assert masked_path(path, lambda one: one == "folder") == shown
