"""DuckDB as the warehouse's engine: fast, one file, real transactions – and not Delta."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sojourn.warehouse.backend import Cancelled, Refused
from sojourn.warehouse.dialect import HISTORY, SUFFIX, TAG_COLUMNS, TAGGING, translated
from sojourn.warehouse.history import History

_CLASSES: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.CatalogException, "TABLE_OR_VIEW_NOT_FOUND"),
    (duckdb.BinderException, "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    (duckdb.ParserException, "PARSE_SYNTAX_ERROR"),
    (duckdb.ConversionException, "CAST_INVALID_INPUT"),
    (duckdb.OutOfRangeException, "ARITHMETIC_OVERFLOW"),
    (duckdb.TransactionException, "DELTA_CONCURRENT_APPEND"),
)


class DuckBackend:
    """One file, or memory; the catalog is attached under the name that clients use."""

    def __init__(self, path: Path | None, catalog: str, volumes: Path, history: History) -> None:
        self._root = duckdb.connect(":memory:", config={"preserve_insertion_order": "false"})
        where = str(path).replace("'", "''") if path else ":memory:"
        name = catalog.replace('"', '""') + SUFFIX
        self._root.execute(f"ATTACH '{where}' AS \"{name}\"")
        self._use = f'USE "{name}"'
        self._root.execute(self._use)
        self._root.execute("SET TimeZone = 'UTC'")
        self._volumes, self._history, self._catalog = str(volumes), history, catalog
        self._tags: list[tuple[str, ...]] = []
        self._writing = threading.Lock()
        self._versions: dict[str, int] = {}
        self._structure = int(time.time())  # versions of one start never equal those of another

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own, for whoever owns the process and fills the tables."""
        self._structure += 1
        found = self._root.cursor()
        found.execute(self._use)
        return found

    def run(
        self, statement: str, parameters: Mapping[str, Any], cancelling: Callable[[Callable[[], None]], None]
    ) -> tuple[pa.Table, int | None]:
        with self._root.cursor() as cursor:
            cursor.execute(self._use)  # a cursor does not take it over
            cancelling(cursor.interrupt)
            try:
                if asked := HISTORY.fullmatch(statement):
                    return self._described(cursor, asked[1]), None
                if tagging := TAGGING.fullmatch(statement):
                    schema, table = tagging["table"].replace("`", "").split(".")[-2:]
                    column = tagging["column"].strip("`")
                    self._tags.append((self._catalog, schema, table, column, tagging["tag"], tagging["value"]))
                    return pa.table({}), None
                sql, target = translated(statement, self._volumes)
                if "warehouse_column_tags" in sql:
                    tags = [[row[n] for row in self._tags] for n in range(len(TAG_COLUMNS))]
                    arrays = [pa.array(values, pa.string()) for values in tags]
                    cursor.register("warehouse_column_tags", pa.table(arrays, list(TAG_COLUMNS)))
                if "warehouse_query_history" in sql:
                    cursor.register("warehouse_query_history", self._history.table())
                if target is None:
                    return _whole_numbers(cursor.sql(sql, params=dict(parameters)).to_arrow_table()), None
                return self._write(cursor, sql, parameters, target)
            except duckdb.InterruptException:
                raise Cancelled from None
            except duckdb.Error as error:
                name = next((name for kind, name in _CLASSES if isinstance(error, kind)), "INTERNAL_ERROR")
                raise Refused(name, str(error).splitlines()[0]) from None

    def _write(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any], target: str
    ) -> tuple[pa.Table, int | None]:
        with self._writing:
            try:
                found = cursor.execute(sql, dict(parameters)).fetchall()
            finally:
                if target:
                    self._versions[target] = self._versions.get(target, 0) + 1
                else:
                    self._structure += 1
        if not target:
            return pa.table({}), None
        count = found[0][0] if found else 0
        return pa.table({"num_affected_rows": pa.array([count], pa.int64())}), count

    def _described(self, cursor: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
        """The table's newest version; a view has none."""
        parts = [part.strip("`") for part in name.split(".")][-2:]
        found = cursor.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_schema = $s AND table_name = $t",
            {"s": parts[0], "t": parts[-1]},
        ).fetchall()
        if not found:
            raise Refused("TABLE_OR_VIEW_NOT_FOUND", f"there is no table {name}")
        if found[0][0] == "VIEW":
            raise Refused("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", f"{name} is a view")
        version = self._structure * 1_000_000 + self._versions.get(".".join(parts).lower(), 0)
        return pa.table({"version": pa.array([version], pa.int64()), "operation": ["WRITE"]})

    def close(self) -> None:
        self._root.close()


def _whole_numbers(found: pa.Table) -> pa.Table:
    """Sums of whole numbers are whole numbers; DuckDB's have 128 bits, which Arrow only has as decimals."""
    fields = [
        pa.field(field.name, pa.int64()) if field.type == pa.decimal128(38, 0) else field for field in found.schema
    ]
    return found.cast(pa.schema(fields))
