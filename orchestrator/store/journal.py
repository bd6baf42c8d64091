"""The delivery journal: claims and results of all lanes, committed in groups."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple, Protocol

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.store.database import telling, transaction
from orchestrator.store.tables import Instant, delivery_journal

Entry = tuple[str, str | None, str | None]
"""What is known of a delivery: (state, the provider's reference, reason)."""

# One statement for both databases, given to the driver itself, because it runs thousands of times a second: each call
# that SQLAlchemy makes of it would be a trip to another thread, and the commit one more.
_COLUMNS = "delivery_key, journey_id, node_id, wave, chunk, state, reference, reason, changed_at, attempt"
_MARK = {"sqlite": "?", "postgresql": "%s"}
_MOST = 500
"""Rows in one statement; SQLite and PostgreSQL take some thousands of values."""
_UPSERT = """
    INSERT INTO delivery_journal ({columns}) VALUES {rows}
    ON CONFLICT (delivery_key) DO UPDATE SET state = excluded.state, reference = excluded.reference,
      reason = excluded.reason, changed_at = excluded.changed_at, attempt = excluded.attempt
    WHERE COALESCE(delivery_journal.attempt, '') <= excluded.attempt AND (delivery_journal.state = 'deferred'
      OR (delivery_journal.state = 'sending' AND excluded.state <> 'sending'))
    RETURNING delivery_key
"""


class Place(Protocol):
    """The chunk an entry belongs to."""

    journey_id: str
    node_id: str
    wave: int
    chunk: int


class _Waiting(NamedTuple):
    """What a task wants written; it is told the keys that stand."""

    place: Place
    attempt: str
    entries: Mapping[str, Entry]
    stands: asyncio.Future[frozenset[str]]


class DeliveryJournal:
    """Writes entries of many tasks in one statement: while one is written, the next group gathers."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        marks = ", ".join([_MARK[engine.dialect.name]] * (_COLUMNS.count(",") + 1))
        self._row = f"({marks})"
        self._as_stored = Instant().bind_processor(engine.dialect)
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._connection: AsyncConnection | None = None
        self._committed = (0, 0)

    async def entries(self, place: Place) -> dict[str, Entry]:
        """The entries of a chunk, by delivery key. Raises EngineAway."""
        columns = delivery_journal.c
        query = select(columns.delivery_key, columns.state, columns.reference, columns.reason).where(
            columns.journey_id == place.journey_id,
            columns.node_id == place.node_id,
            columns.wave == place.wave,
            columns.chunk == place.chunk,
        )
        async with transaction(self._engine) as connection:
            return {
                key: (state, reference, reason) for key, state, reference, reason in await connection.execute(query)
            }

    async def write(self, place: Place, attempt: str, entries: Mapping[str, Entry]) -> frozenset[str]:
        """Returns when the entries, by delivery key, are committed; keys that stand are among those returned.

        Only what has no entry, or a deferred one, can become `sending`. What is `sending` or deferred takes the word of
        the attempt that wrote it and of attempts that sort after it; anything else stands for ever. Raises EngineAway.
        """
        if not entries:
            return frozenset()
        stands: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(place, attempt, entries, stands))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stands

    async def forget(self, keys: Sequence[str]) -> None:
        """Deletes the entries of the delivery keys. Raises EngineAway."""
        for first in range(0, len(keys), 500):
            gone = delete(delivery_journal).where(delivery_journal.c.delivery_key.in_(keys[first : first + 500]))
            async with transaction(self._engine) as connection:
                await connection.execute(gone)

    def committed(self) -> tuple[int, int]:
        """(commits, entries in them) since this was asked last."""
        found, self._committed = self._committed, (0, 0)
        return found

    async def close(self) -> None:
        """Lets go of the connection; a later write opens another one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _commit(self, rows: Sequence[tuple[object, ...]]) -> frozenset[str]:
        """The keys that were written.

        One connection is kept for all groups: taking one from the pool costs more than the commit.
        """
        try:
            if self._connection is None:
                connection = await self._engine.connect()
                self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            driver: Any = (await self._connection.get_raw_connection()).driver_connection
            stands: list[tuple[str]] = []
            for start in range(0, len(rows), _MOST):
                part = rows[start : start + _MOST]
                upsert = _UPSERT.format(columns=_COLUMNS, rows=", ".join([self._row] * len(part)))
                stands += await self._fetch(driver, upsert, list(chain.from_iterable(part)))
                self._committed = (self._committed[0] + 1, self._committed[1] + len(part))
            return frozenset(key for (key,) in stands)
        except BaseException:
            if self._connection is not None:
                await self._connection.invalidate()
            await self.close()
            raise

    async def _fetch(self, driver: Any, query: str, values: Sequence[object]) -> Iterable[tuple[str]]:
        """The rows that the query returns, with one trip to the driver's thread where it has one."""
        if self._engine.dialect.name == "sqlite":
            return await driver.execute_fetchall(query, values)  # type: ignore[no-any-return]
        return await (await driver.execute(query, values)).fetchall()  # type: ignore[no-any-return]

    def _next_group(self) -> tuple[list[_Waiting], list[tuple[object, ...]]]:
        """All that waits, and its rows; without what has a key in common with what came before it."""
        now = self._as_stored(datetime.now(UTC)) if self._as_stored else datetime.now(UTC)
        group: list[_Waiting] = []
        rows: dict[str, tuple[object, ...]] = {}
        for each in self._waiting:
            place, attempt, entries, _ = each
            if not rows.keys().isdisjoint(entries):
                break
            group.append(each)
            for key, (state, reference, reason) in entries.items():
                at = (key, place.journey_id, place.node_id, place.wave, place.chunk)
                rows[key] = (*at, state, reference and reference[:200], reason and reason[:60], now, attempt)
        del self._waiting[: len(group)]
        return group, list(rows.values())

    async def _write(self) -> None:
        while self._waiting:
            group, rows = self._next_group()
            failed, stands = None, frozenset[str]()
            try:
                with telling(self._engine):
                    stands = await self._commit(rows)
            except Exception as error:  # every task of the group learns of it
                failed = error
            for each in group:
                if each.stands.done():
                    continue
                each.stands.set_exception(failed) if failed else each.stands.set_result(stands)
