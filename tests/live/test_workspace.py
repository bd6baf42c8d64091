"""What a first user with a workspace would run on day one: every scenario's meaning, exactness, cancelling, cost.

`make live`, with the settings of the workspace. It works in schemas of its own, which are gone afterwards, and
prints a report. It needs CREATE SCHEMA on the catalog, and nothing else.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.errors import UserError
from orchestrator.lakehouse.engine import Statement, Tables
from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.tags import tagged
from orchestrator.settings import Settings
from tests.execution.test_scenarios import FILES, play

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]
LEDGER, SHOP = f"sojourn_live_{uuid4().hex[:8]}", f"sojourn_live_shop_{uuid4().hex[:8]}"
PLACES = {"ledger": LEDGER, "shop": SHOP}
REPORT: list[tuple[str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    yield
    print("\n| what | how it went |\n|---|---|")
    for what, how in REPORT:
        print(f"| {what} | {how} |")


class Elsewhere(Databricks):
    """Keeps what tests call `shop` and `ledger` in schemas of its own: a workspace may have such already."""

    async def _patiently(self, sql: str, bound: Mapping[str, Any], writes: bool) -> Any:
        moved = re.sub(r"`?\b(shop|ledger)\b`?(?=\.|\s*$)", lambda found: f"`{PLACES[found[1]]}`", sql)
        return await super()._patiently(moved, bound, writes)

    async def tables(self) -> Tables:
        back = {place: name for name, place in PLACES.items()}
        parted = [(name.split(".", 1), columns) for name, columns in (await super().tables()).items()]
        return {f"{back.get(schema, schema)}.{table}": columns for (schema, table), columns in parted if schema in back}


@pytest.fixture
async def engine() -> AsyncIterator[Databricks]:
    opened = Elsewhere.open(Settings().engine_settings)
    with tagged(live="1"):
        yield opened
        for schema in (LEDGER, SHOP):
            await opened.write([Statement(sql=f"DROP SCHEMA IF EXISTS `{schema}` CASCADE")])
    await opened.close()


async def test_it_answers(engine: Databricks) -> None:
    began = time.monotonic()
    assert await engine.rows(Statement(sql="SELECT 1")) == [(1,)]
    first, began = time.monotonic() - began, time.monotonic()
    for _ in range(10):
        await engine.rows(Statement(sql="SELECT 1"))
    REPORT.append(("first answer", f"{first:.1f} s"))
    REPORT.append(("further answers", f"{(time.monotonic() - began) * 100:.0f} ms each"))


async def test_a_write_that_is_sent_three_times_is_there_once(engine: Databricks) -> None:
    await engine.write([
        Statement(sql=f"CREATE SCHEMA IF NOT EXISTS `{SHOP}`"),
        Statement(sql=f"CREATE TABLE `{SHOP}`.notes (id BIGINT, text STRING) CLUSTER BY (id)"),
    ])  # fmt: skip
    add = Statement(
        sql=f"MERGE INTO `{SHOP}`.notes AS t USING (SELECT :id AS id, :text AS text) AS s ON t.id = s.id "
        "WHEN NOT MATCHED THEN INSERT (id, text) VALUES (s.id, s.text)",
        runtime=("id", "text"),
    )
    before = await engine.table_version(f"{SHOP}.notes")
    await asyncio.gather(*(engine.write([add], {"id": 1, "text": "é \\ '"}) for _ in range(3)))
    assert await engine.rows(Statement(sql=f"SELECT * FROM `{SHOP}`.notes")) == [(1, "é \\ '")]
    assert await engine.table_version(f"{SHOP}.notes") != before
    REPORT.append(("three writers at once", "one row"))


async def test_a_cancelled_task_cancels_its_statement(engine: Databricks) -> None:
    forever = Statement(sql="SELECT COUNT(*) FROM range(10000000000) AS a CROSS JOIN range(10000000000) AS b")
    task = asyncio.create_task(engine.rows(forever))
    await asyncio.sleep(5)
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    REPORT.append(("a statement is cancelled", f"after {time.monotonic() - began:.1f} s"))


async def test_a_refused_statement_is_a_problem_of_the_user(engine: Databricks) -> None:
    with pytest.raises(UserError) as told:
        await engine.rows(Statement(sql="SELECT nobody FROM information_schema.tables"))
    REPORT.append(("an unknown column", told.value.text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_goes_as_written(file: Path, engine: Databricks) -> None:
    began = time.monotonic()
    await play(file, engine)
    REPORT.append((file.stem, f"as written, {time.monotonic() - began:.0f} s"))
