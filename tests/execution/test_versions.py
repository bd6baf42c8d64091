"""A new version while people are inside: they finish on theirs, or go on in the new one, and nobody is mixed up."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors import Conflict, Invalid
from orchestrator.execution import protocol as p
from orchestrator.execution.transfer import kept_steps, never_twice, targets_of
from orchestrator.execution.versions import Versions
from orchestrator.journey.document import Journey
from tests.execution.journeys import Journeys
from tests.execution.test_compile import people
from tests.world import SCHEMA, World, build

NOW = datetime.fromisoformat("2026-03-02T09:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY: tuple[str, dict[str, Any]] = (
    "entry",
    {"rule": {"kind": "all"}, "schedule": {"kind": "every", "minutes": 60}},
)
ONCE: tuple[str, dict[str, Any]] = ("entry", {"rule": {"kind": "all"}})
DONE: tuple[str, dict[str, Any]] = ("exit", {})


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    await people(made, range(1, 4))
    yield made
    await made.engine.close()


def drawn(nodes: dict[str, tuple[str, dict[str, Any]]], *lines: str, **settings: Any) -> Journey:
    edges = [
        {"id": f"e{number}", "source": source, "source_port": port, "target": target}
        for number, (source, port, target) in enumerate(line.split() for line in lines)
    ]
    listed = [{"id": node_id, "type": kind, "data": data} for node_id, (kind, data) in nodes.items()]
    return Journey.model_validate({"name": "test", "nodes": listed, "edges": edges, "settings": settings})


def waiting(duration: str, outcome: str = "completed", entry: Any = HOURLY, **settings: Any) -> Journey:
    """entry → wait → exit."""
    nodes = {"in": entry, "rest": ("wait", {"duration": duration}), "done": ("exit", {"outcome": outcome})}
    return drawn(nodes, "in next rest", "rest next done", **settings)


def letter(line: str) -> tuple[str, dict[str, Any]]:
    return "message", {"channel": "letter", "connection": "post", "step": {"line": line}}


async def test_pinned_people_finish_on_their_version_and_new_ones_take_the_newest(world: World) -> None:
    journey = Journeys.start(world, waiting("P2D", "old"), NOW)
    await journey.tick(NOW)
    await journey.adopt(waiting("PT3H", "new"), "pin", NOW + HOUR)
    await people(world, range(4, 6))
    await journey.tick(NOW + HOUR)
    assert await journey.here() == {"rest": [1, 2, 3, 4, 5]}
    await journey.tick(NOW + 4 * HOUR)
    assert (await journey.here(), await journey.ended()) == ({"rest": [1, 2, 3]}, {"exit:new": [4, 5]})
    assert journey.numbers == [1, 2]
    await journey.tick(NOW + 2 * DAY)
    assert await journey.ended() == {"exit:new": [4, 5], "exit:old": [1, 2, 3]}
    assert journey.numbers == [2], "nobody is on the first any more"
    by_version = await world.run(f"SELECT version, COUNT(*) FROM {SCHEMA}.moves GROUP BY ALL ORDER BY ALL")
    assert by_version == [(1, 6), (2, 4)]


async def test_those_who_move_go_on_at_the_same_step_and_their_wait_counts_from_their_arrival(world: World) -> None:
    journey = Journeys.start(world, waiting("P2D", "old"), NOW)
    await journey.tick(NOW)
    await people(world, range(4, 6))
    await journey.tick(NOW + HOUR)
    await journey.adopt(waiting("PT3H", "new"), "move", NOW + 2 * HOUR)
    assert (journey.numbers, journey.versions.newest.since_version) == ([2], 1)
    await journey.tick(NOW + 2 * HOUR)
    assert (await journey.ended(), journey.versions.next_due_at) == ({}, NOW + 3 * HOUR)
    await journey.tick(NOW + 3 * HOUR)
    assert (await journey.here(), await journey.ended()) == ({"rest": [4, 5]}, {"exit:new": [1, 2, 3]})
    await journey.adopt(waiting("PT30M", "short"), "move", NOW + 3 * HOUR)
    await journey.tick(NOW + 3 * HOUR)
    assert await journey.ended() == {"exit:new": [1, 2, 3], "exit:short": [4, 5]}, "it has long passed"


async def test_pinned_versions_are_folded_into_one_when_everybody_moves(world: World) -> None:
    journey = Journeys.start(world, waiting("P9D", "first"), NOW)
    await journey.tick(NOW)
    await journey.adopt(waiting("P9D", "second"), "pin", NOW)
    await people(world, range(4, 5))
    await journey.tick(NOW + HOUR)
    assert journey.numbers == [1, 2]
    await journey.adopt(waiting("P1D", "third"), "move", NOW + 2 * HOUR)
    await journey.tick(NOW + 2 * DAY)
    assert (journey.numbers, await journey.ended()) == ([3], {"exit:third": [1, 2, 3, 4]})
    assert not journey.versions.is_over, "it is always on"


TWO_RESTS = {
    "in": HOURLY,
    "rest": ("wait", {"duration": "P1D"}),
    "second": ("wait", {"duration": "P1D"}),
    "done": DONE,
}
LINES = ("in next rest", "rest next second", "second next done")


@pytest.mark.parametrize(
    ("target", "here", "ended"),
    [
        ("late", {"late": [1, 2, 3]}, {"exit:completed": [1, 2, 3]}),
        ("done", {}, {"version": [1, 2, 3]}),
        (None, {}, {"version": [1, 2, 3]}),
    ],
)
async def test_people_at_a_step_that_is_gone_go_where_it_was_chosen(
    world: World, target: str | None, here: dict[str, list[int]], ended: dict[str, list[int]]
) -> None:
    journey = Journeys.start(world, drawn(TWO_RESTS, *LINES), NOW)
    await journey.tick(NOW)
    nodes = {"in": HOURLY, "late": ("wait", {"duration": "PT2H"}), "done": DONE}
    without = drawn(nodes, "in next late", "late next done")
    with pytest.raises(Conflict, match="3 people are at step 'rest', which version 2 does not have"):
        await journey.adopt(without, "move", NOW + HOUR)
    assert journey.numbers == [1], "nothing has changed"
    await journey.adopt(without, "move", NOW + HOUR, rest=target)
    assert await journey.here() == here
    await journey.tick(NOW + 3 * HOUR)
    assert await journey.ended() == ended


async def test_a_delivery_under_way_is_finished_and_those_not_reached_yet_get_the_new_message(world: World) -> None:
    def message(line: str) -> Journey:
        nodes = {"in": HOURLY, "mail": letter(line), "rest": ("wait", {"duration": "P1D"}), "done": DONE}
        return drawn(nodes, "in next mail", "mail done rest", "rest next done")

    journey = Journeys.start(world, message("old"), NOW)
    await journey.tick(NOW, sending=False)
    first = journey.driver(journey.versions.newest)
    wave = first.waves.state.delivering["mail"]
    intend = first.plan.step("mail").delivery
    assert intend is not None
    values = {"as_of": NOW, "wave": wave, "since_version": 1}
    await world.engine.write(intend.intend, values, marker=intend.marker)
    await people(world, range(4, 5))
    await journey.tick(NOW + HOUR, sending=False)  # arrives while the first are being sent to
    await journey.adopt(message("new"), "move", NOW + HOUR)
    assert journey.versions.under_way == [p.DeliveryDone(node_id="mail", wave=wave)]
    await journey.tick(NOW + HOUR)
    assert await journey.here() == {"mail": [1, 2, 3], "rest": [4]}
    await journey.send(first, "mail", wave, NOW + HOUR)
    await journey.tick(NOW + HOUR)
    assert await journey.here() == {"rest": [1, 2, 3, 4]}
    assert sorted(journey.channel.sent) == [*((f"p{i}@shop.test", "old") for i in (1, 2, 3)), ("p4@shop.test", "new")]
    assert journey.versions.under_way == []


async def test_each_version_looks_at_its_own_people_by_its_own_rules(world: World) -> None:
    def leaving(points: int) -> Journey:
        rule = {"kind": "number", "column": "points", "op": ">", "value": points}
        goal = {"rule": rule, "within": "P9D", "leave": False}
        return waiting("P9D", exit_rules=[{"name": f"over_{points}", "rule": rule}], goal=goal)

    await world.run("UPDATE shop.customers SET points = 0")
    journey = Journeys.start(world, leaving(100), NOW)
    await journey.tick(NOW)
    await journey.adopt(leaving(10), "pin", NOW + HOUR)
    await people(world, range(4, 6), points=0)
    await journey.tick(NOW + HOUR)
    await world.run("UPDATE shop.customers SET points = 50")
    await world.run("UPDATE shop.customers SET points = 150 WHERE customer_id = 1")
    await journey.tick(NOW + 2 * HOUR)
    assert await journey.ended() == {"exit_rule:over_10": [4, 5], "exit_rule:over_100": [1]}
    reached = await world.run(f"SELECT version, member_id FROM {SCHEMA}.conversions ORDER BY ALL")
    assert reached == [(1, 1), (2, 4), (2, 5)]
    await journey.adopt(leaving(10), "move", NOW + 3 * HOUR)
    await journey.tick(NOW + 3 * HOUR)
    assert await journey.ended() == {"exit_rule:over_10": [2, 3, 4, 5], "exit_rule:over_100": [1]}


async def test_an_entry_that_came_in_once_does_not_come_in_again_by_a_new_version(world: World) -> None:
    journey = Journeys.start(world, waiting("P1D", entry=ONCE), NOW)
    await journey.tick(NOW)
    await people(world, range(4, 6))
    await journey.adopt(waiting("P1D", entry=ONCE), "pin", NOW + HOUR)
    await journey.tick(NOW + HOUR)
    assert await journey.here() == {"rest": [1, 2, 3]}
    await journey.tick(NOW + DAY)
    assert (journey.versions.is_over, journey.numbers) == (True, [2])


async def test_what_is_carried_on_is_what_was_there(world: World) -> None:
    journey = Journeys.start(world, waiting("P2D"), NOW)
    await journey.tick(NOW)
    await journey.adopt(waiting("P1D"), "pin", NOW)
    journey.versions.paused = True
    start = p.StartJourney(journey_id="j", version=1, plan_hash="", queue="", steps=[])
    again = Versions(p.StartJourney.model_validate_json(journey.versions.carried(start).model_dump_json()))
    assert [each.outline() for each in again] == [each.outline() for each in journey.versions]
    assert (again.wave, again.paused) == (journey.versions.wave, True)


@pytest.mark.parametrize(
    ("nodes", "lines", "targets", "what"),
    [
        ("in rest second done", ("in next second", "second next rest", "rest next done"), {}, "turns the order"),
        ("in rest done", ("in next rest", "rest next done"), {"second": "rest"}, "may have been at step 'rest'"),
        ("in rest second done", LINES, {"rest": "second"}, "people stay there"),
        ("in rest done", ("in next rest", "rest next done"), {"second": "nowhere"}, "has no step 'nowhere'"),
        ("in rest done", ("in next rest", "rest next done"), {"second": "in"}, "cannot go on at step 'in'"),
        ("in rest done", ("in next rest", "rest next done"), {"secund": None}, "no version under way has step"),
    ],
)
async def test_a_move_that_would_bring_people_twice_or_nowhere_is_refused(
    world: World, nodes: str, lines: tuple[str, ...], targets: dict[str, str | None], what: str
) -> None:
    old = world.plan(drawn(TWO_RESTS, *LINES))
    new = world.plan(drawn({each: TWO_RESTS[each] for each in nodes.split()}, *lines), version=2)
    with pytest.raises((Conflict, Invalid), match=what) as refused:
        never_twice(new, [old], [], targets_of(new, [old], targets, kept_steps(new.steps, old.steps)))
    assert refused.value.place
    assert refused.value.fix


async def test_a_step_that_acts_now_and_did_not_before_keeps_nobody(world: World) -> None:
    old = world.plan(drawn(TWO_RESTS, *LINES))
    nodes = {"in": HOURLY, "rest": letter("hello"), "second": DONE}
    new = world.plan(drawn(nodes, "in next rest", "rest done second"), version=2)
    assert kept_steps(new.steps, old.steps) == set()
