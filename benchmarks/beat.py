"""A beat of a journey with many inside and few due: from its timer to the next, against its own statements run bare."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from benchmarks import child, lakehouse
from benchmarks.drawings import crowded
from benchmarks.engine import MEMORY
from benchmarks.house import house
from benchmarks.report import Row, Section
from orchestrator.execution import protocol as p
from orchestrator.lakehouse.engines.duckdb import DuckDB

SIZES, QUICK_SIZES = (1_000_000,), (50_000,)
JUDGED_FROM = 1_000_000
MOST_RATIO = 2.0
JOURNEY = "crowded"
DUE = ("*", "soon", "again")
"""The steps of the beat: the look at everybody, the wait that is over, the split behind it."""
_HERE = f"SELECT count(*) FROM {lakehouse.LEDGER}.moves WHERE journey_id = '{JOURNEY}' AND from_node = 'again'"


def measure(sizes: Sequence[int]) -> Section:
    """Bare and ours in turn, medians of three."""
    rows: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
            base = Path(folder) / "base.duckdb"
            child.run("benchmarks.engine:prepare", path=str(base), size=size)
            pairs = [(_run("bare", base), _run("ours", base)) for _ in range(3)]
        bare, ours = (statistics.median(pair[index]["seconds"] for pair in pairs) for index in (0, 1))
        assert len({run["due"] for pair in pairs for run in pair}) == 1, "the two moved different people"
        who = f"{size:,} inside, {pairs[0][0]['due']:,} due: "
        ratios = ", ".join(f"{mine['seconds'] / limit['seconds']:.2f}" for limit, mine in pairs)
        rows += [
            Row(f"{who}statements run bare", f"{bare * 1000:.0f} ms"),
            Row(f"{who}the beat", f"{ours * 1000:.0f} ms"),
            Row(
                f"{who}beat / bare",
                f"{ours / bare:.2f} (runs: {ratios})",
                f"≤ {MOST_RATIO}",
                ours / bare <= MOST_RATIO if size >= JUDGED_FROM else None,
            ),
        ]
    return Section("beat", "A beat: few are due of many", rows)


def _run(what: str, base: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        copy = Path(folder) / "lakehouse.duckdb"
        shutil.copyfile(base, copy)
        return child.run(f"benchmarks.beat:{what}", path=str(copy))


async def bare(path: str) -> dict[str, Any]:
    """Everybody comes in, then the statements of one beat are timed."""
    engine = DuckDB(path, memory=MEMORY)
    plan = await lakehouse.plan_of(engine, crowded(), JOURNEY)
    await engine.close()
    settings: dict[str, Any] = {"memory_limit": MEMORY, "preserve_insertion_order": "false"}
    first = datetime.now(UTC).replace(tzinfo=None)
    with duckdb.connect(path, config=settings) as connection:
        for step in plan.steps:
            for statement in step.writes:
                connection.execute(statement.sql, statement.bind(_values(1, first))).fetchall()
        values, began = _values(2, first + timedelta(minutes=1)), time.perf_counter()
        for node_id in DUE:
            for statement in plan.step(node_id).writes:
                connection.execute(statement.sql, statement.bind(values)).fetchall()
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "due": connection.execute(_HERE).fetchall()[0][0]}


def _values(wave: int, as_of: datetime) -> dict[str, Any]:
    return {"as_of": as_of, "wave": wave, "since_version": 1}


async def ours(path: str) -> dict[str, Any]:
    """The same beat of the running journey, as the server's history has it."""
    async with house(Path(path).parent, Path(path), memory=MEMORY) as running:
        handle = await running.start(crowded(), JOURNEY)
        seconds = await _beat(handle)
        with running.engine.cursor() as cursor:
            due = cursor.execute(_HERE).fetchall()[0][0]
        await handle.terminate()
        return {"seconds": seconds, "due": due}


async def _beat(handle: WorkflowHandle[object, p.RunState]) -> float:
    """Seconds from the first timer's end to the next one's start, which is waited for."""
    began: float | None = None
    async for event in handle.fetch_history_events(wait_new_event=True):
        moment = event.event_time.ToNanoseconds() / 1e9
        if began is None and event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
            began = moment
        elif began is not None and event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            return moment - began
    raise AssertionError("the journey ended")
