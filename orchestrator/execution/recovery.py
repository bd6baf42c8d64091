"""A live journey rebuilt from the ledger and the app database, for a Temporal that has lost its workflow.

Where everybody is stands in the ledger; only what is due was the workflow's own. It is worked out again: every step
with people looks at them at once, an entry is asked when its next time comes, and a delivery that was under way goes on
under its own name, so that nothing is sent twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlglot import exp

from orchestrator.execution.ledger import statement
from orchestrator.execution.plan import Plan
from orchestrator.execution.protocol import Deliver, DeliveryDone, RunningVersion, StartJourney, State
from orchestrator.execution.waves import Waves, outline
from orchestrator.lakehouse.engine import Engine
from orchestrator.store.records import RunRecord

_WAVES = """
SELECT w.node_id, MAX(w.wave), MAX(CASE WHEN w.task = 'move' THEN w.as_of END) FROM waves AS w
WHERE w.journey_id = :journey_id GROUP BY w.node_id
"""

_UNSETTLED = """
SELECT i.node_id, i.wave, MAX(w.as_of), MAX(i.version) FROM intents AS i
JOIN waves AS w ON w.journey_id = i.journey_id AND w.wave = i.wave AND w.node_id = i.node_id AND w.task = 'intend'
WHERE i.journey_id = :journey_id AND NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.delivery_key = i.delivery_key)
GROUP BY i.node_id, i.wave ORDER BY i.wave, i.node_id
"""


@dataclass(frozen=True)
class Published:
    """A version, and the hash under which its plan is stored."""

    plan: Plan
    plan_hash: str


async def rebuild(
    engine: Engine, schema: str, run: RunRecord, published: Sequence[Published], *, queue: str, now: datetime
) -> StartJourney:
    """What the run starts again from; `now` is aware.

    `published` are all versions up to the newest that runs, the oldest first: a delivery is settled by the one that
    began it. Raises LakehouseAway.
    """
    told = await _told(engine, schema, run.journey_id)
    numbers = run.versions or [run.version]
    running: list[RunningVersion] = []
    since = 1
    for each in published:
        if each.plan.version in numbers:
            running.append(await _running(engine, each, since, told, run, now))
            since = each.plan.version + 1
    *older, newest = running
    _entries_due(published[-1].plan, told.asked, run.started_at, now, newest.state)
    newest.state.inherited += [
        DeliveryDone(node_id=left.node_id, wave=left.wave) for left in told.unsettled if left.version not in numbers
    ]
    began = {each.plan.version: each for each in published}
    since_of = {each.version: each.since_version for each in running}
    deliveries = [
        _deliver(began.get(each.version, published[-1]), since_of.get(each.version, 1), each, queue)
        for each in told.unsettled
    ]
    return StartJourney(
        journey_id=run.journey_id,
        queue=queue,
        started_at=run.started_at,
        older=older,
        deliveries=deliveries,
        stopping=run.status == "stopped",
        **dict(newest),
    )


class _UnderWay(NamedTuple):
    """A delivery with somebody not settled."""

    node_id: str
    wave: int
    as_of: datetime
    version: int


class _Told(NamedTuple):
    """What the ledger tells of the workflow that is gone: its last wave, and when each step was asked last."""

    wave: int
    asked: dict[str, datetime]
    unsettled: list[_UnderWay]


async def _told(engine: Engine, schema: str, journey_id: str) -> _Told:
    journey = {"journey_id": exp.convert(journey_id)}
    waves = await engine.rows(statement(_WAVES, schema, engine.dialect, journey))
    unsettled = await engine.rows(statement(_UNSETTLED, schema, engine.dialect, journey))
    return _Told(
        wave=max((wave for _, wave, _ in waves), default=0),
        asked={node_id: at.replace(tzinfo=UTC) for node_id, _, at in waves if at is not None},
        unsettled=[
            _UnderWay(node_id, wave, at.replace(tzinfo=UTC), version) for node_id, wave, at, version in unsettled
        ],
    )


async def _running(
    engine: Engine, published: Published, since: int, told: _Told, run: RunRecord, now: datetime
) -> RunningVersion:
    """A version whose every step with people looks at them now, and whose deliveries are under way."""
    plan = published.plan
    lets_in = plan.version == run.version
    steps = [outline(step, now) for step in plan.steps if lets_in or step.kind != "enter"]
    waves = Waves(steps, State(wave=told.wave, started=True, paused=run.status == "paused"))
    for node_id in await _standing(engine, plan, since):
        waves.arrive(node_id, now)
    for each in (one for one in told.unsettled if one.version == plan.version):
        if (earlier := waves.state.delivering.get(each.node_id)) is not None:
            waves.state.inherited.append(DeliveryDone(node_id=each.node_id, wave=earlier))
        waves.state.delivering[each.node_id] = each.wave
    return RunningVersion(
        version=plan.version, plan_hash=published.plan_hash, since_version=since, steps=steps, state=waves.state
    )


async def _standing(engine: Engine, plan: Plan, since: int) -> list[str]:
    """The steps of the plan at which somebody is; with a look at everybody, that one too."""
    looks = [step.node_id for step in plan.steps if step.kind == "look"]
    if plan.transfer is None:  # published by a release that could not tell
        return [step.node_id for step in plan.steps if step.kind != "enter"]
    rows = await engine.rows(plan.transfer.standing, {"since_version": since})
    return looks + [node_id for node_id, _ in rows if node_id in {step.node_id for step in plan.steps}]


def _deliver(published: Published, since: int, under_way: _UnderWay, queue: str) -> Deliver:
    plan = published.plan
    return Deliver(
        plan_hash=published.plan_hash,
        journey_id=plan.journey_id,
        node_id=under_way.node_id,
        title=plan.step(under_way.node_id).title,
        wave=under_way.wave,
        as_of=under_way.as_of,
        queue=queue,
        since_version=since,
    )


def _entries_due(plan: Plan, asked: Mapping[str, datetime], started_at: datetime, now: datetime, state: State) -> None:
    """Each entry is asked when its next time comes; one that comes in once, and did in this run, is not again."""
    for step in plan.steps:
        if step.kind != "enter":
            continue
        last = asked.get(step.node_id)
        last = last if last and last >= started_at else None
        if step.late is not None:
            state.since[step.node_id] = max(started_at, (last or started_at) - step.late)
        if step.calendar is not None:
            following = step.calendar.next(last or started_at)
        elif step.inbox is not None:
            following = now  # what woke the journey for whoever was posted may be lost
        elif last is None:
            following = step.at or now
        elif step.every is not None:
            following = last + step.every
        else:
            continue
        if step.until is None or following < step.until:
            state.due[step.node_id] = following
