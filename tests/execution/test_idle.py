"""People who wait for something cost no statement while nothing that decides about them has changed."""

from datetime import datetime, timedelta

from orchestrator.journey.document import Journey
from tests.world import SCHEMA, AtOnce, Driver, build

NOW = datetime.fromisoformat("2026-03-02T09:00")
QUARTER = timedelta(minutes=15)


def over(column: str, value: float) -> dict[str, object]:
    return {"kind": "number", "column": column, "op": ">", "value": value}


def drawn(rule: dict[str, object]) -> Journey:
    nodes = [
        {
            "id": "audience",
            "type": "entry",
            "data": {"rule": {"kind": "all"}, "schedule": {"kind": "every", "minutes": 60}},
        },
        {"id": "hold", "type": "wait_for", "data": {"rule": rule, "timeout": "PT4H", "every": 15}},
    ]
    settings = {"exit_rules": [{"name": "rich", "rule": over("points", 100)}], "look_minutes": 15}
    edges = [{"id": "e1", "source": "audience", "target": "hold"}]
    return Journey.model_validate({"name": "waiting", "settings": settings, "nodes": nodes, "edges": edges})


async def _asked(driver: Driver, quarters: int) -> dict[str, int]:
    """How often each step was asked in all, after so many quarters of an hour; entries left out."""
    at = NOW + QUARTER * quarters
    await driver.tick(at)
    assert driver.waves.next_due_at is not None
    assert at < driver.waves.next_due_at <= at + QUARTER
    rows = await driver.world.run(
        f"SELECT node_id, count(*) FROM {SCHEMA}.waves WHERE node_id <> 'audience' GROUP BY 1"
    )
    return {{"*": "look"}.get(node_id, node_id): count for node_id, count in rows}


async def test_who_waits_is_asked_about_again_when_a_table_changes_somebody_comes_or_their_time_is_over() -> None:
    world = await build(AtOnce(memory="1GB"))
    await world.insert("customers", [{"customer_id": 1, "points": 1}, {"customer_id": 2, "points": 1}])
    driver = Driver(world, world.plan(drawn(over("points", 5))))
    assert await _asked(driver, 0) == {"hold": 1, "look": 1}
    assert [await _asked(driver, quarters) for quarters in range(1, 12)] == [{"hold": 1, "look": 1}] * 11
    await world.run("UPDATE shop.customers SET points = 9 WHERE customer_id = 1")
    assert await _asked(driver, 12) == {"hold": 2, "look": 2}
    assert (await driver.here(), await driver.ended()) == ({"hold": [2]}, {"end_of_path": [1]})
    assert await _asked(driver, 13) == {"hold": 2, "look": 3}, "somebody left after the last look"
    await world.insert("purchases", [{"customer_id": 2}])
    assert await _asked(driver, 14) == {"hold": 2, "look": 3}, "a table that no rule reads"
    await driver.tick(NOW + timedelta(hours=4))
    assert (await driver.here(), await driver.ended()) == ({}, {"end_of_path": [1, 2]}), "timed out to the minute"
    await world.insert("customers", [{"customer_id": 3, "points": 1}])
    assert await _asked(driver, 20) == {"hold": 4, "look": 4}
    assert await driver.here() == {"hold": [3]}
    await world.engine.close()


async def test_what_the_clock_decides_is_asked_every_time() -> None:
    world = await build(AtOnce(memory="1GB"))
    await world.insert("customers", [{"customer_id": 1, "points": 1}])
    ordered = {"kind": "events", "table": "purchases", "measure": "count", "within": {"kind": "since_entry"}}
    driver = Driver(world, world.plan(drawn({**ordered, "op": ">", "value": 0})))
    await _asked(driver, 0)
    await world.insert("purchases", [{"customer_id": 1, "purchased_at": NOW + QUARTER * 2.5}])
    assert [(await _asked(driver, quarters))["hold"] for quarters in (1, 2)] == [2, 3]
    await driver.tick(NOW + QUARTER * 3)
    assert await driver.ended() == {"end_of_path": [1]}, "a row that was dated ahead has happened"
    await world.engine.close()
