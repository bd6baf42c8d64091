"""The simulation: what a journey would do, as data."""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, Field

from orchestrator.execution.report import Ending, NodeCounts, Report


class Sent(BaseModel):
    """How many a step would send on one day, in the workspace's time zone."""

    day: date
    node_id: str
    channel: str
    count: int


class Cost(BaseModel):
    """What a step's statements took."""

    node_id: str
    statements: int = 0
    seconds: float = 0.0


class Simulation(BaseModel):
    """What a journey would do to everybody from `begins_at` to `ends_at`; counts are of that time alone."""

    begins_at: datetime
    ends_at: datetime
    inside_before: int = Field(0, description="Who was inside when it began")
    entered: int = 0
    ended: int = 0
    converted: int = 0
    held_out: int = 0
    inside: int = Field(0, description="Who is inside when it ends")
    nodes: dict[str, NodeCounts] = Field(default_factory=dict)
    edges: dict[str, int] = Field(default_factory=dict)
    endings: list[Ending] = Field(default_factory=list)
    refused: dict[str, int] = Field(default_factory=dict)
    sent: list[Sent] = Field(default_factory=list)
    waves: int = 0
    looked_every: timedelta | None = Field(
        None, description="How often always-on entries were looked up, if less often"
    )
    unforeseen: list[str] = Field(
        default_factory=list,
        description="Entries by posts of other systems, which nobody foresees: none comes in there",
    )
    statements: int = 0
    seconds: float = Field(0.0, description="In the lakehouse and around it")
    costs: list[Cost] = Field(default_factory=list, description="By step, the dearest first")


def between(before: Report, after: Report, begins_at: datetime, ends_at: datetime) -> Simulation:
    """What happened from one report of a ledger to a later one."""
    return Simulation(
        begins_at=begins_at,
        ends_at=ends_at,
        inside_before=before.inside,
        entered=after.entered - before.entered,
        ended=after.ended - before.ended,
        converted=after.converted - before.converted,
        held_out=after.held_out - before.held_out,
        inside=after.inside,
        nodes={
            node_id: _counts(before.nodes.get(node_id, NodeCounts()), each) for node_id, each in after.nodes.items()
        },
        edges=_less(after.edges, before.edges),
        endings=_endings(before, after),
        refused=_less(after.refused, before.refused),
    )


def _counts(before: NodeCounts, after: NodeCounts) -> NodeCounts:
    """What happened at a step; `here` is who is there at the end."""
    return NodeCounts(
        arrived=after.arrived - before.arrived,
        left=after.left - before.left,
        here=after.here,
        outcomes=_less(after.outcomes, before.outcomes),
        reasons=_less(after.reasons, before.reasons),
    )


def _endings(before: Report, after: Report) -> list[Ending]:
    known = {(each.node_id, each.reason): each.count for each in before.endings}
    found = [
        each.model_copy(update={"count": each.count - known.get((each.node_id, each.reason), 0)})
        for each in after.endings
    ]
    return [each for each in found if each.count]


def _less(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
