"""An entry that is always on asks the lakehouse again only when something it reads has changed."""

import uuid
from datetime import UTC, datetime, timedelta

from temporalio.testing import ActivityEnvironment

from orchestrator.execution import protocol as p
from orchestrator.lakehouse.engine import Statement
from orchestrator.store.records import RunRecord, VersionRecord
from tests.journey.drawings import drawn
from tests.workers.house import house
from tests.world import SCHEMA

NODES = {
    "audience": (
        "entry",
        {
            "schedule": {"kind": "every", "minutes": 10},
            "rule": {"kind": "number", "column": "points", "op": ">", "value": 5},
        },
    ),
    "rest": ("wait", {"duration": "P1D"}),
}


async def test_nothing_is_asked_while_nothing_has_changed(client, tmp_path) -> None:
    async with house(client, tmp_path) as here:
        await here.world.insert("customers", [{"customer_id": 1, "points": 9}, {"customer_id": 2, "points": 1}])
        journey, journey_id = drawn(NODES, ["audience next rest"]), f"j{uuid.uuid4().hex[:12]}"
        plan, now = here.world.plan(journey, journey_id), datetime(2026, 3, 2, 9, tzinfo=UTC)
        version = VersionRecord(journey_id, 1, journey.model_dump(mode="json"), plan.hash, "", now)
        await here.store.add_version(version, plan.model_dump(mode="json"))
        await here.store.put_run(RunRecord(journey_id, 1, plan.hash, "live", 0, None, None, "", now, None))

        async def look(wave: int) -> tuple[p.Advanced, int]:
            """What came of it, and how often the lakehouse was asked so far."""
            at = now + timedelta(minutes=10 * wave)
            request = p.Advance(plan_hash=plan.hash, journey_id=journey_id, node_id="audience", wave=wave, as_of=at)
            done = await ActivityEnvironment().run(here.activities.advance, request)
            [(asked,)] = await here.world.run(f"SELECT count(*) FROM {SCHEMA}.waves")
            return done, asked

        assert await look(1) == (p.Advanced(moved={"rest": 1}), 1)
        assert await look(2) == (p.Advanced(), 1)
        assert await look(3) == (p.Advanced(), 1)
        await here.world.engine.write([Statement(sql="UPDATE shop.customers SET points = 9")])
        assert await look(4) == (p.Advanced(moved={"rest": 1}), 2)
        assert await look(5) == (p.Advanced(), 2)
