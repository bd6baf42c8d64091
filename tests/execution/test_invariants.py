"""`verify` finds what breaks the contact policy: each rule is broken in the ledger by hand, and found."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.execution.verify import Promised, verify
from orchestrator.lakehouse.model import Consent
from tests.execution.desk import NOW, Desk, desk, people
from tests.world import SCHEMA, build

HOUR = timedelta(hours=1)
POLICY = {
    "quiet_hours": {"start": "20:00", "end": "08:00"},
    "caps": [{"most": 1, "within_days": 3}, {"purpose": "email", "most": 5, "within_days": 30}],
}
PAUSE = tuple((NOW + hours * HOUR).replace(tzinfo=UTC) for hours in (1, 2))
NIGHT = "nothing is accepted in quiet hours, by the member's clock"
CAP = "nobody gets more than a frequency cap allows"
PAUSED = "nothing is accepted while the journey was paused for more than 10 seconds"
NO = "nobody is intended who had said no before, or was suppressed"


@pytest.fixture
async def sent() -> AsyncIterator[Desk]:
    """Two members who were sent to; the first in Berlin, where it is ten."""
    consent = {"table": "shop.consents", "key": "customer_id", "purpose": "purpose", "granted": "granted"}
    world = await build(contact_policy=POLICY)
    await people(world, range(1, 2), time_zone="Europe/Berlin")
    await people(world, range(2, 3))
    await world.run("ALTER TABLE shop.consents ADD COLUMN decided_at TIMESTAMP")
    sources = world.lakehouse.sources.model_copy(update={"consent": Consent(**consent, decided_at="decided_at")})
    world.lakehouse = world.lakehouse.model_copy(update={"sources": sources})
    made = await desk(world)
    await made.attempt()
    yield made
    await world.engine.close()


async def _broken(here: Desk) -> list[str]:
    pauses = [("j", PAUSE[0], PAUSE[1])]
    promised = Promised([here.driver.plan], pauses, here.driver.world.lakehouse)
    return [each.text for each in await verify(here.driver.world.engine, SCHEMA, promised) if each.violations]


@pytest.mark.parametrize(
    ("settled_at", "broken"),
    [
        ("2026-03-02 09:00:30", []),
        ("2026-03-02 10:00:09", []),
        ("2026-03-02 10:30", [PAUSED]),
        ("2026-03-02 11:00", []),
        ("2026-03-02 19:00:50", []),
        ("2026-03-02 19:02", [NIGHT]),
        ("2026-03-03 06:59", [NIGHT]),
        ("2026-03-03 07:00:10", []),
    ],
)
async def test_a_message_at_a_wrong_time_is_found(sent: Desk, settled_at: str, broken: list[str]) -> None:
    moment = datetime.fromisoformat(settled_at)
    await sent.driver.world.run(f"UPDATE {SCHEMA}.deliveries SET settled_at = $at WHERE member_id = 1", at=moment)
    assert await _broken(sent) == broken


@pytest.mark.parametrize(
    ("outcome", "ago", "broken"),
    [
        ("accepted", HOUR, [CAP]),
        ("unknown", 71 * HOUR, [CAP]),
        ("rejected", HOUR, []),
        ("accepted", 72 * HOUR, []),
        ("accepted", -HOUR, []),
    ],
)
async def test_one_message_too_many_is_found(sent: Desk, outcome: str, ago: timedelta, broken: list[str]) -> None:
    values: dict[str, Any] = {"at": NOW - ago}
    await sent.driver.world.run(
        f"INSERT INTO {SCHEMA}.intents (journey_id, node_id, wave, member_id, visit_no, delivery_key, planned_at, "
        "channel) VALUES ('other', 'n', 1, 1, 1, 'k', $at, 'letter')",
        **values,
    )
    await sent.driver.world.run(
        f"INSERT INTO {SCHEMA}.deliveries (journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, "
        f"outcome, settled_at) VALUES ('other', 'n', 1, 1, 1, 'k', 'letter', '{outcome}', $at)",
        **values,
    )
    assert await _broken(sent) == broken


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        (f"INSERT INTO {SCHEMA}.suppressions VALUES (1, '*', TRUE, 'asked', $at)", [NO]),
        (f"INSERT INTO {SCHEMA}.suppressions VALUES (1, 'sms', TRUE, 'asked', $at)", []),
        (f"INSERT INTO {SCHEMA}.suppressions VALUES (1, 'email', FALSE, 'asked', $at)", []),
        ("INSERT INTO shop.consents VALUES (1, 'email', FALSE, $at)", [NO]),
        ("INSERT INTO shop.consents VALUES (1, 'sms', FALSE, $at)", []),
    ],
)
async def test_somebody_who_had_said_no_is_found(sent: Desk, statement: str, broken: list[str]) -> None:
    await sent.driver.world.run(statement, at=NOW - HOUR)
    assert await _broken(sent) == broken
    await sent.driver.world.run(statement.replace("(1", "(2"), at=NOW + HOUR)
    assert await _broken(sent) == broken, "said afterwards"
