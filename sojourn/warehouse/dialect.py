"""Databricks SQL as DuckDB runs it: sqlglot's translation, and the few things that it does not know."""

import re
from functools import lru_cache

from sqlglot import exp, maybe_parse, parse_one
from sqlglot.errors import SqlglotError

from sojourn.warehouse.backend import Refused

_TYPES = {
    "VARCHAR": "STRING",
    "INTEGER": "INT",
    "HUGEINT": "DECIMAL(38,0)",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "BLOB": "BINARY",
}
_NAMED = "CASE data_type " + " ".join(f"WHEN '{a}' THEN '{b}'" for a, b in _TYPES.items()) + " ELSE data_type END"
SUFFIX = "_catalog"
"""Of a catalog's name in DuckDB, which keeps some names – `main` – for itself."""
_CATALOG = f"LEFT(table_catalog, -{len(SUFFIX)}) AS table_catalog"
_VIEWS = {
    "columns": f"""SELECT {_CATALOG}, table_schema, table_name, column_name, ordinal_position,
      column_comment AS comment, LOWER({_NAMED}) AS full_data_type, {_NAMED} AS data_type
      FROM information_schema.columns WHERE table_schema <> 'information_schema'""",  # noqa: S608 - our own constants
    "tables": f"""SELECT {_CATALOG}, table_schema, table_name, table_comment AS comment,
      CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'MANAGED' END AS table_type
      FROM information_schema.tables WHERE table_schema <> 'information_schema'""",  # noqa: S608
    "schemata": f"""SELECT LEFT(catalog_name, -{len(SUFFIX)}) AS catalog_name, schema_name
      FROM information_schema.schemata""",  # noqa: S608
    "column_tags": """SELECT catalog_name, schema_name, table_name, column_name, tag_name, tag_value
      FROM warehouse_column_tags""",
}
"""Databricks' information schema."""
TAGGING = re.compile(
    r"\s*ALTER\s+TABLE\s+(?P<table>\S+)\s+ALTER\s+COLUMN\s+(?P<column>\S+)\s+SET\s+TAGS\s*"
    r"\(\s*'(?P<tag>[^']+)'\s*=\s*'(?P<value>[^']*)'\s*\)\s*",
    re.IGNORECASE,
)
TAG_COLUMNS = ("catalog_name", "schema_name", "table_name", "column_name", "tag_name", "tag_value")
HISTORY = re.compile(r"\s*DESC(?:RIBE)?\s+HISTORY\s+(.+?)(?:\s+LIMIT\s+\d+)?\s*;?\s*", re.IGNORECASE | re.DOTALL)
WRITES = (exp.Insert, exp.Merge, exp.Update, exp.Delete)


@lru_cache(4096)
def translated(statement: str, volumes: str) -> tuple[str, str | None]:
    """The statement for DuckDB, and the table it writes to (schema.table, small letters): "" for several or unknown.

    None: it only reads. `volumes` is the folder that stands for /Volumes. Raises Refused.
    """
    try:
        parsed = parse_one(statement, dialect="databricks")
    except SqlglotError as wrong:
        raise Refused("PARSE_SYNTAX_ERROR", str(wrong).splitlines()[0]) from None
    found = parsed.transform(lambda node: _mended(node, volumes))
    for properties in list(found.find_all(exp.Properties)):
        properties.pop()  # clustering and table properties say how Delta keeps a table
    return found.sql("duckdb"), _target(parsed)


def _target(parsed: exp.Expr) -> str | None:
    if isinstance(parsed, exp.Query):
        return None
    if not isinstance(parsed, WRITES):
        return ""
    table = parsed.this.this if isinstance(parsed.this, exp.Schema) else parsed.this
    return f"{table.db}.{table.name}".lower() if isinstance(table, exp.Table) else ""


def _mended(node: exp.Expr, volumes: str) -> exp.Expr:
    if isinstance(node, exp.Table):
        return _table(node, volumes)
    if isinstance(node, exp.Anonymous) and node.name.upper() == "CONV":
        digits, source, target = node.expressions
        if (source.name, target.name) != ("16", "10"):
            raise Refused("UNSUPPORTED", "the stand-in converts hexadecimal digits only")
        hexadecimal = exp.DPipe(this=exp.convert("0x"), expression=_mended(digits, volumes), safe=True)
        return exp.cast(exp.cast(hexadecimal, "bigint"), "text")
    if isinstance(node, exp.Inline):
        return _inlined(node)
    if isinstance(node, exp.Explode) and isinstance(node.this, exp.FromJson):
        return _exploded(node.this)
    return node


def _table(node: exp.Table, volumes: str) -> exp.Expr:
    if node.db.lower() == "information_schema" and (view := _VIEWS.get(node.name.lower())):
        rows = maybe_parse(view, into=exp.Select, dialect="duckdb")
        catalog = node.catalog
        if catalog and catalog.lower() != "system":
            name = next(each for each in ("table_catalog", "catalog_name") if each in view)
            rows = exp.select("*").from_(rows.subquery("v")).where(exp.column(name).eq(catalog))
        return rows.subquery(node.alias or node.name)
    if node.catalog.lower() == "system" and node.db.lower() == "query":
        return exp.to_table("warehouse_query_history", alias=node.alias or "history")
    if reads_files(node):
        read = exp.Anonymous(this="read_parquet", expressions=[exp.convert(files_of(node, volumes))])
        return exp.Table(this=read, alias=node.args.get("alias"))
    if node.catalog and not node.catalog.endswith(SUFFIX):
        node.set("catalog", exp.to_identifier(node.catalog + SUFFIX, quoted=True))
    return node


def reads_files(table: exp.Table) -> bool:
    """Whether it is READ_FILES(…)."""
    return isinstance(table.this, exp.Anonymous) and table.this.name.upper() == "READ_FILES"


def files_of(read_files: exp.Table, volumes: str) -> str:
    """The Parquet files that READ_FILES('/Volumes/…') reads; `volumes` is the folder that stands for /Volumes."""
    path = str(read_files.this.expressions[0].name)
    if not path.startswith("/Volumes/") or ".." in path:
        raise Refused("PATH_NOT_FOUND", "read_files reads /Volumes here")
    where = volumes + path.removeprefix("/Volumes")
    return where + ("" if where.endswith(".parquet") else "/*.parquet")


def _inlined(node: exp.Inline) -> exp.Expr:
    """INLINE(FROM_JSON(:rows, 'array<struct<a: STRING>>')) – the one way in which rows travel as a parameter."""
    given = node.this
    kinds = re.fullmatch(r"array<struct<(.*)>>", given.expression.name) if isinstance(given, exp.FromJson) else None
    if kinds is None:
        raise Refused("UNSUPPORTED", "the stand-in inlines JSON arrays of structs only")
    fields = [each.split(":", 1) for each in kinds[1].split(",")]
    shape = ", ".join(f'"{name.strip()}": "{_duckdb(kind.strip())}"' for name, kind in fields)
    made = parse_one(f"UNNEST(FROM_JSON(CAST(x AS JSON), '[{{{shape}}}]'), max_depth := 2)", dialect="duckdb")
    next(made.find_all(exp.Column)).replace(given.this.copy())
    return made


def _exploded(given: exp.FromJson) -> exp.Expr:
    """EXPLODE(FROM_JSON(:list, 'array<string>')) – a long list of values as a parameter."""
    kinds = re.fullmatch(r"array<(\w+)>", given.expression.name)
    if kinds is None:
        raise Refused("UNSUPPORTED", "the stand-in explodes JSON arrays of plain values only")
    return exp.Unnest(
        expressions=[exp.cast(exp.cast(given.this.copy(), "json"), f"{_duckdb(kinds[1])}[]", dialect="duckdb")]
    )


def _duckdb(kind: str) -> str:
    return exp.DataType.build(kind, dialect="databricks").sql("duckdb")
