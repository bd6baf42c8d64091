"""The ledger after a scenario: row for row the same on every engine, however often its statements are sent."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import LakehouseAway
from orchestrator.execution.ledger import CLUSTERED, KEYS, TABLES
from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.engines.duckdb import DuckDB
from sojourn.warehouse.server import Warehouse
from tests.execution.test_scenarios import FILES, play
from tests.world import SCHEMA, World

BUSY = [file for file in FILES if file.stem in ("bread_and_soda", "quiet_hours", "reentry_always")]
Ledger = dict[str, list[tuple[Any, ...]]]


class Thrice(Databricks):
    """Sends every write three times, as a network may."""

    async def _write(self, sql: str, bound: Mapping[str, Any]) -> None:
        for _ in range(3):
            await super()._write(sql, bound)


async def ledger(world: World) -> Ledger:
    return {
        name: sorted(await world.run(f"SELECT * FROM {SCHEMA}.{name}"), key=repr) for name in TABLES if name != "zones"
    }


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(each, id=each.stem, marks=() if each.stem == "bread_and_soda" else pytest.mark.conformance)
        for each in BUSY
    ],
)
async def test_the_ledger_is_the_same_when_every_write_is_sent_three_times(
    file: Path, duckdb: DuckDB, databricks: Databricks, warehouse: Warehouse
) -> None:
    wanted = await ledger((await play(file, duckdb)).world)
    thrice = Thrice(databricks.workspace)
    try:
        found = await ledger((await play(file, thrice)).world)
    finally:
        await thrice.close()
    assert found == wanted
    assert wanted["moves"]
    assert wanted["deliveries"] or file.stem == "reentry_always"


@pytest.mark.conformance
async def test_a_wave_that_was_interrupted_is_taken_up_where_it_was_left(
    duckdb: DuckDB, databricks: Databricks, warehouse: Warehouse
) -> None:
    """Many a write loses its reply after it was executed; whoever asked asks again, as an activity does."""
    file = BUSY[0]
    wanted = await ledger((await play(file, duckdb)).world)
    engine = Forgetful(databricks.workspace)
    engine.warehouse = warehouse
    try:
        found = await ledger((await play(file, engine)).world)
    finally:
        await engine.close()
    assert found == wanted
    assert engine.lost > 3


class Forgetful(Databricks):
    """A network that loses replies, below somebody who tries again."""

    warehouse: Warehouse
    lost = 0
    chance = random.Random(7)

    async def write(self, *args: Any, **more: Any) -> bool:
        while True:
            try:
                return await super().write(*args, **more)
            except LakehouseAway:
                self.lost += 1

    async def _write(self, sql: str, bound: Mapping[str, Any]) -> None:
        if self.chance.random() < 0.3:
            self.warehouse.fail(drop_next=1, pattern="merge*")
        await super()._write(sql, bound)


def test_every_table_has_a_key_of_its_own_columns() -> None:
    assert KEYS.keys() == TABLES.keys()
    for keys in (KEYS, CLUSTERED):
        for name, key in keys.items():
            columns = {column.split()[0] for column in TABLES[name].split(", ")}
            assert set(key) <= columns, name
