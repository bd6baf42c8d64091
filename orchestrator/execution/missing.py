"""What a refused statement misses: the tables and columns it names that the lakehouse does not have any more."""

from collections.abc import Iterable

from sqlglot import exp, parse_one

from orchestrator.lakehouse.engine import Statement, Tables


def missing_names(statements: Iterable[Statement], tables: Tables, dialect: str) -> list[str]:
    """One sentence for each name that is gone, in the order of the statements.

    An engine's own words for it are about aliases that nobody wrote.
    """
    found: dict[str, None] = {}
    for statement in statements:
        parsed = parse_one(statement.sql, dialect=dialect)
        aliases: dict[str, set[str]] = {}
        for table in parsed.find_all(exp.Table):
            name = ".".join(part.name for part in table.parts)
            if table.db and name not in tables:
                found[f"there is no table {name}"] = None
            elif table.db and table.alias:
                aliases.setdefault(table.alias, set()).add(name)
        for column in parsed.find_all(exp.Column):
            homes = aliases.get(column.table, set())
            if homes and not any(column.name in tables[home] for home in homes):
                found[f"{' or '.join(sorted(homes))} has no column {column.name!r}"] = None
    return list(found)
