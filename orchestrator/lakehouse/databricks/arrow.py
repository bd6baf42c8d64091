"""Rows as they come from the connector – columns of Arrow – as Python has them."""

from typing import Any


def tuples(table: Any) -> list[tuple[Any, ...]]:
    """Rows as tuples; instants are UTC without a zone."""
    return list(zip(*(_values(column) for column in table.columns), strict=True))


def leave_unsaid() -> None:
    """Keeps the connector from making text of every batch, for a log that is off: half of the time a fetch takes."""
    from databricks.sql.thrift_api.TCLIService.ttypes import TSparkArrowBatch

    TSparkArrowBatch.__repr__ = lambda self: f"{self.rowCount} rows"


def _values(column: Any) -> list[Any]:
    from pyarrow import timestamp
    from pyarrow.types import is_timestamp

    if is_timestamp(column.type) and column.type.tz is not None:
        column = column.cast(timestamp("us"))
    found: list[Any] = column.to_pylist()
    return found
