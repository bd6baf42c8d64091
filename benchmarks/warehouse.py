"""Warehouse: members streamed out of a SQL warehouse, against what its own connector does with the same statement."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from statistics import median
from typing import Any

import httpx2

from benchmarks import child
from benchmarks.report import Row, Section
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.databricks import Databricks
from sojourn.warehouse.server import Warehouse
from workers.telemetry import free_port

SIZES, QUICK_SIZES = (1_000_000,), (50_000,)
RUNS = 5
LEAST, JUDGED_FROM = 0.8, 1_000_000
PART = 100_000
"""Rows that the connector is asked for at a time: as many as the warehouse sends at a time."""
_MAKE = (
    "CREATE SCHEMA bench",
    "CREATE TABLE bench.members AS SELECT r.id AS customer_id, CONCAT('customer.', r.id, '@example.com') AS email "
    "FROM range({size}) AS r(id)",
)
_QUERY = Statement(sql="SELECT m.customer_id, m.email FROM bench.members AS m")


def measure(sizes: Sequence[int]) -> Section:
    """Both take turns; each pair is a ratio."""
    rows: list[Row] = []
    for size in sizes:
        with _warehouse() as url:
            pairs = asyncio.run(_pairs(url, size))
        ours, theirs = (median(each) for each in zip(*pairs, strict=True))
        ratios = ", ".join(f"{b / a:.2f}" for a, b in pairs)
        ratio, who = median(b / a for a, b in pairs), f"{size:,} members: "
        rows += [
            Row(f"{who}the connector alone, as Arrow", f"{theirs:.2f} s = {size / theirs:,.0f} members/s"),
            Row(f"{who}ours, as rows", f"{ours:.2f} s = {size / ours:,.0f} members/s"),
            Row(
                f"{who}ours / the connector's speed",
                f"{ratio:.2f} (runs: {ratios})",
                f"≥ {LEAST}",
                ratio >= LEAST if size >= JUDGED_FROM else None,
            ),
        ]
    return Section("warehouse", "Warehouse: members streamed out of it, with two columns", rows)


async def _pairs(url: str, size: int) -> list[tuple[float, float]]:
    """(seconds of ours, of the connector) for each run, after one that warms up."""
    engine = Databricks.open({"host": url, "http_path": Warehouse.path, "token": "warehouse"})
    await engine.write([Statement(sql=each.format(size=size)) for each in _MAKE])
    found = []
    for _ in range(RUNS + 1):
        # In a process of its own: nothing that the engine does to the connector helps it there.
        theirs = await asyncio.to_thread(child.run, "benchmarks.warehouse:alone", url=url, size=size)
        found.append((await _ours(engine, size), theirs["seconds"]))
    await engine.close()
    return found[1:]


async def _ours(engine: Databricks, size: int) -> float:
    began, count = time.perf_counter(), 0
    async for part in engine.stream(_QUERY):
        count += len(part)
    assert count == size
    return time.perf_counter() - began


async def alone(url: str, size: int) -> dict[str, Any]:
    """The connector by itself, after once that warms up."""
    for _ in range(2):
        seconds = _theirs(url, size)
    return {"seconds": seconds}


def _theirs(url: str, size: int) -> float:
    from databricks import sql

    options: dict[str, Any] = {"_connection_uri": f"{url}{Warehouse.path}", "enable_telemetry": False}
    with sql.connect("localhost", Warehouse.path, "warehouse", use_cloud_fetch=False, **options) as connection:
        began, count = time.perf_counter(), 0
        with connection.cursor() as cursor:
            cursor.execute(_QUERY.sql)
            while (part := cursor.fetchmany_arrow(PART)).num_rows:
                count += part.num_rows
        assert count == size
        return time.perf_counter() - began


@contextmanager
def _warehouse() -> Iterator[str]:
    """The address of a warehouse over DuckDB, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "sojourn.cli", "warehouse", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(httpx2.HTTPError):
                httpx2.get(f"{url}/health", trust_env=False)
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)
