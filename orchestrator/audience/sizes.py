"""How many people every audience has, counted for many audiences at once."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp, select

from orchestrator.audience.check import problems
from orchestrator.audience.predicate import Predicate
from orchestrator.audience.rules import Rule
from orchestrator.errors import UserError
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import Lakehouse

_AT_ONCE = 20
"""Audiences in one statement."""


async def count_audiences(
    engine: Engine, lakehouse: Lakehouse, audiences: Mapping[str, Rule], *, as_of: dt.datetime
) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    """Audience → (people in it, people there are) at the instant `as_of` (aware), and audience → why it has no size.

    One that cannot be counted harms no other. Raises LakehouseAway.
    """

    everybody = Everybody(engine)

    async def count(ids: list[str]) -> dict[str, tuple[int, int]]:
        base = await everybody.count(lakehouse)
        people = await count_rules(engine, lakehouse, audiences, [audiences[each] for each in ids], as_of)
        return {each: (number, base) for each, number in zip(ids, people, strict=True)}

    failed = {
        audience_id: found[0].text
        for audience_id, rule in audiences.items()
        if (found := problems(rule, lakehouse, audiences))
    }
    counted: dict[str, tuple[int, int]] = {}
    for some in _parts(engine, lakehouse, audiences, [each for each in audiences if each not in failed]):
        try:
            counted |= await count(some)
        except UserError:
            for each in some:
                try:
                    counted |= await count([each])
                except UserError as refused:
                    failed[each] = refused.text
    return counted, failed


def _parts(engine: Engine, lakehouse: Lakehouse, audiences: Mapping[str, Rule], ids: list[str]) -> Iterator[list[str]]:
    """As many audiences as fit into one statement."""
    part: list[str] = []
    values = 0
    for each in ids:
        binder = sql.Binder()
        Predicate(lakehouse, audiences, binder).members(audiences[each])
        if part and (len(part) == _AT_ONCE or values + len(binder.values) > engine.facts.max_parameters):
            yield part
            part, values = [], 0
        part.append(each)
        values += len(binder.values)
    if part:
        yield part


class Everybody:
    """How many members there are: customers with a key, counted again when the customer table has changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted: tuple[tuple[str, ...], int] | None = None

    async def count(self, lakehouse: Lakehouse) -> int:
        """Members are counted once, however many rows they have. Raises UserError, LakehouseAway."""
        customers = lakehouse.customers
        asked = (customers.table, customers.key, await self._engine.table_version(customers.table))
        if self._counted is None or self._counted[0] != asked:
            query = select(distinct(sql.column(customers.key))).from_(sql.table(customers.table))
            [(base,)] = await self._engine.rows(sql.render(query, self._engine.dialect))
            self._counted = (asked, base)
        return self._counted[1]


async def count_rules(
    engine: Engine, lakehouse: Lakehouse, audiences: Mapping[str, Rule], rules: Sequence[Rule], as_of: dt.datetime
) -> list[int]:
    """For how many members each of the rules holds.

    Members are counted once, however many rows they have. Raises UserError, LakehouseAway.
    """
    binder = sql.Binder()
    predicate = Predicate(lakehouse, audiences, binder)
    counts = [
        select(distinct(exp.column("member_id", "m"))).from_(predicate.members(rule).subquery("m")) for rule in rules
    ]
    query = select(*(each.subquery() for each in counts))
    [found] = await engine.rows(sql.render(query, engine.dialect, binder), {"as_of": as_of})
    return list(found)


def distinct(column: exp.Column) -> exp.Expr:
    """How many different values there are."""
    return exp.Count(this=exp.Distinct(expressions=[column]))
