"""What a scrape shows: the metrics of this process, where journeys stand by the app database, Temporal's own metrics.

Nothing here asks the lakehouse.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import httpx2
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from orchestrator import __version__
from orchestrator.errors import EngineAway
from orchestrator.store.documents import Store
from orchestrator.store.measurements import Measurements
from orchestrator.store.records import AuditRecord, RunRecord
from orchestrator.telemetry.metrics import REGISTRY

log = logging.getLogger("sojourn.metrics")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FRESH = 300.0
"""Seconds for which a count of people that was made for a page is shown."""
_PATIENCE = 2.0


class Scrape:
    """What Prometheus is answered. `library` is where Temporal's library shows its own metrics; empty: nowhere."""

    def __init__(self, store: Store, library: str = "") -> None:
        self._store, self._library = store, library
        self._inside: tuple[float, Mapping[str, int]] = (0.0, {})

    def counted(self, inside: Mapping[str, int]) -> None:
        """Somebody had the people of all journeys counted; that costs a statement, so it is not done for a scrape."""
        self._inside = (time.monotonic(), inside)

    async def text(self) -> bytes:
        """All of it, in Prometheus's text format. What is away is left out: the rest still tells."""
        return generate_latest(REGISTRY) + generate_latest(await self._standing()) + await self._of_library()

    async def _standing(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        Gauge("sojourn_build_info", "The release", ["version"], registry=registry).labels(__version__).set(1)
        up = Gauge("sojourn_app_database_up", "Whether the app database answers", registry=registry)
        at, inside = self._inside
        if time.monotonic() - at < _FRESH:
            people = Gauge(
                "sojourn_people_inside",
                "People in a journey, as last counted for a page",
                ["journey"],
                registry=registry,
            )
            for journey_id, count in inside.items():
                people.labels(journey_id).set(count)
        try:
            runs, audits = await self._store.runs(), await Measurements(self._store.engine).last_audits()
        except EngineAway as away:
            log.warning("%s", away)
            return registry
        up.set(1)
        _tell_runs(runs, registry)
        running = {run.journey_id for run in runs if run.status in ("live", "paused")}
        _tell_audits((each for each in audits if each.journey_id in running), registry)
        return registry

    async def _of_library(self) -> bytes:
        if not self._library:
            return b""
        try:
            async with httpx2.AsyncClient(timeout=_PATIENCE, trust_env=False) as http:
                return (await http.get(self._library)).raise_for_status().content.strip() + b"\n"
        except httpx2.HTTPError as error:
            log.warning("the metrics of Temporal's library cannot be read: %s", type(error).__name__)
            return b""


def _tell_runs(runs: Iterable[RunRecord], registry: CollectorRegistry) -> None:
    journeys = Gauge("sojourn_journeys", "Journeys by the status of their latest run", ["status"], registry=registry)
    overdue = Gauge(
        "sojourn_journey_overdue_seconds",
        "Since when a live journey's next wave is due",
        ["journey"],
        registry=registry,
    )
    troubled = Gauge(
        "sojourn_journey_trouble", "Whether something keeps a journey from going on", ["journey"], registry=registry
    )
    now = datetime.now(UTC)
    for status in ("live", "paused", "stopped", "finished"):
        journeys.labels(status)
    for run in runs:
        journeys.labels(run.status).inc()
        if run.status in ("live", "paused"):
            troubled.labels(run.journey_id).set(bool(run.trouble))
        if run.status == "live":
            late = (now - run.next_due_at).total_seconds() if run.next_due_at else 0.0
            overdue.labels(run.journey_id).set(max(late, 0.0))


def _tell_audits(audits: Iterable[AuditRecord], registry: CollectorRegistry) -> None:
    labels = ["journey", "invariant"]
    broken = Gauge(
        "sojourn_invariant_violations", "Rows that break an invariant, by the last audit", labels, registry=registry
    )
    at = Gauge("sojourn_audit_timestamp_seconds", "When a journey was audited last", ["journey"], registry=registry)
    for each in audits:
        at.labels(each.journey_id).set(each.at.timestamp())
        for invariant, rows in each.violations.items():
            broken.labels(each.journey_id, invariant).set(rows)
