"""What a person decides about one member: to take them out of a journey, or not to reach them."""

from collections.abc import Mapping
from datetime import datetime

from sqlglot import exp

from orchestrator.execution.ledger import REMOVED, statement
from orchestrator.execution.plan import MOVE_COLUMNS
from orchestrator.lakehouse.engine import Engine

_REMOVE = f"""
INSERT INTO moves ({MOVE_COLUMNS})
SELECT a.journey_id, a.member_id, a.visit_no, a.version, a.entered_at, a.to_node, CAST(NULL AS STRING),
  CAST(NULL AS STRING), TRUE, :removed, a.wave, :now
FROM moves AS a
WHERE a.journey_id = :journey_id AND a.member_id = :member AND NOT a.ended AND NOT EXISTS (
  SELECT 1 FROM moves AS d WHERE d.journey_id = :journey_id AND d.from_node = a.to_node
    AND d.member_id = a.member_id AND d.visit_no = a.visit_no)
"""

_REMOVED_NOW = """
SELECT COUNT(*) FROM moves AS m
WHERE m.journey_id = :journey_id AND m.member_id = :member AND m.reason = :removed AND m.moved_at = :now
"""

_SUPPRESS = """
INSERT INTO suppressions (member_id, purpose, suppressed, reason, decided_at)
VALUES (:member, :purpose, :suppressed, :reason, :now)
"""


async def remove(engine: Engine, schema: str, journey_id: str, member: exp.Expr, now: datetime) -> bool:
    """Ends the member's open visit at once; False: they are not inside. `now` is UTC without a zone.

    What has been claimed for them already may still be sent.
    """
    given = {"journey_id": exp.convert(journey_id), "member": member, "removed": exp.convert(REMOVED)}
    await engine.write([statement(_REMOVE, schema, engine.dialect, given)], {"as_of": now})
    [(count,)] = await engine.rows(statement(_REMOVED_NOW, schema, engine.dialect, given), {"as_of": now})
    return bool(count)


async def suppress(
    engine: Engine, schema: str, member: exp.Expr, word: Mapping[str, str | bool], now: datetime
) -> None:
    """Writes down the last word on reaching the member; `word`: purpose (`*`: any), suppressed, reason."""
    given = {"member": member, **{name: exp.convert(value) for name, value in word.items()}}
    await engine.write([statement(_SUPPRESS, schema, engine.dialect, given)], {"as_of": now})
