"""Databricks: a SQL warehouse, through its own connector (Thrift over HTTPS)."""

import asyncio
import io
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

import urllib3.exceptions

from orchestrator import __version__
from orchestrator.errors import LakehouseAway, SojournError, UserError
from orchestrator.lakehouse.databricks import exact, large
from orchestrator.lakehouse.databricks.arrow import leave_unsaid, tuples
from orchestrator.lakehouse.databricks.catalogue import COLUMNS, TABLES, TAGS, is_personal, kind_of, quoted
from orchestrator.lakehouse.databricks.refusals import Again, Failure, of_error
from orchestrator.lakehouse.databricks.workspace import SigningIn, Workspace
from orchestrator.lakehouse.engine import Described, Engine, Facts, Statement, Tables
from orchestrator.lakehouse.sql import MOST_VALUES
from orchestrator.lakehouse.tags import tags
from orchestrator.lakehouse.watched import note_statement

T = TypeVar("T")
IDLE = 300.0
"""Seconds after which an unused connection is not trusted any more."""
FETCHED = 100_000
"""Rows that are fetched at once, about as many as the warehouse sends at a time."""
_TRIES = 100
"""How often a statement is sent again that was not executed, as long as there is patience: some minutes."""
_POLLS = 5
"""Questions about a running statement that may fail one after the other."""


@dataclass
class _Connection:
    """A session of the connector; it runs one statement at a time."""

    session: Any
    used: float


@dataclass
class _Running:
    """A statement that has been executed, to be fetched from."""

    connection: _Connection
    cursor: Any
    broken: bool = False
    unwanted: bool = False
    """Whoever asked has left: it is to be cancelled."""


class _Failed(Exception):
    """Carries a Failure from the thread in which it happened."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.error))
        self.failure = failure


class Databricks(Engine):
    """A SQL warehouse. Each statement has a connection of its own for as long as it runs; a few are kept open.

    The connector repeats nothing by itself. Here a statement is sent again only when it was certainly not executed,
    or when it only reads; an unsure write ends as LakehouseAway, and whoever asked for it may ask again: every write
    adds what is not there yet.
    """

    name: ClassVar[str] = "databricks"
    dialect: ClassVar[str] = "databricks"
    facts: ClassVar[Facts] = Facts(max_parameters=MOST_VALUES["databricks"], people=True)

    def __init__(self, workspace: Workspace) -> None:
        """Connects with the first statement. Raises UserError for settings that are missing."""
        workspace.check()
        self.workspace = workspace
        self._signing = SigningIn(workspace)
        self._free = asyncio.Semaphore(workspace.connections)
        self._idle: list[_Connection] = []
        self._threads = ThreadPoolExecutor(workspace.connections, "databricks")
        self._connecting = threading.Lock()
        self._closed = False
        self._tidied = -math.inf

    @classmethod
    def open(cls, options: Mapping[str, Any]) -> Self:
        return cls(Workspace.model_validate(options))

    async def tables(self) -> Tables:
        found: Tables = {}
        for prefix, catalog in self._catalogs():
            for schema, table, column, kind, _ in await self.rows(Statement(sql=COLUMNS.format(catalog=catalog))):
                found.setdefault(f"{prefix}{schema}.{table}", {})[column] = kind_of(kind)
        return found

    async def describe(self) -> dict[str, Described]:
        found: dict[str, Described] = {}
        for prefix, catalog in self._catalogs():
            for schema, table, kind, comment in await self.rows(Statement(sql=TABLES.format(catalog=catalog))):
                found[f"{prefix}{schema}.{table}"] = Described("VIEW" in kind, comment or None, {})
            for schema, table, column, kind, comment in await self.rows(Statement(sql=COLUMNS.format(catalog=catalog))):
                if (name := f"{prefix}{schema}.{table}") in found:
                    found[name].columns[column] = (kind, comment or None)
        return found

    async def personal(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for prefix, catalog in self._catalogs():
            for schema, table, column, tag, value in await self.rows(Statement(sql=TAGS.format(catalog=catalog))):
                if is_personal(tag, value):
                    name = f"{prefix}{schema}.{table}"
                    found[name] = found.get(name, frozenset()) | {column}
        return found

    async def table_version(self, table: str) -> str:
        name = ".".join(quoted(part) for part in table.split("."))
        try:
            newest = await self.rows(Statement(sql=f"DESCRIBE HISTORY {name} LIMIT 1"))
        except UserError:  # a view, or something else without versions
            newest = []
        return str(newest[0][0]) if newest else uuid4().hex

    async def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return await self._rows(statement.sql, statement.bind(values or {}))

    async def stream(
        self, statement: Statement, values: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        async with self._executed(statement.sql, statement.bind(values or {})) as running:

            def fetch() -> Any:
                return running.cursor.fetchmany_arrow(max(size, FETCHED))

            ahead = asyncio.create_task(self._in_thread(fetch, running))
            try:
                while (table := await ahead).num_rows:
                    ahead = asyncio.create_task(self._in_thread(fetch, running))  # while these are made use of
                    rows = await asyncio.to_thread(tuples, table)
                    for first in range(0, len(rows), size):
                        yield rows[first : first + size]
            finally:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    async def write(
        self,
        statements: Sequence[Statement],
        values: Mapping[str, Any] | None = None,
        *,
        marker: Statement | None = None,
    ) -> bool:
        given = values or {}
        if marker is None:
            for each in statements:
                await self._write(each.sql, each.bind(given))
            return True
        key = marker.bind(given)
        [(there,)] = await self._rows(exact.is_there(marker.sql), key)
        if there:
            return False
        for each in statements:
            await self._write(exact.unless(marker.sql, each.sql), {**each.bind(given), **key})
        await self._write(marker.sql, key)
        return True

    def as_person(self, token: str) -> "Databricks":
        return Databricks(self.workspace.of_person(token))

    async def close(self) -> None:
        self._closed = True
        await asyncio.gather(*(asyncio.to_thread(_hang_up, each) for each in self._idle))
        self._idle.clear()
        self._threads.shutdown(wait=False)

    def _catalogs(self) -> list[tuple[str, str]]:
        """(what comes before the names of its tables, quoted name): tables of the first catalog go without it."""
        more = [(f"{name}.", quoted(name)) for name in self.workspace.more_catalogs]
        return [("", quoted(self.workspace.catalog)), *more]

    async def _rows(self, sql: str, bound: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        async with self._executed(sql, bound) as running:
            return await self._in_thread(lambda: tuples(running.cursor.fetchall_arrow()), running)

    async def _write(self, sql: str, bound: Mapping[str, Any]) -> None:
        """A write; rows that are too many for one parameter go by a volume, or else one part after the other."""
        if (rows := large.rows_of(sql, bound)) is None:
            await self._send(sql, bound)
        elif not self.workspace.volume:
            for part in await asyncio.to_thread(lambda: list(rows.parts())):
                await self._send(sql, {**bound, rows.name: part})
        else:
            await self._tidy()
            path = large.path_in(self.workspace.volume)
            file = await asyncio.to_thread(rows.file)
            try:
                await self._send(f"PUT '__input_stream__' INTO '{path}' OVERWRITE", {}, file)
                await self._send(rows.read_from(path), bound)
            finally:
                await self._remove(path)

    async def _send(self, sql: str, bound: Mapping[str, Any], file: bytes | None = None) -> None:
        async with self._executed(sql, bound, writes=True, file=file):
            pass  # how many rows it touched is not to be trusted: the ledger is counted

    async def _remove(self, path: str) -> None:
        with suppress(SojournError):  # what is left is found a day later
            await self._send(f"REMOVE '{path}'", {}, b"")

    async def _tidy(self) -> None:
        """Once a day: files of processes that died."""
        if time.monotonic() < self._tidied + large.KEPT:
            return
        self._tidied = time.monotonic()
        with suppress(SojournError):  # whether the volume can be used says the statement that puts something there
            for path, name, *_ in await self._rows(f"LIST '{large.folder(self.workspace.volume)}'", {}):
                if large.left_behind(name):
                    await self._remove(path.removeprefix("dbfs:"))

    @asynccontextmanager
    async def _executed(
        self, sql: str, bound: Mapping[str, Any], *, writes: bool = False, file: bytes | None = None
    ) -> AsyncIterator[_Running]:
        """Runs a statement to its end; inside the block its rows can be fetched. A file is what is to be put."""
        if self._closed:
            raise LakehouseAway("it was closed", place=self.workspace.name, fix="start again")
        sent = {name: value for name, value in bound.items() if f":{name}" in sql}
        async with self._free:
            running = await self._patiently(sql, sent, writes, file)
            try:
                yield running
            except BaseException:
                running.broken = True
                raise
            finally:
                await asyncio.shield(asyncio.to_thread(self._give_back, running))

    async def _patiently(self, sql: str, bound: Mapping[str, Any], writes: bool, file: bytes | None) -> _Running:
        """Sends the statement, again while that is safe and there is patience; raises the failure's error."""
        ends, tries = time.monotonic() + self.workspace.patience_seconds, 0
        while True:
            try:
                return await self._once(sql, bound, writes, file)
            except _Failed as failed:
                failure, tries = failed.failure, tries + 1
                pause = 0.0 if failure.again is Again.NEW_SESSION else min(0.1 * 2**tries, 5.0)
                most = {
                    Again.NO: 0,
                    Again.LATER: _TRIES,
                    Again.NEW_SESSION: 1 if isinstance(failure.error, UserError) else self.workspace.connections,
                    Again.UNKNOWN: 0 if writes and file is None else 2,
                }
                if tries > most[failure.again] or time.monotonic() + pause > ends:
                    raise failure.error from None
                await asyncio.sleep(pause)

    async def _once(self, sql: str, bound: Mapping[str, Any], writes: bool, file: bytes | None) -> _Running:
        connection = await self._in_thread(self._connection)
        running = _Running(connection, connection.session.cursor())
        told = tags()

        def send() -> None:
            cursor = running.cursor
            try:
                if file is not None:  # the connector puts it where the warehouse says
                    cursor.execute(sql, input_stream=io.BytesIO(file), query_tags=told)
                    return
                # The statement is named at once: a reply lost later is asked for again, and it can be cancelled.
                cursor.execute_async(sql, dict(bound), query_tags=told)
                _wait(running)
                if not writes:
                    cursor.active_result_set = cursor.backend.get_execution_result(cursor.active_command_id, cursor)
            except Exception as error:
                raise _Failed(self._failure(error)) from error

        try:
            await self._in_thread(send, running)
        except BaseException as error:
            note_statement(running.cursor.query_id)
            refused = isinstance(error, _Failed) and isinstance(error.failure.error, UserError)
            running.broken = not refused or (isinstance(error, _Failed) and error.failure.again is Again.NEW_SESSION)
            await asyncio.shield(asyncio.to_thread(self._give_back, running))
            raise
        note_statement(running.cursor.query_id)
        return running

    async def _in_thread(self, work: Callable[[], T], running: _Running | None = None) -> T:
        """Runs the work off the event loop; a cancelled task cancels its statement and waits for it to end."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if running is not None:
                running.unwanted = True
                await asyncio.wait([future])
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise
        except (_Failed, SojournError):
            raise
        except Exception as error:
            raise self._failure(error).error from error

    def _connection(self) -> _Connection:
        """An open connection, the one used last; or a new one."""
        while self._idle:
            found = self._idle.pop()
            if time.monotonic() - found.used < IDLE:
                return found
            _hang_up(found)
        try:
            with self._connecting:  # one person signs in once
                return _Connection(self._connect(), time.monotonic())
        except Exception as error:
            raise _Failed(self._failure(error)) from error

    def _connect(self) -> Any:
        from databricks import sql  # it takes seconds to load

        at = self.workspace
        leave_unsaid()
        logging.getLogger("databricks.sql").setLevel(logging.CRITICAL)  # what matters is said in our own words
        logging.getLogger("databricks.sql.unsafe").disabled = True  # it would write down values and rows
        return sql.connect(
            **self._signing.arguments(),
            catalog=at.catalog,
            session_configuration={"STATEMENT_TIMEOUT": at.statement_seconds, "TIMEZONE": "UTC", "ANSI_MODE": "true"},
            user_agent_entry=f"sojourn/{__version__}",
            query_tags={"app": "sojourn"},
            enable_telemetry=False,
            use_cloud_fetch=False,  # members' data stay on the one connection
            _socket_timeout=at.answer_seconds,
            _enable_v3_retries=False,  # they would send a write again whose reply was lost
            _retry_stop_after_attempts_count=1,
        )

    def _give_back(self, running: _Running) -> None:
        """Closes the statement; the connection is kept if it is sound."""
        if running.broken or self._closed:
            _hang_up(running.connection)
            return
        cursor = running.cursor
        try:
            if cursor.active_result_set is None and cursor.active_command_id is not None:
                cursor.backend.close_command(cursor.active_command_id)
            cursor.close()
        except Exception:
            _hang_up(running.connection)
            return
        running.connection.used = time.monotonic()
        self._idle.append(running.connection)

    def _failure(self, error: BaseException) -> Failure:
        """What the connector raised, told apart."""
        if isinstance(error, _Failed):
            return error.failure
        failure = of_error(error, self.workspace.name)
        if failure.again is Again.NEW_SESSION and isinstance(failure.error, UserError):
            self._signing.forget()
        return failure


def _wait(running: _Running) -> None:
    """Until the statement has ended; the server answers when it has, or after some seconds."""
    from databricks.sql import exc
    from databricks.sql.backend.types import CommandState

    failed, pause, cursor = 0, 0.0, running.cursor
    while True:
        asked = time.monotonic()
        try:
            if running.unwanted:
                # By the thread that asks: another one would wait for its turn between two questions.
                cursor.cancel()
            state = cursor.get_query_state()
        except (exc.RequestError, urllib3.exceptions.HTTPError):
            failed += 1
            if failed > _POLLS:
                raise
            time.sleep(failed)
            continue
        failed = 0
        if state not in (CommandState.PENDING, CommandState.RUNNING):
            break
        if time.monotonic() - asked < 0.5:
            pause = min(pause * 2 or 0.02, 2.0)
            time.sleep(pause)
    if state is not CommandState.SUCCEEDED:
        raise exc.DatabaseError(f"[OPERATION_CANCELED] {state.value}")


def _hang_up(connection: _Connection) -> None:
    with suppress(Exception):
        connection.session.close()
