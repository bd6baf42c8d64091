"""Traces, sent to where OpenTelemetry's own variables say; without OTEL_EXPORTER_OTLP_ENDPOINT there are none."""

import os
from collections.abc import Callable

from opentelemetry import trace

from orchestrator import __version__

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_wanted() -> bool:
    """Whether somebody said where traces go."""
    return any(os.environ.get(name) for name in _ENDPOINTS)


def begin(service: str) -> Callable[[], None]:
    """Sends this process's spans as those of the service; returns what sends the last of them, to be called at the end.

    The rest is said by the standard variables: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …
    """
    if not is_wanted():
        return lambda: None
    # Loaded only here: they cost every command a third of a second.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = os.environ.get("OTEL_SERVICE_NAME") or service
    provider = TracerProvider(resource=Resource.create({"service.name": named, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.shutdown
