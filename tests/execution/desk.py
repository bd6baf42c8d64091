"""A delivery of one chunk on a desk: intended, and sent by as many attempts as a test likes."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from orchestrator.channels.channel import Batch, BatchRefused, Capabilities, Outcome, Result, Semantics
from orchestrator.errors import ChannelAway, NoAnswer
from orchestrator.execution import protocol as p
from orchestrator.execution.delivery import Chunk, Entry, Gate
from orchestrator.journey.document import Journey
from tests.world import SCHEMA, Driver, Letter, World

NOW = datetime.fromisoformat("2026-03-02T09:00")
AWAY = ChannelAway("nobody answers", place="post", fix="wait")
ACCEPTED = Result(Outcome.ACCEPTED, "ref")


class SetLetter(Letter):
    capabilities: ClassVar[Capabilities] = replace(Letter.capabilities, semantics=Semantics.SET)


class KeyedLetter(Letter):
    capabilities: ClassVar[Capabilities] = replace(Letter.capabilities, semantics=Semantics.KEYED)


class BatchLetter(Letter):
    capabilities: ClassVar[Capabilities] = replace(Letter.capabilities, batch=3, lanes=2)


class KeyedBatch(Letter):
    """A provider that takes a batch once under its key, for a day; it may stumble after it took one, or refuse some."""

    capabilities: ClassVar[Capabilities] = replace(
        Letter.capabilities, semantics=Semantics.KEYED, batch=3, lanes=1, key_ttl=timedelta(hours=24)
    )

    def __init__(self, told_by: str = "email") -> None:
        super().__init__()
        self.told_by = told_by
        self.known: dict[str, list[str]] = {}
        self.refused: set[str] = set()
        self.troubles: list[Exception | None] = []

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and not isinstance(trouble, NoAnswer):
            raise trouble
        to = [each.values[self.told_by] for each in batch.recipients]
        if self.refused.intersection(to):
            raise BatchRefused("poison")
        if batch.key not in self.known:
            self.known[batch.key] = to
            self.sent += [(each, "") for each in to]
        assert self.known[batch.key] == to, "one key for two batches"
        if trouble is not None:
            raise trouble
        for each in batch.recipients:
            yield each.key, Result(Outcome.ACCEPTED, batch.key)


def address(member: int) -> str:
    return f"p{member}@shop.test"


def drawn(line: str = "Hello {{ first_name }}", *, one_per_address: bool = True) -> Journey:
    letter = {"channel": "letter", "connection": "post", "step": {"line": line}, "one_per_address": one_per_address}
    nodes = [
        {"id": "audience", "type": "entry", "data": {"rule": {"kind": "all"}}},
        {"id": "letter", "type": "message", "data": letter},
        {"id": "done", "type": "exit"},
    ]
    edges = [
        {"id": "e1", "source": "audience", "target": "letter"},
        {"id": "e2", "source": "letter", "source_port": "done", "target": "done"},
    ]
    return Journey.model_validate({"name": "test", "nodes": nodes, "edges": edges})


def sent_again() -> Journey:
    """The same, and what is in doubt is sent again."""
    document = drawn().model_dump(mode="json")
    document["nodes"][1]["data"]["resend"] = True
    return Journey.model_validate(document)


async def people(world: World, members: range, **columns: Any) -> None:
    await world.insert(
        "customers",
        [{"customer_id": i, "email": address(i), "first_name": f"P{i}", **columns} for i in members],
    )
    await world.insert("consents", [{"customer_id": i, "purpose": "email", "granted": True} for i in members])


@dataclass
class Desk:
    """A delivery of one chunk that is intended and not sent yet; an attempt is one run of the activity."""

    driver: Driver
    now: datetime = NOW
    keys: dict[int, str] = field(default_factory=dict)

    @property
    def channel(self) -> Letter:
        return self.driver.channel

    @property
    def request(self) -> p.DeliverChunk:
        plan = self.driver.plan
        return p.DeliverChunk(
            plan_hash=plan.hash, journey_id=plan.journey_id, node_id="letter", wave=1, as_of=self.now, chunk=0
        )

    async def attempt(self, *, give_up: bool = False, gate: Gate | None = None, **other: Any) -> Chunk:
        delivery = self.driver.plan.step("letter").delivery
        assert delivery is not None
        journal, engine = other.get("journal", self.driver.journal), other.get("engine", self.driver.world.engine)
        clock = lambda: self.now  # noqa: E731
        chunk = Chunk(self.request, delivery, self.channel, journal, gate or Gate(), give_up=give_up, clock=clock)
        chunk.pace = other.get("pace")
        await chunk.run(engine)
        return chunk

    async def left_behind(self, entries: Mapping[int, Entry]) -> None:
        """What an earlier attempt wrote into the journal before it died."""
        await self.driver.journal.write(self.request, "", {self.keys[member]: each for member, each in entries.items()})

    async def outcomes(self) -> dict[str, list[int]]:
        return {name.removeprefix("letter: "): who for name, who in (await self.driver.outcomes()).items()}

    @property
    def sent(self) -> list[str]:
        return sorted(to for to, _ in self.channel.sent)


async def desk(world: World, channel: Letter | None = None, journey: Journey | None = None, name: str = "j") -> Desk:
    """Everybody entered, and the chunk's recipients are frozen."""
    made = Desk(Driver(world, world.plan(journey or drawn(), name), channel or Letter()))
    await made.driver.advance("audience", 1, NOW)
    delivery = made.driver.plan.step("letter").delivery
    assert delivery is not None
    await world.engine.write(delivery.intend, {"as_of": NOW, "wave": 1, "since_version": 1}, marker=delivery.marker)
    rows = await world.run(f"SELECT member_id, delivery_key FROM {SCHEMA}.intents WHERE journey_id = $j", j=name)
    made.keys = dict(rows)
    return made
