"""What the e-mail and the audience benchmark share: a journey with one step that acts, run against the sandbox."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import lakehouse
from benchmarks.drawings import acting, for_nobody
from benchmarks.house import house
from benchmarks.measure import history, own_cpu, own_peak
from orchestrator.execution import protocol as p
from orchestrator.lakehouse.engine import Statement
from sojourn.dev import connect_sandbox
from sojourn.sandbox.sandbox import SandboxProcess

MEMORY = "2GB"
_OUTCOMES = Statement(sql=f"SELECT outcome, count(*) FROM {lakehouse.LEDGER}.deliveries GROUP BY outcome")


async def deliver(home: Path, members: int, step: str, sandbox: SandboxProcess) -> dict[str, Any]:
    """Everybody gets the step; returns the delivery workflow's history, our CPU and how it ended for how many.

    The seconds are the delivery workflow's own, from freezing who is to be reached to the last outcome in the ledger.
    """
    file = home / "lakehouse.duckdb"
    await lakehouse.make(file, members, memory=MEMORY, consents=True)
    connect_sandbox(home / "connections.yaml", sandbox)
    async with house(home, file, memory=MEMORY) as running:
        await (await running.start(for_nobody(acting(step)), "warm_up")).result()
        used = own_cpu()
        await (await running.start(acting(step), step)).result()
        used = own_cpu() - used
        workflow_id = p.delivery_workflow_id(step, step, 1)
        told = await history(running.client.get_workflow_handle(workflow_id))
        outcomes = dict(await running.engine.rows(_OUTCOMES))
    return {**asdict(told), "cpu": used, "peak": own_peak(), "outcomes": outcomes}
