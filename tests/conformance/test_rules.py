"""Random rules over random rows: the same members on every engine, and as the reference says."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from orchestrator.audience import rules as r
from orchestrator.audience.predicate import Predicate
from orchestrator.lakehouse import sql
from sojourn.warehouse.server import Warehouse
from tests.audience.reference import holds
from tests.audience.test_predicate import AS_OF, event_rules, leaves, rows, trees, within
from tests.conformance.conftest import connected, empty
from tests.world import COLUMNS, World, build


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def world(warehouse: Warehouse, loop: asyncio.Runner) -> Iterator[World]:
    async def made() -> World:
        return await build(connected(warehouse))

    made_here = loop.run(made())
    yield made_here
    loop.run(made_here.engine.close())
    empty(warehouse)


async def fill(world: World, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Each table with one statement; rows travel as they do in a write-back."""
    for name in COLUMNS:
        await world.run(f"DELETE FROM shop.{name}")
        await world.insert_all(name, tables[name])


async def members(world: World, rule: r.Rule) -> list[int]:
    binder = sql.Binder()
    query = Predicate(world.lakehouse, {}, binder).members(rule)
    found = await world.engine.rows(sql.render(query, world.engine.dialect, binder), {"as_of": AS_OF})
    return sorted(row[0] for row in found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables=rows, rule=trees(leaves | event_rules(within)))
def test_an_audience_is_who_the_reference_says(
    world: World, loop: asyncio.Runner, tables: dict[str, Any], rule: r.Rule
) -> None:
    async def run() -> None:
        await fill(world, tables)
        complete = {
            name: [{**dict.fromkeys(column.split()[0] for column in COLUMNS[name].split(", ")), **row} for row in given]
            for name, given in tables.items()
        }
        wanted = [c["customer_id"] for c in complete["customers"] if holds(rule, c, complete, AS_OF)]
        assert await members(world, rule) == sorted(wanted)

    loop.run(run())
