"""The inspection: tables as they are, counts that cost nothing twice, and what is wrong in plain words."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.inspection import Inspector, SourceTable
from orchestrator.lakehouse.model import Sources
from tests.lakehouse.test_model import changed
from tests.world import SOURCES, World, build


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    await made.insert("customers", [{"customer_id": i, "time_zone": "Europe/Berlin"} for i in (1, 2, 3)])
    await made.insert("propensities", [{"customer_id": 1, "bread": 0.5}])
    await made.insert("purchases", [{"customer_id": 1, "purchased_at": "2026-11-20 10:00:00"}])
    await made.insert("consents", [{"customer_id": 1, "purpose": "email", "granted": True}])
    yield made
    await made.engine.close()


async def inspected(world: World, sources: Sources = SOURCES, inspector: Inspector | None = None) -> dict[str, Any]:
    return {each.name: each for each in await (inspector or Inspector(world.engine)).inspect(sources)}


def texts(table: SourceTable) -> list[str]:
    return [each.text for each in table.problems]


async def test_tables_are_shown_as_they_are(world: World) -> None:
    await world.run("COMMENT ON TABLE shop.customers IS 'One row each'")
    await world.run("COMMENT ON COLUMN shop.customers.points IS 'Loyalty'")
    found = await inspected(world)
    assert list(found) == ["customers", "propensities", "purchases", "consent"]
    customers, purchases = found["customers"], found["purchases"]
    assert (customers.role, customers.comment, customers.rows, customers.key) == (
        "customers",
        "One row each",
        3,
        "customer_id",
    )
    columns = {each.name: each for each in customers.columns}
    assert {name: each.uses for name, each in columns.items() if each.uses} == {
        "customer_id": ["key"],
        "email": ["contact:email"],
        "phone": ["contact:phone"],
        "first_name": ["hidden"],
        "country": ["country"],
        "time_zone": ["time_zone"],
    }
    assert (columns["points"].type, columns["points"].kind, columns["points"].comment) == (
        "DOUBLE",
        "number",
        "Loyalty",
    )
    assert (purchases.rows, purchases.newest_at) == (1, datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert {each.name: each.uses for each in found["propensities"].columns}["soda"] == ["score"]
    assert [each.problems for each in found.values()] == [[], [], [], []]


async def test_what_is_odd_about_the_rows_is_told(world: World) -> None:
    await world.insert(
        "customers",
        [{"customer_id": 3, "time_zone": "Mars/Base"}, {"customer_id": None, "time_zone": "GMT+25"}],
    )
    await world.insert("propensities", [{"customer_id": 1, "bread": 0.1}])
    await world.run("DELETE FROM shop.consents")
    found = await inspected(world)
    assert texts(found["customers"]) == [
        "1 of 5 rows have no customer_id: they belong to nobody",
        "1 rows repeat the customer_id of another one, where there should be one for each",
        "2 customers have a time zone that does not exist; it counts as none",
    ]
    assert texts(found["propensities"]) == [
        "1 rows repeat the customer_id of another one, where there should be one for each"
    ]
    assert texts(found["consent"]) == ["it is empty"]
    assert {each.severity for table in found.values() for each in table.problems} == {"warning"}


async def test_what_the_model_names_wrongly_is_told_at_its_table_and_the_rest_is_shown(world: World) -> None:
    await world.run("CREATE VIEW shop.broken AS SELECT customer_id, CAST(category AS INT) AS n FROM shop.purchases")
    await world.run("UPDATE shop.purchases SET category = 'bread'")
    sources = Sources.model_validate(
        changed(
            customers={"time_zone": "is_active", "country": "land"},
            related__propensities={"table": "shop.propensity"},
            related__purchases={"happened_at": "category"},
            related__broken={"table": "shop.broken", "key": "n", "cardinality": "one"},
            consent={"granted": "purpose", "key": "purpose"},
        )
    )
    found = await inspected(world, sources)
    assert "customers: shop.customers has no column 'land'" in texts(found["customers"])
    assert "'is_active' is named as time_zone, and holds boolean" in texts(found["customers"])
    assert (found["propensities"].rows, texts(found["propensities"])) == (
        None,
        ["related.propensities: there is no table 'shop.propensity'"],
    )
    assert found["propensities"].problems[0].fix == "did you mean 'shop.propensities'?"
    assert texts(found["purchases"]) == ["'category' is named as happened_at, and holds text"]
    assert found["purchases"].newest_at is None
    assert "'purpose' holds text, the customers' key holds number: they may not match" in texts(found["consent"])
    assert found["broken"].view
    assert "it cannot be read: a value cannot be converted" in texts(found["broken"])[0]
    assert "bread" not in str(found["broken"]), "an error of the lakehouse may quote a value"


async def test_a_table_that_did_not_change_is_not_counted_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inspector, rows, counted = Inspector(world.engine), world.engine.rows, []

    async def noted(statement: Statement, *more: Any) -> Any:
        if "COUNT(" in statement.sql and "duckdb_triggers" not in statement.sql:
            counted.append(statement.sql)
        return await rows(statement, *more)

    monkeypatch.setattr(world.engine, "rows", noted)
    await inspected(world, inspector=inspector)
    assert len(counted) == 5, "one for each table, and one for the time zones"
    monkeypatch.setattr("orchestrator.lakehouse.inspection._FRESH_FOR", 0.0)
    await inspected(world, inspector=inspector)
    assert len(counted) == 5
    await world.insert("purchases", [{"customer_id": 2, "purchased_at": "2026-11-21 10:00:00"}])
    found = await inspected(world, inspector=inspector)
    assert (len(counted), found["purchases"].rows) == (6, 2)
