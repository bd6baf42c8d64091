"""The workflow of one delivery: freeze who is to be reached, deliver chunk by chunk, tell the journey."""

import asyncio
from datetime import timedelta

from temporalio import workflow

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
            chunks = [group.create_task(self._chunk(index, room)) for index in range(intended.chunks)]
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

    async def _chunk(self, index: int, room: asyncio.Semaphore) -> dict[str, int]:
        deliver = self._deliver
        async with room:
            while True:
                looked = self._looked
                done = await workflow.execute_activity(
                    p.DELIVER,
                    p.DeliverChunk(
                        plan_hash=deliver.plan_hash,
                        journey_id=deliver.journey_id,
                        node_id=deliver.node_id,
                        wave=deliver.wave,
                        as_of=deliver.as_of,
                        chunk=index,
                    ),
                    task_queue=f"{deliver.queue}-deliver",
                    result_type=p.Delivered,
                    start_to_close_timeout=CHUNK_TIME,
                    heartbeat_timeout=HEARTBEAT,
                    retry_policy=RETRY,
                    summary=f"{deliver.title}: chunk {index + 1}",
                )
                if not done.left:
                    outcomes: dict[str, int] = done.outcomes
                    return outcomes
                await workflow.wait_condition(lambda looked=looked: self._looked != looked)  # type: ignore[misc]
