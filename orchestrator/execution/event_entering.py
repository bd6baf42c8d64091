"""The statements of an entry by rows – of events, or posted: whom they are about, who comes in, who is refused."""

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
SELECT :journey_id, n.member_id, CAST(COALESCE(b.visit_no, 0) + :nth AS INT), :version, :node_id, :wave,
  n.happened_at, n.visit_key
FROM :new AS n LEFT JOIN (
  SELECT v.member_id, MAX(v.visit_no) AS visit_no FROM visits AS v
  WHERE v.journey_id = :journey_id GROUP BY v.member_id
) AS b ON b.member_id = n.member_id
WHERE n.unfit IS NULL AND NOT EXISTS (SELECT 1 FROM :barring AS o WHERE :same)
AND NOT EXISTS (
  SELECT 1 FROM moves AS x WHERE x.journey_id = :journey_id AND x.member_id = n.member_id AND x.reason = :removed)
"""

_NTH = "ROW_NUMBER() OVER (PARTITION BY n.member_id ORDER BY n.happened_at, n.visit_key)"

_TAKE = """
INSERT INTO taken (journey_id, request_key, entry_node, wave)
SELECT q.journey_id, q.request_key, q.entry_node, :wave FROM requests AS q
WHERE q.journey_id = :journey_id AND q.entry_node = :node_id AND NOT EXISTS (
  SELECT 1 FROM taken AS t WHERE t.journey_id = :journey_id AND t.request_key = q.request_key)
"""

# Each request is taken by one wave, so who is in it is new whatever its instant. What the run before left is refused.
_POSTED = """
SELECT g.member_id, g.visit_key, :now AS happened_at, :unfit AS unfit FROM (
  SELECT i.member_id, :key AS visit_key, MAX(CASE WHEN q.run_at = :run_at THEN 1 ELSE 0 END) AS of_run
  FROM taken AS t JOIN requests AS q ON q.journey_id = :journey_id AND q.request_key = t.request_key
  JOIN inbox AS i ON i.journey_id = :journey_id AND i.request_key = t.request_key
  WHERE t.journey_id = :journey_id AND t.entry_node = :node_id AND t.wave = :wave GROUP BY i.member_id{and_key}
) AS g LEFT JOIN :customers AS c ON c.member_id = g.member_id
"""

_REFUSE = """
INSERT INTO refusals (journey_id, member_id, entry_node, reason, wave, refused_at, visit_key, happened_at)
SELECT :journey_id, n.member_id, :node_id, COALESCE(n.unfit, 'reentry'), :wave, :now, n.visit_key, n.happened_at
FROM :new AS n WHERE NOT EXISTS (
  SELECT 1 FROM visits AS v WHERE v.journey_id = :journey_id AND v.entry_node = :node_id AND v.wave = :wave
    AND v.member_id = n.member_id AND v.visit_key <=> n.visit_key)
"""


def compile_event_entering(
    make: Statements, node_id: str, entering: Entering, settings: JourneySettings, leads: Mapping[str, exp.Expr]
) -> list[Statement]:
    """Who comes in, then who is refused, then everybody's first step; `leads` is where the entry's port leads."""
    keyed = entering.event.key != "" if entering.event else entering.keyed
    nth = make.expression(_NTH, {}) if keyed else exp.convert(1)  # without a key there is one row of each member
    same: exp.Expr = exp.column("member_id", "o").eq(exp.column("member_id", "n"))
    if keyed:
        same = exp.and_(same, exp.column("visit_key", "o").eq(exp.column("visit_key", "n")))
    new = _posted if entering.posted else _happened
    found = [make.statement(_TAKE, {"node_id": node_id})] if entering.posted else []
    for text in (_ENTER, _REFUSE):
        binder = sql.Binder()
        fragments: dict[str, exp.Expr | str | int] = {
            "node_id": node_id,
            "new": new(make, node_id, entering, settings, binder),
            "barring": barring(make, settings),
            "same": same,
            "nth": nth,
            "removed": REMOVED,
        }
        found.append(make.statement(text, fragments, binder))
    return [*found, first_step(make, node_id, settings, leads)]


def _happened(
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
    unfit = _first_of([(_missing("s"), "no_key")] if entering.event.key else [])
    return make.query(_NEW, {"node_id": node_id, "happened": happened, "unfit": unfit, "since": since})


def _posted(
    make: Statements, node_id: str, entering: Entering, settings: JourneySettings, binder: sql.Binder
) -> exp.Select:
    """The same of those who were posted; none is passed over, whatever is wrong with it."""
    unfit: list[tuple[exp.Expr, str]] = [(exp.column("of_run", "g").eq(exp.convert(0)), "stopped")]
    if settings.ends_at is not None:
        unfit.append((exp.not_(before_end(settings.ends_at, binder)), "journey_ended"))
    unfit += [(_missing("g"), "no_key")] if entering.keyed else []
    unfit.append((exp.column("member_id", "c").is_(exp.null()), "no_customer"))
    customers = make.predicate(binder).members(entering.rule)
    return make.query(
        _POSTED.format(and_key=", i.visit_key" if entering.keyed else ""),
        {
            "node_id": node_id,
            "key": exp.column("visit_key", "i") if entering.keyed else exp.cast(exp.null(), "text"),
            "run_at": sql.instant(sql.runtime("run_at")),
            "customers": customers.where(make.not_erased(customers.selects[0].this.copy())).distinct(),
            "unfit": _first_of(unfit),
        },
    )


def _missing(of: str) -> exp.Expr:
    return exp.column("visit_key", of).is_(exp.null())


def _first_of(reasons: list[tuple[exp.Expr, str]]) -> exp.Expr:
    """The reason of the first condition that holds; NULL: none does."""
    if not reasons:
        return exp.cast(exp.null(), "text")
    case = exp.case()
    for holds, reason in reasons:
        case = case.when(holds, exp.convert(reason))
    return case.else_(exp.null())
