"""The look at everybody inside: who has reached the goal, and who leaves early and why."""

from datetime import timedelta

from sqlglot import exp

from orchestrator.execution.ledger import MARKER
from orchestrator.execution.plan import LOOK, MOVE_COLUMNS, Step
from orchestrator.execution.statements import OF_PLAN, VISIT_OF_PLAN, Statements
from orchestrator.journey.settings import Goal, JourneySettings
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

_CONVERT = f"""
INSERT INTO conversions (journey_id, member_id, visit_no, version, wave, reached_at)
WITH here AS (
  SELECT v.member_id, v.visit_no, v.entered_at FROM visits AS v
  WHERE v.journey_id = :journey_id AND {VISIT_OF_PLAN} AND v.entered_at >= :since AND NOT EXISTS (
    SELECT 1 FROM conversions AS c
    WHERE c.journey_id = :journey_id AND c.member_id = v.member_id AND c.visit_no = v.visit_no)
)
SELECT :journey_id, h.member_id, h.visit_no, :version, :wave, :now FROM here AS h WHERE :reached
"""

_LEAVE_EARLY = f"""
INSERT INTO moves ({MOVE_COLUMNS})
WITH here AS (
  SELECT a.member_id, a.visit_no, a.entered_at, a.to_node AS node_id FROM moves AS a
  WHERE a.journey_id = :journey_id AND NOT a.ended AND {OF_PLAN} AND NOT EXISTS (
    SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = a.to_node
      AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
),
leaving AS (SELECT h.member_id, h.visit_no, h.entered_at, h.node_id, :why AS reason FROM here AS h)
SELECT :journey_id, l.member_id, l.visit_no, :version, l.entered_at, l.node_id, CAST(NULL AS STRING),
  CAST(NULL AS STRING), TRUE, l.reason, :wave, :now
FROM leaving AS l WHERE NOT l.reason IS NULL
"""

_CONVERTED = """
EXISTS (SELECT 1 FROM conversions AS c
  WHERE c.journey_id = :journey_id AND c.member_id = h.member_id AND c.visit_no = h.visit_no)
"""

_LEFT = """
SELECT m.to_node, m.ended, COUNT(*) FROM moves AS m
WHERE m.journey_id = :journey_id AND m.wave = :wave AND m.ended AND m.port IS NULL GROUP BY m.to_node, m.ended
"""

_WATCHED = f"""
SELECT COUNT(*), MIN(w.ends_at) FROM (
  SELECT :ends_at AS ends_at, e.member_id AS gone FROM visits AS v
  LEFT JOIN conversions AS c ON c.journey_id = :journey_id AND c.member_id = v.member_id AND c.visit_no = v.visit_no
  LEFT JOIN moves AS e ON e.journey_id = :journey_id AND e.member_id = v.member_id AND e.visit_no = v.visit_no
    AND e.ended
  WHERE v.journey_id = :journey_id AND {VISIT_OF_PLAN}) AS w
WHERE NOT w.ends_at IS NULL OR w.gone IS NULL
"""

_ENDS_AT = "CASE WHEN c.member_id IS NULL AND v.entered_at > :since THEN :end END"


def compile_look(make: Statements, settings: JourneySettings, reads: tuple[str, ...] | None) -> Step:
    """One step for the whole journey: goal first, because reaching it may be the reason to leave."""
    goal = settings.goal
    ends_at = sql.instant(exp.null())
    if goal:
        end = sql.shift(exp.column("entered_at", "v"), goal.within)
        ends_at = make.query(f"SELECT {_ENDS_AT}", {"since": _since(goal), "end": end}).selects[0]
    return Step(
        node_id=LOOK,
        title="Goal and exit rules",
        kind="look",
        writes=(*([_convert(make, goal)] if goal else []), *_leave_early(make, settings)),
        marker=make.statement(MARKER, {"node_id": LOOK, "task": "move"}),
        moved=make.statement(_LEFT, {}),
        watched=make.statement(_WATCHED, {"ends_at": ends_at}),
        beat=timedelta(minutes=settings.look_minutes),
        until=settings.ends_at if settings.at_end == "leave" else None,
        reads=reads,
    )


def _convert(make: Statements, goal: Goal) -> Statement:
    binder = sql.Binder()
    reached = make.predicate(binder).of_visit(goal.rule)
    return make.statement(_CONVERT, {"since": _since(goal), "reached": reached}, binder)


def _since(goal: Goal) -> exp.Expr:
    """Whoever came in before can no longer reach the goal."""
    return sql.shift(sql.as_of(), -goal.within)


def _leave_early(make: Statements, settings: JourneySettings) -> list[Statement]:
    """The first reason that holds counts: the goal, the exit rules in order, the end."""
    binder = sql.Binder()
    why, reasons = exp.case(), 0
    if settings.goal and settings.goal.leave:
        why, reasons = why.when(make.expression(_CONVERTED, {}), exp.convert("goal")), 1
    for each in settings.exit_rules:
        holds = make.predicate(binder).of_visit(each.rule)
        why, reasons = why.when(holds, exp.convert(f"exit_rule:{each.name}")), reasons + 1
    if settings.ends_at and settings.at_end == "leave":
        end = sql.instant(binder(sql.utc_text(settings.ends_at)))
        why, reasons = why.when(exp.GTE(this=sql.as_of(), expression=end), exp.convert("journey_ended")), reasons + 1
    return [make.statement(_LEAVE_EARLY, {"why": why}, binder)] if reasons else []
