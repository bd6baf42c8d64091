"""A collector of traces: what OpenTelemetry sends over HTTP, kept as it came and as spans."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@dataclass
class Collector:
    """Its address for OTEL_EXPORTER_OTLP_ENDPOINT, and the bodies it was sent."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        scopes = [scope for each in requests for part in each.resource_spans for scope in part.scope_spans]
        return [span for scope in scopes for span in scope.spans]


@contextmanager
def collector() -> Iterator[Collector]:
    """Takes spans for as long as the block runs."""
    found = Collector("")

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def spans(*, asking: bool = True) -> Iterator[Callable[[], Sequence[ReadableSpan]]]:
    """Somebody, or nobody, asks for what is done in the block; what it yields returns the spans that have ended."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    asked = provider.get_tracer("test").start_as_current_span("asking") if asking else nullcontext()
    with pytest.MonkeyPatch.context() as patch, asked:
        patch.setattr(trace, "get_tracer", provider.get_tracer)
        yield kept.get_finished_spans


def attributes(span: Span) -> dict[str, str | int]:
    """Those of a span, by name."""
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
