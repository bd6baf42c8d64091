"""A worker in this process: a Temporal server with a database file, a DuckDB file and an app database of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client, WorkflowHandle

from api.temporal import Runner
from benchmarks.lakehouse import plan_of
from migrations import upgrade
from orchestrator.execution import protocol as p
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.settings import Settings
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.journal import DeliveryJournal
from orchestrator.store.records import RunRecord, VersionRecord
from sojourn.temporal_server import TemporalServer
from workers.activities import Activities
from workers.main import open_connections, working
from workers.open_channels import OpenChannels

QUEUE = "bench"


@dataclass(frozen=True)
class House:
    """The parts, put together as `sojourn dev` does."""

    client: Client
    engine: DuckDB
    store: Store
    server_pid: int

    async def start(self, journey: Journey, journey_id: str) -> WorkflowHandle[object, p.RunState]:
        """Publishes and starts the journey."""
        plan = await plan_of(self.engine, journey, journey_id)
        now = datetime.now(UTC)
        version = VersionRecord(journey_id, 1, journey.model_dump(mode="json"), plan.hash, "", now)
        await self.store.add_version(version, plan.model_dump(mode="json"))
        await self.store.put_run(RunRecord(journey_id, 1, plan.hash, "live", 0, None, None, "", now, None))
        await Runner(self.client, QUEUE).start(plan, plan.hash, wave=0, started_at=now, summary=journey.name)
        workflow_id = p.journey_workflow_id(journey_id)
        handle: WorkflowHandle[object, p.RunState] = self.client.get_workflow_handle(
            workflow_id, result_type=p.RunState
        )
        return handle


@asynccontextmanager
async def house(home: Path, lakehouse: Path, *, memory: str) -> AsyncIterator[House]:
    """Everything up; `home` takes the databases of Temporal and of the app, and may have a connections.yaml."""
    url = f"sqlite:///{home / 'app.db'}"
    await upgrade(url)
    async with AsyncExitStack() as rest:
        server = await rest.enter_async_context(TemporalServer(home / "temporal.db"))
        assert server.process is not None
        engine = DuckDB(lakehouse, memory=memory)
        rest.push_async_callback(engine.close)
        store = Store(open_database(url))
        rest.push_async_callback(store.close)
        client = await server.client()
        channels = OpenChannels(open_connections(Settings(home=home), store))
        activities = Activities(engine, store, DeliveryJournal(store.engine), channels)
        await rest.enter_async_context(working(client, activities, QUEUE))
        yield House(client, engine, store, server.process.pid)
