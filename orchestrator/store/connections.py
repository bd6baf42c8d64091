"""Connections made on a page, by name; their secrets come in sealed and leave sealed."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.errors import Conflict, NotFound
from orchestrator.store.database import transaction
from orchestrator.store.records import ConnectionRecord
from orchestrator.store.tables import connections


class ConnectionStore:
    """The table of connections. Every method is one transaction; all raise EngineAway when the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[ConnectionRecord]:
        """All of them, by name."""
        return await self._find()

    async def get(self, name: str) -> ConnectionRecord:
        """That connection. Raises NotFound."""
        found = await self._find(name=name)
        if not found:
            raise missing(name)
        return found[0]

    async def add(self, name: str, channel: str, settings: dict[str, Any], secrets: dict[str, str]) -> ConnectionRecord:
        """A new connection, revision 1. Raises Conflict when the name is taken."""
        now = datetime.now(UTC)
        record = ConnectionRecord(name, channel, settings, secrets, 1, created_at=now, updated_at=now)
        try:
            async with transaction(self._engine) as connection:
                await connection.execute(insert(connections).values(asdict(record)))
        except IntegrityError as double:
            raise taken(name) from double
        return record

    async def save(self, name: str, settings: dict[str, Any], secrets: dict[str, str], revision: int) -> bool:
        """Saves over exactly that revision; False when it is not the latest any more."""
        now = datetime.now(UTC)
        return await self._change(
            name, revision, settings=settings, secrets=secrets, revision=revision + 1, updated_at=now
        )

    async def reseal(self, name: str, secrets: dict[str, str], revision: int) -> bool:
        """The same secrets under another key: no new revision. False when somebody saved another one meanwhile."""
        return await self._change(name, revision, secrets=secrets)

    async def remove(self, name: str) -> None:
        """Deletes it. Raises NotFound."""
        async with transaction(self._engine) as connection:
            found = (await connection.execute(delete(connections).where(connections.c.name == name))).rowcount
        if not found:
            raise missing(name)

    async def _find(self, **match: Any) -> list[ConnectionRecord]:
        columns = [connections.c[field.name] for field in fields(ConnectionRecord)]
        query = select(*columns).where(*(connections.c[key] == value for key, value in match.items()))
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(query.order_by(connections.c.name))).mappings()
            return [ConnectionRecord(**row) for row in rows]

    async def _change(self, name: str, at: int, **values: Any) -> bool:
        """One statement, so that of two who save the same revision exactly one succeeds."""
        query = update(connections).where(connections.c.name == name, connections.c.revision == at).values(**values)
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(query)).rowcount)


def missing(name: str) -> NotFound:
    """There is none of that name."""
    fix = "make one of that name on the page Connections, or in connections.yaml"
    return NotFound(f"there is no connection {name!r}", place=f"connection {name}", fix=fix)


def taken(name: str) -> Conflict:
    """There is one of that name already."""
    return Conflict(f"the name {name!r} is taken", place=f"connection {name}", fix="choose another name")
