"""Arrow and Python on one side, the protocol's types on the other."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "BOOLEAN_TYPE"),
    (pa.types.is_int8, "TINYINT_TYPE"),
    (pa.types.is_int16, "SMALLINT_TYPE"),
    (pa.types.is_int32, "INT_TYPE"),
    (pa.types.is_integer, "BIGINT_TYPE"),
    (pa.types.is_float32, "FLOAT_TYPE"),
    (pa.types.is_floating, "DOUBLE_TYPE"),
    (pa.types.is_decimal, "DECIMAL_TYPE"),
    (pa.types.is_timestamp, "TIMESTAMP_TYPE"),
    (pa.types.is_date, "DATE_TYPE"),
    (pa.types.is_binary, "BINARY_TYPE"),
    (pa.types.is_list, "ARRAY_TYPE"),
    (pa.types.is_struct, "STRUCT_TYPE"),
    (pa.types.is_null, "NULL_TYPE"),
)
_VALUES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT"), int),
    **dict.fromkeys(("FLOAT", "DOUBLE"), float),
    "BOOLEAN": lambda text: text.lower() == "true",
    "DATE": dt.date.fromisoformat,
    "TIMESTAMP": dt.datetime.fromisoformat,
    "TIMESTAMP_NTZ": dt.datetime.fromisoformat,
    "DECIMAL": Decimal,
}


def parameters(sent: Iterable[Any] | None) -> dict[str, Any]:
    """Named parameters as Python values; everything travels as text with a type. Raises ValueError."""
    found: dict[str, Any] = {}
    for each in sent or ():
        if each.name is None:
            raise ValueError("parameters are named here: write :name, not ?")
        kind = (each.type or "STRING").upper().partition("(")[0]
        value = each.value.stringValue if each.value is not None else None
        found[each.name] = None if value is None or kind == "VOID" else _VALUES.get(kind, str)(value)
    return found


def table_schema(schema: pa.Schema) -> Any:
    """The columns of a result, as the client's metadata has them."""
    return t.TTableSchema(
        [t.TColumnDesc(field.name, _type(field.type), position) for position, field in enumerate(schema, 1)]
    )


def _type(kind: pa.DataType) -> Any:
    name = next((name for fits, name in _TYPES if fits(kind)), "STRING_TYPE")
    qualifiers = None
    if pa.types.is_decimal(kind):
        sizes = {"precision": kind.precision, "scale": kind.scale}
        qualifiers = t.TTypeQualifiers({k: t.TTypeQualifierValue(i32Value=v) for k, v in sizes.items()})
    entry = t.TPrimitiveTypeEntry(type=getattr(t.TTypeId, name), typeQualifiers=qualifiers)
    return t.TTypeDesc([t.TTypeEntry(primitiveEntry=entry)])


def row_set(part: pa.Table, offset: int) -> Any:
    """Rows as Arrow batches."""
    batches = [t.TSparkArrowBatch(batch=b.serialize().to_pybytes(), rowCount=b.num_rows) for b in part.to_batches()]
    return t.TRowSet(startRowOffset=offset, rows=[], arrowBatches=batches)
