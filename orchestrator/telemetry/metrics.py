"""The metrics of this process. Labels are journeys, channels and kinds of work: never a member or an address."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each counter, which nobody asks for
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
_LAG = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600)


def _counter(name: str, description: str, *labels: str) -> Counter:
    return Counter(name, description, labels, registry=REGISTRY)


def _histogram(name: str, description: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(name, description, labels, buckets=buckets, registry=REGISTRY)


STATEMENTS = _counter(
    "sojourn_statements_total", "Statements asked of the lakehouse", "journey", "kind", "operation", "result"
)
STATEMENT_SECONDS = _counter(
    "sojourn_statement_seconds_total", "Time that statements took", "journey", "kind", "operation"
)
STATEMENT_ROWS = _counter("sojourn_statement_rows_total", "Rows read out of the lakehouse", "journey", "kind")
STATEMENT_DURATION = _histogram(
    "sojourn_statement_duration_seconds", "How long a statement took", _SECONDS, "kind", "operation"
)
MOVES = _counter("sojourn_moves_total", "Visits that steps let in, moved on or ended", "journey", "kind")
INTENDED = _counter("sojourn_intended_total", "Visits that a step is to reach", "journey", "channel")
DELIVERIES = _counter("sojourn_deliveries_total", "Deliveries settled in the ledger", "journey", "channel", "outcome")
DEFERRED = _counter(
    "sojourn_deliveries_deferred_total", "Deliveries put off until later", "journey", "channel", "reason"
)
RETRIES = _counter("sojourn_retries_total", "Pieces of work that were tried again", "journey", "kind")
JOURNAL_COMMITS = _counter("sojourn_journal_commits_total", "Commits of the delivery journal")
JOURNAL_ENTRIES = _counter("sojourn_journal_entries_total", "Claims and results in those commits")
WAVE_LAG = _histogram("sojourn_wave_lag_seconds", "From when a wave was due until it was done", _LAG)
LOOP_LAG = _histogram(
    "sojourn_event_loop_lag_seconds", "How late the event loop woke a task", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
)
REQUESTS = _counter("sojourn_http_requests_total", "Requests answered", "method", "route", "status")
REQUEST_DURATION = _histogram(
    "sojourn_http_request_duration_seconds", "Until an answer began", _SECONDS, "method", "route"
)

_EVERY = 1.0


@asynccontextmanager
async def watching_the_loop() -> AsyncIterator[None]:
    """Measures how late the event loop is, for as long as the block runs."""
    task = asyncio.create_task(_watch_loop())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch_loop() -> None:
    while True:
        due = time.perf_counter() + _EVERY
        await asyncio.sleep(_EVERY)
        LOOP_LAG.observe(max(time.perf_counter() - due, 0.0))
