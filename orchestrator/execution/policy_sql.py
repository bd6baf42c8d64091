"""The contact policy as SQL: who is suppressed, who has had enough, and whose night it is."""

from datetime import timedelta

from sqlglot import exp

from orchestrator.execution.statements import Statements
from orchestrator.execution.visit_sql import VisitSql
from orchestrator.journey.window import Window
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.model import QuietHours

_SUPPRESSED = """
:member IN (SELECT u.member_id FROM suppressions AS u WHERE u.purpose IN (:purpose, '*')
  GROUP BY u.member_id HAVING MAX_BY(u.suppressed, u.decided_at))
"""

# An intent under way counts: it may still be accepted.
_HAD_ENOUGH = """
:member IN (SELECT i.member_id FROM intents AS i LEFT JOIN deliveries AS s ON s.journey_id = i.journey_id
    AND s.node_id = i.node_id AND s.delivery_key = i.delivery_key
  WHERE i.planned_at > :since AND i.reason IS NULL AND :of_purpose
    AND COALESCE(s.outcome, 'unknown') IN ('accepted', 'unknown')
  GROUP BY i.member_id HAVING COUNT(*) >= :most)
"""


def suppressed(make: Statements, purpose: str, member: exp.Expr) -> exp.Expr:
    """Whether the last word about the member, for this purpose or for all, is not to reach them."""
    return make.query(f"SELECT {_SUPPRESSED}", {"member": member, "purpose": purpose}).selects[0]


def had_enough(make: Statements, purpose: str, member: exp.Expr) -> list[exp.Expr]:
    """One condition for each cap of the purpose: the member has got as much as it allows."""
    channels = [name for name, each in make.known.channels.items() if each.capabilities.consent == purpose]
    of_purpose = exp.In(this=exp.column("channel", "i"), expressions=[exp.convert(name) for name in sorted(channels)])
    return [
        make.query(
            f"SELECT {_HAD_ENOUGH}",
            {
                "member": member,
                "since": sql.shift(sql.as_of(), timedelta(days=-cap.within_days)),
                "of_purpose": of_purpose,
                "most": cap.most,
            },
        ).selects[0]
        for cap in make.known.lakehouse.sources.contact_policy.caps
        if cap.purpose == purpose
    ]


class Waking:
    """When the members at a step may be sent to, by their own clocks; `visit` is the statement's."""

    def __init__(self, quiet: QuietHours, visit: VisitSql) -> None:
        window = Window(start=quiet.end, end=quiet.start)
        now = visit.once("local_now", visit.local(visit.as_of))
        self.drops = quiet.then == "drop"
        self.awake = window.inside(now)
        self.next = exp.case().when(self.awake.copy(), visit.as_of).else_(visit.utc(window.opening(now)))
