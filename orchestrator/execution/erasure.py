"""Erasing a member: their visits end, they leave audiences, and what the ledger keeps of them names nobody.

The ledger's rows stay, under a pseudonym that was drawn by lot and is forgotten, so that every sum still holds. The
tombstone keeps the member's key, so that nobody lets them in again. Every step may be run again.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, Field
from sqlglot import exp

from orchestrator.channels.batches import deliver
from orchestrator.channels.channel import Batch, Channel, Outcome, Recipient
from orchestrator.errors import ChannelAway, NotFound
from orchestrator.execution.ledger import statement
from orchestrator.execution.plan import MOVE_COLUMNS, DeliveryPlan, Plan
from orchestrator.execution.reach_sql import People
from orchestrator.execution.statements import Statements
from orchestrator.journey.known import Known
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement

ERASED = "erased"
"""The reason with which the open visits of a member end who is erased."""

_ASK = """
INSERT INTO erasures (member_id, pseudonym, asked_at, erased_at)
SELECT :member, :pseudonym, :now, CAST(NULL AS TIMESTAMP_NTZ) FROM (SELECT 1) AS one
WHERE NOT EXISTS (SELECT 1 FROM erasures AS e WHERE e.member_id = :member)
"""

_END = f"""
INSERT INTO moves ({MOVE_COLUMNS})
SELECT a.journey_id, a.member_id, a.visit_no, a.version, a.entered_at, a.to_node, CAST(NULL AS STRING),
  CAST(NULL AS STRING), TRUE, :erased, a.wave, :now
FROM moves AS a
WHERE a.member_id = :member AND NOT a.ended AND NOT EXISTS (
  SELECT 1 FROM moves AS d WHERE d.journey_id = a.journey_id AND d.from_node = a.to_node
    AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""

_UNDER_WAY = """
SELECT COUNT(*) FROM intents AS i WHERE i.member_id = :member AND NOT EXISTS (
  SELECT 1 FROM deliveries AS s WHERE s.journey_id = i.journey_id AND s.node_id = i.node_id
    AND s.delivery_key = i.delivery_key)
"""

_PUT_IN = """
SELECT DISTINCT s.journey_id, s.node_id FROM deliveries AS s
WHERE s.member_id = :member AND s.outcome IN ('accepted', 'unknown')
"""

_TOMBSTONE = "SELECT e.pseudonym FROM erasures AS e WHERE e.member_id = :member"
_KEYS = "SELECT i.delivery_key FROM intents AS i WHERE i.member_id = :member"
_PENDING = "SELECT e.member_id FROM erasures AS e WHERE NOT e.pseudonym IS NULL"
_KEY = "MD5(CONCAT(journey_id, '/', node_id, '/', CAST(:pseudonym AS STRING), '/', CAST(visit_no AS STRING)))"
_VISIT_KEY = "MD5(CONCAT(CAST(:pseudonym AS STRING), '/', visit_key))"
_EVENT_ID = "MD5(CONCAT(CAST(:pseudonym AS STRING), '/', event_id))"
_RENAMED = {
    "visits": f", visit_key = {_VISIT_KEY}",
    "moves": "",
    "intents": f", delivery_key = {_KEY}, time_zone = CAST(NULL AS STRING)",
    "deliveries": f", delivery_key = {_KEY}, reference = CAST(NULL AS STRING)",
    "message_events": f", delivery_key = {_KEY}, event_id = {_EVENT_ID}",
    "conversions": "",
    "refusals": f", visit_key = {_VISIT_KEY}",
    "inbox": f", visit_key = {_VISIT_KEY}",
}
"""The tables whose rows stay, and what else of them would tell who it was."""
_DONE = "UPDATE erasures SET erased_at = COALESCE(erased_at, :now) WHERE member_id = :member"
_FORGET = "UPDATE erasures SET pseudonym = NULL WHERE member_id = :member"

Opened = Callable[[str], AbstractAsyncContextManager[Channel]]
"""The open channel of a connection, by its name."""


class Keys(Protocol):
    """The delivery journal, as far as it has to forget."""

    async def forget(self, keys: Sequence[str]) -> None:
        """Deletes the entries of the delivery keys."""


class Erased(BaseModel):
    """How far an erasure has come."""

    erased: bool = Field(description="False: messages to them are under way; it is finished when those are settled")
    under_way: int = Field(description="Deliveries to them that are not settled yet")
    audiences: int = Field(description="Audiences they were taken out of")
    audiences_left: int = Field(
        description="Audiences they may still be in: the channel cannot take out, or their row is gone already"
    )


@dataclass(frozen=True)
class Erasure:
    """What erasing works with; `plans` are all versions of all journeys."""

    engine: Engine
    schema: str
    known: Known
    journal: Keys
    opened: Opened
    plans: Sequence[Plan]

    async def erase(self, member: int | str, now: datetime) -> Erased:
        """Erases a member, as far as it can be done now; asked again it goes on. `now` is UTC without a zone.

        Raises ChannelAway, UserError and LakehouseAway; what was done until then stays.
        """
        values: dict[str, Any] = {"member": member, "as_of": now, "pseudonym": self._drawn()}
        await self._write(values, _ASK)
        await self._write(values, _END, erased=exp.convert(ERASED))
        [(values["pseudonym"],)] = await self._rows(_TOMBSTONE, values)
        if values["pseudonym"] is None:
            return Erased(erased=True, under_way=0, audiences=0, audiences_left=0)
        [(under_way,)] = await self._rows(_UNDER_WAY, values)
        taken_out, left = await self._take_out(values)
        if not under_way:
            await self._rename(values)
        return Erased(erased=not under_way, under_way=under_way, audiences=taken_out, audiences_left=left)

    async def pending(self) -> list[int | str]:
        """The members whose erasure is not finished, or whose pseudonym is not forgotten."""
        return [member for (member,) in await self._rows(_PENDING, {})]

    async def finish(self, member: int | str, now: datetime) -> bool:
        """Erases what is left of them, such as a row that a statement wrote meanwhile, and forgets the pseudonym."""
        if not (await self.erase(member, now)).erased:
            return False
        await self._write({"member": member, "as_of": now}, _FORGET)
        return True

    async def _rename(self, values: dict[str, Any]) -> None:
        """The journal first: once the ledger has other keys, nobody finds those entries."""
        await self.journal.forget([key for (key,) in await self._rows(_KEYS, values)])
        renamed = [
            f"UPDATE {table} SET member_id = :pseudonym{more} WHERE member_id = :member"
            for table, more in _RENAMED.items()
        ]
        await self._write(values, *renamed, "DELETE FROM suppressions WHERE member_id = :member", _DONE)

    async def _take_out(self, values: dict[str, Any]) -> tuple[int, int]:
        """Takes the member out of the audiences they were put into: (of how many, and of how many not)."""
        done, left, seen = 0, 0, set[str]()
        put_in = {(journey_id, node_id) for journey_id, node_id in await self._rows(_PUT_IN, values)}
        for plan in self.plans:
            for step in plan.steps:
                delivery = step.delivery
                if delivery is None or (plan.journey_id, step.node_id) not in put_in:
                    continue
                kind = self.known.channels.get(delivery.channel)
                if kind is None or kind.capabilities.kind != "audience":
                    continue
                reverse = kind.reverse(kind.Step.model_validate(delivery.step))
                name = f"{delivery.connection} {reverse and reverse.model_dump_json()}"
                if reverse is None or name in seen:
                    continue
                seen.add(name)
                if await self._taken_out(kind, delivery, reverse, values):
                    done += 1
                else:
                    left += 1
        return done, left

    async def _taken_out(self, kind: type[Channel], delivery: DeliveryPlan, step: Any, values: dict[str, Any]) -> bool:
        make = Statements("", 0, self.known, self.engine.dialect, self.schema)
        people = People(make, kind.capabilities, ())
        rows = people.relation(addresses_only=False)
        rows = rows.where(sql.column(self.known.lakehouse.customers.key, "c").eq(sql.runtime("member")))
        found = await self.engine.rows(sql.render(rows, self.engine.dialect), values)
        names = [column.partition(":")[2] for column in people.columns]
        recipients = [
            Recipient(f"{index}", dict(zip(names, row[1:], strict=True)))
            for index, row in enumerate(found)
            if any(row[1:])
        ]
        if not recipients:
            return False
        batch = Batch(f"{ERASED}/{secrets.token_hex(12)}", recipients)
        try:
            async with self.opened(delivery.connection) as channel:
                outcomes = {key: result.outcome async for key, result in deliver(channel, batch, step)}
        except NotFound:  # the connection is gone, and with it the way to the audience
            return False
        if missing := [each.key for each in recipients if outcomes.get(each.key, Outcome.DEFERRED) is Outcome.DEFERRED]:
            raise ChannelAway(f"no answer for {len(missing)} deliveries", place=delivery.connection, fix="ask again")
        return Outcome.ACCEPTED in outcomes.values()

    def _drawn(self) -> int | str:
        """A key that is no customer's."""
        if self.known.lakehouse.key_kind == "number":
            return -secrets.randbelow(2**62) - 1
        return f"{ERASED}-{secrets.token_hex(16)}"

    async def _rows(self, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        return await self.engine.rows(self._statement(text), values)

    async def _write(self, values: dict[str, Any], *texts: str, **fragments: exp.Expr) -> None:
        await self.engine.write([self._statement(text, **fragments) for text in texts], values)

    def _statement(self, text: str, **fragments: exp.Expr) -> Statement:
        return statement(text, self.schema, self.engine.dialect, fragments)
