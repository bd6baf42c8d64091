"""A small grocer's lakehouse: customers, scores and consents, every value a hash of the customer's number."""

from pathlib import Path

from orchestrator.audience.rules import Rule
from orchestrator.execution.compile import compile_plan
from orchestrator.execution.ledger import ensure_ledger
from orchestrator.execution.plan import Plan
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known
from orchestrator.journey.node import Node
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.engines.duckdb import DuckDB
from orchestrator.lakehouse.model import Lakehouse, Sources, bind_sources
from orchestrator.plugins import discover
from workers.channels.audience_meta import AudienceMeta
from workers.channels.email_smtp import EmailSmtp

LEDGER = "sojourn"
SOURCES = Sources.model_validate(
    {
        "customers": {
            "table": "grocery.customers",
            "key": "customer_id",
            "time_zone": "time_zone",
            "country": "country",
            "contacts": {"email": "email", "phone": "phone"},
            "hidden": ["first_name"],
        },
        "related": {
            "propensities": {
                "table": "grocery.propensities",
                "key": "customer_id",
                "cardinality": "one",
                "scores": True,
            }
        },
        "consent": {
            "table": "grocery.consents",
            "key": "customer_id",
            "purpose": "purpose",
            "granted": "granted",
        },
    }
)
_UNIT = "CREATE TEMP MACRO unit(id, salt) AS (hash(id, salt) >> 11)::DOUBLE / 9007199254740992.0"
_CUSTOMERS = """
CREATE TABLE grocery.customers AS
SELECT id::BIGINT AS customer_id, 'customer.' || id || '@example.com' AS email, '+1212' || (2000000000 + id) AS phone,
  ['Anna', 'Ben', 'Clara', 'José', 'Emma', 'Łukasz', 'Grace', 'D''Arcy'][1 + floor(8 * unit(id, 'name'))::INT]
    AS first_name,
  ['Berlin', 'Chicago', 'Łódź', 'Toronto', 'Paris'][1 + floor(5 * unit(id, 'city'))::INT] AS city,
  ['DE', 'US', 'PL', 'CA', 'FR'][1 + floor(5 * unit(id, 'city'))::INT] AS country, 'Europe/Berlin' AS time_zone
FROM range(1, $customers + 1) AS ids(id)
"""
_PROPENSITIES = """
CREATE TABLE grocery.propensities AS
SELECT customer_id, round(unit(customer_id, 'bread'), 4) AS bread, round(unit(customer_id, 'soda'), 4) AS soda
FROM grocery.customers
"""
_CONSENTS = """
CREATE TABLE grocery.consents AS
SELECT customer_id, purpose, TRUE AS granted
FROM grocery.customers CROSS JOIN (VALUES ('email'), ('paid_media')) AS purposes(purpose)
WHERE $asked
"""


async def make(path: Path, customers: int, *, memory: str, consents: bool = False) -> None:
    """Writes the file, the ledger's empty tables included; `consents`: everybody agrees to everything."""
    engine = DuckDB(path, memory=memory)
    try:
        with engine.cursor() as cursor:
            cursor.execute("CREATE SCHEMA grocery")
            cursor.execute(_UNIT)
            cursor.execute(_CUSTOMERS, {"customers": customers})
            cursor.execute(_PROPENSITIES)
            cursor.execute(_CONSENTS, {"asked": consents})
            await ensure_ledger(engine, await bound(engine), LEDGER)
            cursor.execute("CHECKPOINT")
    finally:
        await engine.close()


async def bound(engine: Engine) -> Lakehouse:
    """The source model with the columns that are there."""
    return bind_sources(SOURCES, await engine.tables())


async def known(engine: Engine) -> Known:
    """What is around a journey here; connections are `mail` and `ads`."""
    nodes = discover(Node, ["orchestrator.journey.nodes"], "sojourn.nodes")  # type: ignore[type-abstract]
    audiences: dict[str, Rule] = {}
    return Known(
        nodes=nodes,
        channels={EmailSmtp.name: EmailSmtp, AudienceMeta.name: AudienceMeta},
        connections={"mail": EmailSmtp.name, "ads": AudienceMeta.name},
        audiences=audiences,
        lakehouse=await bound(engine),
    )


async def plan_of(engine: Engine, journey: Journey, journey_id: str) -> Plan:
    """The journey compiled for this lakehouse."""
    return compile_plan(journey_id, 1, journey, await known(engine), engine.dialect, LEDGER)
