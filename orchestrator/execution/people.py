"""The people at a step of a journey: pages of the ledger, with a few attributes of the customer table beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field
from sqlglot import exp

from orchestrator.errors import NotFound
from orchestrator.execution.ledger import expression
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import attribute_rows, is_personal, plain_value
from orchestrator.lakehouse.engine import Engine, Scalar
from orchestrator.lakehouse.model import Lakehouse

MOST_ROWS, MOST_COLUMNS = 200, 12
_BIGINT = 2**63

Presence = Literal["here", "through", "not_sent"]
"""At the step now; have left it, or ended there; its delivery was settled without being accepted."""


class After(BaseModel):
    """The last row of a page, which the next page follows."""

    arrived_at: AwareDatetime
    member_id: str
    visit_no: int = Field(ge=1, lt=2**31)


class Person(BaseModel):
    """A visit of a member at the step."""

    member_id: str
    visit_no: int
    version: int
    arrived_at: datetime
    due_at: datetime | None = Field(description="When they go on, for whoever waits here")
    left_at: datetime | None
    port: str | None = Field(description="The way by which they left")
    to_node: str | None
    channel: str | None
    outcome: str | None = Field(description="How the step's delivery to them was settled")
    reason: str | None = Field(description="Why it was not accepted")
    ending: str | None = Field(description="Why the visit ended at this step, if it did")
    values: list[Scalar] = Field(description="Their attributes, in the order of the page's columns")


class PeoplePage(BaseModel):
    """People at a step, the last arrived first."""

    columns: list[str]
    withheld: list[str] = Field(description="Columns asked for that are personal and not shown")
    rows: list[Person]
    next: After | None = Field(description="What to send as `after` for the next page; None: this is the last one")


@dataclass(frozen=True)
class Asked:
    """Which people. `wait_of` tells how long the step keeps who came there under a version; `after` the row before."""

    journey_id: str
    node_id: str
    state: Presence
    reason: str | None = None
    columns: Sequence[str] = ()
    show_contacts: bool = False
    wait_of: Callable[[int], timedelta | None] = lambda version: None
    after: After | None = None
    limit: int = 50


# What is told of the people is joined after the page is cut: DuckDB 2.0 forgets a LIMIT above some outer joins.
_PEOPLE = """
WITH arrived AS (
  SELECT a.member_id, a.visit_no, a.version, a.moved_at AS arrived_at, a.ended,
    CASE WHEN a.ended THEN a.reason END AS ending
  FROM moves AS a WHERE a.journey_id = :journey_id AND a.to_node = :node_id
  UNION ALL
  SELECT v.member_id, v.visit_no, v.version, v.entered_at, FALSE, CAST(NULL AS STRING)
  FROM visits AS v WHERE v.journey_id = :journey_id AND v.entry_node = :node_id
),
page AS (
  SELECT a.member_id, a.visit_no, a.version, a.arrived_at, a.ending FROM arrived AS a WHERE :wanted AND :following
  ORDER BY a.arrived_at DESC, a.member_id, a.visit_no LIMIT :most
)
SELECT p.member_id, p.visit_no, p.version, p.arrived_at, d.moved_at, d.port, d.to_node, s.channel, s.outcome, s.reason,
  CASE WHEN d.ended AND d.to_node IS NULL THEN d.reason ELSE p.ending END
FROM page AS p
LEFT JOIN moves AS d ON d.journey_id = :journey_id AND d.from_node = :node_id
  AND d.member_id = p.member_id AND d.visit_no = p.visit_no
LEFT JOIN deliveries AS s ON s.journey_id = :journey_id AND s.node_id = :node_id
  AND s.member_id = p.member_id AND s.visit_no = p.visit_no
LEFT JOIN :customers AS c ON c.member_id = p.member_id
ORDER BY p.arrived_at DESC, p.member_id, p.visit_no
"""

_LEFT = """
EXISTS (SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = :node_id
  AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""
_SETTLED = """
EXISTS (SELECT 1 FROM deliveries AS s WHERE s.journey_id = :journey_id AND s.node_id = :node_id
  AND s.member_id = a.member_id AND s.visit_no = a.visit_no AND s.outcome <> 'accepted'{reason})
"""
_STATES: dict[Presence, str] = {
    "here": f"NOT a.ended AND NOT {_LEFT}",
    "through": f"(a.ended OR {_LEFT})",
    "not_sent": _SETTLED.format(reason=""),
}

_FOLLOWING = """
(a.arrived_at < :moment OR (a.arrived_at = :moment AND (a.member_id > :member
  OR (a.member_id = :member AND a.visit_no > :visit_no))))
"""


async def people_at(engine: Engine, lakehouse: Lakehouse, schema: str, asked: Asked) -> PeoplePage:
    """A page of people at a step, in one statement.

    Contacts and hidden columns are withheld unless `show_contacts`. Raises Invalid for a column that customers do
    not have, and LakehouseAway.
    """
    personal = [path for path in asked.columns if is_personal(lakehouse, lakehouse.attribute(path))]
    withheld = [] if asked.show_contacts else personal
    columns = [path for path in asked.columns if path not in withheld]
    query, binder = _query(lakehouse, schema, asked, columns)
    found: dict[tuple[Any, int], tuple[Any, ...]] = {}
    for row in await engine.rows(sql.render(query, engine.dialect, binder)):
        found.setdefault((row[0], row[1]), row)  # a customer row that is there twice is one person
    rows = [_person(row, asked) for row in found.values()]
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    following = After.model_validate(rows[-1], from_attributes=True) if more else None
    return PeoplePage(columns=columns, withheld=withheld, rows=rows, next=following)


def member_key(lakehouse: Lakehouse, member_id: str) -> int | str:
    """The member's id as the ledger keeps it. Raises NotFound for one that no customer can have."""
    if lakehouse.key_kind != "number":
        return member_id
    try:
        number = int(member_id)
    except ValueError:
        number = _BIGINT
    if not -_BIGINT <= number < _BIGINT:
        raise NotFound("there is no such customer", place="member_id", fix="customers are named by a number here")
    return number


def utc(moment: datetime | None) -> datetime | None:
    """An instant of the ledger, which are UTC without a zone, as an aware one."""
    return moment and moment.replace(tzinfo=UTC)


def _query(lakehouse: Lakehouse, schema: str, asked: Asked, columns: Sequence[str]) -> tuple[exp.Select, sql.Binder]:
    binder = sql.Binder()
    given = {"journey_id": binder(asked.journey_id), "node_id": binder(asked.node_id)}
    wanted = [expression(_STATES[asked.state], schema, given)]
    if asked.reason is not None:
        settled = _SETTLED.format(reason=" AND s.reason = :reason")
        wanted.append(expression(settled, schema, {**given, "reason": binder(asked.reason)}))
    following: exp.Expr = exp.true()
    if asked.after is not None:
        moment = sql.naive_utc(asked.after.arrived_at)
        place = {
            "moment": sql.instant(binder(moment.isoformat(sep=" "))),
            "member": binder(member_key(lakehouse, asked.after.member_id)),
            "visit_no": binder(asked.after.visit_no),
        }
        following = expression(_FOLLOWING, schema, place)
    rows, attributes = attribute_rows(lakehouse, columns)
    named = [value.as_(f"c{index}") for index, value in enumerate(attributes)]
    given |= {
        "wanted": exp.and_(*wanted),
        "following": following,
        "most": exp.convert(asked.limit + 1),
        "customers": rows.select(sql.column(lakehouse.customers.key, "c").as_("member_id"), *named),
    }
    found = expression(_PEOPLE, schema, given)
    assert isinstance(found, exp.Select)
    return found.select(*[exp.column(f"c{index}", "c") for index in range(len(columns))]), binder


def _person(row: tuple[Any, ...], asked: Asked) -> Person:
    member, visit_no, version, arrived, left, port, to_node, channel, outcome, reason, ending, *values = row
    wait = asked.wait_of(version) if left is None and ending is None else None
    return Person(
        member_id=str(member),
        visit_no=visit_no,
        version=version,
        arrived_at=utc(arrived),
        due_at=utc(arrived + wait) if wait else None,
        left_at=utc(left),
        port=port,
        to_node=to_node,
        channel=channel,
        outcome=outcome,
        reason=reason,
        ending=ending,
        values=[plain_value(value) for value in values],
    )
