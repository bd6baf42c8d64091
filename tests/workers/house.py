"""A worker in this process with a small world, an app database and the test's own channel."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle

from migrations import upgrade
from orchestrator.channels.channel import Channel
from orchestrator.connections.connections import Connections
from orchestrator.execution import protocol as p
from orchestrator.execution.plan import Plan
from orchestrator.execution.verify import Checked, Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.keyring import KeyRing
from orchestrator.store.connections import ConnectionStore
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.pauses import all_pauses
from orchestrator.store.records import RunRecord, VersionRecord
from tests.world import SCHEMA, Driver, Letter, World, build, outlines
from workers.activities import Activities
from workers.main import working
from workers.open_channels import OpenChannels, Opened

CHANNELS: dict[str, type[Channel]] = {Letter.name: Letter}


@dataclass
class House:
    """One worker; journeys get ids of their own, because the server is shared."""

    client: Client
    world: World
    store: Store
    activities: Activities
    connections: Connections
    letter: Letter
    queue: str

    async def start(
        self, journey: Journey, *, wave: int = 0, wake_every: timedelta = timedelta()
    ) -> tuple[Plan, WorkflowHandle[Any, Any]]:
        journey_id = f"j{uuid.uuid4().hex[:12]}"
        plan = self.world.plan(journey, journey_id)
        now = datetime.now(UTC)
        version = VersionRecord(journey_id, 1, journey.model_dump(mode="json"), plan.hash, "", now)
        await self.store.add_version(version, plan.model_dump(mode="json"))
        await self.store.put_run(RunRecord(journey_id, 1, plan.hash, "live", 0, None, None, "", now, None))
        start = p.StartJourney(
            journey_id=journey_id,
            version=1,
            plan_hash=plan.hash,
            queue=self.queue,
            steps=outlines(plan, datetime.now(UTC)),
            state=p.State(wave=wave),
            wake_every=wake_every,
        )
        handle = await self.client.start_workflow(
            p.JOURNEY_WORKFLOW,
            start,
            id=p.journey_workflow_id(journey_id),
            task_queue=self.queue,
            result_type=p.RunState,
        )
        return plan, handle

    async def publish(self, journey: Journey, journey_id: str, version: int) -> Plan:
        """A further version."""
        plan = self.world.plan(journey, journey_id, version)
        record = VersionRecord(journey_id, version, journey.model_dump(mode="json"), plan.hash, "", datetime.now(UTC))
        await self.store.add_version(record, plan.model_dump(mode="json"))
        return plan

    async def adopt(
        self, handle: WorkflowHandle[Any, Any], plan: Plan, people: p.People, *targets: p.Target
    ) -> p.RunState:
        """The journey goes on with the plan."""
        steps = outlines(plan, datetime.now(UTC))
        adopt = p.Adopt(version=plan.version, plan_hash=plan.hash, steps=steps, people=people, targets=list(targets))
        state = await handle.execute_update(p.ADOPT, adopt, result_type=p.RunState)
        assert isinstance(state, p.RunState)
        return state

    async def update(self, handle: WorkflowHandle[Any, Any], name: str) -> p.RunState:
        state = await handle.execute_update(name, result_type=p.RunState)
        assert isinstance(state, p.RunState)
        return state

    async def broken(self, *plans: Plan) -> list[Checked]:
        return [
            each
            for each in await verify(self.world.engine, SCHEMA, Promised(plans, await all_pauses(self.store.engine)))
            if each.violations
        ]

    def view(self, plan: Plan) -> Driver:
        """Reads the ledger; the world has one journey at a time."""
        return Driver(self.world, plan, self.letter)


@asynccontextmanager
async def house(client: Client, home: Path) -> AsyncIterator[House]:
    """A house with empty tables."""
    url = f"sqlite:///{home / 'app.db'}"
    await upgrade(url)
    store = Store(open_database(url))
    world = await build()
    (home / "connections.yaml").write_text("post: {channel: letter}")
    keys = KeyRing("", home / "secret.keys")
    connections = Connections(CHANNELS, home / "connections.yaml", ConnectionStore(store.engine), keys)
    channels = OpenChannels(connections)
    activities = Activities(world.engine, store, DeliveryJournal(store.engine), channels)
    letter = Letter()
    channels._opened["post"] = Opened(await connections.find("post"), letter)  # the test looks at what this one sent
    queue = f"q{uuid.uuid4().hex[:12]}"
    try:
        async with working(client, activities, queue):
            yield House(client, world, store, activities, connections, letter, queue)
    finally:
        await store.close()
        await world.engine.close()
