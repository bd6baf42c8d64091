"""Tries in the lakehouse whatever journeys need there, one thing after the other."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

from sqlglot import exp

from orchestrator.errors import SojournError
from orchestrator.execution.ledger import TABLES, statement
from orchestrator.execution.scratch import dropped, scratch_name
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Tables
from orchestrator.lakehouse.model import load_sources, source_problems
from sojourn.lakehouse_rights import tables_of

_MANY = 5_000
"""Rows of a thousand characters: too many for one parameter."""
_Check = Callable[[], Awaitable[str | None]]


class Checks:
    """What is needed; each check says what is wrong, or nothing."""

    def __init__(self, engine: Engine, sources_file: Path, schema: str, volume: str = "") -> None:
        self.engine, self.sources_file, self.schema, self.volume = engine, sources_file, schema, volume
        self.made = self.failed = 0
        self._tables: Tables = {}
        self._scratch = scratch_name(schema, "check", datetime.now(UTC))

    async def run(self) -> AsyncIterator[tuple[str, str | None]]:
        """(what was tried, what is wrong), in an order in which the first failure is the cause of the next."""
        named: list[tuple[str, _Check]] = [
            ("the warehouse answers", self._answers),
            ("the catalog can be read", self._catalog),
            ("the source model names what is there", self._sources),
            ("the ledger is there", self._ledger),
            ("versions of tables are told", self._version),
            ("members fall into the same groups as here", self._bucket),
            ("time zones are known", self._zones),
            ("lists and rows travel as JSON", self._json),
            ("a schema for simulations can be made, written and removed", self._writes),
            (self._way_of_many, self._many),
        ]
        for name, tried in named:
            yield name, await self._try(tried)
        for table in sorted(tables_of(load_sources(self.sources_file))) if self._tables else ():
            yield f"{table} can be read", await self._try(lambda table=table: self._reads(table))  # type: ignore[misc]

    async def _try(self, tried: _Check) -> str | None:
        self.made += 1
        try:
            problem = await tried()
        except SojournError as error:
            problem = str(error)
        self.failed += problem is not None
        return problem

    async def _answers(self) -> None:
        await self._ask(exp.select(exp.convert(1)))

    async def _catalog(self) -> str | None:
        self._tables = await self.engine.tables()
        return None if self._tables else "it shows no tables – grant USE CATALOG, USE SCHEMA and SELECT"

    async def _sources(self) -> str | None:
        problems = source_problems(load_sources(self.sources_file), self._tables)
        return "; ".join(f"{each['text']} – {each['fix']}" for each in problems) or None

    async def _ledger(self) -> str | None:
        missing = [name for name in TABLES if f"{self.schema}.{name}" not in self._tables]
        return f"it lacks {', '.join(missing)} – run `sojourn lakehouse init`" if missing else None

    async def _version(self) -> str | None:
        table = load_sources(self.sources_file).customers.table
        same = await self.engine.table_version(table) == await self.engine.table_version(table)
        return None if same else f"{table} has no version: it is counted anew each time it is looked at"

    async def _bucket(self) -> str | None:
        found = await self._ask(exp.select(sql.bucket([exp.convert("check"), exp.convert(42)], self.engine.dialect)))
        wanted = int(md5(b"check/42", usedforsecurity=False).hexdigest()[:8], 16) % sql.BUCKETS
        return None if found == wanted else f"{found}, and {wanted} here"

    async def _zones(self) -> str | None:
        summer = sql.local(sql.instant(exp.convert("2026-03-29 12:00:00")), "Europe/Berlin")
        found = await self._ask(exp.select(summer))
        return None if str(found).startswith("2026-03-29 14:00") else f"noon in summer is {found} in Berlin"

    async def _json(self) -> str | None:
        kind = "VARCHAR" if self.engine.dialect == "duckdb" else "STRING"
        rows = sql.json_rows({"name": kind}, self.engine.dialect)
        query = exp.select(exp.Max(this=exp.column("name", "r"))).from_(exp.Subquery(this=rows, alias="r"))
        found = await self.engine.rows(sql.render(query, self.engine.dialect), {"rows": json.dumps([{"name": "é\"'"}])})
        return None if found == [("é\"'",)] else f"{found}"

    async def _writes(self) -> str | None:
        add = statement("INSERT INTO zones (name) SELECT 'UTC'", self._scratch, self.engine.dialect)
        async with self._table() as count:
            for _ in range(3):
                await self.engine.write([add])
            found = await count()
        wanted = 3 if self.engine.dialect in sql.TRANSACTIONAL else 1
        return None if found == wanted else f"a row that was added three times is there {found} times"

    @property
    def _way_of_many(self) -> str:
        if self.engine.name != "databricks" or self.volume:
            return f"many rows are written at once{f' by the volume {self.volume}' if self.volume else ''}"
        return "many rows are written part by part (SOJOURN_DATABRICKS_VOLUME would name a volume for them)"

    async def _many(self) -> str | None:
        kind = "VARCHAR" if self.engine.dialect == "duckdb" else "STRING"
        given = sql.json_rows({"name": kind}, self.engine.dialect)
        text = "INSERT INTO zones (name) SELECT r.name FROM :given AS r"
        add = statement(text, self._scratch, self.engine.dialect, {"given": given})
        rows = [{"name": f"{number:0>1000}"} for number in range(_MANY)]
        async with self._table() as count:
            await self.engine.write([add], {"rows": json.dumps(rows)})
            found = await count()
        return None if found == _MANY else f"{found} of {_MANY} are there"

    @asynccontextmanager
    async def _table(self) -> AsyncIterator[Callable[[], Awaitable[object]]]:
        """A table that is gone after the block, in a schema of its own, and what counts its rows."""
        name = exp.to_identifier(self._scratch, quoted=True)
        dialect = self.engine.dialect
        zones = exp.Create(
            this=exp.Schema(
                this=sql.table(f"{self._scratch}.zones"),
                expressions=[exp.ColumnDef(this=exp.to_identifier("name"), kind=exp.DataType.build("text"))],
            ),
            kind="TABLE",
        )
        make = [sql.render(each, dialect) for each in (exp.Create(this=name, kind="SCHEMA", exists=True), zones)]
        count = exp.select(exp.Count(this=exp.Star())).from_(sql.table(f"{self._scratch}.zones"))
        try:
            await self.engine.write(make)
            yield lambda: self._ask(count)
        finally:
            await self.engine.write([dropped(self._scratch, dialect)])

    async def _reads(self, table: str) -> None:
        await self._ask(exp.select(exp.convert(1)).from_(sql.table(table)).limit(1))

    async def _ask(self, query: exp.Select) -> object:
        rows = await self.engine.rows(sql.render(query, self.engine.dialect))
        return rows[0][0] if rows else None
