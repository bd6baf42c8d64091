"""A new version while people are inside: who stays where they are, and who is taken off a step that is gone."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orchestrator.errors import Conflict, Invalid
from orchestrator.execution.faults import fault
from orchestrator.execution.ledger import MARKER
from orchestrator.execution.plan import LOOK, MOVE_COLUMNS, Plan, TransferPlan
from orchestrator.execution.protocol import Target, Transfer, Transferred
from orchestrator.execution.statements import OF_PLAN, Statements
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import suggest

VERSION = "version"
"""The reason with which a visit leaves, or ends at, a step that the new version lacks."""

_OPEN = f"""
  SELECT a.member_id, a.visit_no, a.entered_at, a.to_node FROM moves AS a
  WHERE a.journey_id = :journey_id AND NOT a.ended AND {OF_PLAN} AND NOT EXISTS (
    SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = a.to_node
      AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""

_STANDING = f"WITH here AS ({_OPEN}) SELECT h.to_node, COUNT(*) FROM here AS h GROUP BY h.to_node"

_TAKEN = f"""
WITH here AS ({_OPEN})
SELECT DISTINCT m.from_node, m.to_node FROM moves AS m
JOIN here AS h ON h.member_id = m.member_id AND h.visit_no = m.visit_no
WHERE m.journey_id = :journey_id AND NOT m.to_node IS NULL
"""

_TRANSFER = f"""
INSERT INTO moves ({MOVE_COLUMNS})
WITH here AS ({_OPEN})
SELECT :journey_id, h.member_id, h.visit_no, :version, h.entered_at, h.to_node, CAST(NULL AS STRING), r.to_node,
  r.ended, :reason, :wave, :now
FROM here AS h JOIN :given AS r ON r.from_node = h.to_node
"""

_ROWS = {"from_node": "STRING", "to_node": "STRING", "ended": "BOOLEAN"}
"""What the transfer takes, as a JSON array of objects."""


class Kind(Protocol):
    """A step of a plan, or its outline."""

    @property
    def node_id(self) -> str:
        """Its id."""

    @property
    def kind(self) -> str:
        """enter, look, move or deliver."""


def compile_transfer(make: Statements) -> TransferPlan:
    """The statements of a version that takes people over from the versions before."""
    given = sql.json_rows(_ROWS, make.dialect)
    return TransferPlan(
        standing=make.statement(_STANDING, {}),
        taken=make.statement(_TAKEN, {}),
        writes=(make.statement(_TRANSFER, {"given": given, "reason": VERSION}),),
        marker=make.statement(MARKER, {"node_id": LOOK, "task": "transfer"}),
    )


async def take_over(engine: Engine, plan: Plan, request: Transfer, as_of: datetime) -> Transferred:
    """Takes people off the steps that the plan lacks, once for the wave; `as_of` is UTC without a zone.

    Raises Conflict when somebody would be left behind; nothing has changed then.
    """
    assert plan.transfer is not None, "only a plan that can take people over is adopted"
    rows = json.dumps([each.model_dump() for each in request.targets])
    values = {"as_of": as_of, "wave": request.wave, "since_version": 1, "rows": rows}
    standing = dict(await engine.rows(plan.transfer.standing, values))
    targets = {each.from_node for each in request.targets}
    if lost := without_place(standing, request.kept, targets):
        raise nowhere_to_go(lost, request.version)
    if targets & standing.keys():
        await engine.write(plan.transfer.writes, values, marker=plan.transfer.marker)
        fault("transfer:after")
        standing = dict(await engine.rows(plan.transfer.standing, values))
    return Transferred(standing=sorted(standing))


def kept_steps(new: Iterable[Kind], before: Iterable[Kind]) -> set[str]:
    """The steps at which people may stay: in the new version, and there what they were – acting, or not."""
    kinds = {step.node_id: step.kind for step in new if step.kind in ("move", "deliver")}
    for step in before:
        if kinds.get(step.node_id, step.kind) != step.kind:
            del kinds[step.node_id]
    return set(kinds)


def without_place(standing: Mapping[str, int], kept: Collection[str], targets: Collection[str]) -> dict[str, int]:
    """The steps with people who could not stay and for whom nothing was chosen."""
    return {node: count for node, count in sorted(standing.items()) if node not in kept and node not in targets}


def nowhere_to_go(lost: Mapping[str, int], version: int) -> Conflict:
    """What is said when people would be left behind."""
    node_id, count = next(iter(lost.items()))
    return Conflict(
        f"{count} people are at step {node_id!r}, which version {version} does not have",
        place=f"targets.{node_id}",
        fix="choose the step they go on at, or null to end their visits",
    )


def targets_of(
    new: Plan, before: Sequence[Plan], chosen: Mapping[str, str | None], kept: Collection[str]
) -> list[Target]:
    """Where people of each step go that is gone; an exit, or none, ends their visits. Raises Invalid."""
    steps = {step.node_id: step.kind for step in new.steps}
    known = {node_id for plan in before for node_id in plan.nodes}
    for from_node, to_node in chosen.items():
        place = f"targets.{from_node}"
        if from_node not in known:
            raise Invalid(f"no version under way has step {from_node!r}", place=place, fix=suggest(from_node, known))
        if from_node in kept:
            fix = "leave it out"
            raise Invalid(f"step {from_node!r} is in version {new.version}: people stay there", place=place, fix=fix)
        if to_node is not None and to_node not in new.nodes:
            fix = "choose a step of the new version, or null to end their visits"
            raise Invalid(f"version {new.version} has no step {to_node!r}", place=place, fix=fix)
        if to_node == from_node or (to_node is not None and steps.get(to_node) == "enter"):
            fix = "choose another step, or null to end their visits"
            raise Invalid(f"people cannot go on at step {to_node!r}", place=place, fix=fix)
    return [Target(from_node=each, to_node=to, ended=to is None or to not in steps) for each, to in chosen.items()]


def never_twice(new: Plan, before: Sequence[Plan], taken: Iterable[tuple[str, str]], targets: Sequence[Target]) -> None:
    """Raises Conflict when somebody inside could come to a step where they were already.

    A visit is at a step once. What its members took, may still take and will take are lines of one drawing; without a
    circle in it, nobody comes twice.
    """
    leads: dict[str, set[str]] = defaultdict(set)
    drawn = [(source, target) for plan in (*before, new) for source, _, target in plan.edges.values()]
    moved = [(each.from_node, each.to_node) for each in targets if each.to_node is not None]
    for source, target in (*drawn, *taken, *moved):
        leads[source].add(target)
    for each in targets:
        if each.to_node is not None and each.from_node in _after(leads, each.to_node):
            text = f"people at step {each.from_node!r} may have been at step {each.to_node!r} already"
            fix = "choose a step that comes later, or null to end their visits"
            raise Conflict(text, place=f"targets.{each.from_node}", fix=fix)
    for source, _, target in new.edges.values():
        if source in _after(leads, target):
            text = f"version {new.version} turns the order of steps {source!r} and {target!r} around"
            fix = "let them finish on their version (pin), or draw the step anew, with an id of its own"
            raise Conflict(text, place="people", fix=fix)


def _after(leads: Mapping[str, set[str]], start: str) -> set[str]:
    """Every step to which some way leads from here."""
    seen: set[str] = set()
    left = [start]
    while left:
        node_id = left.pop()
        if node_id not in seen:
            seen.add(node_id)
            left += leads.get(node_id, ())
    return seen
