"""One chunk of a delivery: who is sent to, who is not and why, and what an earlier attempt left behind."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.channels.channel import Outcome, Result
from orchestrator.errors import ChannelAway, NoAnswer, OperationalError, UserError
from orchestrator.execution.delivery import CLAIMED, Gate
from tests.execution.desk import (
    AWAY,
    NOW,
    BatchLetter,
    KeyedLetter,
    SetLetter,
    address,
    desk,
    drawn,
    people,
    sent_again,
)
from tests.world import SCHEMA, Letter, World, build


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    yield made
    await made.engine.close()


async def test_a_claim_without_a_result_is_held_as_unknown(world: World) -> None:
    await people(world, range(1, 4))
    here = await desk(world)
    await here.left_behind({2: (CLAIMED, None, None)})
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 3], "unknown/in_doubt": [2]}
    assert here.sent == [address(1), address(3)]


@pytest.mark.parametrize("kind", [SetLetter, KeyedLetter])
async def test_a_claim_without_a_result_is_sent_again_where_that_changes_nothing(
    world: World, kind: type[Letter]
) -> None:
    await people(world, range(1, 4))
    here = await desk(world, kind())
    await here.left_behind({2: (CLAIMED, None, None)})
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 3]}
    assert here.sent == [address(1), address(2), address(3)]


async def test_what_is_in_doubt_is_sent_again_where_the_step_says_so(world: World) -> None:
    await people(world, range(1, 4))
    here = await desk(world, journey=sent_again())
    await here.left_behind({1: (CLAIMED, None, None)})
    here.channel.answers[address(2)] = None
    with pytest.raises(NoAnswer):
        await here.attempt()
    here.channel.answers.clear()
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 3]}
    assert here.sent == [address(1), address(2), address(2), address(3)]


async def test_a_provider_that_says_nothing_of_a_set_is_asked_again(world: World) -> None:
    await people(world, range(1, 3))
    here = await desk(world, SetLetter())
    here.channel.answers[address(2)] = None
    with pytest.raises(ChannelAway, match="no answer for 1"):
        await here.attempt()
    assert await here.outcomes() == {"accepted": [1]}
    here.channel.answers.clear()
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2]}


async def test_results_that_are_in_the_journal_only_are_written_back_without_sending(world: World) -> None:
    await people(world, range(1, 5))
    here = await desk(world)
    await here.left_behind({1: ("accepted", "ref-9", None), 2: ("rejected", None, "smtp_550")})
    await here.left_behind({3: ("unknown", None, "no_answer")})
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 4], "rejected/smtp_550": [2], "unknown/no_answer": [3]}
    assert here.sent == [address(4)]
    found = await world.run(f"SELECT reference FROM {SCHEMA}.deliveries WHERE member_id = 1")
    assert found == [("ref-9",)]
    await here.attempt()
    assert here.sent == [address(4)], "a chunk that is settled was sent again"


async def test_whoever_is_deferred_is_left_and_then_sent_to(world: World) -> None:
    await people(world, range(1, 4))
    here = await desk(world)
    here.channel.answers[address(2)] = Result(Outcome.DEFERRED, reason="smtp_451")
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 3]}
    here.channel.answers.clear()
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 3]}
    assert here.sent == [address(1), address(2), address(3)]


@pytest.mark.parametrize(("reason", "told"), [("smtp_451", "smtp_451"), (None, "gave_up")])
async def test_who_is_still_deferred_when_time_is_up_is_rejected(world: World, reason: str | None, told: str) -> None:
    await people(world, range(1, 3))
    here = await desk(world)
    here.channel.answers[address(2)] = Result(Outcome.DEFERRED, reason=reason)
    await here.attempt(give_up=True)
    assert await here.outcomes() == {"accepted": [1], f"rejected/{told}": [2]}


async def test_before_its_turn_comes_nothing_is_claimed_and_what_is_known_is_recorded(world: World) -> None:
    await people(world, range(1, 4))
    here = await desk(world)
    gate, turns = Gate(), []

    async def pace(count: int) -> None:
        turns.append((count, sorted(state for state, _, _ in here.driver.journal.pages.values())))
        gate.closed = len(turns) == 3

    await here.attempt(pace=pace, gate=gate)
    assert turns == [(1, []), (1, ["accepted"]), (1, ["accepted"] * 2)]
    assert here.sent == [address(1), address(2)]
    assert await here.outcomes() == {"accepted": [1, 2]}


async def test_a_provider_that_is_away_when_time_is_up_rejects_nobody_it_was_not_asked_about(world: World) -> None:
    await people(world, range(1, 10))
    here = await desk(world)
    here.channel.answers = {address(i): AWAY for i in range(1, 10)}
    for _ in range(10):
        with pytest.raises(ChannelAway):
            await here.attempt(give_up=True)
        if await here.outcomes() == {"rejected/channel_away": list(range(1, 10))}:
            break
    else:
        pytest.fail("not everybody was given up")
    await here.attempt(give_up=True)
    assert here.sent == []


async def test_a_provider_that_is_away_is_not_asked_about_the_others(world: World) -> None:
    await people(world, range(1, 31))
    here = await desk(world)
    here.channel.answers = {address(i): AWAY for i in range(1, 31)}
    with pytest.raises(ChannelAway):
        await here.attempt()
    assert 1 <= len(here.driver.journal.pages) <= here.channel.capabilities.lanes


@pytest.mark.parametrize("away", [AWAY, UserError("the password is refused")])
@pytest.mark.parametrize("kind", [Letter, BatchLetter, SetLetter])
async def test_a_provider_that_goes_away_mid_way_loses_nobody(
    world: World, kind: type[Letter], away: OperationalError
) -> None:
    await people(world, range(1, 13))
    here = await desk(world, kind())
    sixth = sorted(here.keys, key=lambda member: here.keys[member])[5]
    here.channel.answers[address(sixth)] = away
    with pytest.raises(type(away), match=away.text):
        await here.attempt()
    accepted = (await here.outcomes())["accepted"]
    assert 0 < len(accepted) < 12
    assert sorted(map(address, accepted)) == here.sent, "what was accepted was not written back"
    states = {state for state, _, _ in (await here.driver.journal.entries(here.request)).values()}
    assert CLAIMED not in states, "somebody stays claimed for ever"
    here.channel.answers.clear()
    await here.attempt()
    assert await here.outcomes() == {"accepted": list(range(1, 13))}
    assert here.sent == sorted(address(i) for i in range(1, 13))


async def test_a_closed_gate_sends_nothing_and_claims_nothing(world: World) -> None:
    await people(world, range(1, 4))
    here = await desk(world)
    await here.attempt(gate=Gate(closed=True))
    assert (await here.outcomes(), here.sent, here.driver.journal.pages) == ({}, [], {})
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 3]}


async def test_a_gate_that_closes_mid_way_lets_the_claimed_finish(world: World) -> None:
    await people(world, range(1, 31))
    here, gate = await desk(world), Gate()
    deliver = here.channel.deliver

    async def closing(batch: Any, step: Any) -> Any:
        gate.closed = gate.closed or len(here.sent) >= 6
        async for each in deliver(batch, step):
            yield each

    here.channel.deliver = closing  # type: ignore[method-assign]
    await here.attempt(gate=gate)
    accepted = (await here.outcomes())["accepted"]
    assert 6 <= len(accepted) <= 6 + here.channel.capabilities.lanes
    assert here.driver.journal.pages.keys() == {here.keys[member] for member in accepted}
    here.channel.deliver = deliver  # type: ignore[method-assign]
    await here.attempt()
    assert await here.outcomes() == {"accepted": list(range(1, 31))}
    assert len(here.sent) == 30


@pytest.mark.parametrize(
    ("reason", "statement"),
    [
        ("no_consent", "INSERT INTO shop.consents VALUES (2, 'email', FALSE)"),
        ("no_consent", "DELETE FROM shop.consents WHERE customer_id = 2"),
        ("no_address", "UPDATE shop.customers SET email = NULL WHERE customer_id = 2"),
        ("invalid_address", "UPDATE shop.customers SET email = 'gone' WHERE customer_id = 2"),
        ("no_customer", "DELETE FROM shop.customers WHERE customer_id = 2"),
    ],
)
async def test_what_changed_since_the_intent_is_respected(world: World, reason: str, statement: str) -> None:
    await people(world, range(1, 4))
    here = await desk(world)
    await world.run(statement)
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 3], f"suppressed/{reason}": [2]}
    assert here.sent == [address(1), address(3)]


async def test_nobody_whose_visit_has_ended_is_sent_to(world: World) -> None:
    await people(world, range(1, 3))
    here = await desk(world)
    await world.engine.write([here.driver.plan.stop], {"as_of": NOW, "wave": 2})
    await here.attempt()
    assert (await here.outcomes(), here.sent) == ({"suppressed/visit_ended": [1, 2]}, [])


async def test_what_was_claimed_before_the_visit_ended_stays_in_doubt(world: World) -> None:
    await people(world, range(1, 3))
    here = await desk(world)
    await here.left_behind({1: (CLAIMED, None, None)})
    await world.engine.write([here.driver.plan.stop], {"as_of": NOW, "wave": 2})
    await here.attempt()
    assert await here.outcomes() == {"suppressed/visit_ended": [2], "unknown/in_doubt": [1]}


@pytest.mark.parametrize("second", [address(1), None, "not-an-address"])
async def test_a_customer_whose_row_is_there_twice_gets_one_message(world: World, second: str | None) -> None:
    await people(world, range(1, 3))
    await world.insert("customers", [{"customer_id": 1, "email": second, "first_name": "Twin"}])
    here = await desk(world)
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2]}
    assert here.sent == [address(1), address(2)]


@pytest.mark.parametrize("kind", [Letter, BatchLetter])
async def test_a_template_that_fails_for_one_harms_no_other(world: World, kind: type[Letter]) -> None:
    await people(world, range(1, 8), points=1.0)
    await world.run("UPDATE shop.customers SET points = 0 WHERE customer_id = 4")
    here = await desk(world, kind(), drawn("{{ 12 | divided_by: points }} for {{ first_name }}"))
    await here.attempt()
    assert await here.outcomes() == {"accepted": [1, 2, 3, 5, 6, 7], "rejected/render_failed": [4]}
    assert address(4) not in here.sent


async def test_those_who_share_an_address_get_one_message_unless_each_shall_have_one(world: World) -> None:
    await people(world, range(1, 4))
    await world.run("UPDATE shop.customers SET email = ' P1@Shop.Test ' WHERE customer_id = 2")
    once = await desk(world, journey=drawn())
    await once.attempt()
    assert await once.outcomes() == {"accepted": [1, 3], "suppressed/duplicate_address": [2]}
    each = await desk(world, journey=drawn(one_per_address=False), name="each")
    await each.attempt()
    assert len(each.sent) == 3


async def test_a_defect_of_the_channel_leaves_the_others_settled(world: World) -> None:
    await people(world, range(1, 10))
    here = await desk(world)
    here.channel.answers[address(5)] = ZeroDivisionError()  # type: ignore[assignment]
    with pytest.raises(ExceptionGroup):
        await here.attempt()
    here.channel.answers.clear()
    await here.attempt()
    outcomes = await here.outcomes()
    assert sorted(outcomes["accepted"] + outcomes.get("unknown/in_doubt", [])) == list(range(1, 10))
    assert max(Counter(here.sent).values()) == 1
    assert len(outcomes["accepted"]) >= 9 - here.channel.capabilities.lanes
