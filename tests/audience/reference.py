"""What a rule means, member by member, in plain Python; the SQL must say the same."""

import operator
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.audience import rules as r

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
COMPARE = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "on": operator.eq, "before": operator.lt, "after": operator.gt, "is": operator.eq, "is_not": operator.ne,
}  # fmt: skip


def holds(
    rule: r.Rule,
    customer: Row,
    tables: Tables,
    as_of: datetime,
    entered_at: datetime | None = None,
    zone: str = "UTC",
) -> bool:
    """Two-valued: unknown is no. `zone` is the workspace's: its days count."""

    def again(part: r.Rule) -> bool:
        return holds(part, customer, tables, as_of, entered_at, zone)

    mine = {
        name: [row for row in rows if row["customer_id"] == customer["customer_id"]] for name, rows in tables.items()
    }
    match rule:
        case r.All():
            return all(map(again, rule.of))
        case r.Any():
            return any(map(again, rule.of))
        case r.Not():
            return not again(rule.rule)
        case r.Score():
            return any(
                s[rule.category] is not None and rule.low <= s[rule.category] <= rule.high for s in mine["propensities"]
            )
        case r.HasConsent():
            said = [row["granted"] for row in mine["consents"] if row["purpose"] == rule.purpose]
            return bool(said) and all(said)
        case r.Events():
            return _events(rule, mine[rule.table], as_of, entered_at, zone)
    relation, _, column = rule.column.rpartition(".")
    rows = mine[relation] if relation else [customer]
    return any(compare(rule, row[column], as_of, zone) for row in rows)


def compare(rule: r.Comparison, value: Any, as_of: datetime, zone: str = "UTC") -> bool:
    """One condition on one value."""
    if isinstance(rule, r.IsSet) or value is None:
        return isinstance(rule, r.IsSet) and value is not None
    match rule:
        case r.OneOf():
            return value in rule.values
        case r.Boolean():
            return bool(value) is rule.value
        case r.Text(op="contains"):
            return rule.value in value
        case r.Text(op="starts_with"):
            return value.startswith(rule.value)
        case r.Text(op="ends_with"):
            return value.endswith(rule.value)
        case r.Date():
            day, today = local(value, zone).date() if isinstance(value, datetime) else value, local(as_of, zone)
            if rule.op == "between":
                return _day(rule.value, today) <= day <= _day(rule.to, today)
            return bool(COMPARE[rule.op](day, _day(rule.value, today)))
    if rule.op == "between":
        return rule.value <= value <= rule.to
    return bool(COMPARE[rule.op](value, rule.value))


def local(moment: datetime, zone: str) -> datetime:
    """What the clock of a time zone shows at an instant in UTC; both naive."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def _day(day: Any, today: datetime) -> date:
    return (today - timedelta(days=day.days_ago)).date() if isinstance(day, r.Relative) else day


def _events(rule: r.Events, rows: Sequence[Row], as_of: datetime, entered_at: datetime | None, zone: str) -> bool:
    rows = [row for row in rows if row["purchased_at"] is not None]
    if isinstance(rule.within, r.LastDays):
        since = as_of - timedelta(days=rule.within.days)
        rows = [row for row in rows if since < row["purchased_at"] <= as_of]
    else:
        assert entered_at is not None
        rows = [row for row in rows if entered_at < row["purchased_at"] <= as_of]
    rows = [row for row in rows if all(compare(each, row[each.column], as_of, zone) for each in rule.where)]
    values = [row[rule.column] for row in rows if rule.column and row[rule.column] is not None]
    match rule.measure:
        case "count":
            measured: float | None = len(rows)
        case "sum":
            measured = sum(values)
        case "min":
            measured = min(values, default=None)
        case "max":
            measured = max(values, default=None)
        case _:
            newest = max((row["purchased_at"] for row in rows), default=datetime.combine(date.min, time.min))
            latest = [row["amount"] for row in rows if row["purchased_at"] == newest and row["amount"] is not None]
            measured = max(latest, default=None)
    return measured is not None and bool(COMPARE[rule.op](measured, rule.value))
