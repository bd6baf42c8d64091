"""The report: counts per step, line and reason, always counted in the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, Field
from sqlglot import exp

from orchestrator.execution.ledger import HELD_OUT, statement
from orchestrator.execution.plan import Plan
from orchestrator.lakehouse.engine import Engine


class NodeCounts(BaseModel):
    """Visits at one step. Conservation: arrived = left + here."""

    arrived: int = 0
    left: int = 0
    here: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict, description="Settled deliveries by outcome")
    reasons: dict[str, int] = Field(default_factory=dict, description="Deliveries not accepted, by reason")
    events: dict[str, int] = Field(
        default_factory=dict, description="Messages to which it happened since: clicked, bounced …; each counts once"
    )
    next_due_at: datetime | None = Field(None, description="When the step is next looked at, UTC")


class Ending(BaseModel):
    """How many visits ended with one reason, and at which step."""

    node_id: str
    reason: str
    count: int


class Report(BaseModel):
    """What happened so far to everybody in a journey, as the ledger has it."""

    journey_id: str
    version: int = Field(description="The newest; `edges` are its lines")
    versions: list[int] = Field(default_factory=list, description="Those with people on them, the newest last")
    status: str
    wave: int = 0
    as_of: datetime | None = Field(None, description="The last wave's instant, UTC")
    next_due_at: datetime | None = Field(None, description="When the journey will wake next, UTC; None: nothing is due")
    trouble: str = Field("", description="What keeps the journey from going on, in plain words; empty: nothing")
    entered: int = 0
    inside: int = 0
    ended: int = 0
    held_out: int = Field(0, description="Of those who entered: got nothing, to be compared with")
    converted: int = Field(0, description="Visits that reached the goal in time, those held out not counted")
    held_out_converted: int = Field(0, description="Visits of those held out that reached the goal in time")
    nodes: dict[str, NodeCounts] = Field(default_factory=dict)
    edges: dict[str, int] = Field(default_factory=dict, description="Visits that took each line, by edge id")
    endings: list[Ending] = Field(default_factory=list)
    refused: dict[str, int] = Field(default_factory=dict, description="Considered and not let in, by reason")


class Totals(BaseModel):
    """The visits of a journey, for lists, and its accepted deliveries by channel."""

    entered: int = 0
    inside: int = 0
    ended: int = 0
    converted: int = 0
    accepted: dict[str, int] = Field(default_factory=dict)


class Run(Protocol):
    """What the app database knows of a run; attributes may be read-only."""

    @property
    def status(self) -> str:
        """live, paused, stopped or finished."""

    @property
    def versions(self) -> list[int]:
        """Those with people on them, the newest last; empty: the plan's alone."""

    @property
    def wave(self) -> int:
        """The last wave's number."""

    @property
    def as_of(self) -> datetime | None:
        """The last wave's instant."""

    @property
    def next_due_at(self) -> datetime | None:
        """When the journey wakes next."""

    @property
    def due(self) -> Mapping[str, str]:
        """Step → ISO instant at which it is due next."""

    @property
    def trouble(self) -> str:
        """What keeps it from going on; empty: nothing."""


# One statement, so that all counts are of one moment.
_COUNTS = """
SELECT 'entered' AS what, v.entry_node AS a, CAST(NULL AS STRING) AS b, CAST(NULL AS STRING) AS c,
  CAST(NULL AS STRING) AS d, COUNT(*) AS n
FROM visits AS v WHERE v.journey_id = :journey_id GROUP BY v.entry_node
UNION ALL
SELECT 'moved', m.from_node, m.port, m.to_node, CASE WHEN m.ended THEN m.reason END, COUNT(*)
FROM moves AS m WHERE m.journey_id = :journey_id
GROUP BY m.from_node, m.port, m.to_node, CASE WHEN m.ended THEN m.reason END
UNION ALL
SELECT 'delivered', s.node_id, s.outcome, s.reason, CAST(NULL AS STRING), COUNT(*)
FROM deliveries AS s WHERE s.journey_id = :journey_id GROUP BY s.node_id, s.outcome, s.reason
UNION ALL
SELECT 'converted', h.reason, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), COUNT(*)
FROM conversions AS c LEFT JOIN moves AS h ON h.journey_id = :journey_id AND h.member_id = c.member_id
  AND h.visit_no = c.visit_no AND h.reason = :held_out
WHERE c.journey_id = :journey_id GROUP BY h.reason
UNION ALL
SELECT 'happened', e.node_id, e.kind, CAST(NULL AS STRING), CAST(NULL AS STRING), COUNT(DISTINCT e.delivery_key)
FROM message_events AS e WHERE e.journey_id = :journey_id GROUP BY e.node_id, e.kind
UNION ALL
SELECT 'refused', r.reason, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), COUNT(*)
FROM refusals AS r WHERE r.journey_id = :journey_id GROUP BY r.reason
"""

_TOTALS = """
SELECT v.journey_id, COUNT(*), COALESCE(MAX(e.n), 0), COALESCE(MAX(g.n), 0) FROM visits AS v
LEFT JOIN (
  SELECT m.journey_id, COUNT(*) AS n FROM moves AS m WHERE m.ended GROUP BY m.journey_id
) AS e ON e.journey_id = v.journey_id
LEFT JOIN (
  SELECT c.journey_id, COUNT(*) AS n FROM conversions AS c GROUP BY c.journey_id
) AS g ON g.journey_id = v.journey_id
GROUP BY v.journey_id
"""

_ACCEPTED = """
SELECT s.journey_id, s.channel, COUNT(*) FROM deliveries AS s WHERE s.outcome = 'accepted'
GROUP BY s.journey_id, s.channel
"""


async def read_report(engine: Engine, plan: Plan, schema: str, run: Run) -> Report:
    """Counts everything that happened in a journey, in one statement over the ledger."""
    report = Report(
        journey_id=plan.journey_id,
        version=plan.version,
        versions=run.versions or [plan.version],
        status=run.status,
        wave=run.wave,
        as_of=run.as_of,
        next_due_at=run.next_due_at,
        trouble=run.trouble,
        nodes={node_id: NodeCounts() for node_id in plan.nodes},
        edges=dict.fromkeys(plan.edges, 0),
    )
    journey = {"journey_id": exp.convert(plan.journey_id), "held_out": exp.convert(HELD_OUT)}
    for what, a, b, c, d, count in await engine.rows(statement(_COUNTS, schema, engine.dialect, journey)):
        if what == "entered":
            report.entered += count
            _at(report, a).arrived += count
        elif what == "moved":
            _count_move(report, plan, (a, b, c, d), count)
        elif what == "delivered":
            _count_delivery(_at(report, a), b, c, count)
        elif what == "happened":
            _at(report, a).events[b] = count
        elif what == "converted":
            report.converted += 0 if a else count
            report.held_out_converted += count if a else 0
        else:
            report.refused[a] = count
    for node_id, node in report.nodes.items():
        node.here = node.arrived - node.left
        node.next_due_at = datetime.fromisoformat(run.due[node_id]) if node_id in run.due else None
    report.inside = report.entered - report.ended
    report.held_out = sum(each.count for each in report.endings if each.reason == HELD_OUT)
    report.endings.sort(key=lambda ending: (-ending.count, ending.node_id, ending.reason))
    return report


async def totals(engine: Engine, schema: str) -> dict[str, Totals]:
    """The visits of every journey that has any, by journey id."""
    rows = await engine.rows(statement(_TOTALS, schema, engine.dialect))
    found = {
        journey_id: Totals(entered=entered, ended=ended, inside=entered - ended, converted=converted)
        for journey_id, entered, ended, converted in rows
    }
    for journey_id, channel, count in await engine.rows(statement(_ACCEPTED, schema, engine.dialect)):
        if journey_id in found:
            found[journey_id].accepted[channel] = count
    return found


def _at(report: Report, node_id: str) -> NodeCounts:
    return report.nodes.setdefault(node_id, NodeCounts())


def _count_move(report: Report, plan: Plan, move: tuple[str, str | None, str | None, str | None], count: int) -> None:
    from_node, port, to_node, reason = move
    _at(report, from_node).left += count
    for edge_id, edge in plan.edges.items():
        if edge == (from_node, port, to_node):
            report.edges[edge_id] += count
    if to_node is not None:
        _at(report, to_node).arrived += count
    if reason is not None:
        report.ended += count
        report.endings.append(Ending(node_id=to_node or from_node, reason=reason, count=count))
        if to_node is not None:
            _at(report, to_node).left += count  # whoever arrives at an exit has left the journey


def _count_delivery(node: NodeCounts, outcome: str, reason: str | None, count: int) -> None:
    node.outcomes[outcome] = node.outcomes.get(outcome, 0) + count
    if reason is not None:
        node.reasons[reason] = node.reasons.get(reason, 0) + count
