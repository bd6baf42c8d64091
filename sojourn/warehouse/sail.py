"""Sail as the warehouse's engine: Spark's SQL on real Delta tables, without a JVM. It needs the extra `sail`.

What Sail lacks is done beside it: parameters of commands become literals, tables get a place, the catalogue and the
history of tables are read from what is there. A statement that runs cannot be cancelled.
"""

import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from sojourn.warehouse.backend import Refused
from sojourn.warehouse.dialect import HISTORY, TAG_COLUMNS, WRITES, files_of, reads_files
from sojourn.warehouse.history import History

_CLASSES = {
    "table not found": "TABLE_OR_VIEW_NOT_FOUND",
    "cannot resolve": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "attribute not found": "UNRESOLVED_COLUMN.WITH_SUGGESTION",
    "Failed to commit transaction": "DELTA_CONCURRENT_APPEND",
    "cast": "CAST_INVALID_INPUT",
}


class SailBackend:
    """Delta tables in a folder; sessions share one catalogue, which is as old as the process."""

    def __init__(self, folder: Path, catalog: str, volumes: Path, history: History) -> None:
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession

        self._folder, self._catalog, self._volumes, self._history = folder, catalog, str(volumes), history
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._server = SparkConnectServer("127.0.0.1", 0)
        self._server.start(background=True)
        host, port = self._server.listening_address
        self._spark = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
        self._spark.conf.set("spark.sql.session.timeZone", "UTC")
        self._writing = threading.Lock()

    def run(
        self, statement: str, parameters: Mapping[str, Any], cancelling: Callable[[Callable[[], None]], None]
    ) -> tuple[pa.Table, int | None]:
        cancelling(lambda: None)
        if asked := HISTORY.fullmatch(statement):
            return self._version(asked[1]), None
        try:
            parsed = parse_one(statement, dialect="databricks")
        except SqlglotError as wrong:
            raise Refused("PARSE_SYNTAX_ERROR", str(wrong).splitlines()[0]) from None
        bound = parsed.transform(lambda node: _bound(node, parameters)).transform(_exists).transform(self._read)
        if any(table.db.lower() in ("information_schema", "query") for table in bound.find_all(exp.Table)):
            return self._catalogue(bound), None
        if isinstance(bound, exp.Create):
            self._place(bound)
        text = self._all_columns(bound) if isinstance(bound, exp.Insert) else bound.sql("databricks")
        if isinstance(bound, exp.Query):
            return self._ask(text), None
        with self._writing:
            found = self._ask(text)
        if isinstance(bound, exp.Drop) and (named := bound.find(exp.Identifier)) and bound.args["kind"] == "SCHEMA":
            shutil.rmtree(self._folder / named.name, ignore_errors=True)
        if not isinstance(bound, WRITES):
            return pa.table({}), None
        count = found.column(0)[0].as_py() if found.num_rows else 0
        return pa.table({"num_affected_rows": pa.array([count], pa.int64())}), count

    def close(self) -> None:
        self._spark.stop()
        self._server.stop()

    def _ask(self, text: str) -> pa.Table:
        try:
            return self._spark.sql(text).toArrow()
        except Exception as error:
            said = str(error)
            name = next((name for words, name in _CLASSES.items() if words in said), "INTERNAL_ERROR")
            raise Refused(name, said.splitlines()[0]) from None

    def _read(self, node: exp.Expr) -> exp.Expr:
        """READ_FILES as what Sail calls it."""
        if not isinstance(node, exp.Table) or not reads_files(node):
            return node
        read = exp.to_identifier(files_of(node, self._volumes), quoted=True)
        return exp.Table(this=read, db=exp.to_identifier("parquet"), alias=node.args.get("alias"))

    def _place(self, create: exp.Create) -> None:
        """Delta tables lie in folders of their own; how they are clustered says nothing here."""
        if create.args.get("kind") != "TABLE":
            return
        table = create.this.this if isinstance(create.this, exp.Schema) else create.this
        where = self._folder / table.db / table.name
        create.set(
            "properties",
            exp.Properties(
                expressions=[
                    exp.FileFormatProperty(this=exp.Var(this="DELTA")),
                    exp.LocationProperty(this=exp.Literal.string(str(where))),
                ]
            ),
        )

    def _all_columns(self, insert: exp.Insert) -> str:
        """Sail inserts whole rows: columns that are not named are NULL. And INSERT comes before WITH."""
        into = insert.this.this if isinstance(insert.this, exp.Schema) else insert.this
        table, rows = into.sql("databricks"), insert.expression.sql("databricks")
        if not isinstance(insert.this, exp.Schema):
            return f"INSERT INTO {table} {rows}"
        named = [each.name for each in insert.this.expressions]
        there = self._ask(f"DESCRIBE TABLE {table}").column("col_name").to_pylist()
        found = ", ".join(f"v.{name}" if name in named else f"NULL AS {name}" for name in there)
        return f"INSERT INTO {table} SELECT {found} FROM ({rows}) AS v({', '.join(named)})"  # noqa: S608

    def _version(self, name: str) -> pa.Table:
        schema, table = [part.strip("`") for part in name.split(".")][-2:]
        log = self._folder / schema / table / "_delta_log"
        if not log.is_dir():
            raise Refused("TABLE_OR_VIEW_NOT_FOUND", f"there is no table {name}")
        version = max(int(file.stem) for file in log.glob("*.json"))
        return pa.table({"version": pa.array([version], pa.int64()), "operation": ["WRITE"]})

    def _catalogue(self, query: exp.Expr) -> pa.Table:
        """Asks DuckDB about what Sail tells of its tables, and about what was run."""
        tables: list[dict[str, Any]] = []
        columns: list[dict[str, Any]] = []
        for schema in self._ask("SHOW DATABASES").column("name").to_pylist():
            for table in self._ask(f"SHOW TABLES IN `{schema}`").column("tableName").to_pylist():
                named = {"table_catalog": self._catalog, "table_schema": schema, "table_name": table, "comment": None}
                tables.append({**named, "table_type": "MANAGED"})
                described = self._ask(f"DESCRIBE TABLE `{schema}`.`{table}`").to_pylist()
                for position, each in enumerate(described):
                    kind = {"full_data_type": each["data_type"], "data_type": each["data_type"].upper()}
                    columns.append({**named, **kind, "column_name": each["col_name"], "ordinal_position": position})
        with duckdb.connect(":memory:") as cursor:
            cursor.register("found_tables", pa.Table.from_pylist(tables or [dict.fromkeys(_TABLE)]))
            cursor.register("found_columns", pa.Table.from_pylist(columns or [dict.fromkeys(_COLUMN)]))
            cursor.register("found_column_tags", pa.table({name: pa.array([], pa.string()) for name in TAG_COLUMNS}))
            cursor.register("found_history", self._history.table())
            asked = query.transform(
                lambda node: (
                    exp.to_table(f"found_{node.name}", alias=node.alias) if isinstance(node, exp.Table) else node
                )
            )
            return cursor.sql(asked.sql("duckdb")).to_arrow_table()


_TABLE = ("table_catalog", "table_schema", "table_name", "comment", "table_type")
_COLUMN = (*_TABLE[:4], "full_data_type", "data_type", "column_name", "ordinal_position")


def _bound(node: exp.Expr, parameters: Mapping[str, Any]) -> exp.Expr:
    """A parameter as a literal of its type."""
    if not isinstance(node, exp.Placeholder):
        return node
    if str(node.this) not in parameters:
        raise Refused("UNBOUND_SQL_PARAMETER", f"there is no parameter {node.this}")
    value = parameters[str(node.this)]
    made = exp.convert(value)
    return exp.cast(made, "double") if isinstance(value, float) else made


def _exists(node: exp.Expr) -> exp.Expr:
    """`x IN (SELECT y …)` within a CASE as EXISTS, which Sail can do there."""
    if not isinstance(node, exp.In) or node.args.get("query") is None or node.find_ancestor(exp.Case) is None:
        return node
    asked = node.args["query"].this.copy()
    compared = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
    names = [f"wanted{index}" for index in range(len(compared))]
    asked.set(
        "expressions", [exp.alias_(each.unalias(), name) for each, name in zip(asked.selects, names, strict=True)]
    )
    inner = exp.select(exp.convert(1)).from_(asked.subquery("inside"))
    same = [exp.column(name, "inside").eq(each.copy()) for each, name in zip(compared, names, strict=True)]
    return exp.Exists(this=inner.where(*same))
