"""So many messages a second through one connection, however many workers send: places are taken in the app database."""

import asyncio
import math
import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.store.database import transaction

# When the next message may go, moved on by as long as those who ask now take.
_RESERVE = text("""
    INSERT INTO paces (connection, free_at) VALUES (:connection, :now + :takes)
    ON CONFLICT (connection) DO UPDATE SET free_at = :takes + CASE WHEN paces.free_at > :now
      THEN paces.free_at ELSE :now END
    RETURNING free_at
""")
_AT_ONCE = 0.1
"""Seconds for which places are taken in one go: a trip for each message would cost more than the message."""


class Pace:
    """The pace of one connection in this process; all lanes ask the same one."""

    def __init__(self, engine: AsyncEngine, connection: str, per_second: float) -> None:
        self.per_second = per_second
        self._engine, self._connection = engine, connection
        self._turn = asyncio.Lock()
        self._left = 0

    async def take(self, count: int) -> None:
        """Returns when so many messages may be sent. Raises EngineAway."""
        async with self._turn:
            if self._left < count:
                places = max(count, math.ceil(self.per_second * _AT_ONCE))
                await asyncio.sleep(await self._reserve(places))
                self._left += places
            self._left -= count

    async def _reserve(self, places: int) -> float:
        """Seconds until the places begin."""
        now, takes = time.time(), places / self.per_second
        async with transaction(self._engine) as connection:
            values = {"connection": self._connection, "now": now, "takes": takes}
            free_at = (await connection.execute(_RESERVE, values)).scalar_one()
        return max(float(free_at) - takes - now, 0.0)
