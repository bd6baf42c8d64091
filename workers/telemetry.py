"""How Temporal's library is watched, and where a worker that is a process of its own shows its metrics."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import cache
from typing import NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
)
from temporalio.worker import (
    ContinueAsNewInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from orchestrator.store.scrape import CONTENT_TYPE, Scrape
from orchestrator.telemetry import tracing

log = logging.getLogger("sojourn.worker")

_CORE = logging.getLogger("temporalio.core")
_HEADER = "_tracer-data"
"""Under which Temporal's library hands a trace on."""
_TRIES = 3


@cache
def library_metrics() -> str:
    """Has Temporal's library count, and log as we do; returns where on this machine it shows its metrics.

    To be called before the first client is made: the library is set up once in a process. Empty when it was already.
    """
    for _ in range(_TRIES):
        address = f"127.0.0.1:{free_port()}"
        shown = PrometheusConfig(
            bind_address=address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
        forwarded = LogForwardingConfig(_CORE, append_target_to_name=False, prepend_target_on_message=False)
        logs = LoggingConfig(LoggingConfig.default.filter, forwarding=forwarded)
        try:
            runtime = Runtime(telemetry=TelemetryConfig(metrics=shown, logging=logs, attach_service_name=False))
        except ValueError:  # somebody took the port a moment ago
            continue
        try:
            Runtime.set_default(runtime)
        except RuntimeError:
            return ""
        return f"http://{address}/metrics"
    return ""


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def interceptors() -> list[ClientInterceptor]:
    """What a client needs so that a trace goes from a request through workflows into activities; without traces none.

    They hand it on in headers, which are no part of what a workflow decides: histories replay with and without them.
    """
    if not tracing.is_wanted():
        return []
    return [_NewTrace(), TracingInterceptor(always_create_workflow_spans=True)]


class _NewTrace(ClientInterceptor, Interceptor):
    """A workflow that continues as new leaves the trace: a journey lives for months, and no trace may grow so long."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002 - the face's name
        """Around every workflow."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002
        input.headers = {name: value for name, value in input.headers.items() if name != _HEADER}
        super().continue_as_new(input)


@asynccontextmanager
async def showing_metrics(scrape: Scrape, port: int) -> AsyncIterator[None]:
    """Answers `/metrics` on this machine for as long as the block runs; 0: nowhere.

    A port that is taken is no reason not to work: it is logged.
    """
    if not port:
        yield
        return
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        log.warning("port %d is in use, so this worker shows no metrics; set SOJOURN_WORKER_METRICS_PORT", port)
        yield
        return

    async def metrics(_request: Request) -> Response:
        return Response(await scrape.text(), media_type=CONTENT_TYPE)

    only_here = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app = Starlette(routes=[Route("/metrics", metrics)], middleware=[only_here])
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="warning", access_log=False, server_header=False, lifespan="off")
    )
    server.capture_signals = nullcontext  # type: ignore[assignment] # signals are the worker's
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
