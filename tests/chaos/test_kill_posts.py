"""kill -9 between a post, its place in the inbox and its wave: nobody is lost, and nobody comes in twice."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.execution.inbox import Posted
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engines.duckdb import DuckDB
from tests.world import SCHEMA, START, Driver, build

JOURNEY = Journey.model_validate(
    {
        "name": "Orders",
        "nodes": [
            {"id": "orders", "type": "api_entry", "data": {"keyed": True}},
            {"id": "day", "type": "wait", "data": {"duration": "P1D"}},
        ],
        "edges": [{"id": "e1", "source": "orders", "target": "day"}],
    }
)
MEMBERS = [Posted(number % 500, f"order {number}") for number in range(1000)]
POINTS = ("before", "inbox:after", "wave")
"""Where the first process dies: before it posts, with the request in the inbox, and after its wave was written."""


async def run(file: Path, dies: str = "") -> list[tuple[int, int]]:
    """A process that begins the journey, posts and runs the wave – unless it dies; what the ledger has then."""
    world = await build(DuckDB(file, memory="1GB"))
    if not await world.run("SELECT 1 FROM shop.customers LIMIT 1"):
        await world.run("INSERT INTO shop.customers (customer_id) SELECT i FROM range(500) AS r(i)")
    driver = Driver(world, world.plan(JOURNEY))
    if dies == "before":
        signal.raise_signal(signal.SIGKILL)
    await driver.post("orders", "r1", MEMBERS, START)
    if dies == "inbox:after":
        signal.raise_signal(signal.SIGKILL)
    await driver.advance("orders", 1, START)
    if dies == "wave":
        signal.raise_signal(signal.SIGKILL)
    await driver.advance("orders", 2, START)
    assert [each.text for each in await verify(world.engine, SCHEMA, Promised([driver.plan])) if each.violations] == []
    found = await world.run(f"SELECT member_id, visit_no FROM {SCHEMA}.visits ORDER BY ALL")
    await world.engine.close()
    return [(member, number) for member, number in found]


@pytest.mark.parametrize("point", POINTS)
async def test_a_post_survives_and_is_sent_again_without_harm(tmp_path: Path, point: str) -> None:
    file = tmp_path / "lakehouse.duckdb"
    code = (
        f"import asyncio, pathlib; from {__name__} import run; asyncio.run(run(pathlib.Path({str(file)!r}), {point!r}))"
    )
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert await run(file) == [(member, number) for member in range(500) for number in (1, 2)]
