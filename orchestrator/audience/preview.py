"""How many a rule holds for, a few of them, and how they divide; no contact is shown unasked."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field
from sqlglot import exp

from orchestrator.audience.check import problems
from orchestrator.audience.predicate import Predicate
from orchestrator.audience.rules import Rule
from orchestrator.audience.sizes import Everybody, count_rules, distinct
from orchestrator.errors import Invalid
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import is_personal, plain_value
from orchestrator.lakehouse.engine import Engine, Scalar
from orchestrator.lakehouse.model import Lakehouse

MAX_SAMPLE = 100
_MOST_VALUES = 20


class Sample(BaseModel):
    """A few members, in the order of their keys."""

    columns: list[str]
    rows: list[list[Scalar]]


class Share(BaseModel):
    """How many members have one value; `value` None: they have none."""

    value: Scalar
    count: int


class Preview(BaseModel):
    """What an audience looks like at one instant. Members are counted once, however many rows they have."""

    count: int = Field(description="Members for whom the rule holds")
    base: int = Field(description="Members there are: customers with a key")
    share: float = Field(description="count / base; 0 when there is nobody")
    sample: Sample | None = None
    breakdown: list[Share] | None = Field(None, description="The 20 most frequent values of a column")
    asked_as: Literal["person", "service"] | None = Field(
        None, description="With whose rights: the signed-in person's, or Sojourn's own; none: the lakehouse has none"
    )
    sql: str = Field(description="The rule in the lakehouse's dialect, with placeholders for all values")


async def preview(
    engine: Engine,
    lakehouse: Lakehouse,
    audiences: Mapping[str, Rule],
    rule: Rule,
    *,
    as_of: dt.datetime,
    everybody: Everybody | None = None,
    sample: int = 0,
    breakdown: str | None = None,
    show_contacts: bool = False,
) -> Preview:
    """Asks the lakehouse about a rule as it holds at `as_of` (aware, UTC).

    `everybody`: what is known already of how many there are. `sample`: how many members to show, at most 100;
    contacts and hidden columns only with `show_contacts`.
    `breakdown`: path of the column to divide by. Raises Invalid with every problem of the rule, and
    LakehouseAway.
    """
    found = problems(rule, lakehouse, audiences)
    if found:
        listed = [problem.model_dump(mode="json") for problem in found]
        raise Invalid(found[0].text, problems=listed, place="rule", fix=found[0].fix)
    asked = _Asked(engine, lakehouse, audiences, rule, as_of)
    # What can be refused is refused before the lakehouse works.
    divided = asked.breakdown(breakdown) if breakdown is not None else None
    members = asked.members()
    count, base = await asyncio.gather(asked.count(), (everybody or Everybody(engine)).count(lakehouse))
    return Preview(
        count=count,
        base=base,
        share=count / base if base else 0.0,
        sample=await asked.sample(min(sample, MAX_SAMPLE), show_contacts) if sample > 0 else None,
        breakdown=[Share(value=v, count=n) for v, n in await asked.rows(*divided)] if divided else None,
        sql=sql.render(members[0], engine.dialect, members[1]).sql,
    )


class _Asked:
    """One rule, asked in several ways; each way is a statement with values of its own."""

    def __init__(
        self,
        engine: Engine,
        lakehouse: Lakehouse,
        audiences: Mapping[str, Rule],
        rule: Rule,
        as_of: dt.datetime,
    ) -> None:
        self.engine, self.lakehouse, self.audiences = engine, lakehouse, audiences
        self.rule, self.as_of = rule, as_of

    def members(self) -> tuple[exp.Select, sql.Binder]:
        binder = sql.Binder()
        return Predicate(self.lakehouse, self.audiences, binder).members(self.rule), binder

    async def rows(self, query: exp.Expr, binder: sql.Binder) -> list[list[Scalar]]:
        statement = sql.render(query, self.engine.dialect, binder)
        return [
            [plain_value(value) for value in row] for row in await self.engine.rows(statement, {"as_of": self.as_of})
        ]

    async def count(self) -> int:
        [count] = await count_rules(self.engine, self.lakehouse, self.audiences, [self.rule], self.as_of)
        return count

    async def sample(self, size: int, show_contacts: bool) -> Sample:
        members, binder = self.members()
        customers = self.lakehouse.customers
        kept = frozenset() if show_contacts else self.lakehouse.personal_columns(customers.table)
        names = [name for name in self.lakehouse.tables[customers.table] if name not in kept]
        query = members.select(*(sql.column(name, "c") for name in names), append=False)
        query = query.order_by(sql.column(customers.key, "c")).limit(size)
        return Sample(columns=names, rows=await self.rows(query, binder))

    def breakdown(self, path: str) -> tuple[exp.Expr, sql.Binder]:
        column = self.lakehouse.attribute(path)
        if is_personal(self.lakehouse, column):
            fix = "choose a column that is not personal"
            raise Invalid(f"{path!r} is personal: it would list members", place="breakdown", fix=fix)
        members, binder = self.members()
        key = sql.column(self.lakehouse.customers.key, "c")
        value = sql.column(column.name, "c" if column.relation is None else "b")
        if column.relation is not None:
            related = self.lakehouse.related(column.relation)
            on = sql.column(related.key, "b").eq(key.copy())
            members = members.join(sql.table(related.table, "b"), on=on, join_type="left")
        divided = members.select(value.as_("value"), distinct(key).as_("members"), append=False)
        divided = divided.group_by(value.copy()).order_by(
            exp.column("members").desc(), exp.column("value").asc(nulls_first=False)
        )
        return divided.limit(_MOST_VALUES), binder
