"""DuckDB: the embedded lakehouse, one file owned by one process."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar
from uuid import uuid4

import duckdb

from orchestrator.errors import LakehouseAway, UserError
from orchestrator.lakehouse.changes import Changes
from orchestrator.lakehouse.engine import Described, Engine, Facts, Kind, Statement, Tables

T = TypeVar("T")
THREADS = 8
"""Statements under way at once; each uses as many cores as there are."""

_KINDS: tuple[tuple[str, Kind], ...] = (
    (
        r"(TINY|SMALL|BIG|HUGE|U|UTINY|USMALL|UBIG|UHUGE)?INT|U?INTEGER|DOUBLE|FLOAT|REAL|DECIMAL(\(\d+,\d+\))?",
        "number",
    ),
    (r"VARCHAR|UUID|ENUM\(.*\)", "text"),
    (r"BOOLEAN", "boolean"),
    (r"DATE", "date"),
    (r"TIMESTAMP(_S|_MS|_NS)?( WITH TIME ZONE)?", "timestamp"),
)
_ABOUT_NAMES = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
_SAID: dict[type[Exception], str] = {
    duckdb.ConversionException: "a value cannot be converted to the type it is compared with",
    duckdb.OutOfRangeException: "a number is out of range",
    duckdb.InvalidInputException: "a value is not allowed there",
}
_COLUMNS = Statement(
    sql="SELECT table_schema, table_name, column_name, data_type, column_comment FROM information_schema.columns "
    "WHERE table_catalog = current_database() ORDER BY ordinal_position"
)
_TABLES = Statement(
    sql="SELECT table_schema, table_name, table_type, table_comment FROM information_schema.tables "
    "WHERE table_catalog = current_database()"
)
_TRIGGERS = Statement(sql="SELECT COUNT(*) FROM duckdb_triggers()")


class DuckDB(Engine):
    """An embedded lakehouse in one file.

    Writes take turns (`_writing`), so an anti-join insert cannot race with itself; reads never wait for them.
    """

    name: ClassVar[str] = "duckdb"
    dialect: ClassVar[str] = "duckdb"
    facts: ClassVar[Facts] = Facts(max_parameters=1000)

    def __init__(self, path: Path | str = ":memory:", *, memory: str = "4GB") -> None:
        self.path = str(path)
        self._writing = asyncio.Lock()
        self._changes = Changes(self.dialect)
        self._plain: tuple[int, frozenset[str]] = (-1, frozenset())
        self._threads = ThreadPoolExecutor(THREADS, "duckdb")
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",  # nothing reads without ORDER BY; large inserts need less memory
        }
        try:
            self._root = duckdb.connect(self.path, config=config)
        except duckdb.IOException as error:
            raise _away(error, self.path) from error
        self._root.execute("SET TimeZone = 'UTC'")

    @classmethod
    def open(cls, options: Mapping[str, Any]) -> Self:
        return cls(options["path"], memory=options["memory"])

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own, for whoever owns the process and fills the tables."""
        with self._changes.unseen(), self._root.cursor() as cursor:
            yield cursor

    async def tables(self) -> Tables:
        found: Tables = {}
        for schema, table, column, kind, _ in await self.rows(_COLUMNS):
            found.setdefault(f"{schema}.{table}", {})[column] = kind_of(kind)
        return found

    async def describe(self) -> dict[str, Described]:
        found = {
            f"{schema}.{table}": Described(kind == "VIEW", comment, {})
            for schema, table, kind, comment in await self.rows(_TABLES)
        }
        for schema, table, column, kind, comment in await self.rows(_COLUMNS):
            if f"{schema}.{table}" in found:
                found[f"{schema}.{table}"].columns[column] = (kind, comment)
        return found

    async def table_version(self, table: str) -> str:
        # A file has one process, so whatever is written to a table of it is written here.
        version = self._changes.version(table)
        return version if version and table.lower() in await self._plain_tables() else uuid4().hex

    async def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        bound = statement.bind(values or {})
        return await self._run(lambda cursor: cursor.execute(statement.sql, bound).fetchall())

    async def stream(
        self, statement: Statement, values: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        bound = statement.bind(values or {})
        cursor = self._cursor()
        try:
            await self._in_thread(cursor, lambda: cursor.execute(statement.sql, bound))
            while part := await self._in_thread(cursor, lambda: cursor.fetchmany(size)):
                yield part
        finally:
            cursor.close()

    async def write(
        self,
        statements: Sequence[Statement],
        values: Mapping[str, Any] | None = None,
        *,
        marker: Statement | None = None,
    ) -> bool:
        bound = [(each.sql, each.bind(values or {})) for each in statements]
        first = (marker.sql, marker.bind(values or {})) if marker else None

        def work(cursor: duckdb.DuckDBPyConnection) -> bool:
            cursor.begin()
            try:
                if first and not _claim(cursor, *first):
                    return False
                for sql, parameters in bound:
                    cursor.execute(sql, parameters).fetchall()
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise
            return True

        async with self._writing:
            try:
                return await self._run(work)
            finally:
                self._changes.note(sql for sql, _ in ([first] if first else []) + bound)

    async def close(self) -> None:
        await asyncio.to_thread(self._root.close)
        self._threads.shutdown()

    async def _plain_tables(self) -> frozenset[str]:
        """The tables that change by being written to alone; a view may read anything, and a trigger write anywhere."""
        structure, found = self._plain
        if structure != self._changes.structure:
            structure = self._changes.structure
            [(triggers,)] = await self.rows(_TRIGGERS)
            listed = [] if triggers else await self.rows(_TABLES)
            found = frozenset(f"{schema}.{name}".lower() for schema, name, kind, _ in listed if kind == "BASE TABLE")
            self._plain = (structure, found)
        return found

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._root.cursor()
        except duckdb.ConnectionException as closed:
            raise LakehouseAway("it was closed", place=self.path, fix="start again") from closed

    async def _run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        cursor = self._cursor()
        try:
            return await self._in_thread(cursor, lambda: work(cursor))
        finally:
            cursor.close()

    async def _in_thread(self, cursor: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
        """Runs the work off the event loop; a cancelled task interrupts its statement and waits for it to end."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            cursor.interrupt()
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # retrieved, so that nothing is reported twice
            raise
        except duckdb.Error as error:
            raise _told(error, self.path) from error


def _claim(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]) -> bool:
    """True when the marker was not there yet; the transaction is over when it was."""
    try:
        cursor.execute(sql, parameters).fetchall()
    except duckdb.ConstraintException:
        cursor.rollback()
        return False
    return True


def kind_of(data_type: str) -> Kind:
    """What a column of this type holds."""
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, data_type.upper())), "other")


def _told(error: duckdb.Error, path: str) -> Exception:
    """DuckDB's error in our words: a refused statement is not retried, an unreachable or full disk is."""
    if isinstance(error, duckdb.IOException | duckdb.TransactionException | duckdb.OutOfMemoryException):
        return _away(error, path)
    if isinstance(error, duckdb.InterruptException):
        return LakehouseAway("the statement was interrupted", place="lakehouse")
    fix = "check that the tables still have the columns the journey uses, and values that fit"
    if isinstance(error, _ABOUT_NAMES):
        # The first line names the cause; later lines quote the statement.
        return UserError(str(error).splitlines()[0], place="lakehouse", fix=fix)
    # Any other text may quote a value, and with it a person.
    return UserError(_SAID.get(type(error), f"it failed with {type(error).__name__}"), place="lakehouse", fix=fix)


def _away(error: Exception, path: str) -> LakehouseAway:
    text = str(error)
    owner = re.search(r"\(PID (\d+)\)", text)
    if owner:
        return LakehouseAway(
            f"the file is in use by process {owner[1]}; DuckDB allows one process per file",
            place=path,
            fix="stop that process, or talk to it through its API",
        )
    return LakehouseAway(text.splitlines()[0], place=path, fix="check that the file and its disk can be reached")
