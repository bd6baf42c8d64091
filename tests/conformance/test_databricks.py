"""The Databricks engine through its connector: values, failures and what a person reads of them."""

import asyncio
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.audience import rules as r
from orchestrator.audience.predicate import Predicate
from orchestrator.audience.preview import preview
from orchestrator.errors import Invalid, LakehouseAway, UserError
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.engines.databricks import Databricks
from orchestrator.lakehouse.inspection import Inspector
from orchestrator.lakehouse.model import bind_sources
from orchestrator.lakehouse.sql import MOST_VALUES
from orchestrator.lakehouse.tags import tagged
from orchestrator.lakehouse.watched import Watched
from sojourn.warehouse.server import CLIENT, SECRET, Warehouse
from tests.collector import spans
from tests.conformance.conftest import connected
from tests.world import SOURCES, build

SELECT = Statement(sql="SELECT 42 AS answer")
FOREVER = Statement(sql="SELECT COUNT(*) FROM range(100000000) AS a CROSS JOIN range(100000000) AS b")


async def table(engine: Databricks) -> Statement:
    """A table, and what adds a row to it unless it is there."""
    await engine.write([
        Statement(sql="CREATE SCHEMA IF NOT EXISTS scratch"),
        Statement(sql="CREATE TABLE IF NOT EXISTS scratch.notes (id BIGINT, text STRING)"),
    ])  # fmt: skip
    return Statement(
        sql="MERGE INTO scratch.notes AS t USING (SELECT :id AS id, :text AS text) AS s ON t.id = s.id "
        "WHEN NOT MATCHED THEN INSERT (id, text) VALUES (s.id, s.text)",
        runtime=("id", "text"),
    )


async def count(engine: Databricks) -> int:
    [(found,)] = await engine.rows(Statement(sql="SELECT COUNT(*) FROM scratch.notes"))
    return int(found)


def ran(warehouse: Warehouse, text: str) -> int:
    return sum(text in each.statement for each in warehouse.history.statements())


async def test_values_travel_there_and_back(databricks: Databricks) -> None:
    values: dict[str, Any] = {
        "flag": True, "small": -7, "large": 2**53 + 1, "share": 0.1, "nothing": None,
        "text": "O'Brien \\ \"100%\" :x ? \n 李 😀", "at": datetime(2026, 3, 29, 2, 30, 0, 123456),
    }  # fmt: skip
    asked = ", ".join(f":{name} AS {name}" for name in values if name != "at")
    more = "CAST(:at AS TIMESTAMP_NTZ) AS at, CAST('2026-02-28' AS DATE) AS day, CAST('1.50' AS DECIMAL(9,2)) AS price"
    more += ", CAST('2026-01-01 12:00:00+02:00' AS TIMESTAMP) AS instant"
    [row] = await databricks.rows(Statement(sql=f"SELECT {asked}, {more}", runtime=tuple(values)), values)
    assert row[:6] == (True, -7, 2**53 + 1, 0.1, None, values["text"])
    assert row[6:] == (values["at"], date(2026, 2, 28), Decimal("1.50"), datetime(2026, 1, 1, 10))


async def test_a_large_result_comes_in_parts(databricks: Databricks) -> None:
    query = Statement(sql="SELECT range AS id, CAST(range AS STRING) AS text FROM range(250000) ORDER BY range")
    sizes, last = [], None
    async for part in databricks.stream(query, size=100_000):
        sizes.append(len(part))
        last = part[-1]
    assert (sizes, last) == ([100_000, 100_000, 50_000], (249_999, "249999"))


async def test_what_there_is_and_how_it_is_called(databricks: Databricks) -> None:
    note = await table(databricks)
    assert (await databricks.tables())["scratch.notes"] == {"id": "number", "text": "text"}
    before = await databricks.table_version("scratch.notes")
    assert await databricks.table_version("scratch.notes") == before
    await databricks.write([note], {"id": 1, "text": "x"})
    assert await databricks.table_version("scratch.notes") != before
    await databricks.write([Statement(sql="CREATE VIEW scratch.seen AS SELECT * FROM scratch.notes")])
    described = (await databricks.describe())["scratch.seen"]
    assert described.is_view
    assert described.columns == {"id": ("bigint", None), "text": ("string", None)}
    assert await databricks.table_version("scratch.seen") != await databricks.table_version("scratch.seen")


async def test_columns_that_are_tagged_as_personal_are_not_shown(databricks: Databricks) -> None:
    purchases = SOURCES.related["purchases"].model_dump()
    world = await build(databricks, related={"purchases": {**purchases, "hidden": ["amount"]}})
    await world.insert_all("customers", [{"customer_id": 1, "country": "DE", "points": 7}])
    for column, tag, value in (
        ("country", "PII", "true"),
        ("points", "class.location", ""),
        ("is_active", "pii", "no"),
    ):
        text = f"ALTER TABLE shop.customers ALTER COLUMN {column} SET TAGS ('{tag}' = '{value}')"
        await databricks.write([Statement(sql=text)])
    tagged = await Watched(databricks).personal()
    assert tagged == {"shop.customers": {"country", "points"}}
    lakehouse = bind_sources(world.lakehouse.sources, world.lakehouse.tables, tagged)
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    shown = await preview(databricks, lakehouse, {}, r.All(of=()), as_of=at, sample=5)
    assert shown.sample is not None
    assert not {"country", "points", "email"} & set(shown.sample.columns)
    assert "is_active" in shown.sample.columns
    with pytest.raises(Invalid, match="is personal"):
        await preview(databricks, lakehouse, {}, r.All(of=()), as_of=at, breakdown="country")
    assert lakehouse.personal_columns("shop.purchases") == {"amount"}
    [customers, *related] = await Inspector(databricks).inspect(lakehouse.sources)
    uses = {each.name: each.uses for each in customers.columns}
    assert (uses["country"], uses["email"]) == (["country", "hidden"], ["contact:email"])
    assert {each.name: each.uses for each in related[0].columns}["amount"] == ["hidden"]


async def test_a_statement_says_what_it_is_for(databricks: Databricks, warehouse: Warehouse) -> None:
    watched = Watched(databricks)
    with tagged(journey="bread:and,soda", version=2), spans() as kept:
        await watched.rows(Statement(sql="SELECT 'tagged'"))
    [found] = [each for each in warehouse.history.statements() if each.statement == "SELECT 'tagged'"]
    assert found.tags == {"app": "sojourn", "journey": "bread:and,soda", "version": "2"}
    assert "sojourn/" in found.client
    assert (kept()[0].attributes or {})["sojourn.statement_ids"] == (found.statement_id,)


async def test_a_lost_reply_doubles_nothing(databricks: Databricks, warehouse: Warehouse) -> None:
    note = await table(databricks)
    warehouse.fail(drop_next=1, pattern="merge into scratch*")
    before = ran(warehouse, "MERGE INTO scratch")
    with pytest.raises(LakehouseAway, match="did not answer"):
        await databricks.write([note], {"id": 1, "text": "x"})
    assert ran(warehouse, "MERGE INTO scratch") == before + 1, "nobody but whoever asked may send it again"
    await databricks.write([note], {"id": 1, "text": "x"})
    assert await count(databricks) == 1
    warehouse.fail(drop_next=1, pattern="select 42*")
    assert await databricks.rows(SELECT) == [(42,)], "what only reads is asked again"


@pytest.mark.parametrize(("status", "retry_after"), [(429, 0.1), (503, None)])
async def test_a_busy_warehouse_is_waited_for(
    databricks: Databricks, warehouse: Warehouse, status: int, retry_after: float | None
) -> None:
    note = await table(databricks)
    warehouse.fail(refuse_next=3, status=status, retry_after=retry_after)
    await databricks.write([note], {"id": 1, "text": "x"})
    assert await count(databricks) == 1


async def test_a_warehouse_that_starts_is_waited_for(databricks: Databricks, warehouse: Warehouse) -> None:
    warehouse.fail(start_seconds=1)
    assert await databricks.rows(SELECT) == [(42,)]


async def test_who_is_not_patient_is_told_why(warehouse: Warehouse) -> None:
    engine = connected(warehouse, patience_seconds=0)
    try:
        for faults, said in (
            ({"refuse_next": 9, "status": 429}, "has too much to do"),
            ({"start_seconds": 60}, "is starting, or not there"),
        ):
            warehouse.fail(**faults)
            with pytest.raises(LakehouseAway, match=said):
                await engine.rows(SELECT)
    finally:
        warehouse.fail()
        await engine.close()


async def test_a_session_that_has_ended_is_replaced(databricks: Databricks, warehouse: Warehouse) -> None:
    note = await table(databricks)
    warehouse.fail(expire_next=1)
    await databricks.write([note], {"id": 1, "text": "x"})
    await asyncio.gather(*(databricks.rows(SELECT) for _ in range(4)))
    warehouse.fail(expire_next=4)  # a warehouse that was stopped forgets all of them
    assert await count(databricks) == 1


async def test_a_loser_against_another_writer_tries_again(databricks: Databricks, warehouse: Warehouse) -> None:
    note = await table(databricks)
    warehouse.fail(conflict_next=2)
    await databricks.write([note], {"id": 1, "text": "x"})
    assert await count(databricks) == 1


async def test_an_answer_that_does_not_come_is_not_waited_for_forever(warehouse: Warehouse) -> None:
    engine = connected(warehouse, answer_seconds=1)
    try:
        note = await table(engine)
        warehouse.fail(stall_next=1, stall_seconds=3, pattern="merge*")
        with pytest.raises(LakehouseAway, match="did not answer"):
            await engine.write([note], {"id": 1, "text": "x"})
        await engine.write([note], {"id": 1, "text": "x"})
        assert await count(engine) == 1
    finally:
        warehouse.fail()
        await engine.close()


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"token": "wrong"}, UserError, "refuses the sign-in.*Invalid access token.*SOJOURN_DATABRICKS"),
        ({"http_path": "/nowhere"}, UserError, "no such warehouse.*SOJOURN_DATABRICKS_HTTP_PATH"),
        ({"host": "http://127.0.0.1:9", "patience_seconds": 0}, LakehouseAway, "cannot be reached"),
        ({"host": "http://dbc.example.com"}, UserError, "unencrypted"),
        ({"token": ""}, UserError, "SOJOURN_DATABRICKS_TOKEN: it is needed"),
        ({"sign_in": "azure-m2m", "client_id": "c", "client_secret": "s"}, UserError, "TENANT_ID"),
        (
            {"sign_in": "oauth-m2m", "client_id": CLIENT, "client_secret": "wrong"},
            UserError,
            "service principal's secret",
        ),
    ],
)
async def test_a_wrong_setting_is_named(
    warehouse: Warehouse, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    async def ask() -> None:
        engine = connected(warehouse, **options)
        try:
            await engine.rows(SELECT)
        finally:
            await engine.close()

    with pytest.raises(error, match=said):
        await ask()


async def test_a_service_principal_signs_in(warehouse: Warehouse) -> None:
    before = len(warehouse.issued)
    options = {"token": "", "sign_in": "oauth-m2m", "client_id": CLIENT, "client_secret": SECRET}
    engine = connected(warehouse, **options)
    assert await asyncio.gather(*(engine.rows(SELECT) for _ in range(4))) == [[(42,)]] * 4
    await engine.close()
    assert len(warehouse.issued) == before + 1, "all connections share the token"


async def test_whoever_is_signed_in_asks_with_their_own_token(databricks: Databricks, warehouse: Warehouse) -> None:
    warehouse.issued.add("of anna")
    person = Watched(databricks).as_person("of anna")
    assert await person.rows(SELECT) == [(42,)]
    await person.close()
    nobody = Watched(databricks).as_person("ended")
    with pytest.raises(UserError, match="refuses the sign-in"):
        await nobody.rows(SELECT)
    await nobody.close()
    assert await databricks.rows(SELECT) == [(42,)], "Sojourn's own sign-in is another"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT nobody FROM scratch.notes", "nobody"),
        ("SELECT 1 FROM scratch.nothing", "nothing"),
        ("SELECT CAST('anna@example.com' AS INT) FROM scratch.notes", "a value cannot be converted"),
        ("SELEC 1", "is not understood"),
    ],
)
async def test_a_refused_statement_says_why_and_quotes_nobody(
    databricks: Databricks, statement: str, said: str
) -> None:
    await databricks.write([await table(databricks)], {"id": 1, "text": "x"})
    with pytest.raises(UserError, match=said) as told:
        await databricks.rows(Statement(sql=statement))
    assert "anna" not in str(told.value)


async def test_a_cancelled_task_cancels_its_statement(databricks: Databricks, warehouse: Warehouse) -> None:
    task = asyncio.create_task(databricks.rows(FOREVER))
    while not any(each.statement == FOREVER.sql for each in warehouse.operations.under_way()):
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [found] = [each for each in warehouse.history.statements() if each.statement == FOREVER.sql]
    assert found.status == "CANCELED"
    assert await databricks.rows(SELECT) == [(42,)]


async def test_a_statement_that_takes_too_long_is_ended(warehouse: Warehouse) -> None:
    engine = connected(warehouse, statement_seconds=1)
    began = time.monotonic()
    try:
        with pytest.raises(LakehouseAway, match=r"took longer than it may.*STATEMENT_SECONDS"):
            await engine.rows(FOREVER)
    finally:
        await engine.close()
    assert time.monotonic() - began < 60, "it would take years"


async def test_many_statements_at_once_share_few_connections(databricks: Databricks, warehouse: Warehouse) -> None:
    before = len(warehouse.service.sessions)
    found = await asyncio.gather(*(databricks.rows(SELECT) for _ in range(40)))
    assert found == [[(42,)]] * 40
    assert len(warehouse.service.sessions) - before <= databricks.workspace.connections


async def test_many_values_travel_as_one(databricks: Databricks) -> None:
    world = await build(databricks)
    await world.insert_all("customers", [{"customer_id": n, "country": f"c{n}"} for n in range(300)])
    listed = r.Any(
        of=tuple(r.OneOf(column="country", values=tuple(f"c{n}" for n in range(k, k + 90))) for k in (0, 90, 180))
    )
    binder = sql.Binder()
    query = sql.render(Predicate(world.lakehouse, {}, binder).members(listed), databricks.dialect, binder)
    assert len(json.loads(str(next(iter(query.parameters.values()))))) == 90
    assert len(await databricks.rows(query)) == 270
    ranges = [r.Number(column="points", op="between", value=n, to=n) for n in range(MOST_VALUES["databricks"] // 2 + 1)]
    single = r.Any(of=tuple(ranges))
    binder = sql.Binder()
    with pytest.raises(Invalid, match="258 values, and 256 are possible"):
        sql.render(Predicate(world.lakehouse, {}, binder).members(single), databricks.dialect, binder)
