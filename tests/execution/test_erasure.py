"""Erasing a member: nothing names them any more, every sum still holds, and nobody lets them in again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from orchestrator.channels.channel import Batch, Capabilities, Channel, ChannelModel, Outcome, Result
from orchestrator.errors import ChannelAway, NotFound
from orchestrator.execution.erasure import Erasure
from orchestrator.execution.inbox import Posted
from orchestrator.execution.ledger import TABLES
from orchestrator.execution.verify import Promised, verify
from orchestrator.journey.document import Journey
from tests.execution.desk import NOW, people
from tests.world import SCHEMA, Driver, Letter, World, build

NAMED = [name for name, columns in TABLES.items() if "member_id" in columns and name != "erasures"]
NIGHT = timedelta(days=1)


class Circle(Letter):
    """An audience for tests: it remembers who is in it."""

    name: ClassVar[str] = "circle"
    capabilities: ClassVar[Capabilities] = replace(Letter.capabilities, kind="audience")

    class Step(ChannelModel):
        line: str = "add"

    async def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        for recipient in batch.recipients:
            self.sent.append((recipient.values["email"], step.line))
            yield recipient.key, Result(Outcome.ACCEPTED, "ref")

    @classmethod
    def reverse(cls, step: Any) -> ChannelModel | None:
        return cls.Step(line="remove") if step.line == "add" else None


@dataclass
class Office:
    """Where members are erased; the circle may be away."""

    world: World
    driver: Driver
    taken_out: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    @property
    def erasure(self) -> Erasure:
        @asynccontextmanager
        async def opened(connection: str) -> AsyncIterator[Channel]:
            if self.trouble:
                raise self.trouble
            made = Circle()
            yield made
            self.taken_out += [f"{connection} {address} {line}" for address, line in made.sent]

        known = replace(self.world.known, channels={"letter": Letter, "circle": Circle})
        return Erasure(self.world.engine, SCHEMA, known, self.driver.journal, opened, [self.driver.plan])

    async def sums(self) -> list[tuple[Any, ...]]:
        """How many rows there are of each kind, without saying whose."""
        parts = {
            "visits": "entry_node", "moves": "from_node || COALESCE(to_node, reason)", "intents": "node_id",
            "deliveries": "node_id || outcome", "refusals": "reason", "conversions": "version",
            "inbox": "request_key", "message_events": "kind",
        }  # fmt: skip
        texts = [
            f"SELECT '{table}', {what}, COUNT(*) FROM {SCHEMA}.{table} GROUP BY {what}" for table, what in parts.items()
        ]
        return sorted([row for text in texts for row in await self.world.run(text)], key=repr)

    async def rows_of(self, member: int) -> list[str]:
        counts = {name: f"SELECT COUNT(*) FROM {SCHEMA}.{name} WHERE member_id = {member}" for name in NAMED}
        return [name for name, count in counts.items() if await self.world.run(count) != [(0,)]]

    async def broken(self) -> Sequence[str]:
        promised = Promised([self.driver.plan], lakehouse=self.world.lakehouse)
        return [each.text for each in await verify(self.world.engine, SCHEMA, promised) if each.violations]


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    made = await opened(await build(), monkeypatch)
    yield made
    await made.world.engine.close()


async def opened(world: World, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Three members who have been everywhere; of the second there is a row in every table."""
    await people(world, range(1, 4))
    channels = {"letter": Letter, "circle": Circle}
    known = replace(world.known, channels=channels, connections={"post": "letter", "ads": "circle"})
    monkeypatch.setattr(World, "known", known)
    circle = {"channel": "circle", "connection": "ads", "step": {"line": "add"}}
    letter = {"channel": "letter", "connection": "post", "step": {"line": "hello"}}
    everybody: dict[str, Any] = {"rule": {"kind": "all"}, "schedule": {"kind": "every", "minutes": 60}}
    nodes = [
        {"id": "in", "type": "entry", "data": everybody},
        {"id": "also", "type": "entry", "data": everybody},
        {"id": "desk", "type": "api_entry", "data": {}},
        {"id": "ads", "type": "audience_sync", "data": circle},
        {"id": "mail", "type": "message", "data": letter},
        {"id": "rest", "type": "wait", "data": {"duration": "P9D"}},
    ]
    lines = [
        ("in", "next", "ads"),
        ("also", "next", "ads"),
        ("desk", "next", "ads"),
        ("ads", "done", "mail"),
        ("mail", "done", "rest"),
    ]
    edges = [
        {"id": f"e{n}", "source": source, "source_port": port, "target": target}
        for n, (source, port, target) in enumerate(lines)
    ]
    goal = {"rule": {"kind": "all"}, "within": "P9D"}
    drawn = {"name": "test", "nodes": nodes, "edges": edges, "settings": {"goal": goal}}
    made = Office(world, Driver(world, world.plan(Journey.model_validate(drawn))))
    await made.driver.tick(NOW)
    await made.driver.post("desk", "r1", [Posted(2, None), Posted(3, None)], NOW)
    await made.driver.tick(NOW)
    await world.run(
        f"INSERT INTO {SCHEMA}.suppressions VALUES (2, 'email', FALSE, 'asked', CAST('2026-01-01' AS TIMESTAMP))"
    )
    await world.run(
        f"INSERT INTO {SCHEMA}.message_events SELECT 'e1', 'clicked', journey_id, node_id, member_id, visit_no, "
        f"delivery_key, channel, '0', planned_at FROM {SCHEMA}.intents WHERE member_id = 2 AND node_id = 'mail' "
        f"AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.message_events)"
    )
    assert await made.rows_of(2) == NAMED, "there is something to erase in every table"
    return made


async def test_nothing_names_them_and_every_sum_still_holds(office: Office) -> None:
    before = await office.sums()
    done = await office.erasure.erase(2, NOW)
    assert done.model_dump() == {"erased": True, "under_way": 0, "audiences": 1, "audiences_left": 0}
    assert office.taken_out == ["ads p2@shop.test remove"]
    assert await office.rows_of(2) == []
    assert await office.sums() == sorted([*before, ("moves", "resterased", 1)], key=repr)
    assert await office.broken() == []
    keys = {key for (key,) in await office.world.run(f"SELECT delivery_key FROM {SCHEMA}.intents WHERE member_id < 0")}
    assert len(keys) == 2
    assert not keys & office.driver.journal.pages.keys()
    assert len(office.driver.journal.pages) == 4, "the entries of the others are still there"
    assert (await office.erasure.erase(2, NOW)).erased
    assert office.taken_out == ["ads p2@shop.test remove"], "asked again, nothing is left to do"


async def test_they_do_not_come_in_again_and_the_night_forgets_who_they_were(office: Office) -> None:
    await office.erasure.erase(2, NOW)
    await office.driver.post("desk", "r2", [Posted(2, None)], NOW + NIGHT)
    await office.driver.tick(NOW + NIGHT)
    assert await office.rows_of(2) == []
    assert await office.erasure.pending() == [2]
    assert await office.erasure.finish(2, NOW + NIGHT)
    assert await office.erasure.pending() == []
    tombstone = await office.world.run(f"SELECT member_id, pseudonym, erased_at FROM {SCHEMA}.erasures")
    assert tombstone == [(2, None, NOW)]
    assert (await office.erasure.erase(2, NOW + NIGHT)).erased


async def test_what_is_being_sent_is_settled_first(office: Office) -> None:
    await office.world.run(f"DELETE FROM {SCHEMA}.deliveries WHERE member_id = 2 AND node_id = 'mail'")
    done = await office.erasure.erase(2, NOW)
    assert (done.erased, done.under_way) == (False, 1)
    assert await office.driver.ended() == {"erased": [2]}
    assert not await office.erasure.finish(2, NOW + NIGHT)
    [(wave,)] = await office.world.run(f"SELECT DISTINCT wave FROM {SCHEMA}.intents WHERE node_id = 'mail'")
    await office.driver.deliver("mail", wave, NOW)
    assert await office.erasure.finish(2, NOW + NIGHT)
    assert (await office.rows_of(2), await office.broken()) == ([], [])


async def test_a_platform_that_is_away_is_asked_again_and_one_that_is_gone_is_told(office: Office) -> None:
    office.trouble = ChannelAway("nobody answers", place="ads", fix="wait")
    with pytest.raises(ChannelAway):
        await office.erasure.erase(2, NOW)
    assert await office.driver.ended() == {"erased": [2]}, "what could be done was done"
    office.trouble = NotFound("it is gone", place="ads", fix="take them out there")
    assert (await office.erasure.erase(2, NOW)).audiences_left == 1
    office.trouble = None
    await office.world.run("DELETE FROM shop.customers WHERE customer_id = 3")
    assert (await office.erasure.erase(3, NOW)).audiences_left == 1


async def test_a_row_that_came_late_breaks_the_promise_until_the_night(office: Office) -> None:
    await office.erasure.erase(2, NOW)
    await office.world.run(
        f"INSERT INTO {SCHEMA}.refusals (journey_id, member_id, entry_node, reason) VALUES ('j', 2, 'in', 'reentry')"
    )
    assert await office.broken() == ["a member who was erased has no row outside the tombstone"]
    await office.erasure.finish(2, NOW + NIGHT)
    assert await office.broken() == []
