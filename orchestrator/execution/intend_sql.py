"""Who is to be reached by a step now, as SQL: frozen in chunks, or not to be sent to, or waiting at the step."""

from sqlglot import exp

from orchestrator.channels.channel import Channel
from orchestrator.execution.plan import CapPlan
from orchestrator.execution.policy_sql import Pacing, Waking, had_enough
from orchestrator.execution.reach_sql import People
from orchestrator.execution.statements import OF_PLAN, Statements
from orchestrator.execution.visit_sql import VisitSql
from orchestrator.journey.node import Delivery
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Statement

CHUNK = 10_000
"""Members per chunk: one activity, one write-back. It is small, so that what is urgent soon has its turn."""
CALLS = 20
"""Calls per chunk of a channel that takes many members with each, where every write-back is a commit: still quick."""

# Judged in this order: whether somebody can be reached, is there twice, has had enough, sleeps, is over the throttle.
_INTEND = """
INSERT INTO intents (
  journey_id, node_id, wave, member_id, visit_no, delivery_key, chunk, reason, planned_at, channel, version, time_zone,
  urgency)
WITH here AS ({here}),
judged AS (
  SELECT h.member_id, h.visit_no, h.arrived_at, :address AS address, :unfit AS reason, :limits AS limits,
    :awake AS awake, :zone AS time_zone
  FROM {source} LEFT JOIN :people AS p ON p.member_id = h.member_id
),
once AS (
  SELECT j.member_id, j.visit_no, j.arrived_at, COALESCE(:once, j.limits) AS reason, j.awake, j.time_zone
  FROM judged AS j
),
now_due AS ({now_due})
SELECT :journey_id, :node_id, :wave, o.member_id, o.visit_no, :delivery_key,
  CASE WHEN o.reason IS NULL THEN CAST((
    ROW_NUMBER() OVER (PARTITION BY o.reason IS NULL ORDER BY o.member_id, o.visit_no) - 1) DIV :size AS INT) END,
  o.reason, :now, :channel, :version, o.time_zone, :urgency
FROM now_due AS o
"""

_ALL = "SELECT o.member_id, o.visit_no, o.reason, o.time_zone FROM once AS o WHERE NOT o.reason IS NULL OR o.awake"

_PACED = """
SELECT q.member_id, q.visit_no, q.reason, q.time_zone FROM (
  SELECT o.member_id, o.visit_no, o.reason, o.time_zone, ROW_NUMBER() OVER (
    PARTITION BY o.reason IS NULL ORDER BY o.arrived_at, o.member_id, o.visit_no) AS place
  FROM once AS o WHERE NOT o.reason IS NULL OR o.awake) AS q
WHERE NOT q.reason IS NULL OR q.place <= :room
"""

_NOT_YET = f"""
  SELECT a.member_id, a.visit_no, a.moved_at AS arrived_at FROM moves AS a
  WHERE a.journey_id = :journey_id AND a.to_node = :node_id AND NOT a.ended AND {OF_PLAN} AND NOT EXISTS (
    SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = :node_id
      AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
  AND NOT EXISTS (
    SELECT 1 FROM intents AS i WHERE i.journey_id = :journey_id AND i.node_id = :node_id
      AND i.member_id = a.member_id AND i.visit_no = a.visit_no)
"""

_WAKING = f"WITH here AS ({_NOT_YET}) SELECT MIN(:next) FROM {{source}}"

_ONCE = """
CASE WHEN j.reason IS NULL AND ROW_NUMBER() OVER (
  PARTITION BY j.reason IS NULL, j.address ORDER BY j.member_id, j.visit_no) > 1
THEN 'duplicate_address' ELSE j.reason END
"""


def compile_intend(
    make: Statements,
    node_id: str,
    delivery: Delivery,
    channel: type[Channel],
    people: People,
    caps: tuple[CapPlan, ...],
    urgency: int,
) -> Statement:
    """The statement that freezes whom the step is to reach now."""
    binder = sql.Binder()
    member = exp.column("member_id", "h")
    named = [exp.column(name, "o") for name in ("member_id", "visit_no")]
    addressed = len(people.columns) > len(people.attributes)
    limits = [(had_enough(make, cap, member.copy(), urgency), "frequency_cap") for cap in caps]
    fragments: dict[str, exp.Expr | str | int] = {
        "node_id": node_id,
        "channel": delivery.channel,
        "urgency": urgency,
        "people": people.relation(addresses_only=True),
        "address": exp.Lower(this=exp.Trim(this=exp.column("c0", "p"))) if addressed else exp.cast(exp.null(), "text"),
        "unfit": people.unfit(make.predicate(binder), member),
        "once": make.expression(_ONCE, {}) if delivery.one_per_address else exp.column("reason", "j"),
        "delivery_key": sql.digest([exp.convert(make.journey_id), exp.convert(node_id), *named]),
        "size": CHUNK if make.dialect in sql.TRANSACTIONAL else max(CHUNK, CALLS * channel.capabilities.batch),
        "awake": exp.true(),
        "zone": exp.cast(exp.null(), "text"),
    }
    source, waking = _waking(make, node_id, delivery, binder, fragments)
    if waking is not None:
        fragments["zone"] = waking.zone
        if waking.drops:
            limits.append((exp.not_(waking.awake), "quiet_hours"))
        else:
            fragments["awake"] = waking.awake
    fragments["limits"] = _first_of(limits)
    if delivery.throttle is not None:
        fragments["room"] = Pacing(make, node_id, delivery.throttle).room()
    text = _INTEND.format(here=_NOT_YET, source=source, now_due=_PACED if delivery.throttle else _ALL)
    return make.statement(text, fragments, binder)


def compile_waking(make: Statements, node_id: str, delivery: Delivery) -> Statement | None:
    """When the first of those who wait at the step may be sent to; None: nobody waits there."""
    binder = sql.Binder()
    fragments: dict[str, exp.Expr | str | int] = {"node_id": node_id}
    source, waking = _waking(make, node_id, delivery, binder, fragments)
    if waking is not None and waking.drops:
        source, waking = "here AS h", None
        fragments.pop("seen")
    if waking is None and delivery.throttle is None:
        return None
    now = Pacing(make, node_id, delivery.throttle).room_at() if delivery.throttle else sql.as_of()
    fragments["next"] = exp.case().when(waking.awake.copy(), now).else_(waking.next) if waking else now
    return make.statement(_WAKING.format(source=source), fragments, binder)


def _waking(
    make: Statements, node_id: str, delivery: Delivery, binder: sql.Binder, fragments: dict[str, exp.Expr | str | int]
) -> tuple[str, Waking | None]:
    """What the statement reads those at the step from, and when they wake; None: nobody's sleep matters."""
    quiet = make.known.lakehouse.sources.contact_policy.quiet_hours
    if quiet is None or delivery.exempt:
        return "here AS h", None
    visit = VisitSql(make, node_id, binder)
    waking = Waking(quiet, visit)
    assert visit.source is not None, "the waking needs the member's clock"
    fragments["seen"] = visit.source
    return ":seen AS h", waking


def _first_of(limits: list[tuple[exp.Expr, str]]) -> exp.Expr:
    """The reason of the first that holds; NULL: none does."""
    if not limits:
        return exp.cast(exp.null(), "text")
    case = exp.case()
    for holds, reason in limits:
        case = case.when(holds, exp.convert(reason))
    return case
