"""Members: the same steps with one workflow per member on the same Temporal server, against one run over the set."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from benchmarks import child, engine, lakehouse
from benchmarks.measure import cpu, history, own_cpu, peak
from benchmarks.member_workflow import MemberActivities, MemberWorkflow
from benchmarks.report import Row, Section
from orchestrator.lakehouse.engines.duckdb import DuckDB
from sojourn.temporal_server import TemporalServer

SIZES, QUICK_SIZES = (2_000,), (200,)
AT_ONCE = 100
"""Members under way at once that the client starts; enough to keep server and worker busy."""
CUSTOMERS = 100_000
QUEUE = "members"


def measure(sizes: Sequence[int], rates: Mapping[int, float], *, quick: bool) -> Section:
    """`rates` are those of the engine in this run; without them the engine runs once."""
    compared = engine.QUICK_SIZES[0] if quick else engine.SIZES[0]
    ours = rates.get(compared) or engine.ours_rate(compared)
    rows: list[Row] = []
    for size in sizes:
        found = child.run("benchmarks.members:each_alone", size=size)
        rate = size / found["seconds"]
        who = f"{size:,} workflows: "
        rows += [
            Row(f"{who}members per second", f"{rate:.1f}"),
            Row(f"{who}history of a member", f"{found['events']:.1f} events, {found['bytes']:,.0f} bytes"),
            Row(
                f"{who}CPU of a member",
                f"{found['server_cpu'] / size * 1e3:.1f} ms server, {found['cpu'] / size * 1e3:.1f} ms worker",
            ),
            Row(f"{who}Temporal's database for a member", f"{found['database'] / size / 1024:.1f} KiB"),
            Row(f"{who}peak memory of the Temporal server", f"{found['server_peak'] / 2**20:.0f} MiB"),
            Row(f"ours with {compared:,} members: members per second", f"{ours:,.0f}"),
            Row("ours / one workflow per member", f"{ours / rate:,.0f}×"),
            Row("1,000,000 members, one workflow each (extrapolated)", f"{1e6 / rate / 3600:.1f} h"),
        ]
    return Section("members", "Members: one workflow per member, the same steps", rows)


async def each_alone(size: int) -> dict[str, Any]:
    """Runs a workflow for each member and waits for all of them."""
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        home = Path(folder)
        await lakehouse.make(home / "lakehouse.duckdb", CUSTOMERS, memory="1GB")
        store = DuckDB(home / "lakehouse.duckdb", memory="1GB")
        with store.cursor() as cursor:
            for table in ("customers", "propensities"):
                cursor.execute(f"CREATE UNIQUE INDEX {table}_key ON grocery.{table} (customer_id)")
            async with TemporalServer(home / "temporal.db") as server:
                assert server.process is not None
                client, pid = await server.client(), server.process.pid
                activities = MemberActivities(cursor)
                async with _worker(client, activities):
                    await _run(client, "warm-up", iter([1]))
                    database, server_cpu, used = _size(home), cpu(pid), own_cpu()
                    began = time.perf_counter()
                    numbers = iter(range(1, size + 1))
                    async with asyncio.TaskGroup() as group:
                        for _ in range(AT_ONCE):
                            group.create_task(_run(client, "member", numbers))
                    found = {
                        "seconds": time.perf_counter() - began,
                        "cpu": own_cpu() - used,
                        "server_cpu": cpu(pid) - server_cpu,
                        "server_peak": peak(pid),
                        "database": _size(home) - database,
                    }
                    some = [
                        await history(client.get_workflow_handle(f"member/{each}"))
                        for each in range(1, size + 1, max(size // 100, 1))
                    ]
        await store.close()
    found["events"] = sum(each.events for each in some) / len(some)
    found["bytes"] = sum(each.size for each in some) / len(some)
    return found


def _worker(client: Client, activities: MemberActivities) -> Worker:
    """With our own modules passed through the workflow sandbox, as our worker does, which saves it CPU."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules("benchmarks")
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[MemberWorkflow],
        activities=activities.all(),
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
    )


async def _run(client: Client, name: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        await client.execute_workflow(MemberWorkflow.run, number, id=f"{name}/{number}", task_queue=QUEUE)


def _size(home: Path) -> int:
    return sum(each.stat().st_size for each in home.glob("temporal.db*"))
