"""A simulation counts what a run would do, from where everybody is, and leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from orchestrator.audience.rules import Rule
from orchestrator.errors import Invalid
from orchestrator.execution.report import Report, read_report
from orchestrator.execution.simulate import simulate
from orchestrator.execution.simulation import Simulation
from orchestrator.journey.document import Journey
from tests.world import SCHEMA, Driver, World, build

SCENARIOS = Path(__file__).parent.parent / "scenarios"
START = datetime(2026, 3, 2, 9)
DAY = timedelta(days=1)


async def staged(name: str) -> tuple[World, Journey]:
    scenario: dict[str, Any] = yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8"))
    world = await build(contact_policy=scenario.get("contact_policy", {}))
    for statement in scenario["ticks"][0].get("sql", []):
        await world.run(statement)
    for table, rows in scenario["rows"].items():
        await world.insert(table, rows)
    world.audiences.update(TypeAdapter(dict[str, Rule]).validate_python(scenario.get("audiences", {})))
    return world, Journey.model_validate({"name": name, **scenario["journey"]})


async def simulated(world: World, journey: Journey, begin: datetime, days: int, *, past: bool = False) -> Simulation:
    at = begin.replace(tzinfo=UTC)
    return await simulate(world.engine, SCHEMA, "j", journey, world.known, at, days, past=past)


async def reported(driver: Driver) -> Report:
    class Run:
        status, versions, wave, as_of, next_due_at, due, trouble = "live", [1], 0, None, None, {}, ""

    return await read_report(driver.world.engine, driver.plan, SCHEMA, Run())


async def run_until(driver: Driver, end: datetime) -> None:
    while (due := driver.waves.next_due_at) is not None and due <= end:
        await driver.tick(due)


async def content(world: World) -> list[Any]:
    tables = sorted(await world.engine.tables())
    return [tables, [await world.run(f"SELECT * FROM {each} ORDER BY ALL") for each in tables]]


DAYS = {"bread_and_soda": 30, "splits_and_merges": 30, "two_entries": 30, "not_done": 30, "entry_weekly": 7}
DAYS |= {
    "quiet_hours": 2,
    "contact_policy": 4,
    "goal": 2,
    "exit_rules": 1,
    "end_date": 3,
    "wait_window": 2,
    "wait_for": 1,
}


@pytest.mark.parametrize(("name", "days"), DAYS.items())
async def test_it_counts_what_the_run_then_does(name: str, days: int) -> None:
    world, journey = await staged(name)
    before = await content(world)
    found = await simulated(world, journey, START, days)
    assert await content(world) == before
    driver = Driver(world, world.plan(journey))
    await driver.tick(START)
    await run_until(driver, START + days * DAY)
    real = await reported(driver)
    assert (found.entered, found.ended, found.inside) == (real.entered, real.ended, real.inside)
    assert {**dict.fromkeys(real.edges, 0), **found.edges} == real.edges
    assert found.nodes == real.nodes
    assert found.endings == real.endings
    assert found.refused == real.refused
    assert sum(each.count for each in found.sent) == sum(
        node.outcomes.get("accepted", 0) for node in real.nodes.values()
    )


async def test_it_goes_on_from_where_everybody_is() -> None:
    world, journey = await staged("bread_and_soda")
    driver = Driver(world, world.plan(journey))
    await driver.tick(START)
    half = await reported(driver)
    before = await content(world)
    found = await simulated(world, journey, START + DAY, 30)
    assert await content(world) == before
    await run_until(driver, START + 31 * DAY)
    real = await reported(driver)
    assert (found.inside_before, found.entered) == (half.inside, 0)
    assert found.ended == real.ended - half.ended == 5
    assert found.nodes["two_days"].left == real.nodes["two_days"].left == 5
    assert found.sent == []


async def test_days_are_the_workspaces_and_always_on_entries_are_looked_up_sixty_times() -> None:
    world, journey = await staged("always_on")
    found = await simulated(world, journey, START, 60)
    assert (found.looked_every, found.entered, found.ended) == (DAY, 1, 1)
    assert found.costs[0].statements == found.statements - sum(each.statements for each in found.costs[1:])
    offer, journey = await staged("bread_and_soda")
    late = datetime(2026, 3, 2, 23, 30)
    sent = (await simulated(offer, journey, late, 1)).sent
    assert [(each.day.isoformat(), each.node_id, each.count) for each in sent] == [("2026-03-02", "offer", 2)]
    sources = offer.lakehouse.sources.model_copy(update={"time_zone": "Europe/Berlin"})
    offer.lakehouse = offer.lakehouse.model_copy(update={"sources": sources})
    assert (await simulated(offer, journey, late, 1)).sent[0].day.isoformat() == "2026-03-03"


async def test_the_past_is_played_with_what_was_known_then() -> None:
    world, journey = await staged("bread_and_soda")
    await world.insert("purchases", [{"customer_id": 1, "category": "bread", "purchased_at": START - 9 * DAY}])
    driver = Driver(world, world.plan(journey))
    await driver.tick(START)
    found = await simulated(world, journey, START - 10 * DAY, 10, past=True)
    assert (found.inside_before, found.entered) == (0, driver_count(await driver.here()))
    assert {each.reason: each.count for each in found.endings}["exit:converted"] == 1


async def test_events_of_the_past_bring_in_whom_they_would_have_brought_in() -> None:
    world, journey = await staged("event_entry")
    bought = {"customer_id": 2, "category": "cart"}
    days = [("x", 30), ("y", 9), ("y", 9), ("z", 2), (None, 2)]
    await world.insert("purchases", [{**bought, "cart": cart, "purchased_at": START - n * DAY} for cart, n in days])
    found = await simulated(world, journey, START - 10 * DAY, 10, past=True)
    assert (found.entered, found.refused) == (2, {"no_key": 1})
    assert [each.count for each in found.endings] == [2]


async def test_what_other_systems_post_is_not_foreseen_and_the_simulation_says_so() -> None:
    world, journey = await staged("api_entry")
    found = await simulated(world, journey, START, 2)
    entries = [each.id for each in journey.nodes if each.type == "api_entry"]
    assert (found.unforeseen, found.entered) == (entries, 0)
    assert entries


def driver_count(here: dict[str, list[int]]) -> int:
    return sum(map(len, here.values()))


async def test_a_drawing_with_problems_is_not_simulated_and_nothing_stays() -> None:
    world, journey = await staged("bread_and_soda")
    before = await content(world)
    broken = journey.model_copy(update={"edges": journey.edges[1:]})
    with pytest.raises(Invalid):
        await simulated(world, broken, START, 5)
    assert await content(world) == before
