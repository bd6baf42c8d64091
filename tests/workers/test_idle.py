"""An entry asks the lakehouse again only when something it reads has changed."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from orchestrator.execution import protocol as p
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement
from orchestrator.store.records import RunRecord, VersionRecord
from tests.journey.drawings import drawn
from tests.workers.house import House, house
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


EVENTS = {
    "bought": ("event_entry", {"event": {"table": "purchases", "key": "cart"}, "minutes": 10}),
    "rest": NODES["rest"],
}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@asynccontextmanager
async def looking(client, tmp_path, nodes) -> AsyncIterator[tuple[House, Callable[[int], Awaitable[Any]]]]:
    """An entry that looks every ten minutes: what came of it, and how often the lakehouse was asked so far."""
    async with house(client, tmp_path) as here:
        await here.world.insert("customers", [{"customer_id": 1, "points": 9}, {"customer_id": 2, "points": 1}])
        entry = next(iter(nodes))
        journey, journey_id = drawn(nodes, [f"{entry} next rest"]), f"j{uuid.uuid4().hex[:12]}"
        plan = here.world.plan(journey, journey_id)
        version = VersionRecord(journey_id, 1, journey.model_dump(mode="json"), plan.hash, "", NOW)
        await here.store.add_version(version, plan.model_dump(mode="json"))
        await here.store.put_run(RunRecord(journey_id, 1, plan.hash, "live", 0, None, None, "", NOW, None))

        async def look(wave: int) -> tuple[p.Advanced, int]:
            at = NOW + timedelta(minutes=10 * wave)
            request = p.Advance(
                plan_hash=plan.hash,
                journey_id=journey_id,
                node_id=entry,
                wave=wave,
                as_of=at,
                since=max(NOW, at - timedelta(hours=1)),
            )
            done = await ActivityEnvironment().run(here.activities.advance, request)
            [(asked,)] = await here.world.run(f"SELECT count(*) FROM {SCHEMA}.waves")
            return done, asked

        yield here, look


async def test_nothing_is_asked_while_nothing_has_changed(client, tmp_path, monkeypatch) -> None:
    async with looking(client, tmp_path, NODES) as (here, look):
        assert await look(1) == (p.Advanced(moved={"rest": 1}), 1)
        assert await look(1) == (p.Advanced(moved={"rest": 1}), 1), "its answer was lost: it is told again"
        assert await look(2) == (p.Advanced(), 1)
        with monkeypatch.context() as without:
            without.delattr(type(here.world.engine), "write")
            assert await look(3) == (p.Advanced(), 1)
        await here.world.engine.write([Statement(sql="UPDATE shop.customers SET points = 9")])
        assert await look(4) == (p.Advanced(moved={"rest": 1}), 2)
        assert await look(5) == (p.Advanced(), 2)


async def test_events_are_asked_for_when_there_are_new_ones_and_when_those_dated_ahead_have_happened(
    client, tmp_path
) -> None:
    async with looking(client, tmp_path, EVENTS) as (here, look):
        assert await look(1) == (p.Advanced(), 1)
        assert await look(2) == (p.Advanced(), 1)
        at = sql.naive_utc(NOW)
        happened = [timedelta(minutes=25), timedelta(minutes=45)]
        await here.world.insert("purchases", [{"customer_id": 1, "cart": "a", "purchased_at": at + happened[0]}])
        await here.world.insert("purchases", [{"customer_id": 1, "cart": "b", "purchased_at": at + happened[1]}])
        assert await look(3) == (p.Advanced(moved={"rest": 1}), 2)
        assert await look(4) == (p.Advanced(), 2)
        assert await look(5) == (p.Advanced(moved={"rest": 1}), 3)
        assert await look(6) == (p.Advanced(), 3)
