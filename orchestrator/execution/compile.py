"""Journey → Plan: every node type ends here; what runs knows statements and deliveries only."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlglot import exp

from orchestrator.audience.reads import event_tables, tables_read
from orchestrator.errors import Invalid
from orchestrator.execution.delivery_sql import compile_delivery, within_policy
from orchestrator.execution.entering import compile_entering
from orchestrator.execution.event_entering import compile_event_entering
from orchestrator.execution.inbox import compile_inbox
from orchestrator.execution.intend_sql import compile_waking
from orchestrator.execution.ledger import MARKER
from orchestrator.execution.look import compile_look
from orchestrator.execution.plan import MOVE_COLUMNS, Plan, Step
from orchestrator.execution.statements import OF_PLAN, Statements
from orchestrator.execution.transfer import compile_transfer
from orchestrator.execution.visit_sql import VisitSql
from orchestrator.journey import graph
from orchestrator.journey.calendar import WORKSPACE, Calendar
from orchestrator.journey.check import Checked, check
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.journey.node import Departure, Entering, Node
from orchestrator.journey.settings import JourneySettings, Never
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

_HERE = f"""
  SELECT a.member_id, a.visit_no, a.entered_at, a.moved_at AS arrived_at{{more}} FROM moves AS a {{join}}
  WHERE a.journey_id = :journey_id AND a.to_node = :node_id AND NOT a.ended AND {OF_PLAN} AND NOT EXISTS (
    SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = :node_id
      AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""

_SETTLED = """JOIN deliveries AS s ON s.journey_id = :journey_id AND s.node_id = :node_id
    AND s.member_id = a.member_id AND s.visit_no = a.visit_no"""

_LEAVE = f"""
INSERT INTO moves ({MOVE_COLUMNS})
WITH here AS ({{here}}),
leaving AS (SELECT h.member_id, h.visit_no, h.entered_at, :way AS port{{why}} FROM {{source}} WHERE :due)
SELECT :journey_id, l.member_id, l.visit_no, :version, l.entered_at, :node_id, l.port, :to_node, :ended, :reason,
  :wave, :now
FROM leaving AS l WHERE NOT l.port IS NULL
"""

_WAITING = _HERE.format(more="", join="")
_DELIVERED = _HERE.format(more=", s.outcome", join=_SETTLED)

_AGAIN = f"WITH here AS ({_WAITING}) SELECT MIN(:again) FROM {{source}}"

_LOOK_AGAIN = f"WITH here AS ({_WAITING}) SELECT MIN(:again), MIN(:ends) FROM {{source}}"

_MOVED = """
SELECT m.to_node, m.ended, COUNT(*) FROM moves AS m
WHERE m.journey_id = :journey_id AND m.from_node = :node_id AND m.wave = :wave GROUP BY m.to_node, m.ended
"""

_NEXT_ARRIVAL = f"""
SELECT MIN(a.moved_at) FROM moves AS a
WHERE a.journey_id = :journey_id AND a.to_node = :node_id AND NOT a.ended AND {OF_PLAN} AND a.moved_at > :before
"""

_STOP = f"""
INSERT INTO moves ({MOVE_COLUMNS})
SELECT a.journey_id, a.member_id, a.visit_no, a.version, a.entered_at, a.to_node, CAST(NULL AS STRING),
  CAST(NULL AS STRING), TRUE, 'stopped', :wave, :now
FROM moves AS a
WHERE a.journey_id = :journey_id AND NOT a.ended AND NOT EXISTS (
  SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = a.to_node
    AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""


def compile_plan(journey_id: str, version: int, journey: Journey, known: Known, dialect: str, schema: str) -> Plan:
    """Checks the drawing and compiles it for an engine. Raises Invalid with every problem."""
    checked = check(journey, known)
    if checked.errors:
        problems = [problem.model_dump(mode="json") for problem in checked.errors]
        raise Invalid(f"the journey has {len(problems)} problem(s)", problems=problems, fix="mend them, then publish")
    make = Statements(journey_id, version, known, dialect, schema)
    return _Compiler(make, journey, checked).plan()


class _Compiler:
    """Compiles one checked drawing."""

    def __init__(self, make: Statements, journey: Journey, checked: Checked) -> None:
        self.make, self.journey, self.nodes, self.settings = make, journey, checked.nodes, checked.settings
        self.wired = graph.outgoing(journey)
        self.endings = {each: reason for each, node in self.nodes.items() if (reason := node.ending()) is not None}

    def plan(self) -> Plan:
        drawn = [self._step(each.id, each.name) for each in graph.in_order(self.journey)]
        # Entries first, wherever they are drawn: who comes in must not depend on who else moves in the same wave.
        steps = sorted((step for step in drawn if step is not None), key=lambda step: step.kind != "enter")
        if self.settings.looks:
            # After the entries: whoever comes in and has a reason to leave does so before anything happens to them.
            entries = sum(step.kind == "enter" for step in steps)
            steps.insert(entries, compile_look(self.make, self.settings, self._rules_read(self.settings)))
        return Plan(
            journey_id=self.make.journey_id,
            version=self.make.version,
            dialect=self.make.dialect,
            nodes=tuple(drawn.id for drawn in self.journey.nodes),
            steps=tuple(steps),
            stop=self.make.statement(_STOP, {}),
            edges={edge.id: (edge.source, edge.source_port, edge.target) for edge in self.journey.edges},
            transfer=compile_transfer(self.make),
        )

    def _step(self, node_id: str, name: str) -> Step | None:
        node = self.nodes[node_id]
        if not node.ports():
            return None  # visits end with the move that leads here
        entering, wait, delivery = node.entering(), node.wait(), node.delivery()
        if delivery is not None:
            delivery = within_policy(delivery, self.make.known.channels[delivery.channel])
        move, again, every = self._move(node_id, node)
        waking = compile_waking(self.make, node_id, delivery) if delivery else None
        return Step(
            node_id=node_id,
            title=name or type(node).title,
            kind="enter" if entering else "deliver" if delivery else "move",
            writes=tuple(self._enter(node_id, entering)) if entering else (move,),
            marker=self.make.statement(MARKER, {"node_id": node_id, "task": "move"}),
            moved=self.make.statement(_MOVED, {"node_id": node_id}),
            next_due=self._next_due(node_id, wait) if wait else waking or again,
            every=entering.every if entering else None,
            calendar=self._calendar(entering) if entering else None,
            reads=self._reads(entering) if entering else self._rules_read(node) if every else None,
            beat=every,
            ahead=self._ahead(entering) if entering else None,
            at=entering.at if entering else None,
            inbox=compile_inbox(self.make, node_id, keyed=entering.keyed) if entering and entering.posted else None,
            late=entering.late if entering and entering.event else None,
            until=self.settings.ends_at if entering else None,
            wait=wait,
            delivery=compile_delivery(self.make, node_id, delivery, self.settings) if delivery else None,
        )

    def _calendar(self, entering: Entering) -> Calendar | None:
        calendar = entering.calendar
        if calendar is None or calendar.zone != WORKSPACE:
            return calendar
        return calendar.model_copy(update={"zone": self.make.known.lakehouse.sources.time_zone})

    def _reads(self, entering: Entering) -> tuple[str, ...] | None:
        """What decides who comes in; where members come in again, what has passed since they left does too.

        Not where an event lets them in: each counts once, whatever came of it.
        """
        lakehouse = self.make.known.lakehouse
        found = tables_read(entering.rule, lakehouse, self.make.known.audiences)
        if entering.posted:
            return (f"{self.make.schema}.requests",)
        if entering.event is not None:
            events = event_tables(entering.event, lakehouse)
            return None if found is None or events is None else tuple(sorted(found | events))
        return None if found is None or not isinstance(self.settings.reentry, Never) else tuple(sorted(found))

    def _ahead(self, entering: Entering) -> Statement | None:
        if entering.event is None:
            return None
        ahead = self.make.predicate(sql.Binder()).ahead(entering.event.table)
        return sql.render(ahead, self.make.dialect)

    def _enter(self, node_id: str, entering: Entering) -> list[Statement]:
        entries = [each for each in self.nodes.values() if each.entering()]
        leads = self._leads(node_id, ["next"], exp.convert("next"))
        if entering.event is not None or entering.posted:
            return compile_event_entering(self.make, node_id, entering, self.settings, leads)
        return compile_entering(self.make, node_id, entering, self.settings, leads, alone=len(entries) == 1)

    def _rules_read(self, *asked: Node | JourneySettings) -> tuple[str, ...] | None:
        """The tables that decide what the rules say; None: the clock decides, too."""
        rules = [rule for each in asked for rule in each.rules().values()]
        found = [tables_read(rule, self.make.known.lakehouse, self.make.known.audiences) for rule in rules]
        if None in found:
            return None
        erased = f"{self.make.schema}.erasures"  # whoever was erased is there no more
        return tuple(sorted({erased}.union(*(each for each in found if each))))

    def _move(self, node_id: str, node: Node) -> tuple[Statement, Statement | None, timedelta | None]:
        """The statement that moves who may leave, the one that tells when to ask those who stay, and how often."""
        binder = sql.Binder()
        visit = VisitSql(self.make, node_id, binder)
        departure = node.leave(visit)
        leads = self._leads(node_id, self._open_ports(node_id, node), exp.column("port", "l"))
        fragments: dict[str, exp.Expr | str | int] = {
            "node_id": node_id,
            "way": self._way(departure, node, self._open_ports(node_id, node)),
            "due": exp.LTE(this=departure.due, expression=sql.as_of()) if departure.due else exp.true(),
            **leads,
        }
        why = ""
        if departure.reason is not None:
            why = ", :why AS why"
            told = exp.func("coalesce", leads["reason"], exp.column("why", "l"))
            fragments |= {"why": departure.reason, "reason": told}
        source = "here AS h"
        if (seen := visit.source) is not None:
            source, fragments["seen"] = ":seen AS h", seen
        text = _LEAVE.format(here=_DELIVERED if node.delivery() else _WAITING, why=why, source=source)
        move = self.make.statement(text, fragments, binder)
        if departure.every is not None and departure.ends is not None:
            look = exp.Least(this=sql.shift(sql.as_of(), departure.every), expressions=[departure.ends])
            asked = {**fragments, "again": look, "ends": departure.ends}
            return move, self.make.statement(_LOOK_AGAIN.format(source=source), asked, binder), departure.every
        if departure.again is None:
            return move, None, None
        asked = {**fragments, "again": departure.again}
        return move, self.make.statement(_AGAIN.format(source=source), asked, binder), None

    def _open_ports(self, node_id: str, node: Node) -> list[str]:
        """Its ports without the optional ones that lead nowhere."""
        return [port.id for port in node.ports() if not port.optional or port.id in self.wired.get(node_id, {})]

    def _way(self, departure: Departure, node: Node, ports: Sequence[str]) -> exp.Expr:
        """The port, where an optional one that is not wired counts as the first."""
        unwired = [exp.convert(port.id) for port in node.ports() if port.id not in ports]
        if not unwired:
            return departure.port
        if len(ports) == 1:
            return exp.convert(ports[0])
        closed = exp.In(this=exp.paren(departure.port.copy()), expressions=unwired)
        return exp.case().when(closed, exp.convert(ports[0])).else_(departure.port)

    def _leads(self, node_id: str, ports: Sequence[str], port: exp.Expr) -> dict[str, exp.Expr]:
        """Where each port leads, whether the visit ends there, and with which reason; constants where ports agree."""
        wired = self.wired.get(node_id, {})
        targets = {each: wired[each].target if each in wired else None for each in ports}
        reasons = {
            each: "end_of_path" if target is None else self.endings.get(target) for each, target in targets.items()
        }
        return {
            "port": port,
            "to_node": _by_port(port, targets, "text"),
            "ended": _by_port(port, {each: reason is not None for each, reason in reasons.items()}, "boolean"),
            "reason": _by_port(port, reasons, "text"),
        }

    def _next_due(self, node_id: str, wait: timedelta) -> Statement:
        """When the next of those who stay is due; whoever arrived before has left with this wave's statement."""
        before = sql.shift(sql.as_of(), -wait)
        return self.make.statement(_NEXT_ARRIVAL, {"node_id": node_id, "before": before})


def _by_port(port: exp.Expr, values: Mapping[str, str | bool | None], kind: str) -> exp.Expr:
    """The value of each port, as CASE – or as a constant when all ports share it."""
    distinct = set(values.values())
    if len(distinct) == 1:
        only = distinct.pop()
        return exp.cast(exp.null(), kind) if only is None else exp.convert(only)
    case = exp.case(port.copy())
    for each, value in values.items():
        case = case.when(exp.convert(each), exp.convert(value) if value is not None else exp.null())
    return case
