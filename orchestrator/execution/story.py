"""One member's way through a journey, as the ledger has it: visits, the steps they took, deliveries, refusals."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlglot import exp

from orchestrator.execution.ledger import expression
from orchestrator.execution.people import utc
from orchestrator.journey.node import NodeFace
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine

Faces = Mapping[int, Mapping[str, NodeFace]]
"""How each version's steps look, by version and node id."""
WaitOf = Callable[[int, str], timedelta | None]
"""How long the step of that id keeps somebody whose last move was made by that version; None: no fixed time."""


class Delivered(BaseModel):
    """What a step sent to the member, or why it did not."""

    planned_at: datetime
    settled_at: datetime | None = Field(description="None: it is under way")
    channel: str | None
    outcome: str | None
    reason: str | None


class Stop(BaseModel):
    """A step on the member's way."""

    node_id: str
    name: str
    arrived_at: datetime
    left_at: datetime | None
    port: str | None
    port_label: str = Field(description="The way by which they left, as the canvas names it")
    reason: str | None = Field(description="Why they left as they did, where the step records it")
    ending: str | None = Field(description="Why the visit ended here, if it did")
    delivery: Delivered | None


class VisitStory(BaseModel):
    """One passage through the journey; `at` and `due_at` are where they are now, and when they go on."""

    visit_no: int
    version: int
    key: str | None = Field(None, description="What else it is about, e.g. which cart; None: it has no key")
    entered_at: datetime
    ended_at: datetime | None
    ending: str | None
    converted_at: datetime | None = Field(description="When they reached the journey's goal")
    at: str | None
    due_at: datetime | None = Field(description="None: they are not here any more, or no fixed time keeps them")
    path: list[Stop]


class Refused(BaseModel):
    """An entry that considered the member and did not let them in."""

    node_id: str
    name: str
    reason: str
    refused_at: datetime


@dataclass(frozen=True)
class Traces:
    """What the ledger has of one member in one journey, row by row."""

    visits: list[tuple[Any, ...]]
    moves: list[tuple[Any, ...]]
    deliveries: list[tuple[Any, ...]]
    refusals: list[tuple[Any, ...]]
    conversions: list[tuple[Any, ...]]

    @property
    def versions(self) -> set[int]:
        """The versions the member was on."""
        return {row[1] for row in self.visits} | {row[-1] for row in self.moves}


_VISITS = """
SELECT v.visit_no, v.version, v.entry_node, v.entered_at, v.visit_key FROM visits AS v
WHERE v.journey_id = :journey_id AND v.member_id = :member ORDER BY v.visit_no
"""
_MOVES = """
SELECT m.visit_no, m.from_node, m.port, m.to_node, m.ended, m.reason, m.moved_at, m.version FROM moves AS m
WHERE m.journey_id = :journey_id AND m.member_id = :member
"""
_DELIVERIES = """
SELECT i.visit_no, i.node_id, i.planned_at, s.settled_at, s.channel, s.outcome, COALESCE(s.reason, i.reason)
FROM intents AS i LEFT JOIN deliveries AS s ON s.journey_id = :journey_id AND s.node_id = i.node_id
  AND s.wave = i.wave AND s.delivery_key = i.delivery_key
WHERE i.journey_id = :journey_id AND i.member_id = :member
"""
_REFUSALS = """
SELECT r.entry_node, r.reason, r.refused_at FROM refusals AS r
WHERE r.journey_id = :journey_id AND r.member_id = :member ORDER BY r.refused_at, r.entry_node
"""
_CONVERSIONS = """
SELECT c.visit_no, c.reached_at FROM conversions AS c WHERE c.journey_id = :journey_id AND c.member_id = :member
"""
_LOOKED = """
SELECT w.node_id, MAX(w.as_of) FROM waves AS w WHERE w.journey_id = :journey_id AND w.task = 'move' GROUP BY w.node_id
"""


async def read_traces(engine: Engine, schema: str, journey_id: str, member: int | str) -> Traces:
    """Everything that the ledger has of a member in a journey. Raises LakehouseAway."""

    async def rows(text: str) -> list[tuple[Any, ...]]:
        binder = sql.Binder()
        given: dict[str, exp.Expr] = {"journey_id": binder(journey_id), "member": binder(member)}
        return await engine.rows(sql.render(expression(text, schema, given), engine.dialect, binder))

    return Traces(*await asyncio.gather(*map(rows, (_VISITS, _MOVES, _DELIVERIES, _REFUSALS, _CONVERSIONS))))


async def last_looks(engine: Engine, schema: str, journey_id: str) -> dict[str, datetime]:
    """When each step of a journey looked last. Raises LakehouseAway."""
    binder = sql.Binder()
    query = expression(_LOOKED, schema, {"journey_id": binder(journey_id)})
    return {
        node_id: at
        for node_id, moment in await engine.rows(sql.render(query, engine.dialect, binder))
        if (at := utc(moment))
    }


def tell_visits(traces: Traces, faces: Faces, wait_of: WaitOf) -> list[VisitStory]:
    """The member's visits, the first one first, each step as the version looks by which they left or came there."""
    moves = {(row[0], row[1]): row[2:] for row in traces.moves}
    deliveries = {(row[0], row[1]): row[2:] for row in traces.deliveries}
    conversions = dict(traces.conversions)
    told = []
    for visit_no, version, entry_node, entered_at, key in traces.visits:
        path, here, arrived_at, ending, moved = [], entry_node, entered_at, None, version
        while here is not None:
            move = moves.get((visit_no, here))
            delivery = deliveries.get((visit_no, here))
            left_by = move[-1] if move and here in faces.get(move[-1], {}) else moved
            path.append(_stop(here, arrived_at, faces.get(left_by, {}).get(here), move, delivery, ending))
            if move is None:
                break
            _, here, ended, reason, arrived_at, moved = move
            ending = reason if ended else None
        visit = _visit(visit_no, version, entered_at, path, wait_of(moved, path[-1].node_id))
        told.append(visit.model_copy(update={"key": key, "converted_at": utc(conversions.get(visit_no))}))
    return told


def tell_refusals(traces: Traces, faces: Mapping[str, NodeFace]) -> list[Refused]:
    """The entries that did not let the member in, the first one first."""
    return [
        Refused(node_id=node_id, name=_name(node_id, faces.get(node_id)), reason=reason, refused_at=_at(refused_at))
        for node_id, reason, refused_at in traces.refusals
    ]


def _stop(
    node_id: str,
    arrived_at: datetime,
    face: NodeFace | None,
    move: tuple[Any, ...] | None,
    delivery: tuple[Any, ...] | None,
    ending: str | None,
) -> Stop:
    port, to_node, ended, reason, left_at, _ = move or (None, None, False, None, None, None)
    labels = {each.id: each.label for each in face.ports} if face else {}
    planned_at, settled_at, channel, outcome, why = delivery or (None, None, None, None, None)
    return Stop(
        node_id=node_id,
        name=_name(node_id, face),
        arrived_at=_at(arrived_at),
        left_at=utc(left_at),
        port=port,
        port_label=labels.get(port or "", ""),
        reason=None if ended else reason,
        ending=reason if ended and to_node is None else ending,
        delivery=Delivered(
            planned_at=_at(planned_at), settled_at=utc(settled_at), channel=channel, outcome=outcome, reason=why
        )
        if planned_at
        else None,
    )


def _visit(visit_no: int, version: int, entered_at: datetime, path: list[Stop], wait: timedelta | None) -> VisitStory:
    last = path[-1]
    is_open = last.ending is None
    return VisitStory(
        visit_no=visit_no,
        version=version,
        entered_at=_at(entered_at),
        ended_at=None if is_open else last.left_at or last.arrived_at,
        ending=last.ending,
        converted_at=None,
        at=last.node_id if is_open else None,
        due_at=last.arrived_at + wait if is_open and wait else None,
        path=path,
    )


def _at(moment: datetime) -> datetime:
    found = utc(moment)
    assert found is not None
    return found


def _name(node_id: str, face: NodeFace | None) -> str:
    return face.name if face else node_id
