"""Reads attributes of members: the customer table (alias `c`) with the one-to-one tables that are asked for."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Scalar
from orchestrator.lakehouse.model import Column, Lakehouse


def attribute_rows(lakehouse: Lakehouse, paths: Iterable[str]) -> tuple[exp.Select, list[exp.Expr]]:
    """FROM and joins, and one column for each path. A member has as many rows as the tables have for them.

    Raises Invalid for a path that is no attribute.
    """
    customers = lakehouse.customers
    attributes = [lakehouse.attribute(path) for path in paths]
    relations = sorted({each.relation for each in attributes if each.relation})
    aliases = {relation: f"r{index}" for index, relation in enumerate(relations)}
    rows = exp.Select().from_(sql.table(customers.table, "c"))
    for relation, alias in aliases.items():
        related = lakehouse.related(relation)
        on = sql.column(related.key, alias).eq(sql.column(customers.key, "c"))
        rows = rows.join(sql.table(related.table, alias), on=on, join_type="left")
    return rows, [sql.column(each.name, aliases[each.relation] if each.relation else "c") for each in attributes]


def is_personal(lakehouse: Lakehouse, column: Column) -> bool:
    """Whether the column is a contact, hidden or tagged as personal, and so never shown unasked."""
    return column.name in lakehouse.personal_columns(column.table)


def plain_value(value: Any) -> Scalar:
    """A value as JSON has it: instants and days as ISO text, decimals as numbers, anything else as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)
