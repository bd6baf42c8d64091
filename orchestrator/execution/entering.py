"""The statements of an entry: who comes in, who is refused, who is held out, and the first step of everybody else."""

from collections.abc import Mapping
from datetime import datetime

from sqlglot import exp

from orchestrator.execution.ledger import HELD_OUT, REMOVED, rendered
from orchestrator.execution.plan import MOVE_COLUMNS
from orchestrator.execution.statements import Fragments, Statements
from orchestrator.journey.node import Entering
from orchestrator.journey.settings import After, JourneySettings, Never
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

_ENTER = """
INSERT INTO visits (journey_id, member_id, visit_no, version, entry_node, wave, entered_at)
SELECT DISTINCT :journey_id, m.member_id, 1, :version, :node_id, :wave, :now
FROM :members AS m
WHERE NOT EXISTS (SELECT 1 FROM visits AS v WHERE v.journey_id = :journey_id AND v.member_id = m.member_id)
"""

_ENTER_AGAIN = """
INSERT INTO visits (journey_id, member_id, visit_no, version, entry_node, wave, entered_at)
SELECT DISTINCT :journey_id, m.member_id, COALESCE(b.visit_no, 0) + 1, :version, :node_id, :wave, :now
FROM :members AS m LEFT JOIN (
  SELECT v.member_id, MAX(v.visit_no) AS visit_no FROM visits AS v
  WHERE v.journey_id = :journey_id GROUP BY v.member_id
) AS b ON b.member_id = m.member_id
WHERE NOT EXISTS (SELECT 1 FROM :barring AS o WHERE o.member_id = m.member_id)
"""

# Once held out or taken out by hand, always out: that visit never rests. Nobody comes in twice in a wave.
_NOT_RESTED = """
SELECT v.member_id, v.visit_key FROM visits AS v LEFT JOIN moves AS e
  ON e.journey_id = :journey_id AND e.member_id = v.member_id AND e.visit_no = v.visit_no AND e.ended
  AND e.moved_at <= :rested AND NOT COALESCE(e.reason, '') IN (:held_out, :removed)
WHERE v.journey_id = :journey_id AND (e.member_id IS NULL OR v.wave >= :wave)
"""

_EVER = "SELECT v.member_id, v.visit_key FROM visits AS v WHERE v.journey_id = :journey_id"

_REFUSE = """
INSERT INTO refusals (journey_id, member_id, entry_node, reason, wave, refused_at)
SELECT DISTINCT :journey_id, m.member_id, :node_id, 'reentry', :wave, :now
FROM :members AS m
JOIN visits AS v ON v.journey_id = :journey_id AND v.member_id = m.member_id AND v.entry_node <> :node_id
WHERE NOT EXISTS (
  SELECT 1 FROM refusals AS r
  WHERE r.journey_id = :journey_id AND r.entry_node = :node_id AND r.member_id = m.member_id
)
"""

_NOT_JUST_IN = """
NOT EXISTS (SELECT 1 FROM visits AS n WHERE n.journey_id = :journey_id AND n.member_id = m.member_id
  AND n.entry_node = :node_id AND n.wave = :wave)
"""

_LEAVE_ENTRY = f"""
INSERT INTO moves ({MOVE_COLUMNS})
SELECT v.journey_id, v.member_id, v.visit_no, v.version, v.entered_at, :node_id, :port, :to_node, :ended, :reason,
  v.wave, :now
FROM visits AS v WHERE v.journey_id = :journey_id AND v.entry_node = :node_id AND v.wave = :wave
"""


def compile_entering(
    make: Statements,
    node_id: str,
    entering: Entering,
    settings: JourneySettings,
    leads: Mapping[str, exp.Expr],
    *,
    alone: bool,
) -> list[Statement]:
    """Who comes in, then who is refused, then everybody's first step; `leads` is where the entry's port leads."""
    made = [_enter(make, node_id, entering, settings)]
    if not alone:
        made.append(_refuse(make, node_id, entering, settings))
    made.append(first_step(make, node_id, settings, leads))
    return made


def first_step(make: Statements, node_id: str, settings: JourneySettings, leads: Mapping[str, exp.Expr]) -> Statement:
    """Takes everybody who came in by this wave to the entry's first step, but for those who are held out."""
    return make.statement(_LEAVE_ENTRY, {"node_id": node_id, **_unless_held_out(make, settings, leads)})


def barring(make: Statements, settings: JourneySettings) -> exp.Select:
    """SELECT member_id, visit_key of the visits that keep their members from coming in again."""
    if isinstance(settings.reentry, Never):
        return make.query(_EVER, {})
    gap = settings.reentry.gap if isinstance(settings.reentry, After) else None
    rested = sql.shift(sql.as_of(), -gap) if gap else sql.as_of()
    return make.query(_NOT_RESTED, {"rested": rested, "held_out": HELD_OUT, "removed": REMOVED})


def _enter(make: Statements, node_id: str, entering: Entering, settings: JourneySettings) -> Statement:
    binder = sql.Binder()
    fragments: dict[str, exp.Expr | str | int] = {
        "node_id": node_id,
        "members": _members(make, binder, entering, settings),
    }
    if isinstance(settings.reentry, Never):
        return make.statement(_ENTER, fragments, binder)
    return make.statement(_ENTER_AGAIN, {**fragments, "barring": barring(make, settings)}, binder)


def _refuse(make: Statements, node_id: str, entering: Entering, settings: JourneySettings) -> Statement:
    binder = sql.Binder()
    fragments: Fragments = {"node_id": node_id, "members": _members(make, binder, entering, settings)}
    found = make.expression(_REFUSE, fragments)
    if not isinstance(settings.reentry, Never):
        just_in = make.expression(_NOT_JUST_IN, {"node_id": node_id})
        found.find(exp.Select).where(just_in, copy=False)  # type: ignore[union-attr]
    return rendered(found, make.dialect, binder)


def _members(make: Statements, binder: sql.Binder, entering: Entering, settings: JourneySettings) -> exp.Expr:
    """Who qualifies: nobody who was erased, and nobody at all from the end date on."""
    key = sql.column(make.known.lakehouse.customers.key, "c")
    members = make.predicate(binder).members(entering.rule).where(make.not_erased(key))
    return members if settings.ends_at is None else members.where(before_end(settings.ends_at, binder))


def before_end(ends_at: datetime, binder: sql.Binder) -> exp.Expr:
    """Whether the journey's end date is still to come."""
    return exp.LT(this=sql.as_of(), expression=sql.instant(binder(sql.utc_text(ends_at))))


def _unless_held_out(
    make: Statements, settings: JourneySettings, leads: Mapping[str, exp.Expr]
) -> Mapping[str, exp.Expr]:
    """The first step, or – for those held out – none: their visit ends where it began."""
    held = _held_out(make, settings)
    if held is None:
        return leads
    return {
        "port": leads["port"],
        "to_node": exp.case().when(held, exp.null()).else_(leads["to_node"]),
        "ended": exp.case().when(held.copy(), exp.true()).else_(leads["ended"]),
        "reason": exp.case().when(held.copy(), exp.convert(HELD_OUT)).else_(leads["reason"]),
    }


def _held_out(make: Statements, settings: JourneySettings) -> exp.Expr | None:
    """Whether the member of `v` is held out, from this journey or from all; None: nobody is."""
    shares = {
        f"{make.journey_id}/{HELD_OUT}": settings.holdout,
        HELD_OUT: make.known.lakehouse.sources.holdout,
    }
    held = [
        exp.LT(
            this=sql.bucket([exp.convert(salt), exp.column("member_id", "v")], make.dialect),
            expression=exp.convert(round(share * sql.BUCKETS / 100)),
        )
        for salt, share in shares.items()
        if share
    ]
    return exp.paren(exp.or_(*held)) if held else None
