"""The workflow of one delivery: freeze who is to be reached, deliver chunk by chunk, tell the journey."""

import asyncio
import contextlib
from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority

with workflow.unsafe.imports_passed_through():
    from orchestrator.execution import protocol as p
    from workers.journey_workflow import HEARTBEAT, RETRY, STATEMENT

AT_ONCE = 2
"""Chunks under way at once: one is written back while the next is sent; the channel's lanes do the rest."""
CHUNK_TIME = timedelta(hours=24)


@workflow.defn(name=p.DELIVERY_WORKFLOW)
class DeliveryWorkflow:
    """One for each step that acts and each wave in which somebody arrived there."""

    @workflow.init
    def __init__(self, deliver: p.Deliver) -> None:
        self._deliver = deliver
        self._looked = 0

    @workflow.run
    async def run(self, deliver: p.Deliver) -> p.Delivered:
        """Until every intent is settled; returns how they were."""
        intended = await workflow.execute_activity(
            p.INTEND,
            deliver,
            result_type=p.Intended,
            start_to_close_timeout=STATEMENT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            summary=f"Who is to be reached: {deliver.title}",
        )
        room = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            urgency = Priority(priority_key=intended.urgency)
            chunks = [group.create_task(self._chunk(index, room, urgency)) for index in range(intended.chunks)]
        outcomes = {"suppressed": intended.suppressed}
        for chunk in chunks:
            for outcome, count in chunk.result().items():
                outcomes[outcome] = outcomes.get(outcome, 0) + count
        journey = workflow.get_external_workflow_handle(p.journey_workflow_id(deliver.journey_id))
        await journey.signal(p.DELIVERED, p.DeliveryDone(node_id=deliver.node_id, wave=deliver.wave))
        return p.Delivered(outcomes=outcomes)

    @workflow.signal(name=p.GO)
    def go(self) -> None:
        """The journey was resumed or stopped: look again."""
        self._looked += 1

    async def _chunk(self, index: int, room: asyncio.Semaphore, urgency: Priority) -> dict[str, int]:
        """Until all of the chunk are settled; while it waits for a morning, others are sent."""
        while True:
            looked = self._looked
            async with room:
                done = await self._attempts(index, urgency)
            if not done.left:
                outcomes: dict[str, int] = done.outcomes
                return outcomes
            assert done.again_at is not None
            await self._told_to_look(looked, done.again_at - workflow.now())

    async def _attempts(self, index: int, urgency: Priority) -> p.Delivered:
        """Until all are settled, or those who are left have to wait for a time."""
        deliver = self._deliver
        while True:
            looked = self._looked
            done: p.Delivered = await workflow.execute_activity(
                p.DELIVER,
                p.DeliverChunk(
                    plan_hash=deliver.plan_hash,
                    journey_id=deliver.journey_id,
                    node_id=deliver.node_id,
                    wave=deliver.wave,
                    as_of=deliver.as_of,
                    chunk=index,
                    since=workflow.now(),
                ),
                task_queue=f"{deliver.queue}-deliver",
                result_type=p.Delivered,
                start_to_close_timeout=CHUNK_TIME,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=RETRY,
                priority=urgency,
                summary=f"{deliver.title}: chunk {index + 1}",
            )
            if not done.left or done.again_at is not None:
                return done
            await workflow.wait_condition(lambda looked=looked: self._looked != looked)  # type: ignore[misc]

    async def _told_to_look(self, looked: int, at_the_latest_in: timedelta) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: self._looked != looked,
                timeout=max(at_the_latest_in, timedelta(seconds=1)),
                timeout_summary="until those who sleep may be sent to",
            )
