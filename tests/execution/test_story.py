"""One member's way through a journey, told from the ledger, agrees with who is where."""

from datetime import UTC, datetime, timedelta

from orchestrator.channels.channel import Outcome, Result
from orchestrator.execution.story import VisitStory, last_looks, read_traces, tell_refusals, tell_visits
from orchestrator.journey.check import faces
from tests.journey.drawings import GOOD, LINES, drawn
from tests.world import SCHEMA, Driver, build

NOW = datetime.fromisoformat("2026-03-02T09:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY = {"kind": "every", "minutes": 60}
RICH = {"kind": "number", "column": "points", "op": ">", "value": 1}
NODES = {
    **GOOD,
    "audience": ("entry", {"rule": RICH, "schedule": EVERY}),
    "again": ("entry", {"rule": {"kind": "all"}, "schedule": EVERY}),
}


async def test_a_member_is_told_every_step_with_its_delivery_and_what_is_due() -> None:
    world = await build()
    for member in range(1, 9):
        await world.insert("customers", [{"customer_id": member, "email": f"p{member}@shop.test", "points": member}])
    await world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": i != 4} for i in range(1, 9)])
    journey = drawn(NODES, [*LINES, "again next rest"])
    driver = Driver(world, world.plan(journey))
    driver.channel.answers["p3@shop.test"] = Result(Outcome.REJECTED, reason="smtp_550")
    shown = faces(journey, world.known.nodes)
    waits = {step.node_id: step.wait for step in driver.plan.steps}

    async def story(member: int) -> VisitStory:
        [visit] = tell_visits(
            await read_traces(world.engine, SCHEMA, "j", member), {1: shown}, lambda _, node: waits.get(node)
        )
        return visit

    async def agree() -> None:
        here, ended = await driver.here(), await driver.ended()
        for member in range(1, 9):
            told = await story(member)
            assert member in (here[told.at] if told.at else ended[told.ending or ""]), member
            assert [stop.arrived_at for stop in told.path[1:]] == [stop.left_at for stop in told.path[:-1]]

    await driver.tick(NOW)
    await agree()
    third, fourth = await story(3), await story(4)
    assert (third.at, third.due_at) == ("rest", (NOW + DAY).replace(tzinfo=UTC))
    assert [(stop.node_id, stop.port) for stop in third.path] == [
        ("audience", "next"),
        ("letter", "done"),
        ("rest", None),
    ]
    assert third.path[1].port_label == "Done"
    [sent, unsent] = [visit.path[1].delivery for visit in (third, fourth)]
    assert sent is not None
    assert unsent is not None
    assert (sent.channel, sent.outcome, sent.reason) == ("letter", "rejected", "smtp_550")
    assert (unsent.outcome, unsent.reason) == ("suppressed", "no_consent")
    refusals = tell_refusals(await read_traces(world.engine, SCHEMA, "j", 3), shown)
    assert [(each.node_id, each.reason) for each in refusals] == [("again", "reentry")]

    await driver.tick(NOW + DAY)
    await agree()
    third = await story(3)
    assert third.path[-1].name == "Exit"
    assert (third.ending, third.ended_at, third.at) == ("exit:completed", (NOW + DAY).replace(tzinfo=UTC), None)
    looked = (await last_looks(world.engine, SCHEMA, "j"))["again"]
    assert looked == NOW.replace(tzinfo=UTC), "nothing has changed since"

    await world.insert("customers", [{"customer_id": 9, "points": 9}])
    await driver.tick(NOW + DAY + HOUR)
    await world.engine.write([driver.plan.stop], {"as_of": NOW + DAY + 2 * HOUR, "wave": 99})
    ninth = await story(9)
    assert [(stop.node_id, stop.ending) for stop in ninth.path][-1] == ("rest", "stopped")
    assert ninth.due_at is None
    assert tell_visits(await read_traces(world.engine, SCHEMA, "j", 10), {}, lambda *_: None) == []
    await world.engine.close()
