"""Stands around every request: counts it, times it, and opens its trace – by its route, never by its path."""

import logging
import time

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.lakehouse.tags import tagged
from orchestrator.telemetry import metrics

log = logging.getLogger("sojourn.api")

METRICS = "/metrics"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Measured:
    """ASGI middleware. A stream counts when it begins; paths and queries are told nowhere."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, method = time.perf_counter(), scope["method"] if scope["method"] in _METHODS else "other"
        span = _span(scope, method)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(scope, method, message["status"], time.perf_counter() - began, span)
            await send(message)

        with trace.use_span(span, end_on_exit=True, record_exception=False), tagged(kind="request"):
            await self.app(scope, receive, sending)

    def _answered(self, scope: Scope, method: str, status: int, seconds: float, span: Span) -> None:
        route = self._route(scope)
        metrics.REQUESTS.labels(method, route, status).inc()
        metrics.REQUEST_DURATION.labels(method, route).observe(seconds)
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
        if "/journeys/{id}" in route:
            span.set_attribute("sojourn.journey", scope["path_params"]["id"])
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
        log.log(logging.DEBUG if method in _READS else logging.INFO, "request", extra={"fields": fields})

    def _route(self, scope: Scope) -> str:
        """The template of the route that answers; `pages` for what belongs to no route."""
        path = getattr(scope.get("route"), "path_format", None)
        if path is None:
            return "none" if scope["path"].startswith("/api") else "pages"
        in_api = scope["path"].startswith(self._prefix) and not path.startswith("/api")
        return f"{self._prefix}{path}" if in_api else str(path)


def _span(scope: Scope, method: str) -> Span:
    if scope["path"] == METRICS:
        return trace.INVALID_SPAN
    headers = Headers(scope=scope)
    context = extract({"traceparent": headers.get("traceparent", "")})
    return trace.get_tracer("sojourn").start_span(method, context, SpanKind.SERVER)
