"""A chunk that is sent later than it was frozen: the night that has come meanwhile, and what others have sent."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.execution.desk import NOW, Desk, address, desk, people
from tests.world import SCHEMA, Letter, World, build

NIGHT: dict[str, Any] = {"start": "20:00", "end": "08:00"}
HOUR = timedelta(hours=1)
Open = Callable[..., Any]


@pytest.fixture
async def world() -> AsyncIterator[Open]:
    made: list[World] = []

    async def opened(**policy: Any) -> World:
        made.append(await build(contact_policy=policy))
        return made[-1]

    yield opened
    for each in made:
        await each.engine.close()


async def test_whoever_sleeps_by_then_stays_as_they_are_until_they_wake(world: Open) -> None:
    here = await _between_two_zones(await world(quiet_hours=NIGHT))
    here.now = NOW + 11.5 * HOUR  # 20:30, and 19:30 in Cape Verde
    chunk = await here.attempt()
    assert await here.outcomes() == {"accepted": [2]}
    assert chunk.asleep == {here.keys[1]: datetime.fromisoformat("2026-03-03T08:00")}
    assert (await here.driver.journal.entries(here.request)).keys() == {here.keys[2]}, "who sleeps is not claimed"
    here.now = NOW + 23 * HOUR
    assert (await here.attempt()).asleep == {}
    assert (here.sent, await here.outcomes()) == ([address(1), address(2)], {"accepted": [1, 2]})


async def test_whoever_sleeps_by_then_is_not_sent_to_when_the_policy_says_so(world: Open) -> None:
    here = await _between_two_zones(await world(quiet_hours={**NIGHT, "then": "drop"}))
    here.now = NOW + 11.5 * HOUR
    await here.attempt()
    assert await here.outcomes() == {"accepted": [2], "suppressed/quiet_hours": [1]}


async def test_a_night_that_begins_between_two_batches_is_kept(world: Open) -> None:
    class Slow(Letter):
        async def deliver(self, batch: Any, step: Any) -> Any:
            here.now += HOUR
            async for each in super().deliver(batch, step):
                yield each

    made = await world(quiet_hours=NIGHT)
    await people(made, range(1, 10))
    here = await desk(made, Slow())
    here.now = NOW + 10 * HOUR  # in an hour it is night; three are on their way at once
    await here.attempt()
    sent = len((await here.outcomes())["accepted"])
    assert 1 <= sent <= 3
    here.now = NOW + 23 * HOUR
    await here.attempt()
    assert len(here.sent) == 9


async def test_what_was_sent_meanwhile_counts_for_the_cap(world: Open) -> None:
    made = await world(caps=[{"most": 1, "within_days": 3}])
    await people(made, range(1, 5))
    here = await desk(made)
    here.now = NOW + 100 * HOUR
    sent = [(1, "accepted", here.now - HOUR), (2, "rejected", here.now - HOUR), (3, "accepted", NOW + HOUR)]
    for member, outcome, at in sent:
        values = {"m": member, "o": outcome, "at": at, "k": f"k{member}"}
        await made.run(
            f"INSERT INTO {SCHEMA}.intents (journey_id, node_id, wave, member_id, visit_no, delivery_key, planned_at, "
            "channel) VALUES ('other', 'n', 1, $m, 1, $k, $at, 'letter')",
            m=member, k=f"k{member}", at=at,
        )  # fmt: skip
        await made.run(
            f"INSERT INTO {SCHEMA}.deliveries (journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, "
            "outcome, settled_at) VALUES ('other', 'n', 1, $m, 1, $k, 'letter', $o, $at)",
            **values,
        )
    await here.attempt()
    found = {name: who for name, who in (await here.outcomes()).items() if not name.startswith("n:")}
    assert found == {"accepted": [2, 3, 4], "suppressed/frequency_cap": [1]}


async def _between_two_zones(world: World) -> Desk:
    """At nine in the morning, and at eight in Cape Verde."""
    await people(world, range(1, 2))
    await people(world, range(2, 3), time_zone="Atlantic/Cape_Verde")
    return await desk(world)
