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

TAGS = """SELECT schema_name, table_name, column_name, tag_name, tag_value
FROM {catalog}.information_schema.column_tags"""
_PERSONAL = re.compile(r"pii|phi|personal([ _-]data)?|sensitive|class\..+", re.IGNORECASE)
"""Names of tags by which columns are marked as personal; Databricks' own classification writes `class.…`."""
_NOT = frozenset({"false", "no", "none", "0"})


def is_personal(tag: str, value: str | None) -> bool:
    """Whether a column's tag says that it is personal."""
    return _PERSONAL.fullmatch(tag) is not None and (value or "").lower() not in _NOT


def kind_of(data_type: str) -> Kind:
    """What a column of this type holds."""
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, data_type.lower())), "other")


def quoted(name: str) -> str:
    """A name as an identifier."""
    return "`" + name.replace("`", "``") + "`"
