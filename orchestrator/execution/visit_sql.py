"""A visit at a step as SQL: the CTE `here`, alias `h`, and what a node type asks to be computed once for each."""

from datetime import timedelta

from sqlglot import exp

from orchestrator.audience.rules import Rule
from orchestrator.execution.statements import Statements
from orchestrator.journey.node import Visit
from orchestrator.lakehouse import sql

_ZONE = "SELECT MIN(z.name) FROM zones AS z JOIN :customers AS c ON c.zone = z.name WHERE c.member_id = h.member_id"
_DAY = "SELECT MIN(c.day) FROM :customers AS c WHERE c.member_id = h.member_id"


class VisitSql(Visit):
    """What a node type's `leave` is given."""

    def __init__(self, make: Statements, node_id: str, binder: sql.Binder) -> None:
        self._make, self._node_id, self._binder = make, node_id, binder
        self._given: dict[str, exp.Expr] = {}
        self.arrived_at = exp.column("arrived_at", "h")
        self.as_of = sql.as_of()

    def holds(self, rule: Rule) -> exp.Expr:
        return self._make.predicate(self._binder).of_visit(rule)

    def bucket(self) -> exp.Expr:
        parts = [exp.convert(self._make.journey_id), exp.convert(self._node_id), exp.column("member_id", "h")]
        return sql.bucket(parts, self._make.dialect)

    def after(self, moment: exp.Expr, duration: timedelta) -> exp.Expr:
        return sql.shift(moment, duration)

    def once(self, name: str, value: exp.Expr) -> exp.Expr:
        self._given[name] = value
        return exp.column(name, "h")

    def day(self, column: str) -> exp.Expr:
        lakehouse = self._make.known.lakehouse
        found = lakehouse.attribute(column)
        of = lakehouse.customers if found.relation is None else lakehouse.related(found.relation)
        day: exp.Expr = sql.column(found.name, "c")
        if found.kind == "timestamp":
            day = sql.local(day, lakehouse.sources.time_zone)
        return self._of_member(_DAY, of.table, of.key, day=exp.cast(day, "date"))

    def local(self, moment: exp.Expr) -> exp.Expr:
        return exp.ConvertTimezone(source_tz=exp.convert("UTC"), target_tz=self._zone(), timestamp=moment)

    def utc(self, moment: exp.Expr) -> exp.Expr:
        return exp.ConvertTimezone(source_tz=self._zone(), target_tz=exp.convert("UTC"), timestamp=moment)

    def accepted(self) -> exp.Expr:
        return exp.column("outcome", "h").eq(exp.convert("accepted"))

    @property
    def source(self) -> exp.Expr | None:
        """What stands for `here` when something is computed once, in the order it was asked for; None: itself."""
        source: exp.Expr | None = None
        for name, value in self._given.items():
            rows = exp.Select().from_(
                exp.Subquery(this=source, alias="h") if source else exp.alias_(exp.to_table("here"), "h", table=True)
            )
            source = rows.select(exp.Column(this=exp.Star(), table=exp.to_identifier("h")), value.as_(name))
        return source

    def _zone(self) -> exp.Expr:
        """The member's time zone, else their country's, else the workspace's; one that is none counts as absent."""
        if "zone" in self._given:
            return exp.column("zone", "h")
        lakehouse = self._make.known.lakehouse
        customers, choices = lakehouse.customers, list[exp.Expr]()
        if customers.time_zone:
            own = sql.column(customers.time_zone, "c")
            choices.append(self._of_member(_ZONE, customers.table, customers.key, zone=own))
        if customers.country and customers.country_zones:
            by_country = exp.case(sql.column(customers.country, "c"))
            for country, zone in customers.country_zones.items():
                by_country = by_country.when(self._binder(country), self._binder(zone))
            choices.append(self._of_member(_ZONE, customers.table, customers.key, zone=by_country))
        choices.append(exp.convert(lakehouse.sources.time_zone))
        return self.once("zone", exp.func("coalesce", *choices) if len(choices) > 1 else choices[0])

    def _of_member(self, text: str, table: str, key: str, **columns: exp.Expr) -> exp.Expr:
        """A value of the member's rows in a table; of several the smallest, so that it is always the same."""
        named = [value.as_(name) for name, value in columns.items()]
        rows = exp.Select().from_(sql.table(table, "c")).select(sql.column(key, "c").as_("member_id"), *named)
        return exp.Subquery(this=self._make.expression(text, {"customers": rows}))
