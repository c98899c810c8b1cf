"""`edgecheck doctor --otlp`: a checkup as a trace, to a collector on loopback.

The collector of these tests decodes what it gets with OpenTelemetry's own definition of OTLP.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest as Request,
)

from edgecheck.cli.option_types import with_values
from tests.cli.conftest import COMMAND, execute
from tests.cli.test_secret_hunt import write_settings
from tests.doctor import SECRET, Setup, in_thread, run, set_up, simulated
from tests.raw_server import Handler, request_of, saying, serving
from tests.test_secret_hunt import found

PATH = "/v1/traces"


@dataclass
class Collector:
    """A collector that runs.

    Args:
        address: what `--otlp` takes.
        requests: the path and the content of each.
    """

    address: str
    requests: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def spans(self) -> dict[str, Any]:
        """The spans of the only request, by their names."""
        ((path, content),) = self.requests
        assert path == PATH
        (resource,) = Request.FromString(content).resource_spans
        (scope,) = resource.scope_spans
        assert values(resource.resource)["service.name"] == "edgecheck"
        return {span.name: span for span in scope.spans}


def values(of: Any) -> dict[str, Any]:
    """Return the attributes of a span, an event or a resource."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in of.attributes}


async def _collect(
    requests: list[tuple[str, bytes]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await request_of(reader)).decode()
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.lower().startswith("content-length:")
    )
    requests.append((head.split(" ")[1], await reader.readexactly(length)))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def _drop_by_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nX-Drops: ")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector beside this thread."""
    requests: list[tuple[str, bytes]] = []
    with answering(functools.partial(_collect, requests)) as address:
        yield Collector(address, requests)


@contextlib.contextmanager
def answering(handler: Handler) -> Iterator[str]:
    """Run a server beside this thread, and return its address."""
    with in_thread(lambda: serving(handler)) as listening:
        yield f"http://127.0.0.1:{listening.port}"


def test_a_checkup_is_one_trace_with_a_span_a_stage(tmp_path: Path) -> None:
    """Spans and attributes say what the document of the same run says."""
    with collecting() as collector, simulated("auth-secret-rejected") as backend:
        outcome = run(set_up(tmp_path, backend), "--json", "--otlp", collector.address)
    document, spans = outcome.report, collector.spans
    root = spans.pop("checkup")
    verdict, about = document["verdict"], values(root)
    went = {one["stage"]: one for one in document["stages"] if one["status"] != "skip"}

    assert list(spans) == list(went)
    assert {span.trace_id for span in spans.values()} == {root.trace_id}
    assert {span.parent_span_id for span in spans.values()} == {root.span_id}
    assert (about["edgecheck.code"], about["edgecheck.side"], about["edgecheck.confidence"]) == (
        verdict["code"],
        verdict["side"],
        verdict["confidence"],
    )
    assert about["error.type"] == verdict["code"] == "auth-secret-rejected"
    assert about["server.address"] == document["target"]["host"]
    assert about["server.port"] == document["target"]["port"]
    assert about["edgecheck.run_id"] == document["run_id"]
    assert root.status.message == verdict["title"]
    for stage, span in spans.items():
        lasted = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert lasted == pytest.approx(went[stage]["duration_ms"], abs=0.01)
        assert root.start_time_unix_nano <= span.start_time_unix_nano
        assert (span.status.code == span.status.STATUS_CODE_ERROR) == (stage == "auth")
    assert values(spans["upgrade"])["http.response.status_code"] == 101
    assert values(spans["tcp"])["network.peer.address"] == "127.0.0.1"
    assert [values(event)["edgecheck.experiment.name"] for event in spans["auth"].events] == [
        each["name"] for each in document["experiments"]
    ]


def test_tls_is_described_by_the_names_of_the_conventions(tmp_path: Path) -> None:
    """A certificate that is not trusted, with its names and its end."""
    with collecting() as collector, simulated("tls-self-signed") as backend:
        outcome = run(set_up(tmp_path, backend), "--json", "--otlp", collector.address)
    seen = next(one for one in outcome.report["stages"] if one["stage"] == "tls")["facts"]
    span = values(collector.spans["tls"])

    assert outcome.code == 1
    assert span["tls.established"] is False
    assert span["error.type"] == "tls-self-signed"
    assert span["tls.server.subject"] == seen["chain"][0]["subject"]
    assert span["tls.server.not_after"] == seen["chain"][0]["not_after"]
    assert "upgrade" not in collector.spans


@pytest.mark.parametrize(
    ("value", "wrong"), [("edge_1", SECRET), (SECRET, f'"Bearer {SECRET}"')], ids=["id", "secret"]
)
def test_the_secret_is_in_no_attribute(tmp_path: Path, value: str, wrong: str) -> None:
    """Neither the secret nor its fingerprint, wherever it was put by mistake."""
    with collecting() as collector, simulated() as backend:
        setup = set_up(tmp_path, backend)
        env_file = tmp_path / ".env"
        env_file.write_text(env_file.read_text().replace(value, wrong))
        outcome = run(setup, "--json", "--otlp", collector.address)
    ((_, content),) = collector.requests
    fingerprint = outcome.report["target"]["secret_fingerprint"]

    assert not found(SECRET, content.decode("utf-8", "replace"))
    assert fingerprint
    assert fingerprint.partition(":")[2].encode() not in content


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (saying(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"), "302"),
        (saying(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), "401"),
        (_drop_by_drop, "no answer within"),
    ],
    ids=["redirect", "refusal", "drop by drop"],
)
def test_a_collector_that_takes_no_trace_changes_nothing(
    tmp_path: Path, handler: Handler, words: str
) -> None:
    """Verdict and exit code are the same, and standard error says why.

    Nor is an answer waited for that never ends, and never pauses for long.
    """
    with simulated("auth-secret-rejected") as backend:
        setup = set_up(tmp_path, backend)
        without = run(setup, "--json")
        with answering(handler) as address:
            outcome = run(setup, "--json", "--otlp", address)

    assert outcome.code == without.code == 1
    assert outcome.verdict == without.verdict == "auth-secret-rejected"
    assert f"the trace was not sent to {address}{PATH}: " in outcome.stderr
    assert words in outcome.stderr
    assert len(outcome.stderr.splitlines()) == len(without.stderr.splitlines()) + 1


def test_nothing_listening_is_said_at_once(tmp_path: Path) -> None:
    """A healthy run stays one; the name and the password of the address are not shown."""
    with answering(saying()) as address:
        pass
    address = address.replace("://", "://somebody:hunter2@")
    with simulated() as backend:
        outcome = run(set_up(tmp_path, backend), "--otlp", address)

    assert outcome.code == 0
    assert "Connection refused" in outcome.stderr
    assert "hunter2" not in outcome.stderr


def test_the_environment_names_the_collector_and_the_trace(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """As it does for every program with OpenTelemetry; what follows `--otlp` is the backend."""
    parent = "0af7651916cd43dd8448eb211c80319c"
    with collecting() as collector, simulated() as backend:
        write_settings(tmp_path, "ws://127.0.0.1:9")
        done = execute(
            [*COMMAND, "doctor", "--otlp", backend.url],
            tmp_path,
            {
                **environ,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
                "TRACEPARENT": f"00-{parent}-b7ad6b7169203331-01",
                "HTTP_PROXY": "http://127.0.0.1:9",
                "NO_PROXY": "",
            },
        )

    assert f"Trace: {parent}, sent to {collector.address}{PATH}" in done.stderr
    assert collector.spans["checkup"].trace_id.hex() == parent
    assert values(collector.spans["checkup"])["url.full"].startswith(backend.url)


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:4318"])
def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, environ: Mapping[str, str], address: str
) -> None:
    """Before anything is sent: exit code 2."""
    site = tmp_path / "site" / "opentelemetry"
    site.mkdir(parents=True)
    (site / "__init__.py").write_text("raise ModuleNotFoundError('opentelemetry')\n")
    path = f"{site.parent}:{environ['PYTHONPATH']}"
    done = execute(
        [*COMMAND, "doctor", "--demo", f"--otlp={address}"],
        tmp_path,
        {**environ, "PYTHONPATH": path},
    )

    assert done.returncode == 2
    assert "pip install 'edgecheck[otel]'" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("address", ["ftp://host", "http://", "http://host:99999", "host:4318"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    """Exit code 2, with an example of one."""
    outcome = run(Setup(tmp_path, {}), "--demo", f"--otlp={address}")

    assert outcome.code == 2
    assert "http://localhost:4318" in outcome.stderr


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        (["--otlp"], ["--otlp="]),
        (["--otlp", "--json"], ["--otlp=", "--json"]),
        (["--otlp", "wss://host"], ["--otlp=", "wss://host"]),
        (["--otlp", "https://otel"], ["--otlp", "https://otel"]),
        (["--", "--otlp"], ["--", "--otlp"]),
    ],
)
def test_its_value_may_be_left_out(given: list[str], parsed: list[str]) -> None:
    """What follows is its value only if it can be a collector's address."""
    assert with_values(given) == parsed
