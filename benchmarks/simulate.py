"""Simulation: ten steps for everybody over thirty days, on the embedded lakehouse."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import child, lakehouse
from benchmarks.drawings import everybody_daily
from benchmarks.report import Row, Section
from orchestrator.execution.simulate import simulate
from orchestrator.lakehouse.engines.duckdb import DuckDB

SIZES, QUICK_SIZES = (1_000_000,), (20_000,)
JUDGED = 1_000_000
DAYS = 30
BAR = 20.0
"""Seconds."""
MEMORY = "3GB"


def measure(sizes: Sequence[int]) -> Section:
    """A run for each size, in a process of its own."""
    rows: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
            found = child.run("benchmarks.simulate:played", folder=folder, size=size)
        text = f"{size:,} customers: {found['steps']} steps, {DAYS} days"
        seconds = found["seconds"]
        rows += [
            Row(text, f"{seconds:.1f} s", f"≤ {BAR:g} s", seconds <= BAR if size == JUDGED else None),
            Row(f"{size:,} customers: what it did", f"{found['statements']} statements, {found['sent']:,} sent"),
        ]
    return Section("simulate", "Simulation", rows)


async def played(folder: str, size: int) -> dict[str, Any]:
    """The bread-and-soda journey for everybody, who are looked up every day."""
    file = Path(folder) / "lakehouse.duckdb"
    await lakehouse.make(file, size, memory=MEMORY, consents=True)
    engine = DuckDB(file, memory=MEMORY)
    journey, known = everybody_daily(), await lakehouse.known(engine)
    found = await simulate(engine, lakehouse.LEDGER, "played", journey, known, datetime.now(UTC), DAYS, past=False)
    await engine.close()
    assert found.entered == found.ended == size, found
    sent = sum(each.count for each in found.sent)
    return {"seconds": found.seconds, "statements": found.statements, "sent": sent, "steps": len(journey.nodes)}
