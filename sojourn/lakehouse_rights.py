"""What the principals need in Unity Catalog, and what their statements have cost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlglot import exp

from orchestrator.execution.ledger import TABLES
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement
from orchestrator.lakehouse.model import Sources

_COSTS = Statement(
    sql="""SELECT h.query_tags['journey'] AS journey, h.query_tags['version'] AS version, h.query_tags['node'] AS node,
  COUNT(*) AS statements, CAST(SUM(h.total_duration_ms) / 1000 AS DOUBLE) AS seconds, SUM(h.produced_rows) AS rows
FROM system.query.history AS h
WHERE h.query_tags['app'] = 'sojourn' AND h.start_time >= CAST(:since AS TIMESTAMP)
GROUP BY ALL ORDER BY seconds DESC""",
    runtime=("since",),
)


async def costs(engine: Engine, since: datetime) -> list[list[Any]]:
    """(journey, version, step, statements, seconds, rows) of the statements since then, the dearest first."""
    rows = await engine.rows(_COSTS, {"since": sql.naive_utc(since)})
    return [[*row[:4], round(row[4] or 0, 1), row[5]] for row in rows]


def script(
    sources: Sources, catalog: str, schema: str, engine: str, reader: str = "", volume: str = ""
) -> Iterator[str]:
    """GRANT statements; the warehouse's own right, CAN USE, is given on its page."""
    ledger, principal = _name(f"{catalog}.{schema}"), exp.to_identifier(engine, quoted=True).sql("databricks")
    yield f"-- Journeys, as {engine}: read what the source model names, write the ledger, and nothing else."
    tables = sorted(_full(table, catalog) for table in tables_of(sources))
    for each in sorted({table.split(".")[0] for table in tables} | {catalog}):
        yield f"GRANT USE CATALOG ON CATALOG {_name(each)} TO {principal};"
    for each in sorted({table.rpartition(".")[0] for table in tables}):
        yield f"GRANT USE SCHEMA ON SCHEMA {_name(each)} TO {principal};"
    for each in tables:
        yield f"GRANT SELECT ON TABLE {_name(each)} TO {principal};"
    yield f"CREATE SCHEMA IF NOT EXISTS {ledger};"
    yield f"GRANT USE SCHEMA, CREATE TABLE, SELECT, MODIFY ON SCHEMA {ledger} TO {principal};"
    if volume:
        yield "-- Many rows at once go by a file in the volume, which is removed as soon as it is read."
        for kind, each in (("CATALOG", volume.split(".")[0]), ("SCHEMA", volume.rpartition(".")[0])):
            yield f"GRANT USE {kind} ON {kind} {_name(each)} TO {principal};"
        yield f"CREATE VOLUME IF NOT EXISTS {_name(volume)};"
        yield f"GRANT READ VOLUME, WRITE VOLUME ON VOLUME {_name(volume)} TO {principal};"
    else:
        yield "-- No volume: many rows at once go part by part. SOJOURN_DATABRICKS_VOLUME names one."
    yield "-- Simulations have a schema of their own for as long as they run; without this right there are none."
    yield f"GRANT CREATE SCHEMA ON CATALOG {_name(catalog)} TO {principal};"
    yield "-- `sojourn lakehouse cost` reads the history of statements; without these rights it is not to be had."
    yield f"GRANT USE SCHEMA ON SCHEMA system.query TO {principal};"
    yield f"GRANT SELECT ON TABLE system.query.history TO {principal};"
    if reader:
        looking = exp.to_identifier(reader, quoted=True).sql("databricks")
        yield f"-- The ledger in BI, as {reader}: it names members by their key, and has no contacts."
        yield f"GRANT USE CATALOG ON CATALOG {_name(catalog)} TO {looking};"
        yield f"GRANT USE SCHEMA ON SCHEMA {ledger} TO {looking};"
        for table in TABLES:
            yield f"GRANT SELECT ON TABLE {ledger}.{_name(table)} TO {looking};"


def tables_of(sources: Sources) -> set[str]:
    """Every table that the source model names."""
    found = {sources.customers.table, *(each.table for each in sources.related.values())}
    return found | ({sources.consent.table} if sources.consent else set())


def _full(table: str, catalog: str) -> str:
    return table if table.count(".") == 2 else f"{catalog}.{table}"


def _name(dotted: str) -> str:
    return ".".join("`" + part.replace("`", "``") + "`" for part in dotted.split("."))
