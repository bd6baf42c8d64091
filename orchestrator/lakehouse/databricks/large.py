"""Rows that are too many for one parameter: as a file in a volume, read by the same statement, or part by part."""

import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

from sqlglot import exp, parse_one

LARGE = 4_000_000
"""Characters of JSON up to which rows are one parameter: some twenty thousand outcomes."""
PART = 20_000
"""Rows of a part where there is no volume."""
KEPT = 24 * 3600
"""Seconds after which a file is nobody's any more: whoever put it there has died."""
_SHAPE = re.compile(r"array<struct<(.*)>>", re.IGNORECASE)
_NAME = re.compile(r"rows-(\d+)-[0-9a-f]{32}\.parquet")


@dataclass(frozen=True)
class Rows:
    """The rows that a statement takes as the parameter `name`; `columns`: name → SQL type."""

    sql: str
    name: str
    columns: dict[str, str]
    json: str

    def parts(self) -> Iterator[str]:
        """The same rows as several JSON arrays."""
        rows = json.loads(self.json)
        for first in range(0, len(rows), PART):
            yield json.dumps(rows[first : first + PART], ensure_ascii=False)

    def file(self) -> bytes:
        """The rows as a Parquet file; every column as the JSON has it, to be cast when it is read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"STRING": pa.string(), "BIGINT": pa.int64(), "INT": pa.int64(), "BOOLEAN": pa.bool_()}
        kinds["DOUBLE"] = pa.float64()
        schema = pa.schema([(name, kinds[kind]) for name, kind in self.columns.items()])
        made = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(json.loads(self.json), schema), made, compression="zstd")
        return made.getvalue()

    def read_from(self, path: str) -> str:
        """The statement that reads the rows from the file."""
        statement = parse_one(self.sql, dialect="databricks")
        inline = statement.find(exp.Inline)
        assert inline is not None, "found before"
        assert isinstance(inline.parent, exp.Select), "rows are a relation of their own"
        read = parse_one("SELECT 1 FROM READ_FILES(x, format => 'parquet') AS f", dialect="databricks")
        read.find(exp.Anonymous).expressions[0].replace(exp.convert(path))  # type: ignore[union-attr]
        columns = [exp.alias_(exp.cast(exp.column(name, "f"), kind), name) for name, kind in self.columns.items()]
        read.set("expressions", columns)
        inline.parent.replace(read)
        return statement.sql("databricks")


def rows_of(sql: str, bound: Mapping[str, Any]) -> Rows | None:
    """The rows of a write, when they are too many for one parameter."""
    for name, value in bound.items():
        if isinstance(value, str) and len(value) > LARGE and (columns := _columns(sql, name)):
            return Rows(sql, name, columns, value)
    return None


def path_in(volume: str) -> str:
    """A new file's path in a volume (catalog.schema.volume)."""
    return f"{folder(volume)}/rows-{int(time.time())}-{uuid4().hex}.parquet"


def folder(volume: str) -> str:
    """Where a volume's files are."""
    return "/Volumes/" + "/".join(volume.split("."))


def left_behind(name: str) -> bool:
    """Whether the file of that name in a volume is one of ours that nobody needs any more."""
    found = _NAME.fullmatch(name)
    return found is not None and time.time() - int(found[1]) > KEPT


@lru_cache(4096)
def _columns(sql: str, name: str) -> dict[str, str]:
    """Columns of INLINE(FROM_JSON(:name, 'array<struct<…>>')); empty: the statement takes no such rows."""
    inline = parse_one(sql, dialect="databricks").find(exp.Inline)
    given = inline.this if inline else None
    if not isinstance(given, exp.FromJson) or given.this.name != name:
        return {}
    shape = _SHAPE.fullmatch(given.expression.name)
    pairs = [each.split(":", 1) for each in shape[1].split(",")] if shape else []
    return {column.strip(): kind.strip().upper() for column, kind in pairs}
