"""Writes the grocer's customer 360 into DuckDB, and lets customers buy while a demo runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from orchestrator.errors import Conflict, UserError

SOURCES: Path = Path(__file__).with_name("sources.yaml")
"""The source model of the sample, ready to be copied into a home folder."""

SCHEMA = "grocery"
TABLES = ("customers", "propensities", "products", "purchases", "web_events", "consents")

_VARIABLES = ("seed", "customers", "as_of", "first_names", "last_names")


@dataclass(frozen=True, slots=True)
class Generated:
    """How many rows each table got."""

    rows: dict[str, int]


def generate(
    target: Path | str | duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    customers: int = 100_000,
    seed: int = 7,
    replace: bool = False,
) -> Generated:
    """Fills the schema `grocery` of a DuckDB file or of an open connection, in one transaction.

    `as_of` is the instant the sample looks back from (UTC, or aware). The same arguments give the same rows.
    Raises Conflict when the schema is there and `replace` is off, UserError when `customers` is out of range.
    """
    if not 1 <= customers <= 100_000_000:
        raise UserError("the number of customers is out of range", place="customers", fix="take 1 to 100,000,000")
    with _cursor(target) as cursor:
        if not replace and _rows(cursor, "SELECT 1 FROM duckdb_schemas() WHERE schema_name = $schema", schema=SCHEMA):
            raise Conflict(
                f"the lakehouse has a schema {SCHEMA!r} already",
                place="sample",
                fix="keep it, or ask to replace it",
            )
        _set(cursor, seed=seed, customers=customers, as_of=utc(as_of))
        cursor.begin()
        try:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            for script in ("customers.sql", "scores.sql", "behaviour.sql", "comments.sql"):
                _run(cursor, script)
            rows = {name: _count(cursor, name) for name in TABLES}
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise
        finally:
            for name in _VARIABLES:
                cursor.execute(f"RESET VARIABLE sample_{name}")
    return Generated(rows)


def simulate_purchases(connection: duckdb.DuckDBPyConnection, customer_share: float, at: datetime) -> int:
    """Lets about `customer_share` of all customers buy bread, and as many soda, at the instant `at`.

    Who buys follows the scores and the instant alone, so a second call with the same arguments adds nothing.
    Returns the number of purchases added.
    """
    if not 0 <= customer_share <= 1:
        raise UserError("the share of customers is out of range", place="customer_share", fix="take 0 to 1")
    with _cursor(connection) as cursor:
        script = files(__package__).joinpath("purchases_now.sql").read_text(encoding="utf-8")
        before = _count(cursor, "purchases")
        cursor.execute(script, {"share": customer_share, "at": utc(at)}).fetchall()
        return _count(cursor, "purchases") - before


def utc(at: datetime) -> datetime:
    """The instant without a zone, in UTC, as the lakehouse stores it; a naive one is taken to be UTC."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


@contextmanager
def _cursor(target: Path | str | duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of its own, so that the caller's transaction and temporary names are left alone."""
    connection = target if isinstance(target, duckdb.DuckDBPyConnection) else duckdb.connect(str(target))
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        if connection is not target:
            connection.close()


def _run(cursor: duckdb.DuckDBPyConnection, script: str) -> None:
    for statement in cursor.extract_statements(files(__package__).joinpath(script).read_text(encoding="utf-8")):
        cursor.execute(statement).fetchall()


def _set(cursor: duckdb.DuckDBPyConnection, **values: Any) -> None:
    for name, value in values.items():
        cursor.execute(f"SET VARIABLE sample_{name} = $value", {"value": value})


def _rows(cursor: duckdb.DuckDBPyConnection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return cursor.execute(query, values).fetchall()


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_rows(cursor, f"SELECT count(*) FROM {SCHEMA}.{table}")[0][0])  # noqa: S608 - a name of TABLES
