"""Batches under a key: what is in doubt goes again exactly as it was, or is held; poison is found by halving."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.errors import ChannelAway, NoAnswer
from tests.execution.desk import AWAY, NOW, Desk, KeyedBatch, address, desk, people
from tests.world import SCHEMA, Letter, World, build

LOST = NoAnswer("the answer was lost")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    await people(made, range(1, 8))
    yield made
    await made.engine.close()


async def in_doubt(world: World) -> tuple[Desk, KeyedBatch, list[int]]:
    """The first of three batches was taken, the second, too, but its answer got lost: its members."""
    channel = KeyedBatch()
    channel.troubles = [None, LOST]
    here = await desk(world, channel)
    with pytest.raises(NoAnswer):
        await here.attempt()
    return here, channel, sorted(here.keys, key=lambda member: here.keys[member])[3:6]


async def test_what_is_in_doubt_goes_again_as_it_was_whatever_comes_in_between(world: World) -> None:
    here, channel, _ = await in_doubt(world)
    channel.troubles = [AWAY]  # said of the second try: it tells nothing of the first
    with pytest.raises(ChannelAway):
        await here.attempt()
    await here.attempt()
    assert await here.outcomes() == {"accepted": list(range(1, 8))}
    assert Counter(here.sent) == dict.fromkeys(map(address, range(1, 8)), 1)
    assert len(channel.known) == 3


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=25)])
async def test_what_cannot_go_again_as_it_was_is_held(world: World, later: timedelta) -> None:
    here, _, members = await in_doubt(world)
    if later:  # the provider has forgotten the key
        here.now = NOW + later
    else:
        await world.run(f"INSERT INTO shop.consents VALUES ({members[1]}, 'email', FALSE)")
    await here.attempt()
    outcomes = await here.outcomes()
    assert outcomes["unknown/in_doubt"] == sorted(members)
    assert len(outcomes["accepted"]) == 4
    assert max(Counter(here.sent).values()) == 1


async def test_poison_is_found_and_costs_nobody_else_the_message(world: World) -> None:
    channel = KeyedBatch()
    channel.refused = {address(2), address(6)}
    here = await desk(world, channel)
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 3, 4, 5, 7], "rejected/poison": [2, 6]}


async def test_whoever_is_in_doubt_when_time_is_up_is_unknown(world: World) -> None:
    here, channel, members = await in_doubt(world)
    channel.troubles = [AWAY]
    with pytest.raises(ChannelAway):
        await here.attempt(give_up=True)
    assert (await here.outcomes())["unknown/no_answer"] == sorted(members)


async def test_a_channel_that_contacts_nobody_asks_for_no_consent_and_no_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = replace(KeyedBatch.capabilities, consent=None, contacts=())
    monkeypatch.setattr(Letter, "capabilities", post)  # the class that the plan is made for
    monkeypatch.setattr(KeyedBatch, "capabilities", post)
    await world.run("DELETE FROM shop.consents")
    await world.run("UPDATE shop.customers SET email = NULL WHERE customer_id = 2")
    await world.run(f"INSERT INTO {SCHEMA}.suppressions VALUES (3, '*', TRUE, 'asked', TIMESTAMP '2026-01-01')")
    channel = KeyedBatch("line")
    here = await desk(world, channel)
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 4, 5, 6, 7], "suppressed/suppressed": [3]}
    assert here.sent == [f"Hello P{member}" for member in (1, 2, 4, 5, 6, 7)]
