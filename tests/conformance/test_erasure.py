"""Who was erased is gone on every engine alike, however often its statements are sent."""

import pytest

from orchestrator.execution.inbox import Posted
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.engines.duckdb import DuckDB
from tests.conformance.test_ledger import Thrice
from tests.execution.desk import NOW
from tests.execution.test_erasure import NIGHT, Office, opened
from tests.world import SCHEMA, build


async def erased(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is left after somebody was erased, posted again, and forgotten in the night."""
    office: Office = await opened(await build(engine), monkeypatch)
    done = await office.erasure.erase(2, NOW)
    assert await office.rows_of(2) == []
    await office.driver.post("desk", "r2", [Posted(2, None)], NOW + NIGHT)
    await office.driver.tick(NOW + NIGHT)
    assert (await office.rows_of(2), await office.erasure.pending()) == ([], [2])
    assert await office.erasure.finish(2, NOW + NIGHT)
    tombstone = await office.world.run(f"SELECT member_id, pseudonym, asked_at, erased_at FROM {SCHEMA}.erasures")
    return [done, tombstone, await office.sums(), await office.broken(), await office.erasure.pending()]


async def test_who_was_erased_is_gone_when_every_write_is_sent_three_times(
    duckdb: DuckDB, databricks: Databricks, monkeypatch: pytest.MonkeyPatch
) -> None:
    thrice = Thrice(databricks.workspace)
    try:
        assert await erased(thrice, monkeypatch) == await erased(duckdb, monkeypatch)
    finally:
        await thrice.close()


@pytest.mark.conformance
async def test_who_was_erased_is_gone_on_delta(
    duckdb: DuckDB, delta: Databricks, monkeypatch: pytest.MonkeyPatch
) -> None:
    thrice = Thrice(delta.workspace)
    try:
        assert await erased(thrice, monkeypatch) == await erased(duckdb, monkeypatch)
    finally:
        await thrice.close()
