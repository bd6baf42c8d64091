"""What customers and mail servers say of a message is in the ledger once, and in force for the next one."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from orchestrator.execution.message_events import record
from orchestrator.execution.report import read_report
from orchestrator.execution.verify import Promised, verify
from orchestrator.store.event_inbox import EventRecord
from orchestrator.store.records import RunRecord
from tests.execution.desk import NOW, Desk, desk, people
from tests.world import SCHEMA, build


def _event(here: Desk, member: int, kind: str, **more: Any) -> EventRecord:
    at = (NOW - timedelta(minutes=1)).replace(tzinfo=UTC)
    return EventRecord(f"{kind}-{member}", kind, "j", "letter", here.keys[member], at, **more)


@pytest.fixture
async def here() -> Any:
    world = await build()
    await people(world, range(1, 6))
    made = await desk(world)
    yield made
    await world.engine.close()


async def test_whoever_said_no_is_not_sent_to_and_what_happened_is_in_the_ledger_once(here: Desk) -> None:
    engine = here.driver.world.engine
    events = [
        _event(here, 1, "unsubscribed", purpose="email"),
        _event(here, 2, "bounced", purpose="email", detail="5.1.1"),
        _event(here, 3, "clicked", purpose="email", detail="0"),  # no word on reaching them, whatever it says
        EventRecord("x", "complained", "j", "letter", "0" * 32, _event(here, 1, "x").happened_at, purpose="email"),
    ]
    now = (NOW - timedelta(seconds=10)).replace(tzinfo=UTC)
    for _ in range(2):
        await record(engine, SCHEMA, events, now)
    kinds = f"SELECT kind, member_id, detail FROM {SCHEMA}.message_events ORDER BY member_id"
    assert await here.driver.world.run(kinds) == [
        ("unsubscribed", 1, None),
        ("bounced", 2, "5.1.1"),
        ("clicked", 3, "0"),
    ]
    reasons = f"SELECT member_id, reason FROM {SCHEMA}.suppressions ORDER BY member_id"
    assert await here.driver.world.run(reasons) == [(1, "unsubscribed"), (2, "hard_bounce")]
    known_at = f"SELECT MAX(decided_at) FROM {SCHEMA}.suppressions"
    assert await here.driver.world.run(known_at) == [(NOW - timedelta(seconds=10),)], "in force once it is known"
    await here.attempt()
    assert await here.outcomes() == {"accepted": [3, 4, 5], "suppressed/suppressed": [1, 2]}


async def test_the_report_counts_messages_to_which_it_happened_each_once(here: Desk) -> None:
    engine, run = here.driver.world.engine, RunRecord("j", 1, "", "live", 1, None, None, "", NOW, None)
    await record(engine, SCHEMA, [_event(here, member, "clicked") for member in (1, 2)], NOW.replace(tzinfo=UTC))
    again = EventRecord("again", "clicked", "j", "letter", here.keys[1], NOW.replace(tzinfo=UTC), detail="1")
    await record(engine, SCHEMA, [again, _event(here, 3, "bounced")], NOW.replace(tzinfo=UTC))
    report = await read_report(engine, here.driver.plan, SCHEMA, run)
    assert report.nodes["letter"].events == {"clicked": 2, "bounced": 1}


async def test_verify_finds_an_event_of_a_message_that_nobody_was_to_get(here: Desk) -> None:
    engine = here.driver.world.engine
    await record(engine, SCHEMA, [_event(here, 4, "opened")], NOW.replace(tzinfo=UTC))
    found = await verify(engine, SCHEMA, Promised([here.driver.plan], (), here.driver.world.lakehouse))
    assert [each.text for each in found if each.violations] == []
    await here.driver.world.run(f"UPDATE {SCHEMA}.message_events SET member_id = 5")
    found = await verify(engine, SCHEMA, Promised([here.driver.plan], (), here.driver.world.lakehouse))
    broken = [each.text for each in found if each.violations]
    assert broken == ["what happened to a message happened to one that was meant for that member"]
