"""The workflow of one delivery: freeze who is to be reached, deliver chunk by chunk, tell the journey."""

import asyncio
import contextlib
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import Priority

with workflow.unsafe.imports_passed_through():
    from orchestrator.execution import protocol as p
    from workers.journey_workflow import HEARTBEAT, RETRY, STATEMENT

AT_ONCE = 2
"""Chunks under way at once: one is written back while the next is sent; the channel's lanes do the rest."""
CHUNK_TIME = timedelta(hours=24)
SO_FAR = "so-far"
"""Deliveries begun before tell their journey only when all are settled."""


@workflow.defn(name=p.DELIVERY_WORKFLOW)
class DeliveryWorkflow:
    """One for each step that acts and each wave in which somebody arrived there.

    Once everybody was tried, whoever is settled may move on: a few who are put off keep nobody waiting.
    """

    @workflow.init
    def __init__(self, deliver: p.Deliver) -> None:
        self._deliver = deliver
        self._looked = 0
        self._left: dict[int, int] = {}
        """Chunk → how many of it are not settled; only those that were tried."""
        self._told = False

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
            chunks = [group.create_task(self._chunk(index, room, intended)) for index in range(intended.chunks)]
        outcomes = {"suppressed": intended.suppressed}
        for chunk in chunks:
            for outcome, count in chunk.result().items():
                outcomes[outcome] = outcomes.get(outcome, 0) + count
        await self._tell(left=0)
        return p.Delivered(outcomes=outcomes)

    @workflow.signal(name=p.GO)
    def go(self) -> None:
        """The journey was resumed or stopped: look again."""
        self._looked += 1

    async def _chunk(self, index: int, room: asyncio.Semaphore, intended: p.Intended) -> dict[str, int]:
        """Until all of the chunk are settled; while some wait for a morning, or to be tried again, others are sent."""
        since = workflow.now()
        while True:
            looked = self._looked
            async with room:
                done = await self._attempt(index, intended.urgency, since)
                while done.left and done.again_at is None:  # the journey is paused
                    await workflow.wait_condition(lambda looked=looked: self._looked != looked)  # type: ignore[misc]
                    looked, since = self._looked, workflow.now()
                    done = await self._attempt(index, intended.urgency, since)
            await self._tell_so_far(index, done.left, intended.chunks)
            if done.again_at is None:
                outcomes: dict[str, int] = done.outcomes
                return outcomes
            await self._told_to_look(looked, done.again_at - workflow.now())
            if done.asleep or self._looked != looked:
                since = workflow.now()

    async def _attempt(self, index: int, urgency: int, since: datetime) -> p.Delivered:
        deliver = self._deliver
        done: p.Delivered = await workflow.execute_activity(
            p.DELIVER,
            p.DeliverChunk(
                plan_hash=deliver.plan_hash,
                journey_id=deliver.journey_id,
                node_id=deliver.node_id,
                wave=deliver.wave,
                as_of=deliver.as_of,
                chunk=index,
                since=since,
                tried=index in self._left,
            ),
            task_queue=f"{deliver.queue}-deliver",
            result_type=p.Delivered,
            start_to_close_timeout=CHUNK_TIME,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            priority=Priority(priority_key=urgency, fairness_key=deliver.journey_id),
            summary=f"{deliver.title}: chunk {index + 1}",
        )
        return done

    async def _tell_so_far(self, index: int, left: int, chunks: int) -> None:
        """Once every chunk was tried, the journey is told whenever somebody was settled and others are left."""
        settled = left < self._left.get(index, left + 1)
        self._left[index] = left
        remaining = sum(self._left.values())
        new = settled or not self._told
        if new and remaining and len(self._left) == chunks and workflow.patched(SO_FAR):
            self._told = True
            await self._tell(remaining)

    async def _tell(self, left: int) -> None:
        journey = workflow.get_external_workflow_handle(p.journey_workflow_id(self._deliver.journey_id))
        done = p.DeliveryDone(node_id=self._deliver.node_id, wave=self._deliver.wave, left=left)
        await journey.signal(p.DELIVERED, done)

    async def _told_to_look(self, looked: int, at_the_latest_in: timedelta) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: self._looked != looked,
                timeout=max(at_the_latest_in, timedelta(seconds=1)),
                timeout_summary="until those who sleep may be sent to",
            )
