"""What is done every night: every audience is counted, every running journey audited, what is old thinned out."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.exceptions import ApplicationError

from orchestrator.audience.rules import Rule
from orchestrator.audience.sizes import count_audiences
from orchestrator.catalog import Catalog, read_rules
from orchestrator.errors import Invalid, SojournError, UserError
from orchestrator.execution.erasure import Erasure
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.plan import Plan
from orchestrator.execution.scratch import drop_left_behind
from orchestrator.execution.verify import Promised, audit
from orchestrator.lakehouse.sql import naive_utc
from orchestrator.lakehouse.tags import tagged
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.measurements import Measurements
from orchestrator.store.pauses import all_pauses
from orchestrator.store.records import AuditRecord, SizeRecord
from orchestrator.telemetry import metrics
from workers.alongside import alongside, heartbeat
from workers.upkeep_workflow import AUDIT, ERASE, MEASURE, UPKEEP_WORKFLOW, Audited, Finished, Measured

log = logging.getLogger("sojourn.worker")

HOUR = 3
"""When it runs, UTC."""


@dataclass
class Upkeep:
    """What the activities work with."""

    catalog: Catalog
    store: Store
    ledger_schema: str

    @activity.defn(name=MEASURE)
    async def measure_audiences(self, now: datetime) -> Measured:
        """Counts every stored audience, and keeps what it counted; drops what simulations that died have left."""
        async with _told():
            await drop_left_behind(self.catalog.engine, self.ledger_schema, now)
            measurements = Measurements(self.store.engine)
            rules: dict[str, Rule] = {}
            unread: dict[str, str] = {}
            for each in await self.store.audiences():
                try:
                    rules |= read_rules({each.id: each.rule})
                except Invalid as old:
                    unread[each.id] = old.text
            lakehouse = await self.catalog.lakehouse()
            counted, failed = await count_audiences(self.catalog.engine, lakehouse, rules, as_of=now)
            await measurements.add_sizes([SizeRecord(audience_id, now, *size) for audience_id, size in counted.items()])
            await measurements.thin(now)
            for audience_id, why in (unread | failed).items():
                log.warning("audience %s cannot be counted: %s", audience_id, why)
            return Measured(audiences=len(counted), failed=sorted(unread | failed))

    @activity.defn(name=ERASE)
    async def finish_erasures(self, now: datetime) -> Finished:
        """Goes on with what could not be erased at once, and forgets the pseudonyms."""
        async with _told():
            lakehouse = await self.catalog.lakehouse()
            await ensure_ledger(self.catalog.engine, lakehouse, self.ledger_schema)
            plans = [Plan.model_validate(await self.store.plan(each)) for each in await self._plan_hashes()]
            known = await self.catalog.known({})
            journal, opened = DeliveryJournal(self.store.engine), self.catalog.connections.opened
            erasure = Erasure(self.catalog.engine, self.ledger_schema, known, journal, opened, plans)
            done = [await erasure.finish(member, naive_utc(now)) for member in await erasure.pending()]
            return Finished(erased=sum(done), waiting=len(done) - sum(done))

    async def _plan_hashes(self) -> list[str]:
        return sorted({each.plan_hash for each in await self.store.all_versions()})

    @activity.defn(name=AUDIT)
    async def audit_journeys(self, now: datetime) -> Audited:
        """Counts what breaks an invariant in the ledger of every journey that is live or paused."""
        async with _told():
            running = [each.journey_id for each in await self.store.runs() if each.status in ("live", "paused")]
            if not running:
                return Audited(journeys=0)
            plans = [
                Plan.model_validate(await self.store.plan(version.plan_hash))
                for journey_id in running
                for version in await self.store.versions(journey_id)
            ]
            promised = Promised(plans, await all_pauses(self.store.engine), await self.catalog.lakehouse())
            found = await audit(self.catalog.engine, self.ledger_schema, promised)
            broken = {journey_id: found[journey_id] for journey_id in running if journey_id in found}
            for journey_id, violations in broken.items():
                log.error("the ledger of journey %s breaks %d invariants", journey_id, len(violations))
            await Measurements(self.store.engine).add_audits(
                [AuditRecord(journey_id, now, broken.get(journey_id, {})) for journey_id in running]
            )
            return Audited(journeys=len(running), broken=sorted(broken))


async def schedule_upkeep(client: Client, queue: str) -> None:
    """Every night, from now on; called again it changes nothing but what this version does differently."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(UPKEEP_WORKFLOW, id=f"upkeep/{queue}", task_queue=upkeep_queue(queue)),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=(ScheduleRange(HOUR),))]),
        # A machine that was off at night makes up for one night, not for all.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )

    def renewed(found: ScheduleUpdateInput) -> ScheduleUpdate | None:
        there = found.description.schedule
        if (there.spec, there.policy) == (schedule.spec, schedule.policy):
            return None  # an update would undo a pause that the description does not tell of yet
        schedule.state = there.state
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(f"upkeep/{queue}", schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(f"upkeep/{queue}").update(renewed)


def upkeep_queue(queue: str) -> str:
    """Its own queue: no wave waits for it."""
    return f"{queue}-upkeep"


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Heartbeats while it runs; an error that may quote a value goes to Temporal by its kind only."""
    kind = activity.info().activity_type
    if activity.info().attempt > 1:
        metrics.RETRIES.labels("", kind).inc()
    with tagged(kind=kind):
        try:
            async with alongside(heartbeat()):
                yield
        except SojournError as error:
            log.warning("upkeep: %s", error)
            raise ApplicationError(str(error), type=error.code, non_retryable=isinstance(error, UserError)) from None
        except Exception as error:
            log.error("a defect in %s", kind, exc_info=error)
            raise ApplicationError(f"an unexpected {type(error).__name__}", type="unexpected") from None
