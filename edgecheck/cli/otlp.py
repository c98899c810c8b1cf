"""Send a checkup as a trace to an OpenTelemetry collector, over OTLP/HTTP: `--otlp`.

This is the only module that knows OpenTelemetry's library, which the extra ``otel`` installs. Its
imports are late, so that this module also says that it is missing. What is sent is in
`render.trace`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from .. import __version__
from ..render.trace import Attributes, Step, started_at, steps
from ..render.words import shown
from ..report import Report
from .ends import UsageError
from .process import Process

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

# The default of OpenTelemetry's exporters (specification, OTLP exporter, OTEL_EXPORTER_OTLP_*).
_DEFAULT = "http://localhost:4318"
_PATH = "/v1/traces"
_GRPC_PORT = 4317
# Of all attempts together. A collector is usually on this machine or near, and answers within
# milliseconds; a person waits for the prompt meanwhile.
LIMIT = 3.0
_MISSING = (
    "--otlp needs OpenTelemetry's packages, which are not installed: pip install 'edgecheck[otel]'"
)


class Traces:
    """Where each checkup goes as a trace.

    Args:
        process: says what was sent, and what was not.
        given: the collector's address; empty for that of the environment, else the default.
        quiet: do not say what was sent.

    Raises:
        UsageError: the address is not one, or OpenTelemetry is not installed.
    """

    def __init__(self, process: Process, given: str, *, quiet: bool) -> None:
        self._process, self._quiet = process, quiet
        self._endpoint = _endpoint(process, given)
        try:
            # The last thing that `_refusal` imports, and with it all the others.
            import opentelemetry.exporter.otlp.proto.http.trace_exporter  # noqa: F401
        except ImportError:
            raise UsageError(_MISSING) from None
        # Its words would be lines on standard error; `_say_not_sent` says the same once.
        logger = logging.getLogger("opentelemetry")
        logger.addHandler(logging.NullHandler())
        logger.propagate = False

    def send(self, report: Report) -> bool:
        """Send a report within `LIMIT`, and say what became of it; tell whether it was taken."""
        outcome: list[str | None] = []
        spans, trace_id = self._spans(report)
        if not spans:
            self._process.say("edgecheck: no trace was sent, because OTEL_SDK_DISABLED is set.")
            return False
        # No time-out of the library is one for everything: neither that of a look-up of a name nor
        # that of an answer that comes drop by drop.
        sending = threading.Thread(
            target=lambda: outcome.append(_refusal(self._endpoint, spans)), daemon=True
        )
        sending.start()
        sending.join(LIMIT)
        why = outcome[0] if outcome else f"no answer within {LIMIT:g} s"
        if why is None:
            if not self._quiet:
                self._process.say(f"Trace: {trace_id}, sent to {_masked(self._endpoint)}")
            return True
        self._process.say(
            f"edgecheck: the trace was not sent to {_masked(self._endpoint)}: {shown(why)}"
        )
        return False

    def _spans(self, report: Report) -> tuple[Sequence[ReadableSpan], str]:
        """Return the spans of a report, and the id of their trace."""
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        environ = self._process.environ
        name = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "edgecheck"}
        kept = InMemorySpanExporter()
        provider = TracerProvider(
            sampler=ALWAYS_ON,  # --otlp asks for this trace
            resource=Resource.create({**name, "service.version": __version__}),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(SimpleSpanProcessor(kept))
        tracer = provider.get_tracer("edgecheck", __version__)
        # A job in CI names its own trace so (specification, environment variables as carriers).
        parent = TraceContextTextMapPropagator().extract(
            {key: environ.get(key.upper(), "") for key in ("traceparent", "tracestate")}
        )
        began = _nanoseconds(started_at(report) or self._process.now())
        whole, *stages = steps(report)
        root = _begun(tracer, whole, parent, began)
        inside = trace.set_span_in_context(root, parent)
        for step in stages:
            _end(_begun(tracer, step, inside, began), step, began)
        _end(root, whole, began)
        return kept.get_finished_spans(), f"{root.get_span_context().trace_id:032x}"


def _begun(tracer: Any, step: Step, context: Any, began: int) -> Any:
    from opentelemetry.trace import SpanKind

    return tracer.start_span(
        step.name,
        context=context,
        kind=SpanKind.CLIENT if step.is_request else SpanKind.INTERNAL,
        attributes=_own(step.attributes),
        start_time=began + _from_milliseconds(step.started_ms),
    )


def _end(span: Any, step: Step, began: int) -> None:
    from opentelemetry.trace import Status, StatusCode

    ended = began + _from_milliseconds(step.started_ms + max(step.duration_ms, 0.0))
    for noted in step.noted:
        span.add_event(noted.name, _own(noted.attributes), timestamp=ended)
    if step.failed is not None:
        span.set_status(Status(StatusCode.ERROR, shown(step.failed)))
    span.end(end_time=ended)


def _own(attributes: Attributes) -> dict[str, Any]:
    return dict(attributes)


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6) * 1_000


def _from_milliseconds(milliseconds: float) -> int:
    return round(milliseconds * 1e6)


def _refusal(endpoint: str, spans: Sequence[ReadableSpan]) -> str | None:
    """Send spans in one request; return why they were not taken, or None if they were."""
    import ssl

    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    answers: list[int | BaseException] = []

    class RememberingSession(requests.Session):
        """Remember how the collector answered, which the exporter only logs."""

        def request(self, *arguments: Any, **options: Any) -> Any:
            try:
                # A trace goes to the address that was given, and nowhere else.
                response = super().request(*arguments, **{**options, "allow_redirects": False})
            except Exception as error:
                answers.append(error)
                # Of another class, so that the exporter does not try again until its time is over.
                raise RuntimeError from error
            answers.append(response.status_code)
            return response

    session = RememberingSession()
    # What listens on this machine is not reached through a proxy.
    session.trust_env = not _is_loopback(urlsplit(endpoint).hostname or "")
    here = ssl.get_default_verify_paths()
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=LIMIT, session=session)
    if session.verify is True:
        # The system's trust store, as for the backend, and not the library's own.
        session.verify = here.cafile or here.capath or True
    try:
        taken = exporter.export(spans) is SpanExportResult.SUCCESS
    except Exception as error:  # noqa: BLE001 whatever the library meets, the verdict stands
        answers = answers or [error]
        taken = False
    finally:
        session.close()
    answer = answers[-1] if answers else None
    # The exporter takes a redirect, which it does not follow, for a success.
    if taken and isinstance(answer, int) and 200 <= answer < 300:
        return None
    return _words(answer, endpoint)


def _words(answer: int | BaseException | None, endpoint: str) -> str:
    """Say why a collector did not take a trace."""
    if isinstance(answer, int):
        return f"it answered HTTP {answer}"
    hint = (
        f" ({_GRPC_PORT} is the port of gRPC; this is HTTP, whose port is 4318)"
        if urlsplit(endpoint).port == _GRPC_PORT
        else ""
    )
    seen: BaseException | None = answer
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return f"{seen.strerror}{hint}"
        seen = seen.__cause__ or seen.__context__
    return f"{type(answer).__name__ if answer is not None else 'it cannot be encoded'}{hint}"


def _endpoint(process: Process, given: str) -> str:
    """Return the address of the collector's resource for traces.

    Raises:
        UsageError: it is not an address.
    """
    environ = process.environ
    whole = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    base = given or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "") or _DEFAULT
    address = base if given or not whole else whole
    parts = _parts(address)
    if parts is None:
        raise UsageError(
            f"--otlp: {shown(_masked(address))} is not the address of a collector, such as "
            f"{_DEFAULT}"
        )
    if address == whole or parts.path.endswith(_PATH):
        return address
    return f"{address.rstrip('/')}{_PATH}"


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _masked(address: str) -> str:
    """Return an address without the name and the password in it."""
    start, found, rest = address.partition("://")
    name, at, host = rest.rpartition("@")
    return f"{start}{found}{host}" if at and name else address


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
