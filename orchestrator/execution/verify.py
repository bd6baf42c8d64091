"""The invariants of the ledger as SQL: each statement returns the rows that break one; none means it holds."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlglot import exp

from orchestrator.execution.ledger import statement
from orchestrator.execution.plan import Plan
from orchestrator.lakehouse.engine import Engine

SAMPLE = 5
"""How many of the rows that break an invariant are shown."""


class Checked(BaseModel):
    """An invariant, how many rows break it, and some of them (ids only)."""

    invariant: int
    text: str
    violations: int
    sample: list[list[Any]]


INVARIANTS: tuple[tuple[int, str, str], ...] = (
    (
        1,
        "a visit is there once",
        """SELECT v.journey_id, v.member_id, v.visit_no FROM visits AS v
        GROUP BY v.journey_id, v.member_id, v.visit_no HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "nobody is in a journey without a visit",
        """SELECT m.journey_id, m.member_id, m.visit_no FROM moves AS m WHERE NOT EXISTS (
          SELECT 1 FROM visits AS v WHERE v.journey_id = m.journey_id AND v.member_id = m.member_id
            AND v.visit_no = m.visit_no)""",
    ),
    (
        1,
        "nobody is inside twice by the same key",
        """SELECT v.journey_id, v.member_id, v.visit_key, COUNT(*) FROM visits AS v WHERE NOT EXISTS (
          SELECT 1 FROM moves AS e WHERE e.journey_id = v.journey_id AND e.member_id = v.member_id
            AND e.visit_no = v.visit_no AND e.ended)
        GROUP BY v.journey_id, v.member_id, v.visit_key HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "what brings a member in does so once",
        """SELECT v.journey_id, v.entry_node, v.member_id, v.visit_key, v.entered_at FROM visits AS v
        GROUP BY v.journey_id, v.entry_node, v.member_id, v.visit_key, v.entered_at HAVING COUNT(*) > 1""",
    ),
    (
        1,
        "a goal is reached once in a visit, and not before it began",
        """SELECT c.journey_id, c.member_id, c.visit_no FROM conversions AS c LEFT JOIN visits AS v
          ON v.journey_id = c.journey_id AND v.member_id = c.member_id AND v.visit_no = c.visit_no
          AND v.entered_at <= c.reached_at
        GROUP BY c.journey_id, c.member_id, c.visit_no HAVING COUNT(*) > 1 OR COUNT(v.wave) = 0""",
    ),
    (
        2,
        "every visit leaves its entry",
        """SELECT v.journey_id, v.member_id, v.visit_no FROM visits AS v WHERE NOT EXISTS (
          SELECT 1 FROM moves AS m WHERE m.journey_id = v.journey_id AND m.member_id = v.member_id
            AND m.visit_no = v.visit_no AND m.from_node = v.entry_node)""",
    ),
    (
        2,
        "whoever leaves a step had arrived there, and not later",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node FROM moves AS m
        JOIN visits AS v ON v.journey_id = m.journey_id AND v.member_id = m.member_id AND v.visit_no = m.visit_no
        WHERE m.from_node <> v.entry_node AND NOT EXISTS (
          SELECT 1 FROM moves AS a WHERE a.journey_id = m.journey_id AND a.member_id = m.member_id
            AND a.visit_no = m.visit_no AND a.to_node = m.from_node AND a.moved_at <= m.moved_at)""",
    ),
    (
        3,
        "a visit leaves a step at most once",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node FROM moves AS m
        GROUP BY m.journey_id, m.member_id, m.visit_no, m.from_node HAVING COUNT(*) > 1""",
    ),
    (
        3,
        "a visit arrives at a step at most once",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.to_node FROM moves AS m WHERE NOT m.to_node IS NULL
        GROUP BY m.journey_id, m.member_id, m.visit_no, m.to_node HAVING COUNT(*) > 1""",
    ),
    (
        4,
        "an open visit is at exactly one step, a closed one at none, and a visit ends at most once",
        """SELECT p.journey_id, p.member_id, p.visit_no, p.at_steps, p.ends FROM (
          SELECT m.journey_id, m.member_id, m.visit_no, SUM(CASE WHEN m.ended THEN 1 ELSE 0 END) AS ends,
            SUM(CASE WHEN NOT m.ended AND d.from_node IS NULL THEN 1 ELSE 0 END) AS at_steps
          FROM moves AS m LEFT JOIN moves AS d ON d.journey_id = m.journey_id AND d.member_id = m.member_id
            AND d.visit_no = m.visit_no AND d.from_node = m.to_node
          GROUP BY m.journey_id, m.member_id, m.visit_no) AS p
        WHERE NOT ((p.ends = 0 AND p.at_steps = 1) OR (p.ends = 1 AND p.at_steps = 0))""",
    ),
    (
        5,
        "every line taken is drawn in the visit's version",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node, m.port, m.to_node FROM moves AS m
        WHERE NOT m.to_node IS NULL AND NOT (m.port IS NULL AND COALESCE(m.reason, '') = 'version')
          AND m.journey_id IN (SELECT q.journey_id FROM :edges AS q) AND NOT EXISTS (
          SELECT 1 FROM :edges AS e WHERE e.journey_id = m.journey_id AND e.version = m.version
            AND e.from_node = m.from_node AND e.port = m.port AND e.to_node = m.to_node)""",
    ),
    (
        5,
        "nobody goes back to an earlier version",
        """SELECT m.journey_id, m.member_id, m.visit_no, m.from_node, m.version FROM moves AS m
        JOIN moves AS a ON a.journey_id = m.journey_id AND a.member_id = m.member_id AND a.visit_no = m.visit_no
          AND a.to_node = m.from_node AND a.version > m.version""",
    ),
    (
        6,
        "there is one intent for each visit and step",
        """SELECT i.journey_id, i.member_id, i.visit_no, i.node_id FROM intents AS i
        GROUP BY i.journey_id, i.member_id, i.visit_no, i.node_id HAVING COUNT(*) > 1""",
    ),
    (
        6,
        "an intent is settled at most once",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s
        GROUP BY s.journey_id, s.node_id, s.delivery_key HAVING COUNT(*) > 1""",
    ),
    (
        6,
        "nothing is settled that was not intended, and nothing accepted that was not to be sent",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s WHERE NOT EXISTS (
          SELECT 1 FROM intents AS i WHERE i.journey_id = s.journey_id AND i.node_id = s.node_id
            AND i.delivery_key = s.delivery_key AND (i.reason IS NULL OR s.outcome = 'suppressed'))""",
    ),
    (
        6,
        "nobody leaves a step that acts by a port before their delivery is settled",
        """SELECT i.journey_id, i.node_id, i.delivery_key FROM intents AS i
        JOIN moves AS m ON m.journey_id = i.journey_id AND m.member_id = i.member_id AND m.visit_no = i.visit_no
          AND m.from_node = i.node_id AND NOT m.port IS NULL
        WHERE NOT EXISTS (SELECT 1 FROM deliveries AS s WHERE s.journey_id = i.journey_id
          AND s.node_id = i.node_id AND s.delivery_key = i.delivery_key)""",
    ),
    (
        7,
        "nothing is accepted for a visit that ended more than 10 seconds before",
        """SELECT s.journey_id, s.node_id, s.delivery_key FROM deliveries AS s
        JOIN moves AS m ON m.journey_id = s.journey_id AND m.member_id = s.member_id AND m.visit_no = s.visit_no
          AND m.ended
        WHERE s.outcome = 'accepted' AND s.settled_at > m.moved_at + INTERVAL '10' SECOND""",
    ),
)


async def verify(engine: Engine, schema: str, plans: Sequence[Plan]) -> list[Checked]:
    """Runs every invariant over the ledger; `plans` are all versions of the journeys whose lines are to be checked."""
    return [
        Checked(invariant=number, text=text, violations=count, sample=sample)
        for number, text, query in INVARIANTS
        for count, sample in [await _broken(engine, schema, query, plans)]
    ]


async def audit(engine: Engine, schema: str, plans: Sequence[Plan]) -> dict[str, dict[str, int]]:
    """As `verify`, told apart by journey: journey → invariant → rows that break it. Who is not in it is clean."""
    found: dict[str, dict[str, int]] = {}
    for _, text, query in INVARIANTS:
        counts = f"SELECT broken.journey_id, COUNT(*) FROM ({query}) AS broken GROUP BY broken.journey_id"
        for journey_id, count in await engine.rows(statement(counts, schema, engine.dialect, {"edges": _edges(plans)})):
            found.setdefault(journey_id, {})[text] = count
    return found


async def _broken(engine: Engine, schema: str, query: str, plans: Sequence[Plan]) -> tuple[int, list[list[Any]]]:
    fragments = {"edges": _edges(plans)}
    [(count,)] = await engine.rows(
        statement(f"SELECT COUNT(*) FROM ({query}) AS broken", schema, engine.dialect, fragments)
    )
    if not count:
        return 0, []
    some = statement(f"{query} LIMIT {SAMPLE}", schema, engine.dialect, fragments)
    return count, [list(row) for row in (await engine.rows(some))[:SAMPLE]]  # DuckDB 2.0 may forget a LIMIT


def _edges(plans: Sequence[Plan]) -> exp.Expr:
    """Every line of every version as rows; a line from nowhere keeps the relation from being empty."""
    names = ("journey_id", "version", "from_node", "port", "to_node")
    rows = [("", 0, "", "", "")]
    rows += [(plan.journey_id, plan.version, *edge) for plan in plans for edge in plan.edges.values()]
    return exp.select("*").from_(exp.values(rows, alias="v", columns=names))
