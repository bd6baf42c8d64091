"""Simulation: the real statements on a scratch ledger, under another clock, with channels that only count.

It starts from where everybody in the journey is now, or – over the past – from an empty journey. It leaves no trace.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from orchestrator.execution import ledger
from orchestrator.execution import protocol as p
from orchestrator.execution.advance import counted
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.plan import Plan, Step
from orchestrator.execution.policy_sql import LATE
from orchestrator.execution.report import read_report
from orchestrator.execution.scratch import dropped, scratch_name
from orchestrator.execution.simulation import Cost, Sent, Simulation, between
from orchestrator.execution.waves import Waves, outline
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement

LOOKS = 60
"""An always-on entry, a goal or an exit rule is looked up so many times at most: data do not change here."""
LONGEST = timedelta(days=366)
_NEXT = 2**31 - 1
"""The drawing as a version after all others: whoever is inside goes on in it."""

_SEED = "INSERT INTO {table} SELECT * FROM :live AS l WHERE l.journey_id = :journey_id"
_SEED_POLICY = {
    "suppressions": "INSERT INTO suppressions SELECT * FROM :live AS l",
    "erasures": "INSERT INTO erasures SELECT * FROM :live AS l",
    "intents": "INSERT INTO intents SELECT * FROM :live AS l "
    "WHERE l.journey_id <> :journey_id AND l.planned_at > :since",
    "deliveries": "INSERT INTO deliveries SELECT * FROM :live AS l "
    "WHERE l.journey_id <> :journey_id AND l.settled_at > :since",
}
"""What other journeys have sent counts for the caps."""
_SEEDED = ("visits", "moves", "intents", "deliveries", "conversions", "refusals", "message_events")
_LAST_WAVE = "SELECT COALESCE(MAX(m.wave), 0) FROM moves AS m"

_ACCEPT = """
INSERT INTO deliveries (
  journey_id, node_id, wave, member_id, visit_no, delivery_key, channel, outcome, reason, reference, settled_at)
SELECT i.journey_id, i.node_id, i.wave, i.member_id, i.visit_no, i.delivery_key, :channel, 'accepted',
  CAST(NULL AS STRING), CAST(NULL AS STRING), :now
FROM intents AS i
WHERE i.journey_id = :journey_id AND i.node_id = :node_id AND i.reason IS NULL AND NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.node_id = :node_id
    AND s.delivery_key = i.delivery_key)
"""

_SENT = """
SELECT s.node_id, s.channel, s.settled_at, COUNT(*) FROM deliveries AS s
WHERE s.outcome = 'accepted' AND s.settled_at >= :now GROUP BY s.node_id, s.channel, s.settled_at
"""


@dataclass(frozen=True)
class _Empty:
    """A run that is none, for the report."""

    status: str = "simulated"
    versions: list[int] = field(default_factory=list)
    wave: int = 0
    as_of: datetime | None = None
    next_due_at: datetime | None = None
    due: dict[str, str] = field(default_factory=dict)
    trouble: str = ""


async def simulate(
    engine: Engine,
    schema: str,
    journey_id: str,
    journey: Journey,
    known: Known,
    begin: datetime,
    days: int,
    *,
    past: bool,
) -> Simulation:
    """Runs the drawing from `begin` (UTC) on for so many days; with `past` over what was, for an empty journey.

    Raises Invalid with the drawing's problems, UserError and LakehouseAway as the engine does.
    """
    began = time.perf_counter()
    async with _scratch(engine, known, schema) as scratch:
        plan = compile_plan(journey_id, _NEXT, journey, known, engine.dialect, scratch)
        run = _Run(engine, plan, scratch, begin, begin + min(timedelta(days=days), LONGEST))
        if await run.seed_policy(known, schema) and not past:
            await run.seed(schema)
        before = await read_report(engine, plan, scratch, _Empty())
        await run.all_waves()
        after = await read_report(engine, plan, scratch, _Empty())
        found = between(before, after, begin, run.end)
        found.waves, found.looked_every = run.waves.state.wave, run.looked_every
        found.unforeseen = [step.node_id for step in plan.steps if step.inbox]
        found.costs = sorted(run.costs.values(), key=lambda cost: -cost.seconds)
        found.statements = sum(cost.statements for cost in found.costs)
        found.sent = await run.sent(ZoneInfo(known.lakehouse.sources.time_zone))
    found.seconds = round(time.perf_counter() - began, 3)
    return found


@asynccontextmanager
async def _scratch(engine: Engine, known: Known, schema: str) -> AsyncIterator[str]:
    """A ledger of its own, gone afterwards whatever happens."""
    name = scratch_name(schema, "simulation", datetime.now(UTC))
    try:
        await ledger.ensure_ledger(engine, known.lakehouse, name)
        yield name
    finally:
        await asyncio.shield(engine.write([dropped(name, engine.dialect)]))


@dataclass
class _Run:
    """The loop of the journey's workflow, with a clock that jumps."""

    engine: Engine
    plan: Plan
    schema: str
    begin: datetime
    end: datetime
    waves: Waves = field(init=False)
    looked_every: timedelta | None = field(init=False, default=None)
    costs: dict[str, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = tuple(map(self._unhurried, self.plan.steps))
        self.plan = self.plan.model_copy(update={"steps": steps})
        self.waves = Waves([outline(step, self.begin) for step in steps], p.State())

    def _unhurried(self, step: Step) -> Step:
        least = (self.end - self.begin) / LOOKS
        hurried = [name for name in ("every", "beat") if (rhythm := getattr(step, name)) is not None and rhythm < least]
        if hurried:
            self.looked_every = least
        return step.model_copy(update=dict.fromkeys(hurried, least))

    async def seed_policy(self, known: Known, live: str) -> bool:
        """Who is suppressed, and what other journeys have sent; False: nothing was ever run here."""
        if f"{live}.moves" not in await self.engine.tables():
            return False
        await ledger.ensure_ledger(self.engine, known.lakehouse, live)
        days = max((cap.within_days for cap in known.lakehouse.sources.contact_policy.caps), default=0)
        since = sql.instant(exp.convert(sql.utc_text(self.begin - timedelta(days=days) - LATE)))
        always = {name: _SEED_POLICY[name] for name in ("suppressions", "erasures")}
        wanted = _SEED_POLICY if days else always
        await self.engine.write([self._copy(text, table, live, since=since) for table, text in wanted.items()])
        return True

    async def seed(self, live: str) -> None:
        """Everybody where they are now; what is being sent counts as sent."""
        await self.engine.write([self._copy(_SEED.format(table=table), table, live) for table in _SEEDED])
        [(last,)] = await self.engine.rows(self._over(_LAST_WAVE))
        self.waves.state.wave = last
        if last:
            for step in self.plan.steps:
                if step.kind != "enter":
                    self.waves.due(step.node_id, self.begin)
                if step.delivery:
                    await self._accept(step, self.begin)

    def _copy(self, text: str, table: str, live: str, **fragments: exp.Expr) -> Statement:
        return self._over(text, live=exp.select("*").from_(sql.table(f"{live}.{table}")), **fragments)

    async def all_waves(self) -> None:
        """Wave after wave until the end, or until nobody is inside and nobody can come."""
        now = self.begin
        seeded = dict(self.waves.state.due)
        self.waves.begin(now)
        for node_id, at in seeded.items():
            self.waves.due(node_id, at)
        while True:
            while self.waves.is_due(now):
                await self._wave(now)
            due = self.waves.next_due_at
            if due is None or due > self.end:
                return
            now = due

    async def sent(self, zone: ZoneInfo) -> list[Sent]:
        """What would be sent, by day."""
        found: dict[tuple[date, str, str], int] = defaultdict(int)
        rows = await self.engine.rows(self._over(_SENT), {"as_of": sql.naive_utc(self.begin)})
        for node_id, channel, settled_at, count in rows:
            found[settled_at.replace(tzinfo=UTC).astimezone(zone).date(), node_id, channel] += count
        return [
            Sent(day=day, node_id=node, channel=channel, count=n) for (day, node, channel), n in sorted(found.items())
        ]

    async def _wave(self, now: datetime) -> None:
        wave = self.waves.open()
        values: dict[str, Any] = {"as_of": sql.naive_utc(now), "wave": wave, "since_version": 1, "run_at": None}
        for each in self.waves.due_steps(now):
            step = self.plan.step(each.node_id)
            since = self.waves.state.since.get(each.node_id)
            values["since"] = since and sql.naive_utc(since)
            with self._costing(step, len(step.writes) + 1):
                await self.engine.write(step.writes, values, marker=step.marker)
                done = await counted(self.engine, step, values)
            self.waves.advanced(each, done, now)
        for each in self.waves.to_deliver():
            step = self.plan.step(each.node_id)
            assert step.delivery is not None
            with self._costing(step, len(step.delivery.intend) + 1):
                await self.engine.write(step.delivery.intend, values, marker=step.delivery.marker)
                await self._accept(step, now)
            self.waves.delivered(p.DeliveryDone(node_id=step.node_id, wave=wave), now)

    async def _accept(self, step: Step, now: datetime) -> None:
        assert step.delivery is not None
        fragments = {"node_id": exp.convert(step.node_id), "channel": exp.convert(step.delivery.channel)}
        await self.engine.write([self._over(_ACCEPT, **fragments)], {"as_of": sql.naive_utc(now)})

    @contextmanager
    def _costing(self, step: Step, statements: int) -> Iterator[None]:
        began = time.perf_counter()
        yield
        cost = self.costs.setdefault(step.node_id, Cost(node_id=step.node_id))
        cost.statements += statements
        cost.seconds = round(cost.seconds + time.perf_counter() - began, 3)

    def _over(self, text: str, **fragments: exp.Expr) -> Statement:
        given = {"journey_id": exp.convert(self.plan.journey_id), **fragments}
        return ledger.statement(text, self.schema, self.engine.dialect, given)
