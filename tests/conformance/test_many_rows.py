"""Many rows go in few statements: by a file in a volume, or else part by part – and thrice is once."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from orchestrator.errors import LakehouseAway
from orchestrator.execution.inbox import Posted, compile_inbox, receive
from orchestrator.execution.statements import Statements
from orchestrator.lakehouse.databricks import large
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.engines.databricks import Databricks
from sojourn.warehouse.server import Warehouse
from tests.conformance.conftest import connected
from tests.conformance.test_ledger import Thrice
from tests.world import SCHEMA, build

VOLUME, MANY = "main.ledger.staging", 20_000
NOW = datetime(2026, 3, 2, 9)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 100_000)
    monkeypatch.setattr(large, "PART", 8_000)


def ran(warehouse: str) -> list[tuple[str, str]]:
    """(id, first word) of the newest statements that move rows."""
    found = httpx2.get(f"{warehouse}/statements", trust_env=False).json()["statements"]
    named = [(each["statement_id"], each["statement"]) for each in found]
    return [(name, text.split()[0]) for name, text in named if text[:4] in ("PUT ", "REMO") or "`inbox` AS t" in text]


async def posted(engine: Engine, warehouse: str) -> dict[str, int]:
    """How often which statement that moves rows was run for a post of many members; all of them are there once."""
    world = await build(engine)
    inbox = compile_inbox(Statements("j", 1, world.known, engine.dialect, SCHEMA), "desk", keyed=True)
    members = [Posted(number, f'o\'{number} "x" 李' if number % 2 else None) for number in range(MANY)]
    before = ran(warehouse)
    assert await receive(engine, inbox, "r1", members, NOW, NOW)
    rows = await world.run(
        f"SELECT COUNT(*), COUNT(DISTINCT member_id), COUNT(visit_key), MIN(visit_key) FROM {SCHEMA}.inbox"
    )
    assert rows == [(MANY, MANY, MANY // 2, 'o\'1 "x" 李')]
    moved = [word for name, word in ran(warehouse) if (name, word) not in before]
    return {word: moved.count(word) for word in moved}


async def test_many_rows_go_by_a_file(warehouse: Warehouse, databricks: Databricks) -> None:
    engine = connected(warehouse, volume=VOLUME)
    assert await posted(engine, warehouse.url) == {"PUT": 1, "MERGE": 1, "REMOVE": 1}
    await engine.close()
    assert files(warehouse) == []


async def test_without_a_volume_they_go_in_parts(warehouse: Warehouse, databricks: Databricks) -> None:
    assert await posted(databricks, warehouse.url) == {"MERGE": 3}


async def test_rows_by_a_file_count_once_whatever_is_lost(warehouse: Warehouse, databricks: Databricks) -> None:
    world = await build(connected(warehouse, volume=VOLUME))
    inbox = compile_inbox(Statements("j", 1, world.known, "databricks", SCHEMA), "desk", keyed=True)
    members = [Posted(number, None) for number in range(MANY)]
    thrice = Thrice(world.engine.workspace)  # type: ignore[attr-defined]
    warehouse.fail(drop_next=1, pattern="put *")
    assert await receive(thrice, inbox, "r1", members, NOW, NOW), "putting a file is repeated"
    await world.run(f"DELETE FROM {SCHEMA}.inbox")
    warehouse.fail(drop_next=1, pattern="merge*inbox*")
    with pytest.raises(LakehouseAway):
        await receive(thrice, inbox, "r2", members, NOW, NOW)
    assert await receive(thrice, inbox, "r2", members, NOW, NOW)
    assert await world.run(f"SELECT COUNT(*) FROM {SCHEMA}.inbox") == [(MANY,)]
    assert files(warehouse) == []
    await thrice.close()
    await world.engine.close()


async def test_what_a_dead_process_left_is_removed_a_day_later(warehouse: Warehouse, databricks: Databricks) -> None:
    home = folder(warehouse)
    home.mkdir(parents=True, exist_ok=True)
    old, young = (f"rows-{int(time.time() - age)}-{uuid4().hex}.parquet" for age in (2 * large.KEPT, 60))
    for name in (old, young, "mine.parquet"):
        (home / name).write_bytes(b"")
    engine = connected(warehouse, volume=VOLUME)
    await posted(engine, warehouse.url)
    await engine.close()
    assert files(warehouse) == ["mine.parquet", young]
    for name in files(warehouse):
        (home / name).unlink()


@pytest.mark.conformance
async def test_many_rows_go_by_a_file_into_delta(delta: Databricks, sail: str) -> None:
    engine = Thrice(delta.workspace.model_copy(update={"volume": VOLUME}))
    assert await posted(engine, sail) == {"PUT": 3, "MERGE": 3, "REMOVE": 3}
    await engine.close()


def folder(warehouse: Warehouse) -> Path:
    return warehouse.volumes.joinpath(*VOLUME.split("."))


def files(warehouse: Warehouse) -> list[str]:
    return sorted(each.name for each in folder(warehouse).glob("*"))


@pytest.fixture(autouse=True)
async def quiet(warehouse: Warehouse) -> AsyncIterator[None]:
    yield
    warehouse.fail()
