"""When journeys were paused: what the ledger's deliveries are held against."""

from datetime import datetime

from sqlalchemy import and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.store.database import transaction
from orchestrator.store.tables import pauses, runs


async def note_pause(connection: AsyncConnection, journey_id: str, status: str, at: datetime) -> None:
    """Begins a pause, or ends it, when the latest run's status is about to become this one."""
    before = await connection.scalar(select(runs.c.status).where(runs.c.journey_id == journey_id))
    if before == status or "paused" not in (before, status):
        return
    if status == "paused":
        await connection.execute(insert(pauses).values(journey_id=journey_id, paused_at=at))
    else:
        still = and_(pauses.c.journey_id == journey_id, pauses.c.resumed_at.is_(None))
        await connection.execute(update(pauses).where(still).values(resumed_at=at))


async def all_pauses(engine: AsyncEngine) -> list[tuple[str, datetime, datetime | None]]:
    """(journey, from, until) of every pause; until None: it is paused still. Raises EngineAway."""
    columns = (pauses.c.journey_id, pauses.c.paused_at, pauses.c.resumed_at)
    async with transaction(engine) as connection:
        return [(name, begin, end) for name, begin, end in await connection.execute(select(*columns))]
