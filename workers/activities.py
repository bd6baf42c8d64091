"""The activities: each runs one step's statements, or one chunk of a delivery, and returns counts."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from orchestrator.channels.channel import Channel
from orchestrator.channels.links import Links, StepLinks
from orchestrator.errors import ChannelAway, Conflict, SojournError, UserError
from orchestrator.execution import protocol as p
from orchestrator.execution.advance import counted
from orchestrator.execution.delivery import Chunk, Gate
from orchestrator.execution.faults import fault
from orchestrator.execution.idle import Looks
from orchestrator.execution.missing import missing_names
from orchestrator.execution.plan import DeliveryPlan, Plan
from orchestrator.execution.transfer import take_over
from orchestrator.lakehouse.engine import Engine, Statement
from orchestrator.lakehouse.sql import naive_utc
from orchestrator.lakehouse.tags import tagged
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.pace import Pace
from orchestrator.telemetry import metrics
from workers.alongside import alongside, heartbeat
from workers.open_channels import OpenChannels
from workers.telling import tell_chunk, tell_deferred, tell_intended, tell_moves, tell_status

log = logging.getLogger("sojourn.worker")

BENIGN = ApplicationErrorCategory.BENIGN
LOOK = timedelta(seconds=1)
"""How often a running chunk looks whether its journey was paused."""
_Request = p.Advance | p.EndVisits | p.Transfer | p.Status | p.Deliver | p.DeliverChunk
PATIENCE, LONGEST = timedelta(seconds=60), timedelta(hours=1)
"""How long a recipient waits whom the provider asked to be tried again later: as long as before, within these."""


@dataclass
class Activities:
    """What the activities work with."""

    engine: Engine
    store: Store
    journal: DeliveryJournal
    channels: OpenChannels
    links: Links | None = None
    _plans: dict[str, Plan] = field(default_factory=dict)
    _paces: dict[str, Pace] = field(default_factory=dict)
    _looks: Looks = field(default_factory=Looks)

    @activity.defn(name=p.ADVANCE)
    async def advance(self, request: p.Advance) -> p.Advanced:
        """Runs a step's statements all or nothing, once for each wave, and counts what they did in the ledger."""
        async with self._told(request):
            step = (await self._plan(request.plan_hash)).step(request.node_id)
            as_of = naive_utc(request.as_of)
            values = {
                "as_of": as_of,
                "wave": request.wave,
                "since_version": request.since_version,
                "since": request.since and naive_utc(request.since),
                "run_at": request.run_at and naive_utc(request.run_at),
            }
            fault(f"advance:{request.node_id}:before")
            versions = await self._looks.versions(self.engine, step)
            if idle := self._looks.nothing_to_do(request.plan_hash, step, values, versions, quiet=request.quiet):
                return idle
            async with self._explained(step.writes):
                new = await self.engine.write(step.writes, values, marker=step.marker)
            fault(f"advance:{request.node_id}:after")
            done = await counted(self.engine, step, values)
            await self._looks.remember(self.engine, request.plan_hash, step, values, versions, done)
            if new:  # what a repeat finds was counted when it was done
                tell_moves(request.journey_id, step, done)
            return done

    @activity.defn(name=p.END_VISITS)
    async def end_visits(self, request: p.EndVisits) -> None:
        """Ends every open visit; run again it finds none."""
        async with self._told(request):
            plan = await self._plan(request.plan_hash)
            await self.engine.write([plan.stop], {"as_of": naive_utc(request.as_of), "wave": request.wave})

    @activity.defn(name=p.TRANSFER)
    async def transfer(self, request: p.Transfer) -> p.Transferred:
        """Takes people off the steps that a new version lacks, once; refuses when somebody would be left behind."""
        async with self._told(request):
            plan = await self._plan(request.plan_hash)
            try:
                return await take_over(self.engine, plan, request, naive_utc(request.as_of))
            except Conflict as refused:  # the publisher's trouble, not the run's
                told = (refused.text, refused.place, refused.fix)
                raise ApplicationError(*told, type=refused.code, non_retryable=True, category=BENIGN) from None

    @activity.defn(name=p.RECORD)
    async def record_status(self, status: p.Status) -> None:
        """Writes the status of the run where reports and deliveries read it."""
        async with self._told(status, clear=False):
            before = await self.store.run(status.journey_id)
            changes: dict[str, Any] = {}
            if status.status in ("stopped", "finished"):
                changes["ended_at"] = status.as_of
            if status.version is not None:
                running = {"version": status.version, "plan_hash": status.plan_hash, "versions": status.versions}
                changes.update(running)
            await self.store.record_run(
                status.journey_id,
                status=status.status,
                wave=status.wave,
                as_of=status.as_of,
                next_due_at=status.next_due_at,
                due={node_id: at.isoformat() for node_id, at in status.due.items()},
                **changes,
            )
            tell_status(before, status)

    @activity.defn(name=p.INTEND)
    async def intend(self, request: p.Deliver) -> p.Intended:
        """Freezes who is to be reached, and settles at once whoever is not to be."""
        async with self._told(request):
            delivery = await self._delivery(request.plan_hash, request.node_id)
            values = {
                "as_of": naive_utc(request.as_of),
                "wave": request.wave,
                "since_version": request.since_version,
            }
            async with self._explained(delivery.intend):
                new = await self.engine.write(delivery.intend, values, marker=delivery.marker)
            fault(f"intend:{request.node_id}:after")
            [(chunks, intended, suppressed)] = await self.engine.rows(delivery.chunks, values)
            found = p.Intended(chunks=chunks, intended=intended, suppressed=suppressed, urgency=delivery.urgency)
            if new:
                tell_intended(request.journey_id, delivery.channel, found)
            return found

    @activity.defn(name=p.DELIVER)
    async def deliver_chunk(self, request: p.DeliverChunk) -> p.Delivered:
        """Delivers what is not settled of a chunk; stops when the journey is paused."""
        async with self._told(request):
            plan = await self._delivery(request.plan_hash, request.node_id)
            began = await self._status(request.journey_id)
            gate = Gate(closed=began == "paused")
            async with self.channels.use(plan.connection, plan.channel, over=began == "stopped") as channel:
                chunk = Chunk(
                    request=request,
                    plan=plan,
                    channel=channel,
                    journal=self.journal,
                    gate=gate,
                    pace=self._pace(plan.connection, channel),
                    links=await self._links(request, channel),
                    give_up=datetime.now(UTC) - (request.since or request.as_of) > plan.retry_for,
                )
                async with alongside(self._watch(request.journey_id, began, gate)):
                    await self._run(chunk)
            values = {"wave": request.wave, "chunk": request.chunk}
            outcomes = dict(await self.engine.rows(plan.settled, values))
            left = outcomes.pop(None, 0)
            if left and activity.is_worker_shutdown():
                raise ApplicationError("the worker is shutting down", type="shutdown", category=BENIGN)
            if not left or gate.closed:
                return p.Delivered(outcomes=outcomes, left=left)
            tell_deferred(chunk, left)
            again_at = _again_at(request, chunk, left)
            return p.Delivered(outcomes=outcomes, left=left, asleep=len(chunk.asleep), again_at=again_at)

    async def close(self) -> None:
        """Hangs up on every provider and lets go of the journal."""
        await self.journal.close()
        await self.channels.close()

    async def _run(self, chunk: Chunk) -> None:
        began = time.perf_counter()
        try:
            await chunk.run(self.engine)
        finally:
            tell_chunk(chunk, self.journal, time.perf_counter() - began)

    def _pace(self, connection: str, channel: Channel) -> Callable[[int], Awaitable[None]] | None:
        """What the lanes of all chunks through the connection wait for; None: it sends as fast as it can."""
        per_second = getattr(channel.connection, "per_second", None)
        if per_second is None:
            return None
        pace = self._paces.get(connection)
        if pace is None or pace.per_second != per_second:
            pace = self._paces[connection] = Pace(self.store.engine, connection, per_second)
        return pace.take

    async def _plan(self, plan_hash: str) -> Plan:
        if plan_hash not in self._plans:
            self._plans[plan_hash] = Plan.model_validate(await self.store.plan(plan_hash))
        return self._plans[plan_hash]

    async def _delivery(self, plan_hash: str, node_id: str) -> DeliveryPlan:
        delivery = (await self._plan(plan_hash)).step(node_id).delivery
        assert delivery is not None, "only steps that act are delivered"
        return delivery

    async def _links(self, request: p.DeliverChunk, channel: Channel) -> StepLinks | None:
        """What makes the links of the step's messages. Raises UserError when there is no key to sign them with."""
        if self.links is None:
            return None
        plan = await self._plan(request.plan_hash)
        number = plan.nodes.index(request.node_id)
        return self.links.of_step(plan.journey_id, plan.version, number, returns=channel.returns)

    async def _status(self, journey_id: str) -> str | None:
        run = await self.store.run(journey_id)
        return run.status if run is not None else None

    async def _watch(self, journey_id: str, began: str | None, gate: Gate) -> None:
        """Closes the gate when the journey is paused, stopped since the chunk was read, or the worker is to end.

        It never opens it again.
        """
        while not gate.closed:
            await asyncio.sleep(LOOK.total_seconds())
            with contextlib.suppress(SojournError):  # the app database is away: the journal will say so
                status = await self._status(journey_id)
                stopped = status == "stopped" and began != "stopped"
                gate.closed = status == "paused" or stopped or activity.is_worker_shutdown()

    @asynccontextmanager
    async def _explained(self, statements: Iterable[Statement]) -> AsyncIterator[None]:
        """Says which table or column is gone when the lakehouse refuses the statements."""
        try:
            yield
        except UserError as refused:
            names = missing_names(statements, await self.engine.tables(), self.engine.dialect)
            if not names:
                raise
            fix = "bring it back and resume, or publish a version without it"
            raise UserError("; ".join(names), place="lakehouse", fix=fix) from refused

    @asynccontextmanager
    async def _told(self, request: _Request, *, clear: bool = True) -> AsyncIterator[None]:
        """Heartbeats while it runs; puts what goes wrong into the run's trouble, and takes it back when it works.

        The lakehouse is told what its statements are for, and so are metrics, traces and the log.
        """
        journey_id, kind = request.journey_id, activity.info().activity_type
        if activity.info().attempt > 1:
            metrics.RETRIES.labels(journey_id, kind).inc()
        with tagged(journey=journey_id, node=getattr(request, "node_id", None), wave=request.wave, kind=kind):
            try:
                async with alongside(heartbeat()):
                    with tagged(version=await self._version(request.plan_hash)):
                        yield
            except Exception as error:
                raise await self._failure(journey_id, _first(error)) from None
        if clear:
            run = await self.store.run(journey_id)
            if run is not None and run.trouble:
                await self.store.record_run(journey_id, trouble="")

    async def _version(self, plan_hash: str | None) -> int | None:
        return (await self._plan(plan_hash)).version if plan_hash else None

    async def _failure(self, journey_id: str, error: BaseException) -> BaseException:
        if isinstance(error, ApplicationError):
            return error
        if not isinstance(error, SojournError):
            log.error("a defect in %s", activity.info().activity_type, exc_info=error)
            # The text of an unknown error may quote a value, so Temporal gets its kind only.
            error = SojournError(f"an unexpected {type(error).__name__}", place="worker", fix="see the worker's log")
        with contextlib.suppress(SojournError):
            await self.store.record_run(journey_id, trouble=str(error))
        patient = isinstance(error, UserError) and activity.info().activity_type == p.DELIVER
        delay = getattr(error, "retry_after", None)
        return ApplicationError(
            str(error),
            type=error.code,
            # A refused connection is mended while the delivery waits: nobody is lost by that.
            non_retryable=isinstance(error, UserError) and not patient,
            next_retry_delay=timedelta(seconds=delay) if isinstance(error, ChannelAway) and delay else None,
        )


def _again_at(request: p.DeliverChunk, chunk: Chunk, left: int) -> datetime:
    """When those who are left are tried again; raises to be run again itself when there is nothing new to tell."""
    looks = [each.replace(tzinfo=UTC) for each in chunk.asleep.values()]
    if left > len(chunk.asleep):
        if request.tried and not chunk.settled:  # a history grows with what it is told
            raise ApplicationError(
                f"{left} asked to be tried again later", type="deferred", next_retry_delay=PATIENCE, category=BENIGN
            )
        now = datetime.now(UTC)
        looks.append(now + min(max(now - (request.since or request.as_of), PATIENCE), LONGEST))
    return min(looks)


def _first(error: BaseException) -> BaseException:
    """The error itself, or the first of those that lanes raised together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
