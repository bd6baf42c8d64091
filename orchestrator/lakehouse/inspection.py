"""What the source model finds in the lakehouse: its tables with columns, counts and freshness, and what is wrong."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, Field
from sqlglot import exp, select

from orchestrator.errors import UserError
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Described, Engine, Kind, Statement
from orchestrator.lakehouse.model import Sources, source_problems

_FRESH_FOR = 10.0
"""Seconds for which counts are believed whatever happens; of a table that has not changed they always are."""
Role = Literal["customers", "related", "consent"]


class TableProblem(BaseModel):
    """Something wrong with a table, in plain words."""

    code: str
    text: str
    fix: str
    severity: Literal["error", "warning"] = Field("error", description="With an error nothing can be published")


class TableColumn(BaseModel):
    """A column; `uses`: key, contact:<kind>, hidden, time_zone, country, happened_at, score, purpose, granted."""

    name: str
    type: str = Field(description="In the lakehouse's own words")
    kind: Kind
    comment: str | None
    uses: list[str]


class SourceTable(BaseModel):
    """A table of the source model. All but the customers are joined by `key` to the customers' key."""

    name: str
    role: Role
    table: str
    view: bool
    comment: str | None
    key: str
    cardinality: Literal["one", "many"] = Field(description="Rows for each customer")
    happened_at: str | None
    scores: bool
    rows: int | None = Field(description="None: it cannot be read")
    newest_at: datetime | None = Field(description="The newest value of `happened_at`")
    columns: list[TableColumn]
    problems: list[TableProblem]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the source model."""

    path: tuple[str, ...]
    role: Role
    table: str
    key: str
    cardinality: Literal["one", "many"]
    uses: dict[str, list[str]]
    happened_at: str | None = None
    scores: bool = False
    time_zone: str | None = None


class Inspector:
    """Looks at the tables of a source model. Safe to call from many tasks; they share what was counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counting = asyncio.Lock()
        self._counted: dict[str, tuple[str, float, list[tuple[Any, ...]]]] = {}

    async def inspect(self, sources: Sources) -> list[SourceTable]:
        """Every table of the model, the customers first. Raises LakehouseAway."""
        kinds, described = await self._engine.tables(), await self._engine.describe()
        named, tagged = source_problems(sources, kinds), await self._engine.personal()
        found = []
        async with self._counting:
            for part in _parts(sources):
                problems = [
                    TableProblem(code=each["code"], text=each["text"], fix=each["fix"])
                    for each in named
                    if tuple(each["path"]) == part.path
                ]
                columns = kinds.get(part.table, {})
                problems += _of_kinds(part, columns, kinds.get(sources.customers.table, {}).get(sources.customers.key))
                looks = described.get(part.table, Described(False, None, {}))
                for column in tagged.get(part.table, ()):
                    uses = part.uses.setdefault(column, [])
                    uses += [] if "hidden" in uses else ["hidden"]
                found.append(await self._table(part, columns, looks, problems))
        return found

    async def _table(
        self, part: _Part, kinds: dict[str, Kind], looks: Described, problems: list[TableProblem]
    ) -> SourceTable:
        rows: int | None = None
        newest: datetime | None = None
        try:
            if kinds:
                [(rows, keyed, different, at)] = await self._ask(part.table, _count(part, kinds))
                newest = _instant(at)
                problems += _of_counts(part, rows, keyed, different)
                if part.time_zone in kinds:
                    zones = await self._ask(part.table, _zones(part.table, part.time_zone))
                    problems += _of_zones(zones)
        except UserError as refused:
            text = f"it cannot be read: {refused.text}"
            problems.append(TableProblem(code="unreadable", text=text, fix="look at the table in the lakehouse"))
        columns = [
            TableColumn(
                name=name,
                type=looks.columns.get(name, (kind, None))[0],
                kind=kind,
                comment=looks.columns.get(name, (kind, None))[1],
                uses=part.uses.get(name) or (["score"] if part.scores and kind == "number" else []),
            )
            for name, kind in kinds.items()
        ]
        return SourceTable(
            name=part.path[-1],
            role=part.role,
            table=part.table,
            view=looks.is_view,
            comment=looks.comment,
            key=part.key,
            cardinality=part.cardinality,
            happened_at=part.happened_at,
            scores=part.scores,
            rows=rows,
            newest_at=newest,
            columns=columns,
            problems=problems,
        )

    async def _ask(self, table: str, query: exp.Select) -> list[tuple[Any, ...]]:
        """The answer, from memory when the table has not changed or was asked a moment ago."""
        statement: Statement = sql.render(query, self._engine.dialect)
        version = await self._engine.table_version(table)
        known = self._counted.get(statement.sql)
        if known is None or (known[0] != version and time.monotonic() - known[1] > _FRESH_FOR):
            known = (version, time.monotonic(), await self._engine.rows(statement))
            self._counted[statement.sql] = known
        return known[2]


def _parts(sources: Sources) -> Iterator[_Part]:
    customers = sources.customers
    uses: dict[str, list[str]] = {customers.key: ["key"]}
    named = [("time_zone", customers.time_zone), ("country", customers.country)]
    named += [(f"contact:{kind}", column) for kind, column in customers.contacts.items()]
    named += [("hidden", column) for column in customers.hidden]
    for use, column in named:
        if column is not None:
            uses.setdefault(column, []).append(use)
    yield _Part(("customers",), "customers", customers.table, customers.key, "one", uses, time_zone=customers.time_zone)
    for relation, related in sources.related.items():
        uses = {related.key: ["key"]} | ({related.happened_at: ["happened_at"]} if related.happened_at else {})
        uses |= {column: ["hidden"] for column in related.hidden if column not in uses}
        yield _Part(
            ("related", relation),
            "related",
            related.table,
            related.key,
            related.cardinality,
            uses,
            happened_at=related.happened_at,
            scores=related.scores,
        )
    if consent := sources.consent:
        uses = {consent.key: ["key"], consent.purpose: ["purpose"], consent.granted: ["granted"]}
        yield _Part(("consent",), "consent", consent.table, consent.key, "many", uses)


def _count(part: _Part, kinds: dict[str, Kind]) -> exp.Select:
    """Rows, rows with a key, different keys where there is to be one row for each, and the newest event."""
    nothing = exp.cast(exp.null(), "bigint")
    key = sql.column(part.key) if part.key in kinds else None
    one = part.cardinality == "one" and key is not None
    dated = part.happened_at if kinds.get(part.happened_at or "") in ("timestamp", "date") else None
    return select(
        exp.Count(this=exp.Star()),
        exp.Count(this=key.copy()) if key is not None else nothing.copy(),
        exp.Count(this=exp.Distinct(expressions=[key.copy()])) if one and key is not None else nothing.copy(),
        exp.Max(this=sql.column(dated)) if dated else exp.null(),
    ).from_(sql.table(part.table))


def _zones(table: str, column: str) -> exp.Select:
    zone = sql.column(column)
    return (
        select(zone, exp.Count(this=exp.Star()))
        .from_(sql.table(table))
        .where(exp.not_(zone.copy().is_(exp.null())))
        .group_by(zone.copy())
    )


def _of_kinds(part: _Part, kinds: dict[str, Kind], customer_key: Kind | None) -> Iterator[TableProblem]:
    """What a column holds that it should not."""
    key = kinds.get(part.key)
    if part.role == "customers" and key not in (None, "number", "text"):
        text = f"the key {part.key!r} holds {key}; a member needs a number or a text"
        yield TableProblem(code="key_kind", text=text, fix="name another column as customers.key")
    if part.role != "customers" and key and customer_key and key != customer_key:
        text = f"{part.key!r} holds {key}, the customers' key holds {customer_key}: they may not match"
        yield TableProblem(code="key_kind", text=text, fix="give both the same type", severity="warning")
    wanted = {
        "happened_at": ("timestamp", "date"),
        "granted": ("boolean",),
        "time_zone": ("text",),
        "country": ("text",),
    }
    for column, uses in part.uses.items():
        for use in uses:
            fitting = wanted.get(use) or (("text", "number") if use.startswith("contact:") else ())
            if fitting and column in kinds and kinds[column] not in fitting:
                text = f"{column!r} is named as {use.partition(':')[0]}, and holds {kinds[column]}"
                fix = f"name a column that holds {' or '.join(fitting)}"
                yield TableProblem(code="column_kind", text=text, fix=fix, severity="warning")
    if part.scores and not any(kind == "number" for name, kind in kinds.items() if name != part.key) and kinds:
        text = "it is declared to hold scores, and has no column with numbers"
        yield TableProblem(
            code="no_scores", text=text, fix="take `scores` away, or name another table", severity="warning"
        )


def _of_counts(part: _Part, rows: int, keyed: int | None, different: int | None) -> Iterator[TableProblem]:
    """What is odd about the rows; journeys run all the same."""
    if not rows:
        yield _odd("empty", "it is empty", "fill it, or wait until it is filled")
    if keyed is not None and keyed < rows:
        text = f"{rows - keyed:,} of {rows:,} rows have no {part.key}: they belong to nobody"
        yield _odd("no_key", text, "fill in the key, or leave such rows out")
    if keyed is not None and different is not None and different < keyed:
        text = f"{keyed - different:,} rows repeat the {part.key} of another one, where there should be one for each"
        yield _odd("repeated_key", text, "keep one row for each customer")


def _of_zones(zones: list[tuple[Any, ...]]) -> Iterator[TableProblem]:
    known = available_timezones()
    lost = sum(count for zone, count in zones if zone not in known)
    if lost:
        text = f"{lost:,} customers have a time zone that does not exist; it counts as none"
        yield _odd("unknown_zone", text, "write zones as in Europe/Berlin")


def _odd(code: str, text: str, fix: str) -> TableProblem:
    return TableProblem(code=code, text=text, fix=fix, severity="warning")


def _instant(value: Any) -> datetime | None:
    """Instants in the lakehouse are UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None
