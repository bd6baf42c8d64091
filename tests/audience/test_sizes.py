"""Many audiences counted at once: the same numbers as one by one, and one that cannot be counted harms no other."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from orchestrator.audience import sizes
from orchestrator.audience.preview import preview
from orchestrator.audience.rules import Rule
from orchestrator.lakehouse.engine import Facts, Statement
from tests.world import World, build

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
AS_OF = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    people = [{"customer_id": i, "country": "DE" if i % 3 else "BR", "points": float(i)} for i in range(1, 31)]
    await made.insert("customers", [*people, people[0], {"customer_id": None, "country": "DE"}])
    await made.insert("purchases", [{"customer_id": 4, "category": "bread", "purchased_at": "2026-11-23 10:00:00"}])
    yield made
    await made.engine.close()


def rules() -> dict[str, Rule]:
    raw: dict[str, Any] = {
        f"over-{n}": {"kind": "number", "column": "points", "op": ">", "value": n} for n in range(0, 30, 3)
    }
    raw["germans"] = {"kind": "text", "column": "country", "op": "is", "value": "DE"}
    raw["rich-germans"] = {
        "kind": "all",
        "of": [{"kind": "in_audience", "audience_id": "germans"}, {"kind": "in_audience", "audience_id": "over-15"}],
    }
    raw["buyers"] = {"kind": "events", "table": "purchases", "within": {"kind": "last_days", "days": 7}}
    raw["nobody"] = {"kind": "any", "of": []}
    raw["lost"] = {"kind": "number", "column": "no_such", "op": ">", "value": 1}
    return {audience_id: RULE.validate_python(rule) for audience_id, rule in raw.items()}


@pytest.mark.parametrize(("at_once", "parameters"), [(20, 1000), (3, 1000), (20, 2)])
async def test_numbers_are_those_of_the_preview(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int, parameters: int
) -> None:
    monkeypatch.setattr(sizes, "_AT_ONCE", at_once)
    monkeypatch.setattr(type(world.engine), "facts", Facts(max_parameters=parameters))
    audiences = rules()
    found, failed = await sizes.count_audiences(world.engine, world.lakehouse, audiences, as_of=AS_OF)
    assert failed.keys() == {"lost"}
    assert "no_such" in failed["lost"]
    assert found.keys() == audiences.keys() - {"lost"}
    for audience_id in found:
        one = await preview(world.engine, world.lakehouse, audiences, audiences[audience_id], as_of=AS_OF)
        assert found[audience_id] == (one.count, one.base), audience_id
    assert found["germans"] == (20, 30)
    assert (found["buyers"][0], found["nobody"][0]) == (1, 0)


async def test_one_that_the_lakehouse_refuses_harms_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, rows = [], world.engine.rows

    async def noted(statement: Statement, values: Any = None) -> Any:
        asked.append(statement.sql)
        return await rows(statement, values)

    monkeypatch.setattr(world.engine, "rows", noted)
    await world.run("ALTER TABLE shop.customers DROP COLUMN country")  # after the columns were looked up
    asked.clear()
    found, failed = await sizes.count_audiences(world.engine, world.lakehouse, rules(), as_of=AS_OF)
    assert failed.keys() == {"lost", "germans", "rich-germans"}
    assert len(found) == 12
    assert found["over-15"] == (15, 30)
    counted = [statement for statement in asked if "member_id" in statement]
    assert len(counted) == 15, "together once, then one by one"


async def test_everybody_is_counted_again_only_when_the_customer_table_has_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, rows = [], world.engine.rows

    async def noted(statement: Statement, values: Any = None) -> Any:
        asked.append(statement.sql)
        return await rows(statement, values)

    everybody = sizes.Everybody(world.engine)
    assert await everybody.count(world.lakehouse) == 30, "one is there twice, one has no key"
    monkeypatch.setattr(world.engine, "rows", noted)
    purchase = "INSERT INTO shop.purchases (customer_id, purchased_at) VALUES (4, '2026-11-23 10:00:00')"
    await world.engine.write([Statement(sql=purchase)])
    assert await everybody.count(world.lakehouse) == 30
    assert asked == []
    await world.engine.write([Statement(sql="INSERT INTO shop.customers (customer_id) VALUES (31)")])
    assert await everybody.count(world.lakehouse) == 31
