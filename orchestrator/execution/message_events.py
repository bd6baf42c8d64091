"""What happened to messages after they were sent: rows of the ledger, and words on reaching their members.

Whoever reports one names a delivery, never a member: who that was is looked up in the lakehouse. A delivery that is
not there – its member was erased – leaves nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlglot import exp

from orchestrator.execution.ledger import statement
from orchestrator.execution.policy_sql import suppressed
from orchestrator.execution.statements import Statements
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine
from orchestrator.store.event_inbox import EventRecord

Kind = Literal[
    "delivered",
    "clicked",
    "opened",
    "machine_opened",  # by a mail program that loads every picture
    "bounced",  # for good
    "soft_bounced",  # for now
    "complained",
    "unsubscribed",
    "subscribed",
]
SUPPRESSES: Mapping[str, tuple[bool, str]] = {
    "bounced": (True, "hard_bounce"),
    "complained": (True, "complaint"),
    "unsubscribed": (True, "unsubscribed"),
    "subscribed": (False, "subscribed"),
}
"""Kind → (suppressed, reason) of the word that an event with a purpose is."""

_ROWS = {
    "event_id": "STRING",
    "kind": "STRING",
    "journey_id": "STRING",
    "node_id": "STRING",
    "delivery_key": "STRING",
    "detail": "STRING",
    "purpose": "STRING",
    "suppressed": "BOOLEAN",
    "reason": "STRING",
    "happened_at": "STRING",
    "decided_at": "STRING",
}

_RECORD = """
INSERT INTO message_events (
  event_id, kind, journey_id, node_id, member_id, visit_no, delivery_key, channel, detail, happened_at)
SELECT r.event_id, r.kind, i.journey_id, i.node_id, i.member_id, i.visit_no, i.delivery_key, i.channel, r.detail,
  CAST(r.happened_at AS TIMESTAMP_NTZ)
FROM :given AS r JOIN intents AS i ON i.journey_id = r.journey_id AND i.node_id = r.node_id
  AND i.delivery_key = r.delivery_key
WHERE NOT EXISTS (SELECT 1 FROM message_events AS e WHERE e.event_id = r.event_id)
"""

_SUPPRESS = """
INSERT INTO suppressions (member_id, purpose, suppressed, reason, decided_at)
SELECT w.member_id, w.purpose, w.suppressed, w.reason, w.decided_at FROM (
  SELECT DISTINCT i.member_id, r.purpose, r.suppressed, r.reason, CAST(r.decided_at AS TIMESTAMP_NTZ) AS decided_at
  FROM :given AS r JOIN intents AS i ON i.journey_id = r.journey_id AND i.node_id = r.node_id
    AND i.delivery_key = r.delivery_key
  WHERE NOT r.purpose IS NULL AND NOT EXISTS (SELECT 1 FROM message_events AS e WHERE e.event_id = r.event_id)) AS w
WHERE NOT EXISTS (SELECT 1 FROM suppressions AS u WHERE u.member_id = w.member_id AND u.purpose = w.purpose
  AND u.suppressed = w.suppressed AND u.decided_at = w.decided_at)
"""

_MEMBER = """
(SELECT MIN(i.member_id) FROM intents AS i WHERE i.journey_id = :journey_id AND i.node_id = :node_id
  AND i.delivery_key = :delivery_key)
"""


async def record(engine: Engine, schema: str, events: Sequence[EventRecord], now: datetime) -> None:
    """Adds the events to the ledger, each once, and the words they are. Raises LakehouseAway.

    A word is in force from `now`, which is aware: what was sent before it could be known was not sent against it. Of
    several the order stays, so the last one counts.
    """
    waited = now - max((each.happened_at for each in events), default=now)
    rows = []
    for each in events:
        says, reason = SUPPRESSES.get(each.kind, (None, None))
        rows.append(
            {name: getattr(each, name, None) for name in _ROWS}
            | {
                "suppressed": says,
                "reason": reason,
                "purpose": each.purpose if reason else None,
                "happened_at": sql.utc_text(each.happened_at),
                "decided_at": sql.utc_text(each.happened_at + waited),
            }
        )
    if not rows:
        return
    given = {"given": sql.json_rows(_ROWS, engine.dialect)}
    # The word first: an event that is there already, and was told again, is no new word.
    writes = [statement(text, schema, engine.dialect, given) for text in (_SUPPRESS, _RECORD)]
    await engine.write(writes, {"rows": json.dumps(rows)})


class Choices:
    """What the member of a delivery gets, by purpose, as the statements that send see it."""

    def __init__(self, make: Statements, engine: Engine) -> None:
        self._make, self._engine = make, engine

    async def of(self, node_id: str, delivery_key: str, purposes: Iterable[str]) -> dict[str, tuple[bool, bool]] | None:
        """Purpose → (agreed to it, asked not to be reached); None: there is no such delivery any more."""
        binder = sql.Binder()
        given: dict[str, exp.Expr | str | int] = {"node_id": node_id, "delivery_key": delivery_key}
        member = self._make.query(f"SELECT {_MEMBER}", given).selects[0]
        predicate = self._make.predicate(binder)
        wanted = list(purposes)
        who = exp.Select().select(member.as_("member_id")).subquery("w")
        query = exp.Select().from_(who).select(exp.column("member_id", "w"))
        for purpose in wanted:
            key = exp.column("member_id", "w")
            agreed = predicate.has_consent(purpose, key)
            query = query.select(agreed, suppressed(self._make, purpose, key.copy()))
        [row] = await self._engine.rows(sql.render(query, self._engine.dialect, binder))
        if row[0] is None:
            return None
        return {purpose: (bool(row[1 + 2 * at]), bool(row[2 + 2 * at])) for at, purpose in enumerate(wanted)}
