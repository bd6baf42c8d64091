"""The workflow of a live journey: it sleeps until something is due, runs a wave of statements, and sleeps again.

It knows steps and clocks, never what a step means and never a person. Everything it decides comes from
`workflow.now()` and from counts, so a replay decides the same.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from orchestrator.execution import protocol as p
    from orchestrator.execution.versions import Running, Versions
    from orchestrator.execution.waves import wakes_at

RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
)
"""Operational errors are retried for as long as it takes; user errors are marked as not to be retried."""
STATEMENT = timedelta(hours=2)
HEARTBEAT = timedelta(seconds=10)
"""A worker that says nothing for so long is taken for dead, and its task is given to another."""


HOLD = timedelta(seconds=3)
"""How long it takes a chunk under way to see that it is to stop: it looks every second."""


@dataclass
class _Adopting:
    """A version that waits to be adopted; `refused` says why it was not."""

    adopt: p.Adopt
    is_done: bool = False
    refused: ApplicationError | None = None


def _full() -> bool:
    """Whether the history has grown so long that the server asks for a fresh one."""
    return workflow.info().is_continue_as_new_suggested()


@workflow.defn(name=p.JOURNEY_WORKFLOW)
class JourneyWorkflow:
    """One for each live journey, for as long as it lives."""

    @workflow.init
    def __init__(self, start: p.StartJourney) -> None:
        self._start = start
        self._versions = Versions(start)
        self._adopting: _Adopting | None = None
        self._stopping = start.stopping
        self._ended: p.RunStatus | None = None

    @workflow.run
    async def run(self, start: p.StartJourney) -> p.RunState:
        """Until everybody has left and nobody can come any more, or until it is stopped."""
        self._versions.newest.waves.begin(workflow.now())
        for lost in start.deliveries:
            with contextlib.suppress(WorkflowAlreadyStartedError):  # it outlived its journey
                await self._start_delivery(lost)
        while self._ended is None:
            await self._sleep()
            if self._stopping:
                await self._stop()
            elif self._adopting is not None:
                await self._adopt(self._adopting)
            elif self._versions.is_over:
                await self._finish()
            else:
                await self._wave()
            if self._ended is None and _full():
                # Whoever asked for something waits for it: it must be done here, before it could go on as new.
                await workflow.wait_condition(lambda: self._asked or workflow.all_handlers_finished())
                if not self._asked:
                    workflow.continue_as_new(self._versions.carried(start))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._run_state()

    @workflow.update(name=p.PAUSE)
    async def pause(self) -> p.RunState:
        """Freezes the journey: the running statement finishes, nothing new is moved or sent."""
        if not self._stopping and self._ended is None:
            self._versions.paused = True
            await self._record("paused")
        return self._run_state()

    @workflow.update(name=p.RESUME)
    async def resume(self) -> p.RunState:
        """Goes on: what fell due meanwhile is due now."""
        if self._versions.paused and not self._stopping and self._ended is None:
            await self._record("live")
            self._versions.paused = False
            await self._wake_deliveries()
        return self._run_state()

    @workflow.update(name=p.STOP)
    async def stop(self) -> p.RunState:
        """Ends every open visit and the journey with it."""
        self._stopping = True
        await workflow.wait_condition(lambda: self._ended is not None)
        return self._run_state()

    @workflow.update(name=p.ADOPT)
    async def adopt(self, adopt: p.Adopt) -> p.RunState:
        """Lets people in by a new version from now on, between two waves. Who asks again is told how it is.

        Fails when the journey ends before, and when people would be left behind.
        """
        await workflow.wait_condition(lambda: self._adopting is None or self._stopping or self._ended is not None)
        if self._stopping or self._ended is not None:
            raise ApplicationError("it is over", type="over")
        if adopt.version <= self._versions.newest.version:
            return self._run_state()
        mine = self._adopting = _Adopting(adopt)
        await workflow.wait_condition(lambda: mine.is_done or self._stopping or self._ended is not None)
        if not mine.is_done:
            raise ApplicationError("it is over", type="over")
        if mine.refused is not None:
            raise mine.refused
        return self._run_state()

    @workflow.query(name=p.STATE)
    def state(self) -> p.RunState:
        """Where the journey stands."""
        return self._run_state()

    @workflow.signal(name=p.DELIVERED)
    def delivered(self, done: p.DeliveryDone) -> None:
        """A delivery has settled everybody: they are due to move on."""
        self._versions.delivered(done, workflow.now())

    @workflow.signal(name=p.POSTED)
    def posted(self, node_id: str) -> None:
        """Somebody was posted to an entry: it is due."""
        self._versions.posted(node_id, workflow.now())

    @property
    def _asked(self) -> bool:
        """Whether somebody waits for something that the loop does between two waves."""
        return self._stopping or self._adopting is not None

    def _run_state(self) -> p.RunState:
        return p.RunState(
            status=self._ended or ("paused" if self._versions.paused else "live"),
            wave=self._versions.wave,
            next_due_at=self._versions.next_due_at,
            delivering=len(self._versions.under_way),
            versions=[each.version for each in self._versions],
        )

    async def _sleep(self) -> None:
        """Until something is due or asked for; a journey that is paused sleeps on."""
        while not self._asked and not self._versions.is_over and not self._versions.is_due(workflow.now()):
            before = (self._versions.paused, self._versions.next_due_at)
            due = None if self._versions.paused else self._versions.next_due_at
            wake_at = wakes_at(due, self._start.wake_every) if due else None
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda before=before: (  # type: ignore[misc]
                        self._asked
                        or self._versions.is_over
                        or before != (self._versions.paused, self._versions.next_due_at)
                    ),
                    timeout=wake_at - workflow.now() if wake_at else None,
                    timeout_summary="until the next step is due",
                )

    async def _wave(self) -> None:
        """Runs a version's steps with somebody due, then starts deliveries for those who arrived at one that acts."""
        now = workflow.now()
        running = self._versions.open(now)
        for step in running.waves.due_steps(now):
            await self._advance(running, step, now)
            if self._versions.paused or self._stopping:
                return
        for step in running.waves.to_deliver():
            await self._deliver(running, step, now)
        self._versions.drop_left()
        if self._versions.is_over and self._adopting is None:
            await self._finish()
        elif not self._versions.paused and not self._stopping:
            await self._record("live")

    async def _finish(self) -> None:
        """Nobody is inside, and nobody can come."""
        await self._record("finished")
        self._ended = "finished"

    async def _adopt(self, adopting: _Adopting) -> None:
        """Puts the new version in its place; when people would be left behind, nothing has changed."""
        adopt = adopting.adopt
        try:
            if adopt.people == "move":
                kept = self._versions.kept(adopt.steps)
                if not self._versions.paused and any(each.node_id not in kept for each in self._versions.under_way):
                    await self._hold_deliveries()
                done = await self._transfer(adopt, kept)
                self._versions.move(adopt, done.standing, workflow.now())
            else:
                self._versions.pin(adopt, workflow.now())
        except ActivityError as error:
            cause = error.cause if isinstance(error.cause, ApplicationError) else ApplicationError(str(error))
            adopting.refused = ApplicationError(cause.message, *cause.details, type=cause.type)
        self._adopting = None
        if self._versions.is_over:
            await self._finish()
        elif not self._stopping:
            await self._record("paused" if self._versions.paused else "live")
            await self._wake_deliveries()
        adopting.is_done = True

    async def _hold_deliveries(self) -> None:
        """Sending stops before anybody is taken off the step that sends; whoever was not sent to is settled after."""
        await self._record("paused")
        await workflow.sleep(HOLD)

    async def _transfer(self, adopt: p.Adopt, kept: set[str]) -> p.Transferred:
        transferred: p.Transferred = await workflow.execute_activity(
            p.TRANSFER,
            p.Transfer(
                plan_hash=adopt.plan_hash,
                journey_id=self._start.journey_id,
                version=adopt.version,
                wave=self._versions.count(),
                as_of=workflow.now(),
                kept=sorted(kept),
                targets=adopt.targets,
            ),
            result_type=p.Transferred,
            start_to_close_timeout=STATEMENT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            summary=f"Everybody goes on in version {adopt.version}",
        )
        return transferred

    async def _advance(self, running: Running, step: p.StepOutline, now: datetime) -> None:
        try:
            done = await workflow.execute_activity(
                p.ADVANCE,
                p.Advance(
                    plan_hash=running.plan_hash,
                    journey_id=self._start.journey_id,
                    node_id=step.node_id,
                    wave=running.waves.state.wave,
                    as_of=now,
                    since_version=running.since_version,
                    since=running.waves.state.since.get(step.node_id),
                    run_at=self._start.started_at,
                    quiet=step.node_id in running.waves.state.quiet,
                ),
                result_type=p.Advanced,
                start_to_close_timeout=STATEMENT,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
                summary=f"{step.title} ({step.node_id})",
            )
        except ActivityError:
            # A person has to mend something first; the run's trouble says what. Nobody is lost: the step stays due.
            running.waves.due(step.node_id, now)
            self._versions.paused = True
            await self._record("paused")
        else:
            running.waves.advanced(step, done, now)

    async def _deliver(self, running: Running, step: p.StepOutline, now: datetime) -> None:
        """Starts the delivery as a workflow of its own; it outlives a continue-as-new and signals when it is done."""
        await self._start_delivery(
            p.Deliver(
                plan_hash=running.plan_hash,
                journey_id=self._start.journey_id,
                node_id=step.node_id,
                title=step.title,
                wave=running.waves.state.wave,
                as_of=now,
                queue=self._start.queue,
                since_version=running.since_version,
            )
        )

    async def _start_delivery(self, deliver: p.Deliver) -> None:
        await workflow.start_child_workflow(
            p.DELIVERY_WORKFLOW,
            deliver,
            id=p.delivery_workflow_id(deliver.journey_id, deliver.node_id, deliver.wave),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=f"{deliver.title} ({deliver.node_id})",
        )

    async def _wake_deliveries(self) -> None:
        for done in self._versions.under_way:
            child = p.delivery_workflow_id(self._start.journey_id, done.node_id, done.wave)
            with contextlib.suppress(FailureError):  # it is through already, and its signal on the way
                await workflow.get_external_workflow_handle(child).signal(p.GO)

    async def _stop(self) -> None:
        """Sending stops first, then every open visit ends; deliveries under way settle what they had not sent."""
        self._versions.paused = False
        await self._record("paused")
        await workflow.execute_activity(
            p.END_VISITS,
            p.EndVisits(
                plan_hash=self._versions.newest.plan_hash,
                journey_id=self._start.journey_id,
                wave=self._versions.count(),
                as_of=workflow.now(),
            ),
            start_to_close_timeout=STATEMENT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            summary="End every open visit",
        )
        await self._record("stopped")
        await self._wake_deliveries()
        await workflow.wait_condition(lambda: not self._versions.under_way)
        self._versions.nothing_is_due()
        self._ended = "stopped"

    async def _record(self, status: p.RunStatus) -> None:
        ended = status in ("stopped", "finished")
        await workflow.execute_activity(
            p.RECORD,
            p.Status(
                journey_id=self._start.journey_id,
                status=status,
                wave=self._versions.wave,
                as_of=workflow.now(),
                next_due_at=None if ended else self._versions.next_due_at,
                due={} if ended else self._versions.due,
                version=self._versions.newest.version,
                plan_hash=self._versions.newest.plan_hash,
                versions=[each.version for each in self._versions],
            ),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RETRY,
            summary=f"Record: {status}",
        )
