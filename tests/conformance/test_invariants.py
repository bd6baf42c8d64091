"""`verify` finds on Delta what it finds on DuckDB."""

from datetime import UTC
from typing import Any

import pytest

from orchestrator.execution.verify import Promised, verify
from orchestrator.lakehouse.engines.databricks import Databricks
from tests.execution.desk import NOW, desk, people
from tests.execution.test_invariants import CAP, HOUR, NIGHT, NO, PAUSED, POLICY
from tests.world import SCHEMA, build


@pytest.mark.conformance
async def test_what_breaks_the_contact_policy_is_found_on_delta(delta: Databricks) -> None:
    world = await build(delta, contact_policy=POLICY)
    await people(world, range(1, 2), time_zone="Europe/Berlin")
    await people(world, range(2, 3))
    sent = await desk(world)
    await sent.attempt()

    async def broken() -> list[tuple[str, list[list[Any]]]]:
        pauses = [("j", (NOW + 2 * HOUR).replace(tzinfo=UTC), (NOW + 3 * HOUR).replace(tzinfo=UTC))]
        promised = Promised([sent.driver.plan], pauses, world.lakehouse)
        return [(each.text, each.sample) for each in await verify(delta, SCHEMA, promised) if each.violations]

    assert await broken() == []
    row = [["j", "letter", sent.keys[1]]]
    await world.run(f"INSERT INTO {SCHEMA}.suppressions VALUES (1, '*', TRUE, 'asked', $at)", at=NOW - HOUR)
    assert await broken() == [(NO, row)]
    await world.run(f"INSERT INTO {SCHEMA}.suppressions VALUES (1, '*', FALSE, 'asked', $at)", at=NOW - HOUR / 2)
    assert await broken() == [], "said yes again"
    for hours, wrong in ((10.1, NIGHT), (2.5, PAUSED)):
        moment = NOW + hours * HOUR
        await world.run(
            f"UPDATE {SCHEMA}.deliveries SET settled_at = CAST($at AS TIMESTAMP) WHERE member_id = 1", at=moment
        )
        assert await broken() == [(wrong, row)]
    await world.run(f"UPDATE {SCHEMA}.deliveries SET settled_at = CAST($at AS TIMESTAMP) WHERE member_id = 1", at=NOW)
    await world.run(
        f"INSERT INTO {SCHEMA}.intents (journey_id, node_id, wave, member_id, visit_no, delivery_key, planned_at, "
        "channel) VALUES ('other', 'n', 1, 1, 1, 'k', $at, 'letter')",
        at=NOW - HOUR,
    )
    await world.run(
        f"INSERT INTO {SCHEMA}.deliveries (journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, "
        "outcome, settled_at) VALUES ('other', 'n', 1, 1, 1, 'k', 'letter', 'accepted', $at)",
        at=NOW - HOUR,
    )
    assert await broken() == [(CAP, row)]
