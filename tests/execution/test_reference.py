"""Random journeys, through the engine and through the plain reference: the same ledger, at every tick.

Each run has the same cases. `make soak` runs thousands, by seeds that it prints; `SOJOURN_SEED` begins with one,
`SOJOURN_DETAIL` counts what the cases met.
"""

import asyncio
import copy
import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from orchestrator.execution.inbox import Posted
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.model import ContactPolicy
from tests.reference.cases import Case, Tick, cases
from tests.reference.interpreter import Reference
from tests.reference.members import utc
from tests.world import COLUMNS, NODES, SCHEMA, SOURCES, AtOnce, Driver, World, build

PER_SEED = 250
SOAK = int(os.environ.get("SOJOURN_SOAK", "0"))
SEED = int(os.environ.get("SOJOURN_SEED", "1"))
NORMAL = 60
SEEN: Counter[str] = Counter()
SEEDS = list(range(SEED, SEED + max(SOAK // PER_SEED, 1)))
WORDS = "customer_id, purpose, suppressed, decided_at"
LEDGER = {
    "visits": "member_id, visit_no, entry_node, entered_at, visit_key",
    "moves": "member_id, visit_no, from_node, port, to_node, ended, reason, moved_at",
    "deliveries": "member_id, visit_no, node_id, outcome, reason, settled_at",
    "refusals": "entry_node, member_id, reason, refused_at, visit_key, happened_at",
    "conversions": "member_id, visit_no, reached_at",
}

POSTS = ("requests", "inbox", "taken")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(0 if SOAK else 600)
def test_the_engine_does_what_the_reference_says(seed: int) -> None:
    world = asyncio.run(build(AtOnce(memory="1GB")))
    asyncio.run(world.run("SET threads = 1"))

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=PER_SEED if SOAK else NORMAL,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @hypothesis.given(cases())
    def same(case: Case) -> None:
        asyncio.run(_run(world, case))

    SEEN.clear()
    try:
        same()
    finally:
        asyncio.run(world.engine.close())
        if SOAK:
            print(f"\nseed {seed}: " + ", ".join(f"{count} {what}" for what, count in sorted(SEEN.items())))


async def _run(world: World, case: Case) -> None:
    tables = copy.deepcopy(case.rows)
    await _begin(world, tables, case)
    journey = Journey.model_validate(case.journey)
    driver = Driver(world, world.plan(journey, case.journey_id))
    driver.channel.answers.update(case.answers)
    nodes = {each.id: NODES[each.type].model_validate(each.data) for each in journey.nodes}
    sources = world.lakehouse.sources
    reference = Reference(case.journey_id, journey, nodes, sources, tables, case.answers)
    now = case.start
    for number, tick in enumerate(case.ticks):
        now = _instant(reference, tick, now)
        for edit in tick.edits:
            edit.apply(tables, now)
        if tick.edits:
            await _write(world, tables, {edit.table for edit in tick.edits})
        if tick.pauses and number:
            reference.paused = driver.waves.state.paused = not reference.paused
        await _post(driver, reference, tick, now)
        await driver.tick(now)
        reference.tick(now)
        assert await _engine(world, driver) == _reference(reference), f"tick {number}, {now}"
    if case.stops:
        values = {"as_of": now, "wave": driver.waves.open()}
        await world.engine.write([driver.plan.stop], values)
        reference.stop(now)
        assert (await _engine(world, driver))["moves"] == _reference(reference)["moves"], "stopped"
    SEEN.update({"cases": 1, "ticks": len(case.ticks)})
    SEEN.update({name: len(rows) for name, rows in _reference(reference).items() if isinstance(rows, list)})
    if os.environ.get("SOJOURN_DETAIL"):
        SEEN.update(str(m[6]) for m in reference.moves)
        SEEN.update(f"{next(n.type for n in journey.nodes if n.id == m[2])}:{m[3]}" for m in reference.moves)
        SEEN.update(f"{d[3]}/{d[4]}" for d in reference.deliveries)
    assert [each for each in await verify(world.engine, SCHEMA, Promised([driver.plan])) if each.violations] == []


async def _post(driver: Driver, reference: Reference, tick: Tick, now: datetime) -> None:
    """Posts what the tick posts, if there is an API entry, and the first tick has begun the journey."""
    entries = [step for step in driver.plan.steps if step.inbox]
    for request, which, members, keys in tick.posts if entries and driver.waves.state.started else ():
        step = entries[which % len(entries)]
        name = f"{request}-{step.node_id}"  # a key is of one request
        keyed = step.inbox is not None and step.inbox.keyed
        fresh = [Posted(member, key if keyed else None) for member, key in zip(members, keys, strict=False)]
        posted = reference.requests.get(name, fresh)
        await driver.post(step.node_id, name, posted, now)
        reference.post(step.node_id, name, posted, now)


def _instant(reference: Reference, tick: Tick, now: datetime) -> datetime:
    if tick.clock is not None:
        zone, shows = tick.clock
        days = [datetime.combine(now + timedelta(days=ahead), time.fromisoformat(shows)) for ahead in (-1, 0, 1, 2)]
        return min(at for day in days if (at := utc(day, zone)) >= now)
    ahead = [at for at in reference.due() if at >= now]
    if tick.due is None or not ahead:
        return now + max(tick.off, timedelta())
    return max(now, ahead[min(tick.due, len(ahead) - 1)] + tick.off)


async def _begin(world: World, tables: Mapping[str, list[dict[str, Any]]], case: Case) -> None:
    """Empty ledger, given rows and a source model of its own."""
    customers = SOURCES.customers.model_copy(update={"country_zones": case.country_zones})
    changed = {"customers": customers, "time_zone": case.zone, "holdout": case.holdout}
    changed["contact_policy"] = ContactPolicy.model_validate(case.policy)
    world.lakehouse = world.lakehouse.model_copy(update={"sources": SOURCES.model_copy(update=changed)})
    await world.engine.write(
        [Statement(sql=f"DELETE FROM {SCHEMA}.{name}") for name in (*LEDGER, "intents", "waves", *POSTS)]
    )
    await _write(world, tables, tables)


async def _write(world: World, tables: Mapping[str, list[dict[str, Any]]], names: Any) -> None:
    for name in names:
        table = f"{SCHEMA}.{name}" if name == "suppressions" else f"shop.{name}"
        statements = [Statement(sql=f"DELETE FROM {table}")]
        columns = [column.split()[0] for column in COLUMNS.get(name, WORDS).split(", ")]
        rows, values = [], {}
        for number, row in enumerate(tables[name]):
            values |= {f"{column}{number}": row.get(column) for column in columns}
            rows.append("(" + ", ".join(f"${column}{number}" for column in columns) + ")")
        if rows:
            named = (
                ", ".join(columns).replace("customer_id", "member_id") if name == "suppressions" else ", ".join(columns)
            )
            sql = f"INSERT INTO {table} ({named}) VALUES {', '.join(rows)}"
            statements.append(Statement(sql=sql, runtime=tuple(values)))
        await world.engine.write(statements, values)


async def _engine(world: World, driver: Driver) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, columns in LEDGER.items():
        found[name] = _sorted(await world.engine.rows(Statement(sql=f"SELECT {columns} FROM {SCHEMA}.{name}")))
    found["sent"] = sorted(address for address, _ in driver.channel.sent)
    found["due"] = driver.waves.next_due_at
    return found


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "visits": _sorted((v.member, v.number, v.entry, v.entered_at, v.key) for v in reference.visits),
        "moves": _sorted(reference.moves),
        "deliveries": _sorted(reference.deliveries),
        "refusals": _sorted(reference.refusals),
        "conversions": _sorted((*key, at) for key, at in reference.conversions.items()),
        "sent": sorted(reference.sent),
        "due": next(iter(reference.due()), None),
    }


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in rows), key=repr)
