"""Why a rule holds for one member, or not: every part with its verdict, and the value it looked at."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlglot import exp, select

from orchestrator.audience import rules as r
from orchestrator.audience.predicate import Predicate
from orchestrator.audience.wording import words
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import is_personal, plain_value
from orchestrator.lakehouse.engine import Engine, Scalar
from orchestrator.lakehouse.model import Lakehouse

Verdict = Literal["yes", "no", "unknown"]
Leaf = r.Number | r.Text | r.Boolean | r.Date | r.OneOf | r.IsSet | r.Score | r.Events | r.HasConsent
"""A part that asks the lakehouse; all others join what is in them."""


class RulePart(BaseModel):
    """A part of a rule, as it is for one member. Unknown counts as no, but says that there is no value to compare."""

    kind: str
    path: list[str | int] = Field(description="Where the part is in the rule; inside an audience, in the audience's")
    text: str = Field(description="The condition in plain words")
    verdict: Verdict
    actual: Scalar = Field(None, description="The member's value that was compared; None: there is none")
    withheld: bool = Field(False, description="The value is personal, and not shown")
    condition: dict[str, Any] | None = Field(None, description="The condition itself; None where parts are joined")
    parts: list["RulePart"] = Field(default_factory=list)


async def explain(
    engine: Engine,
    lakehouse: Lakehouse,
    audiences: Mapping[str, r.Rule],
    rules: Sequence[r.Rule],
    member: int | str,
    *,
    as_of: dt.datetime,
    show_contacts: bool = False,
) -> list[RulePart] | None:
    """Each rule taken apart for one member, in one statement; None when there is no such customer.

    The rules are checked already; none looks back to an entry. Contacts and hidden columns are compared in the
    lakehouse, and their values stay there unless `show_contacts`. Raises LakehouseAway.
    """
    binder = sql.Binder()
    asked = _OneMember(lakehouse, audiences, binder, member, show_contacts)
    leaves = [leaf for rule in rules for leaf in _leaves(rule, audiences)]
    columns = [part for leaf in leaves for part in (asked.of_customer(leaf), asked.looked_at(leaf))]
    query = (
        select(exp.convert(1), *columns)
        .from_(sql.table(lakehouse.customers.table, "c"))
        .where(sql.column(lakehouse.customers.key, "c").eq(asked.member.copy()))
    )
    rows = await engine.rows(sql.render(query, engine.dialect, binder), {"as_of": as_of})
    told = [_told(rules, audiences, asked, row) for row in rows]
    if not told:
        return None
    # A customer row that is there twice: the rule holds for the member when it holds for either.
    return [max(versions, key=lambda part: part.verdict == "yes") for versions in zip(*told, strict=True)]


class _OneMember(Predicate):
    """Compiles conditions about one member: rows of related tables that are somebody else's are not looked at."""

    def __init__(
        self,
        lakehouse: Lakehouse,
        audiences: Mapping[str, r.Rule],
        bind: sql.Binder,
        member: int | str,
        show_contacts: bool,
    ) -> None:
        super().__init__(lakehouse, audiences, bind)
        self.member, self._show_contacts = bind(member), show_contacts

    def is_withheld(self, leaf: Leaf) -> bool:
        """Whether the value must stay in the lakehouse."""
        if isinstance(leaf, r.Score | r.Events | r.HasConsent) or self._show_contacts:
            return False
        return is_personal(self.lakehouse, self.lakehouse.attribute(leaf.column))

    def looked_at(self, leaf: Leaf) -> exp.Expr:
        """The value that the condition compares; of a withheld one, only whether there is any."""
        if isinstance(leaf, r.HasConsent):
            return exp.null()
        if isinstance(leaf, r.Events):
            return self._measured_value(leaf)
        path = self.lakehouse.score(leaf.category).path if isinstance(leaf, r.Score) else leaf.column
        column = self.lakehouse.attribute(path)
        if self.is_withheld(leaf):
            there = exp.not_(sql.column(column.name, "c").is_(exp.null()))
            return exp.case().when(there, exp.true()).else_(exp.null())
        if column.relation is None:
            return sql.column(column.name, "c")
        related = self.lakehouse.related(column.relation)
        mine = sql.column(related.key, "v").eq(self.member.copy())
        value = sql.column(column.name, "v")
        # Where the table has several rows for a member, one for which the condition holds.
        compared = leaf if not isinstance(leaf, r.Score) else _range(path, leaf)
        fitting = exp.case().when(self._compare(compared, column, "v"), exp.convert(0)).else_(exp.convert(1))
        found = select(value).from_(sql.table(related.table, "v")).where(mine)
        return found.order_by(fitting, value.copy().asc(nulls_first=False)).limit(1).subquery()

    def _measured_value(self, leaf: r.Events) -> exp.Expr:
        rows = self._counted(leaf)
        if leaf.measure == "latest":
            rows = self._latest(leaf, [sql.column(self.lakehouse.related(leaf.table).key, "e")], rows)
        return rows.select(self._measure(leaf), append=False).subquery()

    def _counted(self, rule: r.Events) -> exp.Select:
        mine = sql.column(self.lakehouse.related(rule.table).key, "e").eq(self.member.copy())
        return super()._counted(rule).where(mine)


def _range(path: str, score: r.Score) -> r.Number:
    return r.Number(column=path, op="between", value=score.low, to=score.high)


def _leaves(rule: r.Rule, audiences: Mapping[str, r.Rule]) -> Iterator[Leaf]:
    """The parts that ask the lakehouse, audiences opened, in the order in which `_part` takes their answers."""
    if isinstance(rule, r.InAudience):
        yield from _leaves(audiences[rule.audience_id], audiences)
    elif isinstance(rule, r.All | r.Any | r.Not):
        for _, part in r.parts(rule):
            yield from _leaves(part, audiences)
    else:
        assert not isinstance(rule, r.OfMessage), "no entry asks about a visit"
        yield rule


def _told(
    rules: Sequence[r.Rule], audiences: Mapping[str, r.Rule], asked: _OneMember, row: Sequence[Any]
) -> list[RulePart]:
    answers = iter(row[1:])
    return [_part(rule, [], audiences, asked, answers) for rule in rules]


def _part(
    rule: r.Rule, path: r.Path, audiences: Mapping[str, r.Rule], asked: _OneMember, answers: Iterator[Any]
) -> RulePart:
    if isinstance(rule, r.All | r.Any | r.Not | r.InAudience):
        inner = [([], audiences[rule.audience_id])] if isinstance(rule, r.InAudience) else r.parts(rule)
        within = [] if isinstance(rule, r.InAudience) else path
        parts = [_part(part, within + at, audiences, asked, answers) for at, part in inner]
        condition = rule.model_dump(mode="json") if isinstance(rule, r.InAudience) else None
        return RulePart(
            kind=rule.kind,
            path=path,
            text=words(rule),
            verdict=_joined(rule, [part.verdict for part in parts]),
            condition=condition,
            parts=parts,
        )
    assert not isinstance(rule, r.OfMessage), "no entry asks about a visit"
    holds, value = next(answers), next(answers)
    never_unknown = isinstance(rule, r.IsSet | r.HasConsent)
    withheld = asked.is_withheld(rule)
    return RulePart(
        kind=rule.kind,
        path=path,
        text=words(rule),
        verdict="yes" if holds else "no" if never_unknown or value is not None else "unknown",
        actual=None if withheld else plain_value(value),
        withheld=withheld,
        condition=rule.model_dump(mode="json"),
    )


def _joined(rule: r.All | r.Any | r.Not | r.InAudience, verdicts: list[Verdict]) -> Verdict:
    if isinstance(rule, r.InAudience):
        return verdicts[0]
    if isinstance(rule, r.Not):
        return "no" if verdicts[0] == "yes" else "yes"
    decides: Verdict = "no" if isinstance(rule, r.All) else "yes"
    otherwise: Verdict = "yes" if isinstance(rule, r.All) else "no"
    return decides if decides in verdicts else "unknown" if "unknown" in verdicts else otherwise
