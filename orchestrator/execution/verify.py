"""Whether the ledger keeps its promises: every invariant, asked of the lakehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from pydantic import BaseModel
from sqlglot import exp

from orchestrator.execution.invariants import INVARIANTS
from orchestrator.execution.ledger import expression, statement
from orchestrator.execution.plan import Plan
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import Lakehouse

SAMPLE = 5
"""How many of the rows that break an invariant are shown."""
_NEVER = "9999-12-31 00:00:00"


class Checked(BaseModel):
    """An invariant, how many rows break it, and some of them (ids only)."""

    invariant: int
    text: str
    violations: int
    sample: list[list[Any]]


@dataclass(frozen=True)
class Promised:
    """What the ledger is held against: all versions of the journeys, their pauses (journey, from, until; None: still),
    and the consents."""

    plans: Sequence[Plan]
    pauses: Sequence[tuple[str, datetime, datetime | None]] = ()
    lakehouse: Lakehouse | None = None

    def relations(self, schema: str) -> dict[str, exp.Expr]:
        """What the invariants read besides the ledger; a row of nowhere keeps each from being empty."""
        steps = [
            (plan.journey_id, plan.version, step.node_id, step.delivery)
            for plan in self.plans
            for step in plan.steps
            if step.delivery is not None
        ]
        caps = [
            (*at, number, cap.most, cap.within_days, channel, cap.own)
            for *at, delivery in steps
            for number, cap in enumerate(delivery.caps)
            for channel in cap.channels
        ]
        nights = [(*at, _minute(each.quiet.start), _minute(each.quiet.end)) for *at, each in steps if each.quiet]
        pauses = [(name, sql.utc_text(begin), sql.utc_text(end) if end else _NEVER) for name, begin, end in self.pauses]
        return {
            "edges": _rows(
                "journey_id version from_node port to_node",
                ("", 0, "", "", ""),
                [(plan.journey_id, plan.version, *edge) for plan in self.plans for edge in plan.edges.values()],
            ),
            "caps": _rows(
                "journey_id version node_id number most within_days channel own", ("", 0, "", 0, 0, 0, "", False), caps
            ),
            "nights": _rows("journey_id version node_id begins ends", ("", 0, "", 0, 0), nights),
            "purposes": _rows(
                "journey_id version node_id purpose",
                ("", 0, "", ""),
                [(*at, each.purpose) for *at, each in steps if each.purpose],
            ),
            "pauses": _rows("journey_id paused_at resumed_at", ("", _NEVER, _NEVER), pauses),
            "noes": self._noes(schema),
        }

    def _noes(self, schema: str) -> exp.Expr:
        """(member_id, purpose, decided_at) of every consent that says no; none where consents tell no time."""
        consent = self.lakehouse.sources.consent if self.lakehouse else None
        if consent is None or consent.decided_at is None:
            return expression("SELECT u.member_id, u.purpose, u.decided_at FROM suppressions AS u WHERE FALSE", schema)
        named = {"member_id": consent.key, "purpose": consent.purpose, "decided_at": consent.decided_at}
        columns = [sql.column(column, "k").as_(name) for name, column in named.items()]
        rows = exp.select(*columns).from_(sql.table(consent.table, "k"))
        return rows.where(exp.not_(sql.column(consent.granted, "k")))


async def verify(engine: Engine, schema: str, promised: Promised) -> list[Checked]:
    """Runs every invariant over the ledger."""
    relations = promised.relations(schema)
    return [
        Checked(invariant=number, text=text, violations=count, sample=sample)
        for number, text, query in INVARIANTS
        for count, sample in [await _broken(engine, schema, query, relations)]
    ]


async def audit(engine: Engine, schema: str, promised: Promised) -> dict[str, dict[str, int]]:
    """As `verify`, told apart by journey: journey → invariant → rows that break it. Who is not in it is clean."""
    found: dict[str, dict[str, int]] = {}
    relations = promised.relations(schema)
    for _, text, query in INVARIANTS:
        counts = f"SELECT broken.journey_id, COUNT(*) FROM ({query}) AS broken GROUP BY broken.journey_id"
        for journey_id, count in await engine.rows(statement(counts, schema, engine.dialect, relations)):
            found.setdefault(journey_id, {})[text] = count
    return found


async def _broken(
    engine: Engine, schema: str, query: str, relations: Mapping[str, exp.Expr]
) -> tuple[int, list[list[Any]]]:
    relations = relations if ":" in query else {}
    [(count,)] = await engine.rows(
        statement(f"SELECT COUNT(*) FROM ({query}) AS broken", schema, engine.dialect, relations)
    )
    if not count:
        return 0, []
    some = statement(f"{query} LIMIT {SAMPLE}", schema, engine.dialect, relations)
    return count, [list(row) for row in (await engine.rows(some))[:SAMPLE]]  # DuckDB 2.0 may forget a LIMIT


def _rows(names: str, nowhere: tuple[Any, ...], rows: Sequence[tuple[Any, ...]]) -> exp.Expr:
    return exp.select("*").from_(exp.values([nowhere, *rows], alias="v", columns=names.split()))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
