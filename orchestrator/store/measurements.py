"""What is measured again and again: sizes of audiences, audits of journeys. Counts and clocks, thinned out with age."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.store.database import transaction
from orchestrator.store.records import AuditRecord, SizeRecord
from orchestrator.store.tables import audience_sizes as sizes
from orchestrator.store.tables import audits

ALL_FOR = timedelta(days=60)
"""How long every size is kept; after that the last of each day."""
_SAME_FOR = timedelta(hours=1)
"""A size that has not changed is not kept again within this time."""
_AUDITS_FOR = timedelta(days=366)


class Measurements:
    """Their tables. Every method is one transaction; all raise EngineAway when the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sizes(self, audience_id: str) -> list[SizeRecord]:
        """All sizes kept of an audience, the oldest first."""
        query = select(sizes).where(sizes.c.audience_id == audience_id).order_by(sizes.c.at)
        async with transaction(self._engine) as connection:
            return [SizeRecord(**row) for row in (await connection.execute(query)).mappings()]

    async def last_sizes(self) -> dict[str, SizeRecord]:
        """The last size of every audience that was counted, by its id."""
        newest = select(sizes.c.audience_id, func.max(sizes.c.at).label("at")).group_by(sizes.c.audience_id).subquery()
        same = and_(sizes.c.audience_id == newest.c.audience_id, sizes.c.at == newest.c.at)
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(select(sizes).join(newest, same))).mappings()
            return {row["audience_id"]: SizeRecord(**row) for row in rows}

    async def add_sizes(self, found: Sequence[SizeRecord]) -> None:
        """Keeps sizes; one that is there already, or was the same a moment ago, changes nothing."""
        if not found:
            return
        ids, since = [each.audience_id for each in found], min(each.at for each in found) - _SAME_FOR
        recent = select(sizes).where(sizes.c.audience_id.in_(ids), sizes.c.at > since).order_by(sizes.c.at)
        async with transaction(self._engine) as connection:
            last = {row["audience_id"]: SizeRecord(**row) for row in (await connection.execute(recent)).mappings()}
            new = [each for each in found if not _repeats(each, last.get(each.audience_id))]
            if new:
                await connection.execute(insert(sizes), [asdict(each) for each in new])

    async def add_audits(self, found: Sequence[AuditRecord]) -> None:
        """Keeps audits, in place of those of the same instant."""
        if not found:
            return
        same = or_(*(and_(audits.c.journey_id == each.journey_id, audits.c.at == each.at) for each in found))
        async with transaction(self._engine) as connection:
            await connection.execute(delete(audits).where(same))
            await connection.execute(insert(audits), [asdict(each) for each in found])

    async def audits(self, journey_id: str) -> list[AuditRecord]:
        """All audits kept of a journey, the newest first."""
        query = select(audits).where(audits.c.journey_id == journey_id).order_by(audits.c.at.desc())
        async with transaction(self._engine) as connection:
            return [AuditRecord(**row) for row in (await connection.execute(query)).mappings()]

    async def last_audits(self) -> list[AuditRecord]:
        """The last audit of every journey, by journey."""
        newest = select(audits.c.journey_id, func.max(audits.c.at).label("at")).group_by(audits.c.journey_id).subquery()
        same = and_(audits.c.journey_id == newest.c.journey_id, audits.c.at == newest.c.at)
        query = select(audits).join(newest, same).order_by(audits.c.journey_id)
        async with transaction(self._engine) as connection:
            return [AuditRecord(**row) for row in (await connection.execute(query)).mappings()]

    async def thin(self, now: datetime) -> None:
        """Leaves of old sizes the last of each day (UTC), and drops audits older than a year."""
        old = select(sizes.c.audience_id, sizes.c.at).where(sizes.c.at < now - ALL_FOR)
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(old.order_by(sizes.c.audience_id, sizes.c.at))).all()
            for _, day in groupby(rows, key=lambda row: (row.audience_id, row.at.date())):
                *earlier, last = day
                if earlier:
                    times = [row.at for row in earlier]
                    these = and_(sizes.c.audience_id == last.audience_id, sizes.c.at.in_(times))
                    await connection.execute(delete(sizes).where(these))
            await connection.execute(delete(audits).where(audits.c.at < now - _AUDITS_FOR))


def _repeats(size: SizeRecord, last: SizeRecord | None) -> bool:
    if last is None:
        return False
    unchanged = (size.people, size.base) == (last.people, last.base)
    return last.at == size.at or (unchanged and size.at >= last.at)
