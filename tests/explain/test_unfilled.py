"""Texts of entries where nothing says the host, the port or what else they need."""

from __future__ import annotations

import re

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Problem
from edgecheck.explain.unfilled import filled, to_fill_in
from edgecheck.explain.values import USUAL, with_what_follows
from edgecheck.wording.values import profile_values

KNOWN = {**USUAL, **profile_values(EDGE)}
# What is pasted, and what the profile writes for the person to fill in.
PASTED = re.compile(r"`[^`]*`|(?m:^\$ .*$)|(?m:^ {4}.*$)|\"[^\"]*\"")


def texts(problem: Problem) -> tuple[str, ...]:
    """Return the templates of an entry."""
    return problem.title, problem.cause, *problem.remedies


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda problem: problem.code)
def test_no_prose_needs_the_host_the_port_or_the_agent_id(problem: Problem) -> None:
    """What is left for the reader to fill in is named, with what to put in or where it is shown."""
    shown = [filled(text, KNOWN) for text in texts(problem)]
    prose = " ".join(PASTED.sub("", text) for text in shown)
    holes = {name for text in texts(problem) for name in re.findall(r"\{([a-z_ ]+)\}", text)}
    left = {name for name in holes - KNOWN.keys() if f"<{name}>" in " ".join(shown)}
    said = to_fill_in(texts(problem), KNOWN)

    assert not re.search(r"<(?:host|port|address|url|agent_id|close code|proxy)>", prose)
    assert {name for name in left if f"<{name}>" not in said} == set()
    assert not re.search(r"its its|the the|port of its|a the|backend from", prose)
    assert re.search(r"\b(\w+(?: \w+)?) \1\b", prose) is None
    assert all(text[:1] == text[:1].upper() for text in shown if text[:3] in ("the", "its"))


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("upgrade-blocked", "A firewall or proxy refuses the request, not the backend"),
        ("mtls-certificate-expired", "The client certificate expired on <not_after>"),
        ("auth-unauthorized", "Not authorized: the server refused it"),
        (
            "upgrade-unexpected-status",
            "The handshake got no 101 in answer, from the server",
        ),
    ],
)
def test_a_title_says_no_more_than_is_known(code: str, title: str) -> None:
    """Neither who answered, nor that the client's certificate is in the file of the settings."""
    assert filled(PROBLEMS[code].title, KNOWN) == title


def test_what_is_known_is_filled_in_and_nothing_is_left() -> None:
    """The texts of a refused connection need a host and a port."""
    problem = PROBLEMS["tcp-refused"]
    known = with_what_follows({**KNOWN, "host": "agents.acme.io", "port": "8443", "scheme": "wss"})
    shown = [filled(text, known) for text in texts(problem)]

    assert to_fill_in(texts(problem), known) == ""
    assert shown[0] == "agents.acme.io refuses connections on port 8443"
    assert '"connection refused by agents.acme.io, port 8443"' in shown[2]
    assert "`curl -i https://agents.acme.io:8443/`" in shown[4]


def test_a_title_without_a_host_is_a_plain_sentence() -> None:
    """It names neither the host nor the port, and begins with a capital letter."""
    assert filled("{host} refuses connections on port {port}", KNOWN) == (
        "The backend's host refuses connections on its port"
    )


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"host": "h.example"}, "https://h.example"),
        ({"host": "h.example", "port": "443", "scheme": "wss"}, "https://h.example"),
        ({"host": "10.0.0.7", "port": "8787"}, "http://10.0.0.7:8787"),
        ({"host": "::1", "port": "8787", "scheme": "ws"}, "http://[::1]:8787"),
        ({"host": "h.example", "port": "80", "scheme": "ws"}, "http://h.example"),
    ],
)
def test_the_address_for_curl_follows_from_the_host(values: dict[str, str], address: str) -> None:
    """With the port unless it is the usual one, and brackets around an address of IPv6."""
    assert with_what_follows(values)["http_url"] == address
