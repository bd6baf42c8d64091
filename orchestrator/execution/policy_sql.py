"""The contact policy as SQL: who is suppressed, who has had enough, whose night it is, and how many may go now."""

from dataclasses import dataclass
from datetime import timedelta

from sqlglot import exp

from orchestrator.channels.channel import Channel
from orchestrator.execution.plan import CapPlan
from orchestrator.execution.statements import Statements
from orchestrator.execution.visit_sql import VisitSql
from orchestrator.journey.settings import JourneySettings
from orchestrator.journey.throttle import Throttle
from orchestrator.journey.window import Window, not_passed
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.model import QuietHours

LATE = timedelta(days=7)
"""An intent that is still under way counts for a cap so long after its window: a pause may keep it from being sent."""
GIVE_WAY = timedelta(minutes=1)
"""How often a message looks whether less urgent ones that were claimed before it, or give way to it, are settled."""
_SUPPRESSED = """
:member IN (SELECT u.member_id FROM suppressions AS u WHERE u.purpose IN (:purpose, '*')
  GROUP BY u.member_id HAVING MAX_BY(u.suppressed, u.decided_at))
"""

# An intent under way counts: it may still be accepted. Not one of a lower priority: it gives way when it is claimed.
_HAD_ENOUGH = """
:member IN (SELECT e.member_id FROM intents AS e LEFT JOIN deliveries AS s ON s.journey_id = e.journey_id
    AND s.node_id = e.node_id AND s.delivery_key = e.delivery_key
  WHERE e.planned_at > :earliest AND e.reason IS NULL AND :counted
    AND ((s.outcome IS NULL AND COALESCE(e.urgency, 3) <= :urgency)
      OR (s.outcome IN ('accepted', 'unknown') AND s.settled_at > :since))
  GROUP BY e.member_id HAVING COUNT(*) >= :most)
"""

# At the claim: what was sent meanwhile counts, and of those under way what is more urgent or was intended before – or
# less urgent, when it is asked whether one has to wait: it may have been claimed before it could know of this one.
_WOULD_BE_TOO_MUCH = """
i.delivery_key IN (SELECT k.delivery_key FROM intents AS k JOIN intents AS e ON e.member_id = k.member_id
    AND NOT (e.journey_id = :journey_id AND e.node_id = :node_id AND e.delivery_key = k.delivery_key)
  LEFT JOIN deliveries AS s ON s.journey_id = e.journey_id
    AND s.node_id = e.node_id AND s.delivery_key = e.delivery_key
  WHERE k.journey_id = :journey_id AND k.node_id = :node_id AND k.wave = :wave AND k.chunk = :chunk
    AND e.planned_at > :earliest AND e.reason IS NULL AND :counted
    AND ((s.outcome IN ('accepted', 'unknown') AND s.settled_at > :since)
      OR (s.outcome IS NULL AND (COALESCE(e.urgency, 3) {others} :urgency OR (COALESCE(e.urgency, 3) = :urgency
        AND (e.planned_at < k.planned_at OR (e.planned_at = k.planned_at AND e.delivery_key < k.delivery_key))))))
  GROUP BY k.delivery_key HAVING COUNT(*) >= :most)
"""

_ROOM = """
(SELECT LEAST(:most - COUNT(*), :share - COUNT(CASE WHEN t.planned_at > :part_since THEN 1 END)) FROM intents AS t
  WHERE t.journey_id = :journey_id AND t.node_id = :node_id AND t.reason IS NULL AND t.planned_at > :since)
"""

_ROOM_AT = """
(SELECT GREATEST(:now, CASE WHEN COUNT(*) >= :most THEN MIN(t.planned_at) + :length ELSE :now END,
    CASE WHEN COUNT(CASE WHEN t.planned_at > :part_since THEN 1 END) >= :share
      THEN MIN(CASE WHEN t.planned_at > :part_since THEN t.planned_at END) + :part ELSE :now END) FROM intents AS t
  WHERE t.journey_id = :journey_id AND t.node_id = :node_id AND t.reason IS NULL AND t.planned_at > :since)
"""


def suppressed(make: Statements, purpose: str, member: exp.Expr) -> exp.Expr:
    """Whether the last word about the member, for this purpose or for all, is not to reach them."""
    return _condition(make, _SUPPRESSED, member=member, purpose=purpose)


def caps_of(make: Statements, channel: type[Channel], settings: JourneySettings) -> tuple[CapPlan, ...]:
    """The caps that hold for messages through the channel: the workspace's, the channel's, the journey's."""
    messages = {name: each.capabilities for name, each in make.known.channels.items()}
    messages = {name: each for name, each in sorted(messages.items()) if each.kind == "message" and each.consent}
    found = [
        CapPlan(
            most=cap.most,
            within_days=cap.within_days,
            channels=tuple(
                name
                for name, each in messages.items()
                if cap.purpose in (None, each.consent) and cap.channel in (None, name)
            ),
        )
        for cap in make.known.lakehouse.sources.contact_policy.caps
    ]
    found += [
        CapPlan(most=cap.most, within_days=cap.within_days, channels=tuple(messages), own=True) for cap in settings.caps
    ]
    return tuple(cap for cap in found if channel.name in cap.channels)


def had_enough(make: Statements, cap: CapPlan, member: exp.Expr, urgency: int) -> exp.Expr:
    """Whether the member has got, or will get, as much as the cap allows; asked before they are intended."""
    return _condition(make, _HAD_ENOUGH, member=member, urgency=urgency, **_counting(make, cap))


def would_be_too_much(make: Statements, cap: CapPlan, node_id: str, urgency: int) -> exp.Expr:
    """The same of the intent `i` of a chunk that is about to be sent."""
    text = _WOULD_BE_TOO_MUCH.format(others="<")
    return _condition(make, text, node_id=node_id, urgency=urgency, **_counting(make, cap))


def has_to_wait(make: Statements, cap: CapPlan, node_id: str, urgency: int) -> exp.Expr:
    """Whether `i` would be too much should less urgent ones under way be accepted; they give way, or were claimed."""
    text = _WOULD_BE_TOO_MUCH.format(others="<>")
    return _condition(make, text, node_id=node_id, urgency=urgency, **_counting(make, cap))


def _counting(make: Statements, cap: CapPlan) -> dict[str, exp.Expr | str | int]:
    within = timedelta(days=cap.within_days)
    counted: exp.Expr = exp.In(
        this=exp.column("channel", "e"), expressions=[exp.convert(name) for name in cap.channels]
    )
    if cap.own:
        counted = exp.and_(exp.column("journey_id", "e").eq(exp.convert(make.journey_id)), counted)
    return {
        "counted": counted,
        "since": sql.shift(sql.as_of(), -within),
        "earliest": sql.shift(sql.as_of(), -within - LATE),
        "most": cap.most,
    }


@dataclass(frozen=True)
class Pacing:
    """A throttle as SQL, counted over what the step has intended."""

    make: Statements
    node_id: str
    throttle: Throttle

    def room(self) -> exp.Expr:
        """How many more may be intended now."""
        return _condition(self.make, _ROOM, **self._given())

    def room_at(self) -> exp.Expr:
        """When at least one more may be."""
        lengths = {"length": self.throttle.length, "part": self.throttle.pace[1]}
        return _condition(
            self.make, _ROOM_AT, **self._given(), **{k: sql.interval(each) for k, each in lengths.items()}
        )

    def _given(self) -> dict[str, exp.Expr | str | int]:
        share, part = self.throttle.pace
        return {
            "node_id": self.node_id,
            "most": self.throttle.most,
            "share": share,
            "since": sql.shift(sql.as_of(), -self.throttle.length),
            "part_since": sql.shift(sql.as_of(), -part),
        }


class Waking:
    """When the members at a step may be sent to, by their own clocks; `visit` is the statement's."""

    def __init__(self, quiet: QuietHours, visit: VisitSql) -> None:
        window, local = awake_window(quiet), visit.local(visit.as_of)
        now = visit.once("local_now", local)
        self.zone = exp.column("zone", "h")
        self.drops = quiet.then == "drop"
        self.awake, opening = window.inside(now), window.opening(now)
        released: exp.Expr | None = None
        if quiet.spread_minutes and not self.drops:
            share = exp.Mul(this=visit.bucket(), expression=exp.convert(quiet.spread_minutes * 60))
            offset = visit.once("late_by", exp.IntDiv(this=exp.paren(share), expression=exp.convert(sql.BUCKETS)))
            opened = visit.once("opened", window.opened(now))
            released = _plus_seconds(opened, offset)
            waited = exp.LT(this=visit.local(visit.arrived_at), expression=opened.copy())
            held = exp.and_(waited, exp.LT(this=now.copy(), expression=released))
            self.awake, opening = exp.and_(self.awake, exp.not_(held)), _plus_seconds(opening, offset.copy())
        later = exp.case()
        if released is not None:
            later = later.when(window.inside(now), visit.utc(released.copy()))
        at = later.else_(visit.utc(opening)) if released is not None else visit.utc(opening)
        self.next = not_passed(at, visit.as_of)


def awake_window(quiet: QuietHours) -> Window:
    """When messages may be sent, by a member's clock."""
    return Window(start=quiet.end, end=quiet.start)


def night_at_claim(quiet: QuietHours, now: exp.Expr, zone: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    """By the clock `now` in the zone: whether it is night; until when, or NULL; from when on it will be, or NULL."""

    def utc(moment: exp.Expr) -> exp.Expr:
        return exp.ConvertTimezone(source_tz=zone.copy(), target_tz=exp.convert("UTC"), timestamp=moment)

    night = Window(start=quiet.start, end=quiet.end)
    asleep = night.inside(now)
    until = exp.case().when(asleep, not_passed(utc(awake_window(quiet).opening(now)), sql.as_of()))
    begins = exp.case().when(exp.not_(asleep.copy()), utc(night.opening(now)))
    return asleep.copy(), until, begins


def _plus_seconds(moment: exp.Expr, seconds: exp.Expr) -> exp.Expr:
    return exp.TimestampAdd(this=moment.copy(), expression=exp.paren(seconds.copy()), unit=exp.Var(this="SECOND"))


def _condition(make: Statements, text: str, **fragments: exp.Expr | str | int) -> exp.Expr:
    return make.query(f"SELECT {text}", fragments).selects[0]
