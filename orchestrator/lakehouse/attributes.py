"""Reads attributes of members: the customer table (alias `c`) with the one-to-one tables that are asked for."""

from collections.abc import Iterable

from sqlglot import exp

from orchestrator.lakehouse import sql
from orchestrator.lakehouse.model import Lakehouse


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
