"""The few sqlglot pieces every statement is made of; the only place where an engine's dialect is told apart."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlglot import exp, parse_one

from orchestrator.lakehouse.engine import Scalar, Statement

BUCKETS = 10_000
"""Random assignment divides members into this many buckets, so a share has a resolution of 0.01 %."""


class Binder:
    """Collects the values of one statement; each becomes a named placeholder, none becomes text."""

    def __init__(self) -> None:
        self.values: dict[str, Scalar] = {}

    def __call__(self, value: Scalar) -> exp.Expr:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return exp.Placeholder(this=name)


def render(expression: exp.Expr, dialect: str, binder: Binder | None = None) -> Statement:
    """The statement in the engine's dialect; placeholders the binder does not know are runtime values."""
    fixed = binder.values if binder else {}
    names = {str(found.this) for found in expression.find_all(exp.Placeholder)}
    return Statement(
        sql=expression.sql(dialect, pretty=True),
        parameters={name: value for name, value in fixed.items() if name in names},
        runtime=tuple(sorted(names - fixed.keys())),
    )


def runtime(name: str) -> exp.Placeholder:
    """A value the statement gets when it runs."""
    return exp.Placeholder(this=name)


def as_of() -> exp.Expr:
    """The wave's instant, UTC. No statement reads the lakehouse's own clock."""
    return exp.cast(runtime("as_of"), "timestamp")


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


def json_rows(columns: dict[str, str], dialect: str) -> exp.Expr:
    """The runtime value `rows` – a JSON array of objects – as a relation with these columns and SQL types."""
    if dialect == "duckdb":
        shape = ", ".join(f'"{name}": "{kind}"' for name, kind in columns.items())
        source = f"SELECT UNNEST(FROM_JSON(CAST($rows AS JSON), '[{{{shape}}}]'), max_depth := 2)"
    else:
        shape = ", ".join(f"{name}: {kind}" for name, kind in columns.items())
        source = f"SELECT INLINE(FROM_JSON(:rows, 'array<struct<{shape}>>'))"
    return parse_one(source, dialect=dialect)
