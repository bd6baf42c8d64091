"""What the routes work with, handed over by the main that opened it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.arrivals import Arrivals
from api.live import Feeds
from api.models import ConnectionCheck
from api.temporal import Runner
from orchestrator.audience.sizes import Everybody
from orchestrator.catalog import Catalog
from orchestrator.channels.links import Links, version_ref
from orchestrator.execution.plan import Plan
from orchestrator.execution.report import Report, read_report
from orchestrator.journey.known import Known
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.inspection import Inspector
from orchestrator.lakehouse.tags import tagged
from orchestrator.settings import Effective
from orchestrator.store.documents import Store
from orchestrator.store.event_inbox import EventInbox
from orchestrator.store.measurements import Measurements
from orchestrator.store.records import RunRecord, VersionRecord
from orchestrator.store.scrape import Scrape

_PLANS_KEPT = 64


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Parts:
    """The opened parts; whoever opened them closes them after the server has ended."""

    store: Store
    engine: Engine
    catalog: Catalog
    runner: Runner
    ledger_schema: str = "sojourn"
    settings: Sequence[Effective] = ()
    """Those in force, for people to look at; nothing here reads them."""
    ui_dist: Path | None = None
    links: Links | None = None
    """What reads the links of messages; None: they lead nowhere."""
    sandbox_url: str | None = None
    """Where the sandbox shows what it got; None: it does not run here."""
    library_metrics: str = ""
    """Where Temporal's library shows its own metrics."""
    clock: Callable[[], datetime] = _now
    checks: dict[str, ConnectionCheck] = field(init=False, default_factory=dict)
    """Name of a connection → what came of its last check."""
    feeds: Feeds = field(init=False)
    arrivals: Arrivals = field(init=False)
    inspector: Inspector = field(init=False)
    measurements: Measurements = field(init=False)
    everybody: Everybody = field(init=False)
    scrape: Scrape = field(init=False)
    simulating: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    """One simulation at a time: each may keep the lakehouse busy for seconds."""
    _plans: dict[str, Plan] = field(init=False, default_factory=dict)
    _versions: dict[bytes, VersionRecord] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.feeds = Feeds(self.report)
        self.arrivals = Arrivals(EventInbox(self.store.engine), self.engine, self.ledger_schema, self.clock)
        self.inspector = Inspector(self.engine)
        self.measurements = Measurements(self.store.engine)
        self.everybody = Everybody(self.engine)
        self.scrape = Scrape(self.store, self.library_metrics)

    async def known(self) -> Known:
        """What journeys are checked against now. Raises as Catalog.known, and EngineAway."""
        return await self.catalog.known({each.id: each.rule for each in await self.store.audiences()})

    async def plan(self, plan_hash: str) -> Plan:
        """The plan of that hash; plans never change, so the last few are kept. Raises NotFound."""
        if plan_hash not in self._plans:
            plan = Plan.model_validate(await self.store.plan(plan_hash))
            while len(self._plans) >= _PLANS_KEPT:
                del self._plans[next(iter(self._plans))]
            self._plans[plan_hash] = plan
        return self._plans[plan_hash]

    async def version_of(self, ref: bytes) -> VersionRecord | None:
        """The version that a link of a message names."""
        if ref not in self._versions:
            self._versions = {
                version_ref(each.journey_id, each.version): each for each in await self.store.all_versions()
            }
        return self._versions.get(ref)

    async def running(self, run: RunRecord) -> list[Plan]:
        """The plans of the versions with people on them, the newest last. Raises NotFound."""
        older = [await self.store.version(run.journey_id, number) for number in run.versions[:-1]]
        return [await self.plan(plan_hash) for plan_hash in (*(each.plan_hash for each in older), run.plan_hash)]

    async def wait_of(self, journey_id: str, newest: Plan) -> Callable[[int, str], timedelta | None]:
        """How long a step keeps people: told of the version that made somebody's last move, and the step."""
        run = await self.store.run(journey_id)
        plans = await self.running(run) if run else [newest]
        waits = {plan.version: {step.node_id: step.wait for step in plan.steps} for plan in plans}
        return lambda moved, node_id: waits[run.version_of(moved) if run else newest.version].get(node_id)

    async def report(self, journey_id: str) -> Report:
        """What happened so far in the latest run, or in none. Raises NotFound when it was never published."""
        run = await self.store.run(journey_id) or _no_run(await self.store.version(journey_id))
        with tagged(journey=journey_id, kind="report"):
            return await read_report(self.engine, await self.plan(run.plan_hash), self.ledger_schema, run)


def _no_run(version: VersionRecord) -> RunRecord:
    return RunRecord(
        journey_id=version.journey_id,
        version=version.version,
        plan_hash=version.plan_hash,
        status="published",
        wave=0,
        as_of=None,
        next_due_at=None,
        trouble="",
        started_at=version.published_at,
        ended_at=None,
    )


def parts_of(request: Request) -> Parts:
    """The parts of the app that answers."""
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


Here = Annotated[Parts, Depends(parts_of)]
