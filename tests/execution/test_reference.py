"""Random journeys, through the engine and through the plain reference: the same ledger, at every tick.

Each run has the same cases. `make soak` runs thousands, by seeds that it prints; `SOJOURN_SEED` begins with one,
`SOJOURN_DETAIL` counts what the cases met.
"""

import asyncio
import contextlib
import copy
import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from orchestrator.errors import Conflict, Invalid
from orchestrator.execution.inbox import Posted
from orchestrator.execution.plan import Plan
from orchestrator.execution.transfer import never_twice, targets_of
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from orchestrator.lakehouse.engine import Statement
from orchestrator.lakehouse.model import ContactPolicy
from tests.execution.journeys import Journeys
from tests.reference.books import Books
from tests.reference.cases import Adoption, Case, Tick, cases
from tests.reference.members import utc
from tests.reference.versions import Drawing, Reference
from tests.world import COLUMNS, NODES, SCHEMA, SOURCES, START, AtOnce, World, build, outlines

PER_SEED = 100
SOAK = int(os.environ.get("SOJOURN_SOAK", "0"))
SEED = int(os.environ.get("SOJOURN_SEED", "1"))
NORMAL = 60
SEEN: Counter[str] = Counter()
SEEDS = list(range(SEED, SEED + max(SOAK // PER_SEED, 1)))
WORDS = "customer_id, purpose, suppressed, decided_at"
LEDGER = {
    "visits": "member_id, visit_no, entry_node, entered_at, visit_key, version",
    "moves": "member_id, visit_no, from_node, port, to_node, ended, reason, moved_at, version",
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
    books = Books(case.journey_id, world.lakehouse.sources, tables, case.answers, case.start)
    reference = Reference(books, _drawing(journey))
    now = _instant(reference, case.ticks[0], case.start)
    engine = Journeys.start(world, journey, now, case.journey_id, verified=False)
    engine.channel.answers.update(case.answers)
    for number, tick in enumerate(case.ticks):
        now = _instant(reference, tick, now) if number else now
        for edit in tick.edits:
            edit.apply(tables, now)
        if tick.edits:
            await _write(world, tables, {edit.table for edit in tick.edits})
        if tick.pauses and number:
            reference.paused = engine.versions.paused = not reference.paused
        if tick.adopts is not None and number:
            await _adopt(engine, reference, tick.adopts, now)
        await _post(engine, reference, tick, now)
        await engine.tick(now)
        reference.tick(now)
        assert await _engine(world, engine) == _reference(reference), f"tick {number}, {now}"
    if case.stops:
        values = {"as_of": now, "wave": engine.versions.count()}
        await world.engine.write([engine.newest.stop], values)
        reference.stop(now)
        assert _unversioned(await _engine(world, engine)) == _unversioned(_reference(reference)), "stopped"
    SEEN.update({"cases": 1, "ticks": len(case.ticks)})
    SEEN.update({name: len(rows) for name, rows in _reference(reference).items() if isinstance(rows, list)})
    if os.environ.get("SOJOURN_DETAIL"):
        SEEN.update(str(m[6]) for m in books.moves)
        SEEN.update(f"{m[2]}:{m[3]}"[-20:] for m in books.moves)
        SEEN.update(f"{d[3]}/{d[4]}" for d in books.deliveries)
    promised = Promised(list(engine.plans.values()))
    assert [each for each in await verify(world.engine, SCHEMA, promised) if each.violations] == []


def _drawing(journey: Journey) -> Drawing:
    return journey, {each.id: NODES[each.type].model_validate(each.data) for each in journey.nodes}


async def _adopt(engine: Journeys, reference: Reference, adoption: Adoption, now: datetime) -> None:
    """Goes on with a newer version; who is where is the same before, and where it cannot be moved to it is pinned."""
    journey, number = Journey.model_validate(adoption.journey), max(engine.plans) + 1
    try:
        plan = engine.world.plan(journey, engine.newest.journey_id, number)
    except Invalid:
        return
    assert plan.transfer is not None
    standing = dict(await engine.world.engine.rows(plan.transfer.standing, {"since_version": 1}))
    assert standing == reference.standing(), "the counts before a version is chosen"
    if adoption.moves and (chosen := await _chosen(engine, plan, adoption.to, standing)) is not None:
        made = await engine.adopt(journey, "move", now, **chosen)
        reference.move(number, _drawing(journey), made, now)
        SEEN.update({"moves to a version": 1, "people moved": sum(standing.values())})
        return
    await engine.adopt(journey, "pin", now)
    reference.pin(number, _drawing(journey), now)
    SEEN.update({"versions pinned": 1, "people pinned": sum(standing.values())})


async def _chosen(engine: Journeys, plan: Plan, to: int, standing: Mapping[str, int]) -> dict[str, str | None] | None:
    """Where those go whose step is gone: to the one drawn if that may be, else out; None: they cannot move."""
    assert plan.transfer is not None
    before, kept = [engine.plans[number] for number in engine.numbers], engine.versions.kept(outlines(plan, START))
    lost = sorted(standing.keys() - kept)
    taken = await engine.world.engine.rows(plan.transfer.taken, {"since_version": 1})
    entries = {step.node_id for step in plan.steps if step.kind == "enter"}
    offered = [None, *(node for node in plan.nodes if node not in entries)]
    for target in (offered[to % len(offered)], None):
        chosen = dict.fromkeys(lost, target)
        with contextlib.suppress(Conflict, Invalid):
            targets = targets_of(plan, list(engine.plans.values()), chosen, kept)
            never_twice(plan, before, [(source, end) for source, end in taken], targets)
            return chosen
    return None


async def _post(engine: Journeys, reference: Reference, tick: Tick, now: datetime) -> None:
    """Posts what the tick posts, if there is an API entry, and the first tick has begun the journey."""
    entries = [step for step in engine.newest.steps if step.inbox]
    for request, which, members, keys in tick.posts if entries and reference.started else ():
        step = entries[which % len(entries)]
        name = f"{request}-{step.node_id}"  # a key is of one request
        keyed = step.inbox is not None and step.inbox.keyed
        fresh = [Posted(member, key if keyed else None) for member, key in zip(members, keys, strict=False)]
        posted = reference.books.requests.get(name, fresh)
        await engine.driver(engine.versions.newest).post(step.node_id, name, posted, now)
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


async def _engine(world: World, engine: Journeys) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, columns in LEDGER.items():
        found[name] = _sorted(await world.engine.rows(Statement(sql=f"SELECT {columns} FROM {SCHEMA}.{name}")))
    found["sent"] = sorted(address for address, _ in engine.channel.sent)
    found["due"] = engine.versions.next_due_at
    return found


def _unversioned(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [row[:-1] for row in found["moves"]]  # whoever stops a journey does so for all versions


def _reference(reference: Reference) -> dict[str, Any]:
    books = reference.books
    return {
        "visits": _sorted((v.member, v.number, v.entry, v.entered_at, v.key, v.version) for v in books.visits),
        "moves": _sorted(books.moves),
        "deliveries": _sorted(books.deliveries),
        "refusals": _sorted(books.refusals),
        "conversions": _sorted((*key, at) for key, at in books.conversions.items()),
        "sent": sorted(books.sent),
        "due": next(iter(reference.due()), None),
    }


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in rows), key=repr)
