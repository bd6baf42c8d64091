"""A rule as one SQL predicate: values bound, names looked up in the catalogue, never text from outside.

Two readers use it: an audience scans the customer table (alias `c`); a step inside a journey asks about the visits
that are there (alias `h`, the CTE `here` with member_id, visit_no and – when asked for – entered_at).
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from sqlglot import exp, select

from orchestrator.audience import rules as r
from orchestrator.errors import Invalid
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.model import Column, Lakehouse

_SQL: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
    "on": exp.EQ, "before": exp.LT, "after": exp.GT, "is": exp.EQ, "is_not": exp.NEQ,
}  # fmt: skip
_PYTHON: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_MATCH: dict[str, type[exp.Func]] = {
    "contains": exp.Contains, "starts_with": exp.StartsWith, "ends_with": exp.EndsWith,
}  # fmt: skip


class Predicate:
    """Compiles rules of one statement; every value goes through the statement's binder."""

    def __init__(
        self,
        lakehouse: Lakehouse,
        audiences: Mapping[str, r.Rule],
        bind: sql.Binder,
        of_message: Callable[[r.OfMessage], exp.Expr] | None = None,
    ) -> None:
        """`of_message` asks the ledger about a visit `h`; only inside a journey."""
        self.lakehouse, self.audiences, self.bind, self._of_message = lakehouse, audiences, bind, of_message

    def members(self, rule: r.Rule) -> exp.Select:
        """SELECT of the key of every customer for whom the rule holds; a customer without a key is nobody."""
        key = sql.column(self.lakehouse.customers.key, "c")
        return (
            select(key.as_("member_id"))
            .from_(sql.table(self.lakehouse.customers.table, "c"))
            .where(exp.not_(key.copy().is_(exp.null())), self.of_customer(rule))
        )

    def happened(self, rows: r.EventRows, since: exp.Expr) -> exp.Select:
        """SELECT member_id, visit_key, happened_at: of each member and key the newest row after `since`, not ahead."""
        member, moment = sql.column(self.lakehouse.related(rows.table).key, "e"), self._instant(rows.table)
        key = exp.cast(sql.column(rows.key, "e") if rows.key else exp.null(), "text")
        return (
            self._rows(rows.table, rows.where)
            .select(member.as_("member_id"), key.as_("visit_key"), exp.Max(this=moment).as_("happened_at"))
            .where(moment.copy() > since)
            .group_by(member.copy(), *([key.copy()] if rows.key else []))
        )

    def ahead(self, table: str) -> exp.Select:
        """SELECT of the first instant of a table's rows that is still to come."""
        moment = self._instant(table)
        rows = exp.Select().from_(sql.table(self.lakehouse.related(table).table, "e"))
        return rows.select(exp.Min(this=moment)).where(moment.copy() > sql.as_of())

    def of_customer(self, rule: r.Rule) -> exp.Expr:
        """The rule about a row of the customer table, alias `c`; NULL counts as no."""
        return self._joined(rule, self.of_customer) or self._leaf(rule)

    def of_visit(self, rule: r.Rule) -> exp.Expr:
        """The rule about a visit, alias `h`. What does not look back to the entry is one set of members.

        A set, not a join: a customer row that is there twice, or no longer there, changes no visit.
        """
        if not r.about_visit(rule):
            return exp.In(this=sql.column("member_id", "h"), query=self.members(rule).subquery())
        if isinstance(rule, r.Events):
            return self._events_since_entry(rule)
        if isinstance(rule, r.OfMessage):
            assert self._of_message is not None, "there are messages inside a journey only"
            return self._of_message(rule)
        joined = self._joined(rule, self.of_visit)
        assert joined is not None, "only events and messages are about a visit"
        return joined

    def _joined(self, rule: r.Rule, inner: Callable[[r.Rule], exp.Expr]) -> exp.Expr | None:
        if isinstance(rule, r.All):
            return exp.and_(*map(inner, rule.of)) if rule.of else exp.true()
        if isinstance(rule, r.Any):
            return exp.or_(*map(inner, rule.of)) if rule.of else exp.false()
        if isinstance(rule, r.Not):
            # Unknown is "no", so its complement must be "yes".
            return exp.not_(exp.func("coalesce", inner(rule.rule), exp.false()))
        return None

    def _leaf(self, rule: r.Rule) -> exp.Expr:
        if isinstance(rule, r.Score):
            bounds = r.Number(
                column=self.lakehouse.score(rule.category).path, op="between", value=rule.low, to=rule.high
            )
            return self._attribute(bounds)
        if isinstance(rule, r.Events):
            return self._events(rule)
        if isinstance(rule, r.OfMessage):
            raise Invalid("nobody has got a message here yet", fix="ask it in a step after the message")
        if isinstance(rule, r.InAudience):
            return exp.paren(self.of_customer(self._audience(rule.audience_id)))
        if isinstance(rule, r.HasConsent):
            return self.has_consent(rule.purpose, self._key())
        assert isinstance(rule, r.Number | r.Text | r.Boolean | r.Date | r.OneOf | r.IsSet)
        return self._attribute(rule)

    def has_consent(self, purpose: str, member: exp.Expr) -> exp.Expr:
        """Whether the member agreed: at least one row for the purpose, and none that says no."""
        consent = self.lakehouse.sources.consent
        if consent is None:
            raise Invalid("no consent table is declared", place="sources.yaml", fix="declare it under `consent`")
        granted = sql.column(consent.granted, "k")
        purposed = self.bind(purpose)

        def row(says: exp.Expr) -> exp.Expr:
            mine = sql.column(consent.key, "k").eq(member.copy())
            of_purpose = sql.column(consent.purpose, "k").eq(purposed.copy())
            return exp.Exists(
                this=select(exp.convert(1)).from_(sql.table(consent.table, "k")).where(mine, of_purpose, says)
            )

        # Two joins that end at the first row found: half the time of grouping all rows by member.
        refused = exp.not_(exp.func("coalesce", granted.copy(), exp.false()))
        return exp.paren(exp.and_(row(granted), exp.not_(row(refused))))

    def _key(self) -> exp.Column:
        return sql.column(self.lakehouse.customers.key, "c")

    def _audience(self, audience_id: str) -> r.Rule:
        if audience_id not in self.audiences:
            raise Invalid(f"there is no audience {audience_id!r}")
        return self.audiences[audience_id]

    def _attribute(self, rule: r.Comparison) -> exp.Expr:
        column = self.lakehouse.attribute(rule.column)
        if column.relation is None:
            return self._compare(rule, column, "c")
        related = self.lakehouse.related(column.relation)
        row = (
            select(exp.convert(1))
            .from_(sql.table(related.table, "r"))
            .where(
                sql.column(related.key, "r").eq(self._key()),
                self._compare(rule, column, "r"),
            )
        )
        return exp.Exists(this=row)

    def _compare(self, rule: r.Comparison, of: Column, alias: str) -> exp.Expr:
        column: exp.Expr = sql.column(of.name, alias)
        if isinstance(rule, r.IsSet):
            return exp.not_(column.is_(exp.null()))
        if isinstance(rule, r.OneOf):
            return exp.In(this=column, expressions=[self.bind(value) for value in rule.values])
        if isinstance(rule, r.Boolean):
            return column if rule.value else exp.not_(column)
        if isinstance(rule, r.Text):
            if match := _MATCH.get(rule.op):
                return match(this=column, expression=self.bind(rule.value))
            return _SQL[rule.op](this=column, expression=self.bind(rule.value))
        if isinstance(rule, r.Number):
            value, to = self.bind(rule.value), rule.to if rule.to is None else self.bind(rule.to)
        else:
            zone = self.lakehouse.sources.time_zone if of.kind == "timestamp" else "UTC"
            column = exp.cast(sql.local(column, zone), "date")
            value, to = self._day(rule.value), rule.to if rule.to is None else self._day(rule.to)
        if to is not None:
            return exp.Between(this=column, low=value, high=to)
        return _SQL[rule.op](this=column, expression=value)

    def _day(self, day: object) -> exp.Expr:
        if isinstance(day, r.Relative):
            today = sql.local(sql.as_of(), self.lakehouse.sources.time_zone)
            return exp.cast(sql.shift(today, timedelta(days=-day.days_ago)), "date")
        return exp.cast(self.bind(str(day)), "date")

    def _events(self, rule: r.Events) -> exp.Expr:
        key = sql.column(self.lakehouse.related(rule.table).key, "e")
        return self._measured(rule, self._key(), [key], self._counted(rule))

    def _events_since_entry(self, rule: r.Events) -> exp.Expr:
        related = self.lakehouse.related(rule.table)
        names = ("member_id", "visit_no")
        visit = exp.Tuple(expressions=[sql.column(name, "h") for name in names])
        entered = exp.and_(
            sql.column(related.key, "e").eq(sql.column("member_id", "x")),
            self._instant(rule.table) > sql.column("entered_at", "x"),
        )
        rows = self._counted(rule).join(exp.alias_(exp.to_table("here"), "x", table=True), on=entered)
        return self._measured(rule, visit, [sql.column(name, "x") for name in names], rows)

    def _counted(self, rule: r.Events) -> exp.Select:
        """The rows that count for a rule."""
        rows = self._rows(rule.table, rule.where)
        if isinstance(rule.within, r.LastDays):
            since = sql.shift(sql.as_of(), timedelta(days=-rule.within.days))
            rows = rows.where(self._instant(rule.table) > since)
        return rows

    def _rows(self, table: str, where: Iterable[r.Comparison]) -> exp.Select:
        """FROM and WHERE of the rows of a table that are somebody's; rows after the wave's instant do not count."""
        related = self.lakehouse.related(table)
        columns = self.lakehouse.related_columns(table)
        conditions = [self._compare(each, columns[each.column], "e") for each in where]
        conditions += [
            exp.not_(sql.column(related.key, "e").is_(exp.null())),
            self._instant(table) <= sql.as_of(),
        ]
        return exp.Select().from_(sql.table(related.table, "e")).where(*conditions)

    def _instant(self, table: str) -> exp.Column:
        happened_at = self.lakehouse.related(table).happened_at
        if happened_at is None:
            raise Invalid(f"{table!r} has no instant to count by", fix="name its happened_at in sources.yaml")
        return sql.column(happened_at, "e")

    def _measured(self, rule: r.Events, who: exp.Expr, group: list[exp.Column], rows: exp.Select) -> exp.Expr:
        """`who` is in the set for whom the measure holds; or, if it holds without any row, not in its complement."""
        if rule.measure == "latest":
            rows = self._latest(rule, group, rows)
            group = [sql.column(f"g{index}", "t") for index in range(len(group))]
        compared = _SQL[rule.op](this=self._measure(rule), expression=self.bind(rule.value))
        empty_holds = rule.measure in ("count", "sum") and _PYTHON[rule.op](0, rule.value)
        found = rows.select(*[each.copy() for each in group], append=False).group_by(*[each.copy() for each in group])
        found = found.having(exp.not_(exp.paren(compared)) if empty_holds else compared)
        inside = exp.In(this=who, query=found.subquery())
        return exp.not_(inside) if empty_holds else inside

    def _measure(self, rule: r.Events) -> exp.Expr:
        if rule.measure == "count" or rule.column is None:
            return exp.Count(this=exp.Star())
        if rule.measure == "latest":
            return exp.Max(this=sql.column("latest", "t"))
        column = sql.column(rule.column, "e")
        if rule.measure == "sum":
            return exp.func("coalesce", exp.Sum(this=column), exp.convert(0))
        return (exp.Min if rule.measure == "min" else exp.Max)(this=column)

    def _latest(self, rule: r.Events, group: list[exp.Column], rows: exp.Select) -> exp.Select:
        """Only the rows at each one's last instant; of several at that instant the largest value counts."""
        assert rule.column is not None, "checked by the rule itself"
        newest = exp.Window(this=exp.Max(this=self._instant(rule.table)), partition_by=[each.copy() for each in group])
        ranked = rows.select(
            *[each.copy().as_(f"g{index}") for index, each in enumerate(group)],
            sql.column(rule.column, "e").as_("latest"),
            self._instant(rule.table).as_("happened"),
            newest.as_("newest"),
        )
        return exp.Select().from_(ranked.subquery("t")).where(sql.column("happened", "t").eq(sql.column("newest", "t")))
