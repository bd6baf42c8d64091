"""The workflow of a live journey: it sleeps until something is due, runs a wave of statements, and sleeps again.

It knows steps and clocks, never what a step means and never a person. Everything it decides comes from
`workflow.now()` and from counts, so a replay decides the same.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from orchestrator.execution import protocol as p
    from orchestrator.execution.waves import Waves

RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
)
"""Operational errors are retried for as long as it takes; user errors are marked as not to be retried."""
STATEMENT = timedelta(hours=2)
HEARTBEAT = timedelta(seconds=10)
"""A worker that says nothing for so long is taken for dead, and its task is given to another."""


def _full() -> bool:
    """Whether the history has grown so long that the server asks for a fresh one."""
    return workflow.info().is_continue_as_new_suggested()


@workflow.defn(name=p.JOURNEY_WORKFLOW)
class JourneyWorkflow:
    """One for each live journey, for as long as it lives."""

    @workflow.init
    def __init__(self, start: p.StartJourney) -> None:
        self._start = start
        self._state = start.state
        self._waves = Waves(start.steps, start.state)
        self._stopping = False
        self._ended: p.RunStatus | None = None

    @workflow.run
    async def run(self, start: p.StartJourney) -> p.RunState:
        """Until everybody has left and nobody can come any more, or until it is stopped."""
        self._waves.begin(workflow.now())
        while self._ended is None:
            await self._sleep()
            if self._stopping:
                await self._stop()
            else:
                await self._wave()
            if self._ended is None and _full():
                # Whoever asked it to stop waits for that: it must stop here, before it could go on as new.
                await workflow.wait_condition(lambda: self._stopping or workflow.all_handlers_finished())
                if not self._stopping:
                    workflow.continue_as_new(start.model_copy(update={"state": self._state}))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._run_state()

    @workflow.update(name=p.PAUSE)
    async def pause(self) -> p.RunState:
        """Freezes the journey: the running statement finishes, nothing new is moved or sent."""
        if not self._stopping and self._ended is None:
            self._state.paused = True
            await self._record("paused")
        return self._run_state()

    @workflow.update(name=p.RESUME)
    async def resume(self) -> p.RunState:
        """Goes on: what fell due meanwhile is due now."""
        if self._state.paused and not self._stopping and self._ended is None:
            await self._record("live")
            self._state.paused = False
            await self._wake_deliveries()
        return self._run_state()

    @workflow.update(name=p.STOP)
    async def stop(self) -> p.RunState:
        """Ends every open visit and the journey with it."""
        self._stopping = True
        await workflow.wait_condition(lambda: self._ended is not None)
        return self._run_state()

    @workflow.query(name=p.STATE)
    def state(self) -> p.RunState:
        """Where the journey stands."""
        return self._run_state()

    @workflow.signal(name=p.DELIVERED)
    def delivered(self, done: p.DeliveryDone) -> None:
        """A delivery has settled everybody: they are due to move on."""
        self._waves.delivered(done, workflow.now())

    def _run_state(self) -> p.RunState:
        return p.RunState(
            status=self._ended or ("paused" if self._state.paused else "live"),
            wave=self._state.wave,
            next_due_at=self._waves.next_due_at,
            delivering=len(self._state.delivering),
        )

    async def _sleep(self) -> None:
        """Until something is due or the journey is stopped; a journey that is paused sleeps on."""
        while not self._stopping and not self._waves.is_due(workflow.now()):
            before = (self._state.paused, self._waves.next_due_at)
            due = None if self._state.paused else self._waves.next_due_at
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda before=before: (  # type: ignore[misc]
                        self._stopping or before != (self._state.paused, self._waves.next_due_at)
                    ),
                    timeout=due - workflow.now() if due else None,
                    timeout_summary="until the next step is due",
                )

    async def _wave(self) -> None:
        """Runs every step with somebody due, then starts the deliveries for those who arrived where something acts."""
        now = workflow.now()
        self._waves.open()
        for step in self._waves.due_steps(now):
            await self._advance(step, now)
            if self._state.paused or self._stopping:
                return
        for step in self._waves.to_deliver():
            await self._deliver(step, now)
        if self._waves.is_over:
            await self._record("finished")
            self._ended = "finished"
        elif not self._state.paused and not self._stopping:
            await self._record("live")

    async def _advance(self, step: p.StepOutline, now: datetime) -> None:
        try:
            done = await workflow.execute_activity(
                p.ADVANCE,
                p.Advance(
                    plan_hash=self._start.plan_hash,
                    journey_id=self._start.journey_id,
                    node_id=step.node_id,
                    wave=self._state.wave,
                    as_of=now,
                ),
                result_type=p.Advanced,
                start_to_close_timeout=STATEMENT,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
                summary=f"{step.title} ({step.node_id})",
            )
        except ActivityError:
            # A person has to mend something first; the run's trouble says what. Nobody is lost: the step stays due.
            self._waves.due(step.node_id, now)
            self._state.paused = True
            await self._record("paused")
        else:
            self._waves.advanced(step, done, now)

    async def _deliver(self, step: p.StepOutline, now: datetime) -> None:
        """Starts the delivery as a workflow of its own; it outlives a continue-as-new and signals when it is done."""
        start, wave = self._start, self._state.wave
        await workflow.start_child_workflow(
            p.DELIVERY_WORKFLOW,
            p.Deliver(
                plan_hash=start.plan_hash,
                journey_id=start.journey_id,
                node_id=step.node_id,
                title=step.title,
                wave=wave,
                as_of=now,
                queue=start.queue,
            ),
            id=p.delivery_workflow_id(start.journey_id, step.node_id, wave),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=f"{step.title} ({step.node_id})",
        )

    async def _wake_deliveries(self) -> None:
        for node_id, wave in list(self._state.delivering.items()):
            child = p.delivery_workflow_id(self._start.journey_id, node_id, wave)
            await workflow.get_external_workflow_handle(child).signal(p.GO)

    async def _stop(self) -> None:
        """Sending stops first, then every open visit ends; deliveries under way settle what they had not sent."""
        self._state.paused = False
        await self._record("paused")
        self._state.wave += 1
        await workflow.execute_activity(
            p.END_VISITS,
            p.EndVisits(
                plan_hash=self._start.plan_hash,
                journey_id=self._start.journey_id,
                wave=self._state.wave,
                as_of=workflow.now(),
            ),
            start_to_close_timeout=STATEMENT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            summary="End every open visit",
        )
        await self._record("stopped")
        await self._wake_deliveries()
        await workflow.wait_condition(lambda: not self._state.delivering)
        self._state.due = {}
        self._ended = "stopped"

    async def _record(self, status: p.RunStatus) -> None:
        ended = status in ("stopped", "finished")
        await workflow.execute_activity(
            p.RECORD,
            p.Status(
                journey_id=self._start.journey_id,
                status=status,
                wave=self._state.wave,
                as_of=workflow.now(),
                next_due_at=None if ended else self._waves.next_due_at,
            ),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RETRY,
            summary=f"Record: {status}",
        )
