"""The engine: the reference journey through Temporal, worker and ledger, against its own statements run bare."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import child, lakehouse
from benchmarks.drawings import for_nobody, reference
from benchmarks.house import house
from benchmarks.measure import cpu, history, own_cpu, own_peak, peak
from benchmarks.report import Row, Section
from orchestrator.execution.plan import Plan
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB

SIZES, QUICK_SIZES = (1_000_000, 10_000_000), (100_000,)
JUDGED_FROM = 1_000_000
MOST_RATIO, MOST_EVENTS, MOST_MEMORY = 1.25, 300, 4 * 2**30
MEMORY = "2GB"
"""What DuckDB may use; the process has Python, Temporal's library and DuckDB's own overhead on top."""
JOURNEY = "reference"
_CHECK = f"""
SELECT count(*), sum(hash(member_id, visit_no, from_node, port, to_node, ended, reason, wave)::HUGEINT)
FROM {lakehouse.LEDGER}.moves
"""


def measure(sizes: Sequence[int]) -> Section:
    """Bare and ours in turn, each in a process and on a copy of its own; medians where there are three."""
    rows: list[Row] = []
    rates: dict[int, float] = {}
    events: list[int] = []
    for size in sizes:
        with _lakehouse(size) as base:
            pairs = [(_run("bare", base), _run("ours", base)) for _ in range(3 if size == JUDGED_FROM else 1)]
        assert len({run["check"] for pair in pairs for run in pair}) == 1, "the two ledgers differ"
        rows += _rows(size, pairs)
        rates[size] = size / statistics.median(ours["worked"] for _, ours in pairs)
        events.append(max(ours["events"] for _, ours in pairs))
    if len(sizes) > 1:
        growth = max(events) - events[0]
        rows.append(Row("events more with more members", str(max(growth, 0)), "0", growth <= 0))
    notes = [f"DuckDB may use {MEMORY} in both; every pair of runs left the same ledger."]
    return Section("engine", "Engine: the reference journey against its own statements", rows, notes, rates)


def ours_rate(size: int) -> float:
    """Members per second of one run of ours."""
    with _lakehouse(size) as base:
        return size / float(_run("ours", base)["worked"])


def _rows(size: int, pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[Row]:
    bare = statistics.median(pair[0]["seconds"] for pair in pairs)
    ours = statistics.median(pair[1]["worked"] for pair in pairs)
    ratios = ", ".join(f"{mine['worked'] / limit['seconds']:.2f}" for limit, mine in pairs)
    judged = size >= JUDGED_FROM
    last = pairs[-1][1]
    memory, events = max(pair[1]["peak"] for pair in pairs), max(pair[1]["events"] for pair in pairs)
    cpus = {name: statistics.median(pair[1][name] for pair in pairs) for name in ("cpu", "server_cpu")}
    limit_cpu = statistics.median(pair[0]["cpu"] for pair in pairs)
    who = f"{size:,} members: "
    return [
        Row(f"{who}statements run bare", f"{bare:.2f} s"),
        Row(f"{who}the whole journey", f"{ours:.2f} s = {size / ours:,.0f} members/s"),
        Row(
            f"{who}journey / bare",
            f"{ours / bare:.2f} (runs: {ratios})",
            f"≤ {MOST_RATIO}",
            ours / bare <= MOST_RATIO if judged else None,
        ),
        Row(f"{who}history", f"{events} events, {last['bytes']:,} bytes", f"≤ {MOST_EVENTS}", events <= MOST_EVENTS),
        Row(f"{who}peak memory of the worker", f"{memory / 2**30:.2f} GiB", "≤ 4 GiB", memory <= MOST_MEMORY),
        Row(f"{who}peak memory of the Temporal server", f"{last['server_peak'] / 2**20:.0f} MiB"),
        Row(
            f"{who}CPU of worker and Temporal server",
            f"{cpus['cpu']:.2f} s and {cpus['server_cpu']:.2f} s (bare: {limit_cpu:.2f} s)",
        ),
    ]


@contextmanager
def _lakehouse(size: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        base = Path(folder) / "base.duckdb"
        child.run("benchmarks.engine:prepare", path=str(base), size=size)
        yield base


def _run(what: str, base: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        copy = Path(folder) / "lakehouse.duckdb"
        shutil.copyfile(base, copy)
        return child.run(f"benchmarks.engine:{what}", path=str(copy))


async def prepare(path: str, size: int) -> dict[str, Any]:
    """Writes the lakehouse that every run copies."""
    await lakehouse.make(Path(path), size, memory="4GB")
    return {}


async def bare(path: str) -> dict[str, Any]:
    """The plan's writing statements in the order of the waves, through a plain connection, each on its own."""
    engine = DuckDB(path, memory=MEMORY)
    plan = await lakehouse.plan_of(engine, reference(), JOURNEY)
    await engine.close()
    settings: dict[str, Any] = {"memory_limit": MEMORY, "preserve_insertion_order": "false"}
    with duckdb.connect(path, config=settings) as connection:
        before, began = own_cpu(), time.perf_counter()
        for statement, values in _in_waves(plan):
            connection.execute(statement.sql, statement.bind(values)).fetchall()
        seconds, used = time.perf_counter() - began, own_cpu() - before
        return {"seconds": seconds, "cpu": used, "peak": own_peak(), "check": _checked(connection)}


def _in_waves(plan: Plan) -> Iterator[tuple[Statement, dict[str, Any]]]:
    """A wait ends a wave: whoever waited is due in the next one."""
    wave, as_of = 1, datetime.now(UTC).replace(tzinfo=None)
    for step in plan.steps:
        if step.wait is not None:
            wave, as_of = wave + 1, as_of + step.wait + timedelta(milliseconds=1)
        for statement in step.writes:
            yield statement, {"as_of": as_of, "wave": wave, "since_version": 1}


async def ours(path: str) -> dict[str, Any]:
    """The journey as its owner runs it; the worker is warm, as a worker is that has run any journey before."""
    async with house(Path(path).parent, Path(path), memory=MEMORY) as running:
        await (await running.start(for_nobody(reference()), "warm_up")).result()
        before, server_before = own_cpu(), cpu(running.server_pid)
        handle = await running.start(reference(), JOURNEY)
        await handle.result()
        used, server_used = own_cpu() - before, cpu(running.server_pid) - server_before
        told, most = await history(handle), own_peak()
        with running.engine.cursor() as cursor:
            checked = _checked(cursor)
        return {
            "worked": told.worked,
            "slept": told.slept,
            "events": told.events,
            "bytes": told.size,
            "peak": most,
            "server_peak": peak(running.server_pid),
            "cpu": used,
            "server_cpu": server_used,
            "check": checked,
        }


def _checked(connection: duckdb.DuckDBPyConnection) -> str:
    """Who went where, as one number: the same for the same ledger, whatever the clock said."""
    return str(connection.execute(_CHECK).fetchone())
