"""No bytes at any entry raise an unexpected exception; `make fuzz` tries more of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.repl.commands import TABLE
from tests.doctor import SECRET
from tests.fuzz.targets import TARGETS, Target
from tests.test_hostile_text import CHARACTERS

# Every run has the same examples, because a test must not fail only on some days. `make fuzz` tries
# others.
bounded = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
BY_NAME = {target.name: target for target in TARGETS}


def words(text: str) -> tuple[bytes, ...]:
    """Return the words between the bars; a surrogate stands for a byte that is not UTF-8."""
    return tuple(text.encode("utf-8", "surrogateescape").split("¦".encode()))


DEEP = '{"a":' * 150
# Words that matter to a parser. Put together at random, they reach deeper than random bytes do.
WORDS = {
    "env file": words(
        "BACKEND_URL¦EDGE_SECRET¦EDGE_AGENT_ID¦=¦\n¦\r\n¦\r¦\"¦'¦#¦ ¦export "
        f"¦${{¦}}¦\\¦wss://x.example¦{SECRET}¦Bearer "
        "¦edge_1¦\ufeff¦\0¦:¦\u200b¦\udcff\udcfe¦\udcc3"
    ),
    "address": words(
        "wss¦ws¦http¦socks5¦:¦/¦//¦@¦[¦]¦::1¦?¦#¦%¦%zz¦.¦x.example¦65536¦443¦\\¦ "
        "¦\n¦\0¦ä¦xn--¦xn--\udcff¦127.0.0.1¦/edge/ws¦0x7f.1"
        "¦\udced\udca0\udc80"
    ),
    "HTTP answer": words(
        "HTTP/1.1 ¦HTTP/¦101¦200¦403¦999¦100¦\r\n¦\n¦\r¦\r\n\r\n¦: ¦Content-Length: "
        "¦Transfer-Encoding: chunked¦Retry-After: "
        "¦Location: ¦Date: ¦Sec-WebSocket-Accept: ¦Upgrade: "
        f"websocket¦{'9' * 30}¦-1¦ffffffff¦0\r\n¦\x15\x03\x03¦<html>"
        f'¦WWW-Authenticate: Basic realm=¦"¦\udcff¦{{"detail":"Not Found"}}¦{SECRET}'
    ),
    "message": words(
        '{"type":¦"pong"¦"command"¦}¦"payload":¦"command_id":¦"command_type":'
        f'¦{{¦[¦]¦,¦:¦"¦null¦NaN¦1e999¦-¦{"9" * 5000}'
        f"¦\\ud800¦\\u001b¦\udcff¦{'[' * 500}¦{DEEP}¦\u202e¦{SECRET}"
    ),
    "line at the prompt": words(
        f"{' ¦'.join(entry.name for entry in TABLE)} "
        f"¦{'9' * 30}¦٣¦²¦nan¦inf¦1e400¦off¦all¦failed¦\udcff¦{{¦#¦1000¦\x1b]0;x\x07"
        '¦"¦cmd_1¦ ¦\n¦\0'
    ),
}


def pieces(words: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return texts made of words and a few other bytes."""
    return st.lists(st.sampled_from(words) | st.binary(max_size=4), max_size=25).map(b"".join)


def changed(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Return real samples in which a part is replaced, missing, or doubled."""

    @st.composite
    def change(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(seeds))
        for _ in range(draw(st.integers(1, 4))):
            start = draw(st.integers(0, len(data)))
            end = draw(st.integers(start, min(start + 12, len(data))))
            data = (
                data[:start]
                + draw(st.sampled_from((b"", data[start:end] * 2)) | st.binary(max_size=6))
                + data[end:]
            )
        return data

    return change()


def bytes_for(target: Target) -> st.SearchStrategy[bytes]:
    """Return the examples for a target."""
    known = WORDS.get(target.name)
    return (
        changed(target.seeds)
        | st.binary(max_size=300)
        | (pieces(known) if known else changed(target.seeds))
    )


@pytest.mark.parametrize(
    ("name", "seed"),
    # Named by number: a name with a time in it would differ between processes.
    [
        pytest.param(target.name, seed, id=f"{target.name} {number}")
        for target in TARGETS
        for number, seed in enumerate(target.seeds)
    ],
)
def test_a_real_sample_passes(name: str, seed: bytes) -> None:
    """The fuzzing begins with these samples."""
    BY_NAME[name].run(seed)


@pytest.mark.parametrize(
    ("name", "examples"),
    [
        ("env file", 60),
        ("address", 25),
        ("HTTP answer", 80),
        ("frames after 101", 80),
        ("frames, live", 40),
        ("message", 300),
        ("report to replay", 80),
        ("line at the prompt", 400),
    ],
)
def test_no_bytes_break_a_door(name: str, examples: int) -> None:
    """They are changed samples, words put together, and noise."""
    target = BY_NAME[name]

    @settings(bounded, max_examples=examples)
    @given(bytes_for(target))
    def run(data: bytes) -> None:
        target.run(data)

    run()


def test_every_door_is_tried() -> None:
    """A new entry must be tried, too."""
    mark = next(
        mark for mark in test_no_bytes_break_a_door.pytestmark if mark.name == "parametrize"
    )  # type: ignore[attr-defined]
    assert [name for name, _ in mark.args[1]] == list(BY_NAME)


# --- reports with another value somewhere ---------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        (
            "",
            "x" * 5000,
            "certain",
            "error",
            "wss://x",
            "\ud800",
            "{host} %s {0}",
            "`[red]`",
            *CHARACTERS.values(),
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("kind", "status", "x", "span")), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path to every value in a document."""
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in children:
        yield from places(each, (*path, key))


DOCUMENTS = [json.loads(seed) for seed in BY_NAME["report to replay"].seeds]
PLACES = [
    (number, path) for number, document in enumerate(DOCUMENTS) for path in places(document) if path
]


@settings(bounded, max_examples=250)
@given(st.sampled_from(PLACES), VALUES)
def test_a_report_with_any_other_value_is_judged_or_refused(
    place: tuple[int, tuple[Any, ...]], value: Any
) -> None:
    """The value may be anywhere, and have another type, be hostile, huge or absurd."""
    number, path = place
    document = json.loads(json.dumps(DOCUMENTS[number]))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    BY_NAME["report to replay"].run(json.dumps(document).encode())
