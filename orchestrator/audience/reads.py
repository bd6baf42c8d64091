"""Which tables a rule reads, and whether its answer can change while they do not."""

from collections.abc import Mapping

from orchestrator.audience import rules as r
from orchestrator.lakehouse.model import Lakehouse


def tables_read(rule: r.Rule, lakehouse: Lakehouse, audiences: Mapping[str, r.Rule]) -> set[str] | None:
    """The tables, by their dotted names; None: the answer depends on the clock as well.

    The rule has been checked: every name in it is known.
    """
    found = {lakehouse.customers.table}
    for _, part in r.walk(rule):
        if isinstance(part, r.Events | r.OfMessage) or _asks_the_day(part):
            return None  # rows fall out of the last days, and those dated ahead come due
        if isinstance(part, r.InAudience):
            inner = tables_read(audiences[part.audience_id], lakehouse, audiences)
            if inner is None:
                return None
            found |= inner
        elif isinstance(part, r.HasConsent):
            consent = lakehouse.sources.consent
            found |= {consent.table} if consent else set()
        elif isinstance(part, r.Score):
            found.add(lakehouse.score(part.category).table)
        elif isinstance(part, r.Number | r.Text | r.Boolean | r.Date | r.OneOf | r.IsSet):
            found.add(lakehouse.attribute(part.column).table)
    return found


def event_tables(rows: r.EventRows, lakehouse: Lakehouse) -> set[str] | None:
    """The table of the events; None: which of them count depends on the clock as well."""
    return None if any(map(_asks_the_day, rows.where)) else {lakehouse.related(rows.table).table}


def _asks_the_day(part: r.Rule) -> bool:
    return isinstance(part, r.Date) and any(isinstance(each, r.Relative) for each in (part.value, part.to))
