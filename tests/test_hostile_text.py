"""Text from outside is hostile.

Whatever stands in it, a terminal shows it as what it is, and a document holds no live character.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.escapes import escape, is_unsafe, unescape, unescape_bytes
from edgecheck.simulator import Backend
from tests.doctor import SECRET, Outcome, Setup, in_thread, run_here, set_up, simulated
from tests.raw_server import BINARY, Handler, close, frame, opening, saying, serving, text
from tests.test_secret_hunt import certificate_of, reports_of
from tests.timing import AMPLE_LIMIT, SHORT_LIMIT

LIMIT = ("--timeout", str(SHORT_LIMIT), "--no-experiments")

# Each by itself, so that a limit of length cuts none of them off.
CHARACTERS = {
    "colour": "\x1b[35;7mx",
    "clear the screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "carriage return": "x\rfake",
    "backspaces": "x\b\b\bfake",
    "bell and null": "\x07\x00",
    "C1": "\x9b31m\x9d0;t\x9c\x85",
    "delete": "\x7f",
    "bidi override": "\u202egnp.exe\u202c",
    "bidi isolate": "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "soft hyphen": "a\u00adb",
    "line separators": "x\u2028y\u2029z",
    "tag characters": "x\U000e0041\U000e0042\U000e007f",
    "variation selectors": "x\ufe0fy\U000e0100",
    "fillers": "x\u3164\u115f\u2800\u034f",
    "other blanks": "x\u00a0\u2003\u3000\u1680y",
    "private use": "x\ue000\U000f0000",
    "unassigned": "x\u0378\U0003fffd",
}
MARKUP = "[red]x[/red][link=http://evil.example]y[/link][/][bold]:smile:\\[z]"
# Where a line of HTTP ends, these do end it: they cannot come from there.
IN_A_LINE = {name: value for name, value in CHARACTERS.items() if not set(value) & set("\r\n\0")}
INVALID_UTF8 = b"x\xff\xfe\xed\xa0\x80\xc0\xaf\xf5"

SGR = re.compile(r"\x1b\[[0-9;]*m")


def strings(value: Any) -> Iterator[str]:
    """Return every text in a JSON value, names included.

    Remedies have lines of their own, for what is to be pasted.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from (
                line
                for text in strings(each)
                for line in (text.split("\n") if name == "remedies" else [text])
            )
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def assert_safe(outcome: Outcome, *, coloured: bool = False) -> None:
    """No live character on either stream, but the line ends and colours that are our own."""
    for stream in (outcome.stdout, outcome.stderr):
        assert "\x1b[35;7m" not in stream
        shown = SGR.sub("", stream) if coloured else stream
        assert [
            character for character in shown if character != "\n" and is_unsafe(character)
        ] == []
    assert "Traceback" not in outcome.stderr
    assert "itself failed" not in outcome.stdout + outcome.stderr


def assert_document(outcome: Outcome) -> None:
    """Every text in the document is free of them, not only as it is written."""
    assert outcome.stdout.isascii()
    document = json.loads(outcome.stdout)
    assert [ascii(one) for one in strings(document) if any(map(is_unsafe, one))] == []
    assert "error" not in document
    assert outcome.stderr == ""
    for name, report in reports_of(outcome).items():
        assert [
            character for character in report if character != "\n" and is_unsafe(character)
        ] == [], name


def examine(setup: Setup, limit: Sequence[str] = LIMIT) -> tuple[Outcome, Outcome, Outcome]:
    """Return the outcomes as text, as text with colours, and as a document."""
    plain = run_here(setup, *limit, "--verbose")
    coloured = run_here(
        Setup(setup.folder, {**setup.environ, "FORCE_COLOR": "1"}, setup.arguments),
        *limit,
        "--verbose",
    )
    document = run_here(setup, *limit, "--json")
    assert_safe(plain)
    assert_safe(coloured, coloured=True)
    assert "\x1b[" in coloured.stdout
    assert_document(document)
    return plain, coloured, document


def unwrapped(output: str) -> str:
    """Return text without its line breaks and blanks, which a layout may have put into it."""
    return re.sub(r"\s+", "", SGR.sub("", output))


def head(status: bytes = b"403 Forbidden", fields: bytes = b"", body: bytes = b"") -> bytes:
    """Return a response."""
    return (
        b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


PLACES: dict[str, Callable[[bytes], Handler]] = {
    "reason phrase": lambda said: saying(head(b"403 " + said)),
    "field value": lambda said: saying(
        head(fields=b"Server: " + said + b"\r\nX-Other: " + said + b"\r\n")
    ),
    "field name": lambda said: saying(head(fields=b"X" + said + b": 1\r\n")),
    "Location": lambda said: saying(
        head(b"302 Found", b"Location: https://other.example/" + said + b"\r\n")
    ),
    "WWW-Authenticate": lambda said: saying(
        head(b"401 Unauthorized", b'WWW-Authenticate: Basic realm="' + said + b'"\r\n')
    ),
    "Retry-After": lambda said: saying(head(b"429 Slow Down", b"Retry-After: " + said + b"\r\n")),
    "Accept": lambda said: saying(
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + said
        + b"\r\n\r\n"
    ),
}
BODIES: dict[str, Callable[[bytes], Handler]] = {
    "body": lambda said: saying(head(body=said)),
    "page": lambda said: saying(head(b"200 OK", b"Content-Type: text/html\r\n", b"<html>" + said)),
    "JSON": lambda said: saying(
        head(
            b"404 Not Found", body=json.dumps({"detail": said.decode("utf-8", "replace")}).encode()
        )
    ),
    "banner": lambda said: saying(b"HELLO " + said, first=True),
    "message": lambda said: opening(frame(BINARY, said)),
    "type": lambda said: opening(
        text(json.dumps({"type": said.decode("utf-8", "replace")})), text('{"type":"pong"}')
    ),
    "command": lambda said: opening(
        text(
            json.dumps(
                {"type": "command", "payload": {"command_type": said.decode("utf-8", "replace")}}
            )
        ),
        text('{"type":"pong"}'),
    ),
    "close reason": lambda said: opening(close(4321, said)),
    "close reason of a refusal": lambda said: opening(close(1008, said)),
}


def answering(handler: Handler, folder: Path) -> tuple[Outcome, Outcome, Outcome]:
    """Examine a backend that answers so."""
    with in_thread(lambda: serving(handler)) as server:
        return examine(set_up(folder, Backend(f"ws://127.0.0.1:{server.port}", SECRET, "edge_1")))


@pytest.mark.parametrize("place", PLACES)
def test_no_character_of_a_head_is_live(tmp_path: Path, place: str) -> None:
    """All at once, in UTF-8, and as the single bytes that ISO 8859-1 has for C1."""
    for said in ("".join(IN_A_LINE.values()).encode(), b"\x9b31m\x9d\x85\x80", INVALID_UTF8):
        answering(PLACES[place](said), tmp_path)


@pytest.mark.parametrize("place", [place for place in BODIES if "close" not in place])
def test_no_character_of_a_body_or_message_is_live(tmp_path: Path, place: str) -> None:
    """Line ends included: what stands on one line stays on it."""
    for said in ("".join(CHARACTERS.values()).encode(), INVALID_UTF8):
        answering(BODIES[place](said), tmp_path)


@pytest.mark.parametrize("name", CHARACTERS)
def test_no_character_of_a_close_reason_is_live(tmp_path: Path, name: str) -> None:
    """A reason has 123 bytes: one kind at a time; each is shown as its escape."""
    said = CHARACTERS[name]
    plain, _, document = answering(BODIES["close reason"](said.encode()), tmp_path)

    assert unwrapped(escape(said)) in unwrapped(plain.stdout)
    assert escape(said) in document.report["verdict"]["title"]


@pytest.mark.parametrize("place", [*PLACES, *BODIES])
def test_markup_is_text(tmp_path: Path, place: str) -> None:
    """Brackets of rich's, its emoji names and its escape stay what they are.

    A field's name has its own rules.
    """
    said = MARKUP if place not in ("field name", "Accept") else MARKUP.replace(":", "")
    plain, coloured, document = answering((PLACES | BODIES)[place](said.encode()), tmp_path)
    shown = (
        "[red]x[/red][link=http"
        + ("" if said != MARKUP else ":")
        + "//evil.example]y[/link][/][bold]"
    )

    assert any(shown in one for one in strings(document.report))
    assert unwrapped(shown) in unwrapped(plain.stdout)
    assert unwrapped(shown) in unwrapped(coloured.stdout)


@pytest.mark.parametrize("said", [*IN_A_LINE.values(), MARKUP], ids=[*IN_A_LINE, "markup"])
def test_no_character_of_a_certificate_is_live(tmp_path: Path, said: str) -> None:
    """In the names of its subject and issuer."""

    def context() -> ssl.SSLContext:
        return certificate_of(tmp_path, "own", said)

    with in_thread(lambda: serving(saying(b""), context=context())) as server:
        _, _, document = examine(
            set_up(tmp_path / "work", Backend(f"wss://127.0.0.1:{server.port}", SECRET, "edge_1")),
            ("--timeout", str(AMPLE_LIMIT), "--no-experiments"),
        )

    assert document.verdict == "tls-self-signed"
    tls = next(stage for stage in document.report["stages"] if stage["stage"] == "tls")
    assert tls["facts"]["chain"]


@pytest.mark.parametrize(
    "said", ["".join(IN_A_LINE.values()), MARKUP], ids=["characters", "markup"]
)
@pytest.mark.parametrize("place", ["status", "field", "body", "banner"])
def test_no_character_of_a_proxy_is_live(tmp_path: Path, place: str, said: str) -> None:
    """It stands nearer than the backend, and is no more trusted."""
    data = said.encode()
    answer = {
        "status": head(b"407 " + data),
        "field": head(b"407 No", b"Proxy-Authenticate: " + data + b"\r\n"),
        "body": head(b"502 No", body=data),
        "banner": b"HELLO " + data,
    }[place]
    with in_thread(lambda: serving(saying(answer, first=place == "banner"))) as proxy:
        examine(
            set_up(
                tmp_path,
                Backend(
                    "ws://127.0.0.1:1", SECRET, "edge_1", proxy=f"http://127.0.0.1:{proxy.port}"
                ),
            )
        )


# --- the person's own settings, which may have been pasted from anywhere --------------------------

GOOD = {"BACKEND_URL": "{url}", "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"}
OWN = {
    "URL": "BACKEND_URL={url}/{said}\n",
    "host": "BACKEND_URL=ws://{said}.example\n",
    "scheme": "BACKEND_URL={said}://x.example\n",
    "query": "BACKEND_URL={url}/?{said}=1\n",
    "URL's user": "BACKEND_URL=ws://{said}:x@127.0.0.1:1\n",
    "agent id": "EDGE_AGENT_ID=edge_1{said}\n",
    "secret": f"EDGE_SECRET={SECRET}{{said}}\n",
    "key": "EDGE_{said}SECRET=x\nEDGE_SECRET{said}=x\n{said}=x\n",
    "line": "{said}\n",
    "duplicate": "EDGE_AGENT_ID=edge_2{said}\n",
    "interpolation": "EDGE_AGENT_ID=edge_1${{{said}}}\n",
    "comment": "# {said}\nEDGE_AGENT_ID=edge_1 #{said}\n",
}


@pytest.mark.parametrize(
    "said", ["".join(CHARACTERS.values()).replace("\0", ""), MARKUP], ids=["characters", "markup"]
)
@pytest.mark.parametrize("place", OWN)
def test_no_character_of_the_settings_is_live(tmp_path: Path, place: str, said: str) -> None:
    """Quoted in a finding, an address or a command, it is text; as is the name of the file."""
    folder = tmp_path / f"a{said[:40].replace('/', '')}b"
    with simulated() as backend:
        setup = set_up(folder, backend)
        content = backend.env_text + OWN[place].replace("{url}", backend.url).replace(
            "{said}", said
        )
        (folder / ".env").write_bytes(content.encode("utf-8", "surrogateescape"))
        plain, _, _ = examine(setup)

        assert plain.stdout
        assert_safe(run_here(setup, "--offline"))
        assert_document(run_here(setup, "--offline", "--json"))


@pytest.mark.parametrize(
    "option",
    ["--url", "--agent-id", "--env-file", "--secret-file", "--proxy", "--ca-file", "--replay"],
)
def test_no_character_of_an_option_is_live(tmp_path: Path, option: str) -> None:
    """Options are pasted too."""
    said = "".join(CHARACTERS.values()).replace("\0", "") + MARKUP
    with simulated() as backend:
        setup = set_up(tmp_path, backend)
        for options in ((), ("--json",)):
            outcome = run_here(setup, *LIMIT, option, said, *options)
            assert_safe(outcome)
            assert outcome.code in (0, 1, 2)
            assert (
                not options
                or [ascii(one) for one in strings(outcome.report) if any(map(is_unsafe, one))] == []
            )


# --- the escape itself ----------------------------------------------------------------------------


@given(st.text() | st.text(st.characters(categories=("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"))))
def test_what_is_escaped_is_safe_and_can_be_read_back(said: str) -> None:
    """Nothing is lost, and nothing is live."""
    assert not any(map(is_unsafe, escape(said)))
    assert unescape(escape(said)) == said


@given(st.binary())
def test_bytes_are_escaped_whatever_they_are(said: bytes) -> None:
    """Those that are no UTF-8 stay visible, each."""
    assert not any(map(is_unsafe, escape(said)))
    assert unescape_bytes(escape(said)) == said


@pytest.mark.parametrize(
    "forged", ["\udc7f", "\\ud800", "\\udfff", "\\U0000d800", "\\Uffffffff", "\\U00110000"]
)
def test_escapes_that_nothing_is_escaped_to_are_read_too(forged: str) -> None:
    """A forged report may hold them: no byte and no character has such a number."""
    read = unescape_bytes(f"a{forged}z")

    assert read in ("a\ufffdz".encode(), f"a{forged}z".encode("utf-8", "replace"))


@given(st.text(min_size=1), st.integers(0, 20))
def test_a_limit_counts_what_came(said: str, limit: int) -> None:
    """And shows that there was more."""
    assert unescape(escape(said, limit).removesuffix("…")) == said[:limit].removesuffix(
        "…"
    ) or said[:limit].endswith("…")
    assert (len(said) > limit) <= escape(said, limit).endswith("…")


@pytest.mark.parametrize("said", CHARACTERS.values(), ids=CHARACTERS)
def test_the_list_of_hostile_characters_is_one(said: str) -> None:
    """Each sample holds something that must not pass."""
    assert any(map(is_unsafe, said))
