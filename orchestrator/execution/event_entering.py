"""The statements of an entry by events: whom a new row is about, who of them comes in, and who is refused and why."""

from collections.abc import Mapping

from sqlglot import exp

from orchestrator.execution.entering import barring, before_end, first_step
from orchestrator.execution.ledger import REMOVED
from orchestrator.execution.statements import Statements
from orchestrator.journey.node import Entering
from orchestrator.journey.settings import JourneySettings
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

# What came of an event is known by its instant: one that is not newer, of the same member and key, was considered.
_NEW = """
SELECT s.member_id, s.visit_key, s.happened_at, :unfit AS unfit FROM :happened AS s
WHERE NOT EXISTS (
  SELECT 1 FROM visits AS v WHERE v.journey_id = :journey_id AND v.entry_node = :node_id AND v.entered_at > :since
    AND v.member_id = s.member_id AND v.visit_key <=> s.visit_key AND v.entered_at >= s.happened_at)
AND NOT EXISTS (
  SELECT 1 FROM refusals AS r WHERE r.journey_id = :journey_id AND r.entry_node = :node_id AND r.happened_at > :since
    AND r.member_id = s.member_id AND r.visit_key <=> s.visit_key AND r.happened_at >= s.happened_at)
"""

_ENTER = """
INSERT INTO visits (journey_id, member_id, visit_no, version, entry_node, wave, entered_at, visit_key)
SELECT :journey_id, n.member_id, CAST(COALESCE(b.visit_no, 0) + ROW_NUMBER() OVER (
  PARTITION BY n.member_id ORDER BY n.happened_at, n.visit_key) AS INT), :version, :node_id, :wave, n.happened_at,
  n.visit_key
FROM :new AS n LEFT JOIN (
  SELECT v.member_id, MAX(v.visit_no) AS visit_no FROM visits AS v
  WHERE v.journey_id = :journey_id GROUP BY v.member_id
) AS b ON b.member_id = n.member_id
WHERE n.unfit IS NULL AND NOT EXISTS (SELECT 1 FROM :barring AS o WHERE :same)
AND NOT EXISTS (
  SELECT 1 FROM moves AS x WHERE x.journey_id = :journey_id AND x.member_id = n.member_id AND x.reason = :removed)
"""

_REFUSE = """
INSERT INTO refusals (journey_id, member_id, entry_node, reason, wave, refused_at, visit_key, happened_at)
SELECT :journey_id, n.member_id, :node_id, COALESCE(n.unfit, 'reentry'), :wave, :now, n.visit_key, n.happened_at
FROM :new AS n
"""


def compile_event_entering(
    make: Statements, node_id: str, entering: Entering, settings: JourneySettings, leads: Mapping[str, exp.Expr]
) -> list[Statement]:
    """Who comes in, then who is refused, then everybody's first step; `leads` is where the entry's port leads."""
    assert entering.event is not None, "only of an entry by events"
    same: exp.Expr = exp.column("member_id", "o").eq(exp.column("member_id", "n"))
    if entering.event.key:
        same = exp.and_(same, exp.column("visit_key", "o").eq(exp.column("visit_key", "n")))
    found = []
    for text in (_ENTER, _REFUSE):
        binder = sql.Binder()
        fragments: dict[str, exp.Expr | str | int] = {
            "node_id": node_id,
            "new": _new(make, node_id, entering, settings, binder),
            "barring": barring(make, settings),
            "same": same,
            "removed": REMOVED,
        }
        found.append(make.statement(text, fragments, binder))
    return [*found, first_step(make, node_id, settings, leads)]


def _new(
    make: Statements, node_id: str, entering: Entering, settings: JourneySettings, binder: sql.Binder
) -> exp.Select:
    """SELECT member_id, visit_key, happened_at, unfit: the events to be considered, and why one brings nobody in."""
    assert entering.event is not None, "only of an entry by events"
    rules, since = make.predicate(binder), sql.instant(sql.runtime("since"))
    happened = rules.happened(entering.event, since)
    member = happened.selects[0].this
    happened = happened.where(exp.In(this=member.copy(), query=rules.members(entering.rule).subquery()))
    happened = happened.where(make.not_erased(member.copy()))
    if settings.ends_at is not None:
        happened = happened.where(before_end(settings.ends_at, binder))
    unfit: exp.Expr = exp.cast(exp.null(), "text")
    if entering.event.key:
        unfit = exp.case().when(exp.column("visit_key", "s").is_(exp.null()), exp.convert("no_key")).else_(exp.null())
    return make.query(_NEW, {"node_id": node_id, "happened": happened, "unfit": unfit, "since": since})
