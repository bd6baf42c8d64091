"""The workflow of a journey is lost again and again, and the ledger is the same as if nothing had happened."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.execution.protocol import StartJourney
from orchestrator.execution.recovery import Published, rebuild
from orchestrator.execution.versions import Versions
from orchestrator.journey.document import Journey
from orchestrator.store.records import RunRecord
from tests.execution.test_compile import people
from tests.execution.test_versions import DONE, HOUR, HOURLY, NOW, ONCE, Journeys, drawn, letter
from tests.world import SCHEMA, World, build, naive

LEDGER = (
    "SELECT member_id, visit_no, version, from_node, port, to_node, ended, reason, moved_at FROM {}.moves ORDER BY ALL",
    "SELECT member_id, visit_no, node_id, wave > 0, outcome, reason, settled_at FROM {}.deliveries ORDER BY ALL",
    "SELECT member_id, visit_no, version, entry_node, entered_at FROM {}.visits ORDER BY ALL",
)


@pytest.fixture
async def worlds() -> AsyncIterator[tuple[World, World]]:
    both = await build(), await build()
    yield both
    for each in both:
        await each.engine.close()


def offer(line: str, wait: str, **entries: Any) -> Journey:
    """entries → message → wait → message → exit."""
    nodes = {"tell": letter(line), "rest": ("wait", {"duration": wait}), "ask": letter("How was it?"), "done": DONE}
    lines = ["tell done rest", "rest next ask", "ask done done"]
    return drawn({**entries, **nodes}, *(f"{entry} next tell" for entry in entries), *lines)


async def lose(journey: Journeys, now: datetime) -> StartJourney:
    """Forgets what the workflow knew, and asks the ledger."""
    published = [Published(plan, plan.hash) for plan in journey.plans.values()]
    newest, began = published[-1], NOW.replace(tzinfo=UTC)
    run = RunRecord("j", newest.plan.version, newest.plan_hash, "live", 0, None, None, "", began, None, journey.numbers)
    start = await rebuild(journey.world.engine, SCHEMA, run, published, queue="q", now=now.replace(tzinfo=UTC))
    journey.versions = Versions(start)
    for each in journey.versions:  # these tests' clock is naive
        state = each.waves.state
        state.due = {node_id: naive(at) for node_id, at in state.due.items()}
    return start


async def story(world: World, *, lost: bool) -> Journeys:
    """Somebody every hour, a second version beside the first, a third in the place of both."""
    await people(world, range(1, 3))
    journey = Journeys.start(world, offer("Bread", "PT2H", hourly=HOURLY, first=ONCE), NOW)
    for hour in range(9):
        now = NOW + hour * HOUR
        if hour == 2:
            await journey.adopt(offer("Soda", "PT3H", hourly=HOURLY, first=ONCE), "pin", now)
        if hour == 4:
            await journey.adopt(offer("Both", "PT1H", hourly=HOURLY, first=ONCE), "move", now)
        if lost and hour:
            assert (await lose(journey, now)).deliveries == []
        await journey.tick(now)
        await people(world, range(3 + 2 * hour, 5 + 2 * hour))
    return journey


async def test_a_journey_that_is_lost_every_hour_leaves_the_same_ledger(worlds: tuple[World, World]) -> None:
    whole, again = await story(worlds[0], lost=False), await story(worlds[1], lost=True)
    assert (again.numbers, await again.here()) == (whole.numbers, await whole.here())
    assert sorted(again.channel.sent) == sorted(whole.channel.sent)
    for query in LEDGER:
        assert await worlds[1].run(query.format(SCHEMA)) == await worlds[0].run(query.format(SCHEMA))
    assert len(whole.channel.sent) > 20


@pytest.mark.parametrize("people_inside", ["pin", "move"])
async def test_a_delivery_under_way_goes_on_as_it_began(worlds: tuple[World, World], people_inside: Any) -> None:
    world, _ = worlds
    await people(world, range(1, 4))
    journey = Journeys.start(world, offer("Bread", "PT2H", first=ONCE), NOW)
    await journey.tick(NOW, sending=False)
    first = journey.versions.newest
    driver, values = journey.driver(first), {"as_of": NOW, "wave": 1, "since_version": 1}
    delivery = driver.plan.step("tell").delivery
    assert delivery is not None
    await world.engine.write(delivery.intend, values, marker=delivery.marker)
    await journey.adopt(offer("Soda", "PT2H", first=ONCE), people_inside, NOW)
    start = await lose(journey, NOW + HOUR)
    [found] = start.deliveries
    assert (found.node_id, found.wave, found.as_of) == ("tell", 1, NOW.replace(tzinfo=UTC))
    assert found.plan_hash == journey.plans[1].hash, "the one that began it"
    await journey.tick(NOW + HOUR)
    assert journey.channel.sent == [], "nothing is begun twice"
    await journey.send(driver, "tell", 1, NOW + HOUR)
    await journey.tick(NOW + HOUR)
    await journey.tick(NOW + 3 * HOUR)
    assert await journey.ended() == {"exit:completed": [1, 2, 3]}
    assert [line for _, line in journey.channel.sent] == ["Bread"] * 3 + ["How was it?"] * 3
