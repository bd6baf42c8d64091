"""What is said of messages – a click, a bounce, a no – until it is in the ledger; keys of deliveries, no person."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.store.database import transaction
from orchestrator.store.tables import event_inbox as inbox

_TAKEN_FOR = timedelta(minutes=5)
"""Then whoever took events is believed to be gone, and somebody else takes them."""
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened to a message. With a `purpose` it is also a word on reaching its member for that."""

    event_id: str
    kind: str
    journey_id: str
    node_id: str
    delivery_key: str
    happened_at: datetime
    detail: str | None = None
    purpose: str | None = None


class EventInbox:
    """Its table. Every method is one transaction; all raise EngineAway when the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, events: Sequence[EventRecord]) -> None:
        """Keeps events; one whose id is there already changes nothing."""
        if not events:
            return
        rows = [asdict(each) for each in events]
        new = _INSERT[self._engine.dialect.name](inbox).values(rows).on_conflict_do_nothing()
        async with transaction(self._engine) as connection:
            await connection.execute(new)

    async def take(self, now: datetime, most: int) -> list[EventRecord]:
        """The oldest that nobody has taken; they are to be removed once they are in the ledger."""
        mine = secrets.token_hex(16)
        free = or_(inbox.c.taken_at.is_(None), inbox.c.taken_at < now - _TAKEN_FOR)
        oldest = select(inbox.c.event_id).where(free).order_by(inbox.c.happened_at, inbox.c.event_id).limit(most)
        # The condition is there twice: whoever waited for another's rows looks at it again.
        taking = update(inbox).where(inbox.c.event_id.in_(oldest), free).values(taken_by=mine, taken_at=now)
        columns = [inbox.c[name] for name in EventRecord.__dataclass_fields__]
        async with transaction(self._engine) as connection:
            await connection.execute(taking)
            found = await connection.execute(select(*columns).where(inbox.c.taken_by == mine))
            return [EventRecord(**row) for row in found.mappings()]

    async def give_back(self, events: Sequence[EventRecord]) -> None:
        """Lets others take them: they could not be written."""
        ids = [each.event_id for each in events]
        async with transaction(self._engine) as connection:
            await connection.execute(
                update(inbox).where(inbox.c.event_id.in_(ids)).values(taken_by=None, taken_at=None)
            )

    async def remove(self, events: Sequence[EventRecord]) -> None:
        """They are in the ledger."""
        async with transaction(self._engine) as connection:
            await connection.execute(delete(inbox).where(inbox.c.event_id.in_([each.event_id for each in events])))
