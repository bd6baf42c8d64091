"""A worker as a process of its own that can be killed, against a real Temporal, DuckDB, SMTP server and ad platform."""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml
from temporalio.client import Client, WorkflowHandle

from api.deps import Parts
from api.recovering import recover
from api.temporal import Runner
from migrations import upgrade
from orchestrator.catalog import Catalog
from orchestrator.execution import protocol as p
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.plan import Plan
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.settings import Settings
from orchestrator.store.database import open_database
from orchestrator.store.documents import Store
from orchestrator.store.records import RunRecord, VersionRecord
from sojourn.demo import JOURNEY, JOURNEY_ID, shortened
from sojourn.dev import connect_sandbox
from sojourn.sample.grocer import SOURCES, generate
from sojourn.sandbox.sandbox import SandboxProcess
from sojourn.temporal_server import TemporalServer
from tests.postgres import Postgres
from tests.world import outlines
from workers.journey_workflow import HEARTBEAT
from workers.main import open_connections

CUSTOMERS = 3000
ALL = bool(os.environ.pop("SOJOURN_CHAOS", ""))
"""Every point and every trouble, instead of a few."""
AS_OF = datetime(2026, 3, 1)


@dataclass
class Rig:
    """One journey, one lakehouse, one worker at a time."""

    settings: Settings
    temporal: TemporalServer
    client: Client
    sandbox: SandboxProcess
    plan: Plan
    worker: subprocess.Popen[bytes] | None = None
    postgres: Postgres | None = None

    @property
    def journey_id(self) -> str:
        return self.plan.journey_id

    def start_worker(self, fault: str = "") -> None:
        environment = {
            **os.environ,
            "SOJOURN_HOME": str(self.settings.home),
            "SOJOURN_TEMPORAL_ADDRESS": self.temporal.address,
            "SOJOURN_TASK_QUEUE": self.settings.task_queue,
            "SOJOURN_DUCKDB_MEMORY": "1GB",
            "SOJOURN_DATABASE_URL": self.settings.database_url,
            "SOJOURN_FAULT": fault,
            "SOJOURN_FAULT_ONCE": str(self.settings.home / "fault.once"),
        }
        with (self.settings.home / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "workers.main"]
            self.worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    async def start_journey(self) -> WorkflowHandle[Any, Any]:
        start = p.StartJourney(
            journey_id=self.journey_id,
            version=1,
            plan_hash=self.plan.hash,
            queue=self.settings.task_queue,
            steps=outlines(self.plan, datetime.now(UTC)),
        )
        return await self.client.start_workflow(
            p.JOURNEY_WORKFLOW,
            start,
            id=p.journey_workflow_id(self.journey_id),
            task_queue=self.settings.task_queue,
            result_type=p.RunState,
        )

    async def lose_temporal(self) -> WorkflowHandle[Any, Any]:
        """Temporal is back, and knows nothing; the journey goes on where the ledger says it stands."""
        await self.temporal.stop()
        assert self.temporal.database is not None
        self.temporal.database.unlink()
        await self.temporal.start()
        self.client = await self.temporal.client()
        store = Store(open_database(self.settings.app_database))
        engine = DuckDB(self.settings.lakehouse_file, memory="1GB")
        catalog = Catalog(
            engine,
            self.settings.sources,
            node_packages=self.settings.node_packages,
            connections=open_connections(self.settings, store),
        )
        parts = Parts(
            store, engine, catalog, Runner(self.client, self.settings.task_queue), self.settings.ledger_schema
        )
        try:
            assert await recover(parts) == [self.journey_id]
            assert await recover(parts) == [], "what runs is left alone"
        finally:
            await engine.close()
            await store.close()
        return self.client.get_workflow_handle(p.journey_workflow_id(self.journey_id), result_type=p.RunState)

    async def worker_halted(self) -> None:
        """Waits until the worker has stopped, lets Temporal take it for dead, and wakes it."""
        assert self.worker is not None
        stat = Path(f"/proc/{self.worker.pid}/stat")
        async with asyncio.timeout(60):
            while stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "T":
                await asyncio.sleep(0.1)
        await asyncio.sleep(HEARTBEAT.total_seconds() + 3)
        self.worker.send_signal(signal.SIGCONT)

    async def kill_worker(self, messages: int) -> None:
        """With SIGKILL, when so many messages have arrived."""
        assert self.worker is not None
        async with asyncio.timeout(60):
            while (await self.sandbox.facts())["messages"] < messages:
                await asyncio.sleep(0.01)
        self.worker.kill()

    async def worker_died(self) -> int:
        """Waits for the worker's end and returns its exit code."""
        assert self.worker is not None
        return await asyncio.to_thread(self.worker.wait, 120)

    async def stop_worker(self) -> None:
        if self.worker is not None and self.worker.poll() is None:
            self.worker.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self.worker.wait, 40)

    async def audit(self) -> "Audit":
        """What the ledger and the providers say, once no worker holds the lakehouse."""
        await self.stop_worker()
        engine = DuckDB(self.settings.lakehouse_file, memory="1GB")
        try:
            schema = self.settings.ledger_schema
            broken = [each.text for each in await verify(engine, schema, Promised([self.plan])) if each.violations]
            moves = await engine.rows(Statement(sql=_MOVES.format(schema=schema)))
            outcomes = await engine.rows(Statement(sql=_OUTCOMES.format(schema=schema)))
        finally:
            await engine.close()
        async with httpx2.AsyncClient(base_url=self.sandbox.http_url) as http:
            facts = (await http.get("/facts")).json()
            messages = (await http.get("/facts/messages")).json()
        return Audit(broken, moves, outcomes, messages, facts)


_MOVES = "SELECT member_id, visit_no, from_node, port, to_node, reason FROM {schema}.moves ORDER BY ALL"
_OUTCOMES = "SELECT node_id, delivery_key, outcome, reason FROM {schema}.deliveries ORDER BY ALL"


@dataclass(frozen=True)
class Audit:
    """`moves` and `outcomes` of the ledger; `messages` by Message-ID as the SMTP server counted them."""

    broken: list[str]
    moves: list[tuple[Any, ...]]
    outcomes: list[tuple[Any, ...]]
    messages: dict[str, int]
    facts: dict[str, Any]

    @property
    def moves_hash(self) -> str:
        return hashlib.sha256(repr(self.moves).encode()).hexdigest()

    def compare(self, whole: "Audit", in_doubt: int) -> None:
        """Fails unless all is as in the undisturbed run, but for so many messages at most that are in doubt."""
        assert self.broken == []
        assert self.moves_hash == whole.moves_hash, "the ledger differs from the undisturbed run's"
        assert set(self.received.values()) == {1}, "a message arrived twice"
        accepted, unknown = (self.keys(each, "offer", "reminder") for each in ("accepted", "unknown"))
        assert accepted <= self.received.keys(), "a message counted as accepted never arrived"
        assert self.received.keys() - accepted <= unknown, "a message arrived that the ledger does not know"
        assert len(unknown) <= in_doubt
        reached = whole.keys("accepted", "offer", "reminder")
        assert accepted | unknown == reached, "somebody was not reached who should have been"
        sizes = [{name: each["size"] for name, each in one.facts["audiences"].items()} for one in (self, whole)]
        assert sizes[0] == sizes[1]

    def keys(self, outcome: str, *nodes: str) -> set[str]:
        """Delivery keys with that outcome at those steps."""
        return {key for node, key, found, _ in self.outcomes if found == outcome and node in nodes}

    @property
    def received(self) -> dict[str, int]:
        """Delivery key → messages the SMTP server took."""
        return {message_id.strip("<>").partition("@")[0]: count for message_id, count in self.messages.items()}


@asynccontextmanager
async def rig(home: Path, like: Path, plan: Plan, database_url: str = "") -> AsyncIterator[Rig]:
    """The journey published in a copy of the folder `like`, on a Temporal of its own; nobody works on it yet.

    Its app database is the folder's, or a copy of it at the URL.
    """
    await asyncio.to_thread(shutil.copytree, like, home, dirs_exist_ok=True)
    async with TemporalServer(home / "temporal.db") as temporal, SandboxProcess() as sandbox:
        settings = Settings(
            home=home, temporal_address=temporal.address, duckdb_memory="1GB", database_url=database_url
        )
        if database_url:
            await _copy_run(Settings(home=home).app_database, settings.app_database, plan.journey_id)
        connect_sandbox(settings.connections, sandbox)
        made = Rig(settings, temporal, await temporal.client(), sandbox, plan)
        try:
            yield made
        finally:
            if made.worker is not None and made.worker.poll() is None:
                made.worker.kill()
                made.worker.wait()


async def _copy_run(source: str, target: str, journey_id: str) -> None:
    """What was published goes to another app database."""
    await upgrade(target)
    before, after = Store(open_database(source)), Store(open_database(target))
    [version] = await before.versions(journey_id)
    run = await before.run(journey_id)
    assert run is not None
    await after.add_version(version, await before.plan(version.plan_hash))
    await after.put_run(run)
    await before.close()
    await after.close()


async def publish(home: Path, day: timedelta, mail: dict[str, str] | None = None) -> Plan:
    """The grocer's journey, published in a folder with a small lakehouse of its own.

    `mail`: the channel and the connection that its messages go through, instead of those that are drawn.
    """
    settings, journey_id = Settings(home=home), JOURNEY_ID
    async with SandboxProcess() as sandbox:  # the connections must be there to publish; each run gets its own
        connect_sandbox(settings.connections, sandbox)
    settings.sources.write_bytes(SOURCES.read_bytes())
    engine = DuckDB(settings.lakehouse_file, memory="1GB")
    await upgrade(settings.app_database)
    store = Store(open_database(settings.app_database))
    try:
        with engine.cursor() as cursor:
            generate(cursor, as_of=AS_OF, customers=CUSTOMERS)
        catalog = Catalog(
            engine,
            settings.sources,
            node_packages=settings.node_packages,
            connections=open_connections(settings, store),
        )
        known = await catalog.known({})
        document = shortened(yaml.safe_load(JOURNEY.read_text(encoding="utf-8")), day)
        for node in document["nodes"]:
            if node["type"] == "message":
                node["data"] |= mail or {}
        journey = Journey.model_validate(document)
        plan = compile_plan(journey_id, 1, journey, known, engine.dialect, settings.ledger_schema)
        await ensure_ledger(engine, known.lakehouse, settings.ledger_schema)
    finally:
        await engine.close()
    now = datetime.now(UTC)
    await store.add_version(VersionRecord(journey_id, 1, document, plan.hash, "", now), plan.model_dump(mode="json"))
    await store.put_run(RunRecord(journey_id, 1, plan.hash, "live", 0, None, None, "", now, None))
    await store.close()
    return plan
