"""What compiled statements do to a ledger: who moves when and where, and nothing when they run again."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors import Invalid
from orchestrator.execution.delivery import Gate
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.sql import BUCKETS
from tests.world import SCHEMA, Driver, World, build

NOW = datetime.fromisoformat("2026-03-02T09:00")
EVERYBODY: dict[str, Any] = {"rule": {"kind": "all"}}
LEDGER = ("visits", "moves", "intents", "deliveries", "refusals", "waves")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await build()
    yield made
    await made.engine.close()


def drawn(nodes: dict[str, tuple[str, dict[str, Any]]], *lines: str) -> Journey:
    """Nodes by id, lines as `source port target`."""
    edges = [
        {"id": f"e{number}", "source": source, "source_port": port, "target": target}
        for number, (source, port, target) in enumerate(line.split() for line in lines)
    ]
    listed = [{"id": node_id, "type": kind, "data": data} for node_id, (kind, data) in nodes.items()]
    return Journey.model_validate({"name": "test", "nodes": listed, "edges": edges})


async def people(world: World, members: range, consent: bool = True, **columns: Any) -> None:
    await world.insert("customers", [{"customer_id": i, "email": f"p{i}@shop.test", **columns} for i in members])
    if consent:
        await world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": True} for i in members])


async def ledger(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {table: await world.run(f"SELECT * FROM {SCHEMA}.{table} ORDER BY ALL") for table in LEDGER}


async def holds(driver: Driver) -> bool:
    return not [each for each in await verify(driver.world.engine, SCHEMA, Promised([driver.plan])) if each.violations]


def wait(duration: str) -> tuple[str, dict[str, Any]]:
    return "wait", {"duration": duration}


@pytest.mark.parametrize("duration", [timedelta(milliseconds=1), timedelta(seconds=90), timedelta(days=3, hours=1)])
async def test_a_wait_ends_on_the_instant_and_not_before(world: World, duration: timedelta) -> None:
    await people(world, range(1, 3))
    iso = f"PT{duration.total_seconds():f}S"
    driver = Driver(
        world, world.plan(drawn({"audience": ("entry", EVERYBODY), "rest": wait(iso)}, "audience next rest"))
    )
    await driver.tick(NOW)
    assert driver.waves.next_due_at == NOW + duration
    await driver.tick(NOW + duration - timedelta(microseconds=1))
    assert (await driver.here(), await driver.ended()) == ({"rest": [1, 2]}, {})
    await driver.tick(NOW + duration)
    assert (await driver.here(), await driver.ended()) == ({}, {"end_of_path": [1, 2]})
    assert driver.waves.is_over
    assert await holds(driver)


async def test_each_wait_counts_from_its_own_arrival(world: World) -> None:
    await people(world, range(1, 2))
    nodes = {
        "audience": ("entry", {**EVERYBODY, "schedule": {"kind": "every", "minutes": 60}}),
        "rest": wait("PT90M"),
        "done": ("exit", {}),
    }
    driver = Driver(world, world.plan(drawn(nodes, "audience next rest", "rest next done")))
    await driver.tick(NOW)
    await people(world, range(2, 3))
    await driver.tick(NOW + timedelta(minutes=60))
    assert await driver.here() == {"rest": [1, 2]}
    await driver.tick(NOW + timedelta(minutes=90))
    assert (await driver.here(), await driver.ended()) == ({"rest": [2]}, {"exit:completed": [1]})
    assert driver.waves.next_due_at == NOW + timedelta(minutes=120)
    await driver.tick(NOW + timedelta(minutes=150))
    assert await driver.ended() == {"exit:completed": [1, 2]}
    assert await holds(driver)


async def test_ways_that_meet_again_bring_everybody_together(world: World) -> None:
    await people(world, range(1, 5))
    await world.run("UPDATE shop.customers SET points = customer_id")
    rich = {"rule": {"kind": "number", "column": "points", "op": ">", "value": 2}}
    nodes = {
        "audience": ("entry", EVERYBODY),
        "rich": ("split", rich),
        "day": wait("P1D"),
        "meet": wait("P1D"),
        "done": ("exit", {"outcome": "met"}),
    }
    lines = ("audience next rich", "rich yes day", "rich no meet", "day next meet", "meet next done")
    driver = Driver(world, world.plan(drawn(nodes, *lines)))
    await driver.tick(NOW)
    assert await driver.here() == {"day": [3, 4], "meet": [1, 2]}
    await driver.tick(NOW + timedelta(days=1))
    assert (await driver.here(), await driver.ended()) == ({"meet": [3, 4]}, {"exit:met": [1, 2]})
    await driver.tick(NOW + timedelta(days=2))
    assert await driver.ended() == {"exit:met": [1, 2, 3, 4]}
    assert await holds(driver)


@pytest.mark.parametrize(
    ("line", "here", "ended"),
    [
        ((), {"next": [1, 2]}, {}),
        (("letter not_done late",), {"late": [2], "next": [1]}, {}),
    ],
    ids=["not wired", "wired"],
)
async def test_who_is_not_reached_goes_by_the_optional_port_if_it_is_wired(
    world: World, line: tuple[str, ...], here: dict[str, list[int]], ended: dict[str, list[int]]
) -> None:
    await people(world, range(1, 2))
    await people(world, range(2, 3), consent=False)
    letter = {"channel": "letter", "connection": "post", "step": {"line": "Hello"}}
    nodes = {"audience": ("entry", EVERYBODY), "letter": ("message", letter), "next": wait("P1D"), "late": wait("P1D")}
    wired = ("audience next letter", "letter done next", *(line or ("next next late",)))
    driver = Driver(world, world.plan(drawn(nodes, *wired)))
    await driver.tick(NOW)
    assert (await driver.here(), await driver.ended()) == (here, ended)
    assert await driver.outcomes() == {"letter: accepted": [1], "letter: suppressed/no_consent": [2]}
    assert await holds(driver)


async def test_an_optional_port_alone_lets_the_others_end(world: World) -> None:
    await people(world, range(1, 2))
    await people(world, range(2, 3), consent=False)
    letter = {"channel": "letter", "connection": "post", "step": {"line": "Hello"}}
    nodes = {"audience": ("entry", EVERYBODY), "letter": ("message", letter), "late": wait("P1D")}
    driver = Driver(world, world.plan(drawn(nodes, "audience next letter", "letter not_done late")))
    await driver.tick(NOW)
    assert (await driver.here(), await driver.ended()) == ({"late": [2]}, {"end_of_path": [1]})
    assert await holds(driver)


async def test_of_two_entries_the_first_drawn_takes_whom_both_want(world: World) -> None:
    await people(world, range(1, 5))
    nodes = {
        "some": ("entry", {"rule": {"kind": "one_of", "column": "customer_id", "values": [2, 3]}}),
        "all": ("entry", EVERYBODY),
        "rest": wait("P1D"),
    }
    driver = Driver(world, world.plan(drawn(nodes, "some next rest", "all next rest")))
    await driver.tick(NOW)
    assert await driver.here() == {"rest": [1, 2, 3, 4]}
    entered = await world.run(
        f"SELECT entry_node, LIST(member_id ORDER BY member_id) FROM {SCHEMA}.visits GROUP BY ALL"
    )
    assert dict(entered) == {"some": [2, 3], "all": [1, 4]}
    refused = await world.run(f"SELECT entry_node, member_id, reason FROM {SCHEMA}.refusals ORDER BY ALL")
    assert refused == [("all", 2, "reentry"), ("all", 3, "reentry")]
    assert await holds(driver)


def everything() -> Journey:
    """One step of each kind."""
    half = [{"id": "a", "label": "A", "weight": 50}, {"id": "b", "label": "B", "weight": 50}]
    german = {
        "id": "german",
        "label": "Germany",
        "rule": {"kind": "text", "column": "country", "op": "is", "value": "DE"},
    }
    letter = {"channel": "letter", "connection": "post", "step": {"line": "Hello"}}
    nodes = {
        "audience": ("entry", EVERYBODY),
        "second": ("entry", EVERYBODY),
        "arms": ("random_split", {"arms": half}),
        "country": ("first_match", {"branches": [german]}),
        "letter": ("message", letter),
        "rich": ("split", {"rule": {"kind": "number", "column": "points", "op": ">", "value": 5}}),
        "rest": wait("P1D"),
        "done": ("exit", {}),
    }
    lines = (
        "audience next arms", "second next arms", "arms a country", "arms b letter", "country german letter",
        "country else rich", "letter done rich", "rich yes rest", "rich no done", "rest next done",
    )  # fmt: skip
    return drawn(nodes, *lines)


async def test_every_statement_run_twice_in_a_wave_adds_nothing(world: World) -> None:
    await people(world, range(1, 41), country="DE", points=9.0)
    driver = Driver(world, world.plan(everything()))
    for number in range(3):
        await driver.tick(NOW + timedelta(days=number))
    before = await ledger(world)
    assert all(before.values())
    [(waves,)] = await world.run(f"SELECT MAX(wave) FROM {SCHEMA}.waves")
    for wave in range(1, waves + 1):
        values = {"as_of": NOW, "wave": wave, "since_version": 1}
        ran = await world.run(f"SELECT node_id, task FROM {SCHEMA}.waves WHERE wave = $wave", wave=wave)
        for node_id, task in ran:
            step = driver.plan.step(node_id)
            writes, marker = (step.writes, step.marker)
            if task == "intend":
                assert step.delivery is not None
                writes, marker = step.delivery.intend, step.delivery.marker
            assert await world.engine.write(writes, values, marker=marker) is False
    assert await ledger(world) == before


async def test_a_wave_in_which_nobody_is_due_adds_nothing_but_its_mark(world: World) -> None:
    await people(world, range(1, 41), country="DE", points=9.0)
    driver = Driver(world, world.plan(everything()))
    await driver.tick(NOW)
    before = await ledger(world)
    for step in driver.plan.steps:
        values = {"as_of": NOW, "wave": 900, "since_version": 1}
        assert await world.engine.write(step.writes, values, marker=step.marker) is True
        if step.delivery is not None:
            assert await world.engine.write(step.delivery.intend, values, marker=step.delivery.marker) is True
            assert await world.engine.rows(step.delivery.chunks, values) == [(0, 0, 0)]
        assert await world.engine.rows(step.moved, values) == []
    after = await ledger(world)
    assert {table for table in LEDGER if after[table] != before[table]} == {"waves"}


async def test_who_is_intended_already_is_not_intended_again_by_a_later_wave(world: World) -> None:
    await people(world, range(1, 4))
    letter = {"channel": "letter", "connection": "post", "step": {"line": "Hello"}}
    hourly = {**EVERYBODY, "schedule": {"kind": "every", "minutes": 60}}
    driver = Driver(
        world,
        world.plan(drawn({"audience": ("entry", hourly), "letter": ("message", letter)}, "audience next letter")),
    )
    await driver.advance("audience", 1, NOW)
    await driver.deliver("letter", 1, NOW, Gate(closed=True))
    await people(world, range(4, 6))
    await driver.advance("audience", 2, NOW + timedelta(hours=1))
    await driver.deliver("letter", 2, NOW + timedelta(hours=1))
    assert await driver.outcomes() == {"letter: accepted": [4, 5]}
    await driver.deliver("letter", 1, NOW)
    assert await driver.outcomes() == {"letter: accepted": [1, 2, 3, 4, 5]}
    assert len(driver.channel.sent) == 5
    assert await holds(driver)


async def test_arms_are_the_shares_that_were_drawn(world: World) -> None:
    await people(world, range(1, 401), consent=False)
    arms = [{"id": "a", "label": "A", "weight": 25}, {"id": "b", "label": "B", "weight": 75}]
    nodes = {
        "audience": ("entry", EVERYBODY),
        "arms": ("random_split", {"arms": arms}),
        "a": wait("P1D"),
        "b": wait("P1D"),
    }
    driver = Driver(world, world.plan(drawn(nodes, "audience next arms", "arms a a", "arms b b")))
    await driver.tick(NOW)
    here = await driver.here()
    assert sorted(here["a"] + here["b"]) == list(range(1, 401))
    assert 60 <= len(here["a"]) <= 140, "a quarter of 400, give or take four standard deviations"
    assert BUCKETS == 10_000


async def test_stop_ends_every_open_visit_wherever_it_is_and_no_other(world: World) -> None:
    await people(world, range(1, 41), country="DE", points=9.0)
    await world.run("UPDATE shop.customers SET points = 1 WHERE customer_id <= 10")
    driver = Driver(world, world.plan(everything()))
    await driver.tick(NOW)
    ended = await driver.ended()
    assert ended == {"exit:completed": list(range(1, 11))}
    await world.engine.write([driver.plan.stop], {"as_of": NOW, "wave": 50})
    assert await driver.ended() == {**ended, "stopped": list(range(11, 41))}
    before = await ledger(world)
    await world.engine.write([driver.plan.stop], {"as_of": NOW, "wave": 51})
    assert await ledger(world) == before
    assert await holds(driver)


def test_a_drawing_with_a_problem_is_not_compiled(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        world.plan(drawn({"audience": ("entry", EVERYBODY), "rest": ("wait", {})}, "audience next rest"))
    assert [problem["code"] for problem in refused.value.problems] == ["missing"]
    assert refused.value.problems[0]["node_id"] == "rest"
