"""However an attempt to deliver crashes, everybody ends in one outcome and nobody is sent to twice."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.channels.channel import Outcome, Result
from orchestrator.errors import EngineAway, LakehouseAway, OperationalError
from orchestrator.execution import protocol as p
from orchestrator.execution.delivery import CLAIMED, Entry
from tests.execution.desk import ACCEPTED, AWAY, BatchLetter, Desk, address, desk, people, sent_again
from tests.world import SCHEMA, Letter, Notebook, World, build

MEMBERS = range(1, 9)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    yield made
    await made.engine.close()


class Stumbling(Notebook):
    """A journal whose n-th write fails – before it is committed, or after, or because the task is cancelled."""

    def __init__(self, whole: Notebook, how: str, at: int) -> None:
        super().__init__()
        self.pages, self.places, self.how, self.left = whole.pages, whole.places, how, at
        self.attempt = asyncio.current_task()

    async def write(self, place: p.DeliverChunk, attempt: str, entries: Mapping[str, Entry]) -> set[str]:
        self.left -= 1
        await asyncio.sleep(0)
        if self.left == 0 and self.how == "before":
            raise EngineAway("the disk is full")
        stands = await super().write(place, attempt, entries)
        if self.left == 0 and self.how == "after":
            raise EngineAway("the connection broke")
        if self.left == 0 and self.how == "cancel":
            assert self.attempt is not None
            self.attempt.cancel()
        return stands


class Asleep:
    """A lakehouse that takes nothing."""

    def __init__(self, engine: Any) -> None:
        self.stream = engine.stream

    async def write(self, *_: Any, **__: Any) -> bool:
        raise LakehouseAway("the warehouse sleeps")


async def test_everybody_is_claimed_before_the_provider_hears_of_them(world: World) -> None:
    await people(world, MEMBERS)
    here = await desk(world)
    deliver, states = here.channel.deliver, []

    async def looking(batch: Any, step: Any) -> Any:
        states.extend([here.driver.journal.pages[each.key][0] for each in batch.recipients])
        async for each in deliver(batch, step):
            yield each

    here.channel.deliver = looking  # type: ignore[method-assign]
    await here.attempt()
    assert states == [CLAIMED] * len(MEMBERS)


async def test_what_the_lakehouse_did_not_take_is_in_the_journal(world: World) -> None:
    await people(world, MEMBERS)
    here = await desk(world)
    with pytest.raises(LakehouseAway):
        await here.attempt(engine=Asleep(world.engine))
    assert await here.outcomes() == {}
    await here.attempt()
    assert await here.outcomes() == {"accepted": list(MEMBERS)}
    assert len(here.sent) == len(MEMBERS)


@pytest.mark.parametrize("how", ["before", "after", "cancel"])
async def test_what_was_known_when_it_broke_is_in_the_lakehouse(world: World, how: str) -> None:
    await people(world, MEMBERS)
    here = await desk(world)
    with pytest.raises((ExceptionGroup, asyncio.CancelledError)):
        await _attempt(here, how, 8)
    assert (await here.outcomes()).keys() == {"accepted"}
    await here.attempt()
    outcomes = await here.outcomes()
    assert sorted(outcomes["accepted"] + outcomes.get("unknown/in_doubt", [])) == list(MEMBERS)
    assert len(here.sent) == len(set(here.sent))


ANSWERS = {
    "accept": ACCEPTED,
    "reject": Result(Outcome.REJECTED, reason="smtp_550"),
    "defer": Result(Outcome.DEFERRED, reason="smtp_451"),
    "silent": None,
    "away": AWAY,
}
CRASHES = st.tuples(st.sampled_from(["before", "after", "cancel", "ledger"]), st.integers(2, 7))


@pytest.fixture(scope="module")
def runner() -> Any:
    """A loop for the examples, and a world that all share; each example is a journey of its own in it."""
    with asyncio.Runner() as loop:
        made = loop.run(build())
        loop.run(people(made, MEMBERS))
        yield lambda work: loop.run(work(made))
        loop.run(made.engine.close())


_names = iter(range(10**6))


@settings(max_examples=40, deadline=None)
@given(
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=len(MEMBERS), max_size=len(MEMBERS)),
    crashes=st.lists(CRASHES, max_size=4),
    batch=st.booleans(),
)
def test_however_it_crashes_each_ends_in_one_outcome_and_nobody_is_sent_to_twice(
    runner: Any, answers: list[str], crashes: list[tuple[str, int]], batch: bool
) -> None:
    if batch:  # a channel that cannot tell what it sent of a batch does not go away after it: its face says so
        answers = ["accept" if each == "silent" else each for each in answers]
    given = dict(zip(MEMBERS, answers, strict=True))
    runner(lambda world: _ends_well(world, given, crashes, BatchLetter() if batch else Letter()))


async def _ends_well(world: World, given: dict[int, str], crashes: list[tuple[str, int]], channel: Letter) -> None:
    here = await desk(world, channel, name=f"j{next(_names)}")
    channel.answers = {address(member): ANSWERS[answer] for member, answer in given.items()}
    for how, at in crashes:
        with contextlib.suppress(OperationalError, asyncio.CancelledError, ExceptionGroup):
            await _attempt(here, how, at)
        here.now += timedelta(minutes=1)
    for member, answer in given.items():
        if answer in ("defer", "away"):
            channel.answers[address(member)] = ACCEPTED
    await here.attempt()
    rows = await world.run(
        f"SELECT member_id, outcome FROM {SCHEMA}.deliveries WHERE journey_id = $j", j=here.driver.plan.journey_id
    )
    outcomes = dict(rows)
    assert Counter(member for member, _ in rows) == dict.fromkeys(MEMBERS, 1)
    assert max(Counter(here.sent).values(), default=0) <= 1
    for member, answer in given.items():
        was_sent, outcome = address(member) in here.sent, outcomes[member]
        assert outcome == "unknown" or outcome == ("rejected" if answer == "reject" else "accepted")
        assert was_sent or outcome != "accepted"
        assert not was_sent or outcome != "rejected"
        assert answer != "silent" or outcome == "unknown"
    if not crashes:
        assert {member for member, outcome in rows if outcome == "unknown"} == {
            member for member, answer in given.items() if answer == "silent"
        }


@settings(max_examples=20, deadline=None)
@given(crashes=st.lists(CRASHES, min_size=1, max_size=4), batch=st.booleans())
def test_where_the_step_says_send_again_nobody_is_lost(
    runner: Any, crashes: list[tuple[str, int]], batch: bool
) -> None:
    async def all_arrive(world: World) -> None:
        here = await desk(world, BatchLetter() if batch else Letter(), sent_again(), name=f"j{next(_names)}")
        for how, at in crashes:
            with contextlib.suppress(OperationalError, asyncio.CancelledError, ExceptionGroup):
                await _attempt(here, how, at)
            here.now += timedelta(minutes=1)
        await here.attempt()
        rows = await world.run(
            f"SELECT member_id, outcome FROM {SCHEMA}.deliveries WHERE journey_id = $j", j=here.driver.plan.journey_id
        )
        assert sorted(rows) == [(member, "accepted") for member in MEMBERS]
        assert set(here.sent) == {address(member) for member in MEMBERS}

    runner(all_arrive)


async def _attempt(here: Desk, how: str, at: int) -> None:
    """As a task of its own, so that it can be cancelled."""

    async def attempt() -> None:
        engine = Asleep(here.driver.world.engine) if how == "ledger" else here.driver.world.engine
        await here.attempt(journal=Stumbling(here.driver.journal, how, at), engine=engine)

    await asyncio.create_task(attempt())


async def test_an_attempt_that_was_only_slow_sends_nothing_that_another_has_taken_over(world: World) -> None:
    await people(world, MEMBERS)
    here = await desk(world)
    deliver, stuck, go_on = here.channel.deliver, asyncio.Event(), asyncio.Event()

    async def slowly(batch: Any, step: Any) -> Any:
        stuck.set()
        await go_on.wait()
        async for each in deliver(batch, step):
            yield each

    here.channel.deliver = slowly  # type: ignore[method-assign]
    slow = asyncio.create_task(here.attempt())
    await stuck.wait()
    here.channel.deliver = deliver  # type: ignore[method-assign]
    await here.attempt()
    lanes = here.channel.capabilities.lanes
    assert len(here.sent) == len(MEMBERS) - lanes, "those in the hands of the slow one are in doubt"
    go_on.set()
    await slow
    assert sorted(here.sent) == sorted(address(member) for member in MEMBERS), "nobody twice"
    outcomes = await here.outcomes()
    assert sorted(outcomes["accepted"] + outcomes["unknown/in_doubt"]) == list(MEMBERS)
    assert len(outcomes["unknown/in_doubt"]) == lanes
