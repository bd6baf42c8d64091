"""What Unity Catalog is asked about tables, and what its types hold."""

import re

from orchestrator.lakehouse.engine import Kind

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"tinyint|byte|smallint|short|int|integer|bigint|long|float|real|double|(decimal|numeric)(\(.*\))?", "number"),
    (r"string|(var)?char(\(\d+\))?", "text"),
    (r"boolean", "boolean"),
    (r"date", "date"),
    (r"timestamp(_ntz|_ltz)?", "timestamp"),
)
COLUMNS = """SELECT table_schema, table_name, column_name, full_data_type, comment
FROM {catalog}.information_schema.columns WHERE table_schema <> 'information_schema' ORDER BY ordinal_position"""
TABLES = """SELECT table_schema, table_name, table_type, comment FROM {catalog}.information_schema.tables
WHERE table_schema <> 'information_schema'"""


def kind_of(data_type: str) -> Kind:
    """What a column of this type holds."""
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, data_type.lower())), "other")


def quoted(name: str) -> str:
    """A name as an identifier."""
    return "`" + name.replace("`", "``") + "`"
