"""Members posted by another system: kept in the ledger's inbox, once for each request, until a wave takes them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlglot import exp

from orchestrator.errors import Conflict
from orchestrator.execution.faults import fault
from orchestrator.execution.plan import InboxPlan
from orchestrator.execution.statements import Statements
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine

_REQUEST = """
INSERT INTO requests (journey_id, request_key, entry_node, run_at, received_at)
VALUES (:journey_id, :request_key, :node_id, :run_at, :now)
"""

_RECEIVE = """
INSERT INTO inbox (journey_id, request_key, member_id, visit_key)
SELECT :journey_id, :request_key, r.member_id, r.visit_key FROM :given AS r WHERE :not_erased
"""

# Not by a digest of them: that would still name who was erased.
_STRANGERS = """
SELECT COUNT(*) FROM :given AS r WHERE :not_erased AND NOT EXISTS (
  SELECT 1 FROM requests AS q JOIN inbox AS i ON i.journey_id = :journey_id AND i.request_key = q.request_key
  WHERE q.journey_id = :journey_id AND q.request_key = :request_key AND q.entry_node = :node_id
    AND i.member_id = r.member_id AND i.visit_key <=> r.visit_key)
"""


class Posted(NamedTuple):
    """A member as posted, with the key of the visit – None: it has none."""

    member_id: int | str
    visit_key: str | None


def compile_inbox(make: Statements, node_id: str, *, keyed: bool) -> InboxPlan:
    """The statements by which a request is received."""
    number = make.known.lakehouse.key_kind == "number"
    given = sql.json_rows({"member_id": "BIGINT" if number else "STRING", "visit_key": "STRING"}, make.dialect)
    rows: dict[str, exp.Expr | str | int] = {
        "node_id": node_id,
        "given": given,
        "not_erased": make.not_erased(exp.column("member_id", "r")),
    }
    return InboxPlan(
        keyed=keyed,
        marker=make.statement(_REQUEST, {"node_id": node_id, "run_at": sql.instant(sql.runtime("run_at"))}),
        receive=(make.statement(_RECEIVE, rows),),
        strangers=make.statement(_STRANGERS, rows),
    )


async def receive(
    engine: Engine, inbox: InboxPlan, request_key: str, members: Sequence[Posted], run_at: datetime, now: datetime
) -> bool:
    """Puts the members into the inbox; False: the same request was received before, and nothing has changed.

    `run_at` is when the run began, `now` the instant; both are UTC without a zone. Raises Conflict when the key came
    with other members.
    """
    rows = json.dumps([member._asdict() for member in members], ensure_ascii=False)
    values = {"request_key": request_key, "run_at": run_at, "as_of": now, "rows": rows}
    if await engine.write(inbox.receive, values, marker=inbox.marker):
        fault("inbox:after")
        return True
    [(strangers,)] = await engine.rows(inbox.strangers, values)
    if strangers:
        fix = "send each request with a key of its own, and the same one only to repeat it"
        raise Conflict("this key was used for another request", place="Idempotency-Key", fix=fix)
    return False
