"""A small lakehouse for tests, and a driver that runs a journey's waves by hand, with any clock."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import sqlglot
from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.channels.channel import (
    Batch,
    Capabilities,
    Channel,
    ChannelModel,
    Liquid,
    Outcome,
    Result,
    Semantics,
)
from orchestrator.execution import protocol as p
from orchestrator.execution.advance import counted
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.delivery import Chunk, Entry, Gate
from orchestrator.execution.idle import Looks
from orchestrator.execution.inbox import Posted, receive
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.plan import Plan
from orchestrator.execution.waves import Waves, outline
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.journey.node import Node
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.model import Lakehouse, Sources, bind_sources
from orchestrator.plugins import discover

SCHEMA = "ledger"
START = datetime(2026, 3, 2, 9)
"""When a driver's run began, by the app database."""
COLUMNS = {
    "customers": "customer_id BIGINT, email VARCHAR, phone VARCHAR, first_name VARCHAR, country VARCHAR, "
    "time_zone VARCHAR, points DOUBLE, member_since DATE, is_active BOOLEAN",
    "propensities": "customer_id BIGINT, bread DOUBLE, soda DOUBLE",
    "purchases": "customer_id BIGINT, category VARCHAR, amount DOUBLE, purchased_at TIMESTAMP, cart VARCHAR",
    "consents": "customer_id BIGINT, purpose VARCHAR, granted BOOLEAN",
}
SOURCES = Sources.model_validate(
    {
        "customers": {
            "table": "shop.customers",
            "key": "customer_id",
            "time_zone": "time_zone",
            "country": "country",
            "contacts": {"email": "email", "phone": "phone"},
            "hidden": ["first_name"],
        },
        "related": {
            "propensities": {
                "table": "shop.propensities",
                "key": "customer_id",
                "cardinality": "one",
                "scores": True,
            },
            "purchases": {
                "table": "shop.purchases",
                "key": "customer_id",
                "cardinality": "many",
                "happened_at": "purchased_at",
            },
        },
        "consent": {"table": "shop.consents", "key": "customer_id", "purpose": "purpose", "granted": "granted"},
    }
)
NODES = discover(Node, ["orchestrator.journey.nodes"], "sojourn.nodes")  # type: ignore[type-abstract]


T = TypeVar("T")


class AtOnce(DuckDB):
    """Runs each statement where it is asked: tables of ten rows are read faster than a thread is woken."""

    async def _in_thread(self, cursor: Any, work: Callable[[], T]) -> T:
        return work()


class Letter(Channel):
    """A message channel for tests: it remembers what it sent, and refuses or puts off whom it is told to."""

    name: ClassVar[str] = "letter"
    title: ClassVar[str] = "Letter"
    capabilities: ClassVar[Capabilities] = Capabilities(
        kind="message", semantics=Semantics.NONE, consent="email", contacts=("email",), lanes=3
    )

    class Connection(ChannelModel):
        """Nothing to set up."""

    class Step(ChannelModel):
        """One line."""

        line: Liquid

    def __init__(self, connection: ChannelModel | None = None) -> None:
        super().__init__(connection or self.Connection())
        self.sent: list[tuple[str, str]] = []
        self.answers: dict[str, Result | Exception | None] = {}

    async def check(self) -> str:
        return "ready"

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        for recipient in batch.recipients:
            address = recipient.values["email"]
            answer = self.answers.get(address, Result(Outcome.ACCEPTED, f"ref-{len(self.sent)}"))
            if isinstance(answer, Exception):
                raise answer
            if answer is None or answer.outcome is Outcome.ACCEPTED:
                self.sent.append((address, recipient.values["line"]))
            if answer is not None:
                yield recipient.key, answer


class Notebook:
    """A journal in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, Entry] = {}
        self.attempts: dict[str, str] = {}
        self.places: dict[str, tuple[str, str, int, int]] = {}

    async def entries(self, place: p.DeliverChunk) -> dict[str, Entry]:
        here = (place.journey_id, place.node_id, place.wave, place.chunk)
        return {key: entry for key, entry in self.pages.items() if self.places[key] == here}

    async def forget(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.pages.pop(key, None)

    async def write(self, place: p.DeliverChunk, attempt: str, entries: Mapping[str, Entry]) -> set[str]:
        stands: set[str] = set()
        for key, entry in entries.items():
            state, by = self.pages.get(key, ("deferred",))[0], self.attempts.get(key, "")
            if by <= attempt and (state == "deferred" or (state == "sending" and entry[0] != "sending")):
                stands.add(key)
                self.pages[key], self.attempts[key] = entry, attempt
                self.places[key] = (place.journey_id, place.node_id, place.wave, place.chunk)
        return stands


@dataclass
class World:
    """An engine with the tables above, and what is known around a journey."""

    engine: Engine
    lakehouse: Lakehouse
    audiences: dict[str, Rule] = field(default_factory=dict)

    @property
    def known(self) -> Known:
        return Known(NODES, {"letter": Letter}, {"post": "letter"}, self.audiences, self.lakehouse)

    def plan(self, journey: Journey, journey_id: str = "j", version: int = 1) -> Plan:
        return compile_plan(journey_id, version, journey, self.known, self.engine.dialect, SCHEMA)

    async def run(self, text: str, **values: Any) -> list[tuple[Any, ...]]:
        """SQL as DuckDB writes it, on whatever engine."""
        statement = Statement(sql=self._said(text), runtime=tuple(values))
        if text.startswith(("INSERT", "UPDATE", "DELETE")):
            await self.engine.write([statement], values)
            return []
        return await self.engine.rows(statement, values)

    async def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if self.engine.dialect != "duckdb":
            await self.insert_all(table, rows)
            return
        for row in rows:
            names, marks = ", ".join(row), ", ".join(f"${name}" for name in row)
            text = f"INSERT INTO shop.{table} ({names}) VALUES ({marks})"
            await self.engine.write([Statement(sql=text, runtime=tuple(row))], row)

    async def insert_all(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """All rows with one statement and one parameter."""
        kinds = dict(column.split() for column in COLUMNS[table].split(", "))
        given = sql.json_rows(dict.fromkeys(kinds, "STRING"), self.engine.dialect).subquery("v")
        found = [exp.cast(exp.column(name, "v"), kind, dialect="duckdb") for name, kind in kinds.items()]
        into = exp.insert(exp.select(*found).from_(given), f"shop.{table}", columns=list(kinds))
        values = {"rows": json.dumps([{**dict.fromkeys(kinds), **row} for row in rows], default=str)}
        await self.engine.write([sql.render(into, self.engine.dialect)], values)

    def _said(self, text: str) -> str:
        if self.engine.dialect == "duckdb":
            return text
        return sqlglot.transpile(text, read="duckdb", write=self.engine.dialect)[0]


async def build(engine: Engine | None = None, **sources: Any) -> World:
    """A world with empty tables; `sources` are further parts of the source model."""
    engine = engine or DuckDB(memory="1GB")
    ddl = ["CREATE SCHEMA IF NOT EXISTS shop"]
    ddl += [f"CREATE TABLE IF NOT EXISTS shop.{name} ({columns})" for name, columns in COLUMNS.items()]
    await engine.write([Statement(sql=sqlglot.transpile(each, read="duckdb", write=engine.dialect)[0]) for each in ddl])
    model = Sources.model_validate({**SOURCES.model_dump(), **sources})
    lakehouse = bind_sources(model, await engine.tables())
    await ensure_ledger(engine, lakehouse, SCHEMA)
    return World(engine, lakehouse)


def outlines(plan: Plan, now: datetime) -> list[p.StepOutline]:
    """The steps as the workflow gets them, by the driver's clock, which is naive."""
    made = [outline(step, now.replace(tzinfo=UTC)) for step in plan.steps]
    clocks = [{name: at and naive(at) for name, at in (("until", o.until), ("first_at", o.first_at))} for o in made]
    return [each.model_copy(update=found) for each, found in zip(made, clocks, strict=True)]


def naive(moment: datetime) -> datetime:
    """The instant in UTC, without its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


@dataclass
class Driver:
    """Runs a journey's waves without Temporal; `as_of` is whatever the test says."""

    world: World
    plan: Plan
    channel: Letter = field(default_factory=Letter)
    journal: Notebook = field(default_factory=Notebook)
    waves: Waves = field(default_factory=lambda: Waves([], p.State()))
    since_version: int = 1
    looks: Looks = field(default_factory=Looks)

    async def tick(self, now: datetime) -> None:
        """Waves until nothing is due at this instant; the first tick starts the journey."""
        if not self.waves.state.started:
            self.waves = Waves(outlines(self.plan, now), p.State())
        self.waves.begin(now)
        while self.waves.is_due(now):
            wave = self.waves.open()
            for each in self.waves.due_steps(now):
                self.waves.advanced(each, await self.advance(each.node_id, wave, now), now)
            for each in sorted(self.waves.to_deliver(), key=lambda step: step.node_id):
                await self.deliver(each.node_id, wave, now)
                self.waves.delivered(p.DeliveryDone(node_id=each.node_id, wave=wave), now)

    async def post(self, node_id: str, request_key: str, members: Sequence[Posted], now: datetime) -> bool:
        """Members are posted to an entry; False: the same request was there before."""
        inbox = self.plan.step(node_id).inbox
        assert inbox is not None
        fresh = await receive(self.world.engine, inbox, request_key, members, START, now)
        self.waves.due(node_id, now)
        return fresh

    async def advance(self, node_id: str, wave: int, now: datetime) -> p.Advanced:
        step = self.plan.step(node_id)
        since = self.waves.state.since.get(node_id)
        values = {"as_of": now, "wave": wave, "since_version": self.since_version, "since": since, "run_at": START}
        engine, quiet = self.world.engine, node_id in self.waves.state.quiet
        versions = await self.looks.versions(engine, step)
        done = self.looks.nothing_to_do(self.plan.hash, step, values, versions, quiet=quiet)
        if done is None:
            await engine.write(step.writes, values, marker=step.marker)
            done = await counted(engine, step, values)
            await self.looks.remember(engine, self.plan.hash, step, values, versions, done)
        return done.model_copy(update={"next_due_at": done.next_due_at and naive(done.next_due_at)})

    async def deliver(self, node_id: str, wave: int, now: datetime, gate: Gate | None = None) -> None:
        delivery = self.plan.step(node_id).delivery
        assert delivery is not None
        values = {"as_of": now, "wave": wave, "since_version": self.since_version}
        await self.world.engine.write(delivery.intend, values, marker=delivery.marker)
        [(chunks, _, _)] = await self.world.engine.rows(delivery.chunks, values)
        for chunk in range(chunks):
            request = p.DeliverChunk(
                plan_hash=self.plan.hash,
                journey_id=self.plan.journey_id,
                node_id=node_id,
                wave=wave,
                as_of=now,
                chunk=chunk,
            )
            run = Chunk(request, delivery, self.channel, self.journal, gate or Gate(), clock=lambda: now)
            await run.run(self.world.engine)

    async def here(self) -> dict[str, list[int]]:
        """Node → members who are there now, sorted."""
        rows = await self.world.run(
            f"SELECT m.to_node, m.member_id FROM {SCHEMA}.moves m WHERE NOT m.ended AND NOT EXISTS ("
            f"SELECT 1 FROM {SCHEMA}.moves d WHERE d.from_node = m.to_node AND d.member_id = m.member_id "
            "AND d.visit_no = m.visit_no AND d.journey_id = m.journey_id)"
        )
        return _grouped(rows)

    async def ended(self) -> dict[str, list[int]]:
        """Reason → members whose visit ended with it, sorted."""
        return _grouped(await self.world.run(f"SELECT reason, member_id FROM {SCHEMA}.moves WHERE ended"))

    async def refused(self) -> dict[str, list[int]]:
        """`entry: reason` → members who were not let in with it, sorted."""
        refused = f"SELECT entry_node || ': ' || reason, member_id FROM {SCHEMA}.refusals"
        return _grouped(await self.world.run(refused))

    async def converted(self) -> list[int]:
        """Members with a visit that reached the goal, sorted."""
        return sorted(row[0] for row in await self.world.run(f"SELECT member_id FROM {SCHEMA}.conversions"))

    async def outcomes(self) -> dict[str, list[int]]:
        """`node: outcome[/reason]` → members, sorted."""
        return _grouped(
            await self.world.run(
                f"SELECT node_id || ': ' || outcome || COALESCE('/' || reason, ''), member_id FROM {SCHEMA}.deliveries"
            )
        )


def _grouped(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, member in sorted(rows):
        found.setdefault(name, []).append(member)
    return found
