"""The few sqlglot pieces every statement is made of; the only place where an engine's dialect is told apart."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlglot import exp, parse_one

from orchestrator.errors import Invalid
from orchestrator.lakehouse.engine import Scalar, Statement

BUCKETS = 10_000
"""Random assignment divides members into this many buckets, so a share has a resolution of 0.01 %."""

MOST_VALUES = {"databricks": 256}
"""Parameters that a statement may have."""
_LISTS_AS_JSON, _LONG = frozenset({"databricks"}), 20
TRANSACTIONAL = frozenset({"duckdb"})
"""Dialects of engines whose transactions span tables and whose keys hold: a marker row makes a wave exact there."""


class Binder:
    """Collects the values of one statement; each becomes a named placeholder, none becomes text."""

    def __init__(self) -> None:
        self.values: dict[str, Scalar] = {}

    def __call__(self, value: Scalar) -> exp.Expr:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return exp.Placeholder(this=name)


def render(expression: exp.Expr, dialect: str, binder: Binder | None = None, *, spent: bool = False) -> Statement:
    """The statement in the engine's dialect; placeholders the binder does not know are runtime values.

    A `spent` expression is used for nothing else: making its text may change it, and it is not copied before.
    Raises Invalid when it has more values than the engine takes.
    """
    fixed = dict(binder.values) if binder else {}
    if dialect in _LISTS_AS_JSON:
        expression = expression.transform(lambda node: _list_as_json(node, fixed))
    names = {str(found.this) for found in expression.find_all(exp.Placeholder)}
    if len(names) > MOST_VALUES.get(dialect, len(names)):
        text = f"the rules compare with {len(names)} values, and {MOST_VALUES[dialect]} are possible at once"
        raise Invalid(text, fix="take several values of a column together as a list, or make two audiences of it")
    return Statement(
        sql=expression.sql(dialect, pretty=True, copy=not spent),
        parameters={name: value for name, value in fixed.items() if name in names},
        runtime=tuple(sorted(names - fixed.keys())),
    )


def _list_as_json(node: exp.Expr, fixed: dict[str, Scalar]) -> exp.Expr:
    """A long list of values as one JSON parameter; there may be few parameters."""
    if not isinstance(node, exp.In) or len(node.expressions) <= _LONG:
        return node
    names = [str(each.this) for each in node.expressions if isinstance(each, exp.Placeholder)]
    if len(names) != len(node.expressions) or not all(name in fixed for name in names):
        return node
    values = [fixed.pop(name) for name in names]
    kind = "string" if isinstance(values[0], str) else "double"
    fixed[names[0]] = json.dumps(values, ensure_ascii=False)
    rows = exp.FromJson(this=exp.Placeholder(this=names[0]), expression=exp.convert(f"array<{kind}>"))
    return exp.In(this=node.this, query=exp.select(exp.Explode(this=rows)).subquery())


def runtime(name: str) -> exp.Placeholder:
    """A value the statement gets when it runs."""
    return exp.Placeholder(this=name)


def as_of() -> exp.Expr:
    """The wave's instant, UTC. No statement reads the lakehouse's own clock."""
    return instant(runtime("as_of"))


def instant(value: exp.Expr) -> exp.Expr:
    """ISO text, or a day, as an instant of the ledger: UTC, without a zone."""
    return exp.cast(value, exp.DataType.Type.TIMESTAMPNTZ)


def local(moment: exp.Expr, zone: str) -> exp.Expr:
    """A UTC instant as the wall clock of a time zone shows it."""
    if zone == "UTC":
        return moment
    return exp.ConvertTimezone(source_tz=exp.convert("UTC"), target_tz=exp.convert(zone), timestamp=moment)


def naive_utc(moment: datetime) -> datetime:
    """An instant as the ledger keeps it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def utc_text(moment: datetime) -> str:
    """An instant as the ISO text that is cast in the SQL."""
    return naive_utc(moment).isoformat(sep=" ")


def table(name: str, alias: str | None = None) -> exp.Expr:
    """A table by its dotted name (schema.table or catalog.schema.table), every part quoted."""
    parts = [exp.to_identifier(part, quoted=True) for part in name.split(".")]
    keys = ("this", "db", "catalog")
    found = exp.Table(**dict(zip(keys, reversed(parts), strict=False)))
    return exp.alias_(found, alias, table=True) if alias else found


def column(name: str, of: str | None = None) -> exp.Column:
    """A column, quoted, of a table alias."""
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(of) if of else None)


def shift(moment: exp.Expr, by: timedelta) -> exp.Expr:
    """A moment plus a duration; negative durations go back."""
    return (exp.Add if by >= timedelta() else exp.Sub)(this=moment, expression=interval(abs(by)))


def interval(length: timedelta) -> exp.Expr:
    """A duration, in the largest unit that holds it exactly; at least a millisecond."""
    milliseconds = round(length / timedelta(milliseconds=1))
    unit, amount = next((unit, milliseconds // size) for unit, size in _UNITS if milliseconds % size == 0)
    return exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.Var(this=unit))


_UNITS: tuple[tuple[Literal["DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"], int], ...] = (
    ("DAY", 86_400_000),
    ("HOUR", 3_600_000),
    ("MINUTE", 60_000),
    ("SECOND", 1_000),
    ("MILLISECOND", 1),
)


def key_of(parts: list[exp.Expr]) -> exp.Expr:
    """Text that names something by its parts, joined with `/`."""
    pieces: list[exp.Expr] = []
    for part in parts:
        pieces += [exp.convert("/"), exp.cast(part, "text")] if pieces else [exp.cast(part, "text")]
    return exp.Concat(expressions=pieces, safe=False, coalesce=False)


def digest(parts: list[exp.Expr]) -> exp.Expr:
    """md5 of the parts as 32 hex digits: the same on every engine and in Python."""
    return exp.MD5(this=key_of(parts))


def bucket(parts: list[exp.Expr], dialect: str) -> exp.Expr:
    """0 … BUCKETS-1 from the first 8 hex digits of md5: the same on every engine and in Python."""
    digits = exp.Substring(this=digest(parts), start=exp.convert(1), length=exp.convert(8))
    if dialect == "duckdb":
        whole = exp.cast(exp.DPipe(this=exp.convert("0x"), expression=digits, safe=True), "bigint")
    else:
        whole = exp.cast(exp.func("conv", digits, exp.convert(16), exp.convert(10)), "bigint")
    return exp.Mod(this=whole, expression=exp.convert(BUCKETS))


def json_rows(columns: Mapping[str, str], dialect: str) -> exp.Expr:
    """The runtime value `rows` – a JSON array of objects – as a relation with these columns and Databricks' types."""
    if dialect == "duckdb":
        kinds = {name: "VARCHAR" if kind == "STRING" else kind for name, kind in columns.items()}
        shape = ", ".join(f'"{name}": "{kind}"' for name, kind in kinds.items())
        source = f"SELECT UNNEST(FROM_JSON(CAST($rows AS JSON), '[{{{shape}}}]'), max_depth := 2)"
    else:
        shape = ", ".join(f"{name}: {kind}" for name, kind in columns.items())
        source = f"SELECT INLINE(FROM_JSON(:rows, 'array<struct<{shape}>>'))"
    return parse_one(source, dialect=dialect)


def insert_only(insert: exp.Insert, key: Sequence[str], nullable: Collection[str] = ()) -> exp.Merge:
    """The INSERT … SELECT as a MERGE that adds the rows whose key is not there, so that a repeat adds nothing.

    A part of the key that is the same constant for all rows is compared with it: an engine can skip files by that.
    For a nullable part, no value is a value like any other.
    """
    rows = insert.expression
    named = [each.name for each in insert.this.expressions] if isinstance(insert.this, exp.Schema) else []
    if isinstance(rows, exp.Values):
        [row] = rows.expressions  # one at a time is inserted by its values
        rows = exp.select(*row.expressions)
    constants: dict[str, exp.Expr] = {}
    if named:
        constants = {
            name: found for name, each in zip(named, rows.selects, strict=True) if (found := _constant(rows, each))
        }
        rows.set(
            "expressions", [exp.alias_(each.unalias(), name) for name, each in zip(named, rows.selects, strict=True)]
        )
    same: list[exp.Expr] = []
    for name in key:
        if name in constants:
            same.append(exp.column(name, "t").eq(constants[name].copy()))
        elif named and name not in named:  # it is not filled in
            same.append(exp.column(name, "t").is_(exp.null()))
        else:
            equal = exp.NullSafeEQ if name in nullable else exp.EQ
            same.append(equal(this=exp.column(name, "t"), expression=exp.column(name, "s")))
    values = exp.Insert(this=exp.Star())
    if named:
        values = exp.Insert(
            this=exp.Tuple(expressions=[exp.to_identifier(name) for name in named]),
            expression=exp.Tuple(expressions=[exp.column(name, "s") for name in named]),
        )
    table = insert.this.this if isinstance(insert.this, exp.Schema) else insert.this
    return exp.merge(
        exp.When(matched=False, then=values),
        into=exp.alias_(table, "t", table=True),
        using=rows.subquery("s"),
        on=exp.and_(*same),
    )


def _constant(rows: exp.Expr, value: exp.Expr) -> exp.Expr | None:
    """The literal that a value is in every row: itself, or what its column is compared with in the same SELECT."""
    value = value.unalias()
    if isinstance(value, exp.Literal):
        return value
    if isinstance(value, exp.Column):
        for equal in rows.find_all(exp.EQ):
            if equal.this == value and isinstance(equal.expression, exp.Literal) and equal.parent_select is rows:
                return equal.expression
    return None
