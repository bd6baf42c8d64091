"""The ledger: append-only tables in a schema of their own in the lakehouse; a public contract, meant to be joined.

    visits      a passage of a member through a journey; named by (journey_id, member_id, visit_no). With a visit_key –
                of a cart, an order – somebody may be inside once for each
    moves       a step taken: from a node by a port to a node; `ended` when the visit ends with it, and why
    intents     who was to be reached by a step, frozen in chunks before anything is sent; a reason: not to be sent
    deliveries  how each intent was settled; exactly one row for each
    conversions who reached the journey's goal in time; one row for each visit at most
    refusals    who qualified and was not let in, and why
    requests    a post of members by another system; its key makes a repeat change nothing
    inbox       the members posted; what came of them are visits and refusals of the wave that took the request
    taken       which wave took which request
    message_events what happened to a message after it was sent: a click, a bounce, a complaint, a no
    suppressions who is not to be reached for a purpose, or again is; the last word counts
    erasures    who was erased: their key alone, so that nobody lets them in again
    zones       the time zones there are; a member's that is none of them counts as absent
    waves       which step ran in which wave; its key makes a repeat change nothing

All instants are UTC. A visit is at the node its newest move leads to, until it has a move away from there.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from zoneinfo import available_timezones

from sqlglot import exp, parse_one

from orchestrator.errors import Invalid
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.engine import Engine, Statement, Tables
from orchestrator.lakehouse.model import Lakehouse

TABLES: dict[str, str] = {
    "visits": "journey_id STRING, member_id {key}, visit_no INT, version INT, entry_node STRING, wave INT, "
    "entered_at TIMESTAMP_NTZ, visit_key STRING",
    "moves": "journey_id STRING, member_id {key}, visit_no INT, version INT, entered_at TIMESTAMP_NTZ, "
    "from_node STRING, port STRING, to_node STRING, ended BOOLEAN, reason STRING, wave INT, moved_at TIMESTAMP_NTZ",
    "intents": "journey_id STRING, node_id STRING, wave INT, member_id {key}, visit_no INT, delivery_key STRING, "
    "chunk INT, reason STRING, planned_at TIMESTAMP_NTZ, channel STRING, version INT, time_zone STRING, "
    "urgency INT",
    "deliveries": "journey_id STRING, node_id STRING, wave INT, member_id {key}, visit_no INT, delivery_key STRING, "
    "channel STRING, outcome STRING, reason STRING, reference STRING, settled_at TIMESTAMP_NTZ",
    "conversions": "journey_id STRING, member_id {key}, visit_no INT, version INT, wave INT, reached_at TIMESTAMP_NTZ",
    "refusals": "journey_id STRING, member_id {key}, entry_node STRING, reason STRING, wave INT, "
    "refused_at TIMESTAMP_NTZ, visit_key STRING, happened_at TIMESTAMP_NTZ",
    "requests": "journey_id STRING, request_key STRING, entry_node STRING, run_at TIMESTAMP_NTZ, "
    "received_at TIMESTAMP_NTZ, PRIMARY KEY (journey_id, request_key)",
    "inbox": "journey_id STRING, request_key STRING, member_id {key}, visit_key STRING",
    "taken": "journey_id STRING, request_key STRING, entry_node STRING, wave INT",
    "message_events": "event_id STRING, kind STRING, journey_id STRING, node_id STRING, member_id {key}, "
    "visit_no INT, delivery_key STRING, channel STRING, detail STRING, happened_at TIMESTAMP_NTZ",
    "suppressions": "member_id {key}, purpose STRING, suppressed BOOLEAN, reason STRING, decided_at TIMESTAMP_NTZ",
    "erasures": "member_id {key}, pseudonym {key}, asked_at TIMESTAMP_NTZ, erased_at TIMESTAMP_NTZ",
    "zones": "name STRING",
    "waves": "journey_id STRING, wave INT, node_id STRING, task STRING, as_of TIMESTAMP_NTZ, "
    "PRIMARY KEY (journey_id, wave, node_id, task)",
}

KEYS: dict[str, tuple[str, ...]] = {
    "visits": ("journey_id", "member_id", "visit_no"),
    "moves": ("journey_id", "from_node", "member_id", "visit_no"),
    "intents": ("journey_id", "node_id", "member_id", "visit_no"),
    "deliveries": ("journey_id", "node_id", "delivery_key"),
    "conversions": ("journey_id", "member_id", "visit_no"),
    "refusals": ("journey_id", "entry_node", "member_id", "reason", "wave", "visit_key", "happened_at"),
    "requests": ("journey_id", "request_key"),
    "inbox": ("journey_id", "request_key", "member_id", "visit_key"),
    "taken": ("journey_id", "request_key"),
    "message_events": ("event_id",),
    "suppressions": ("member_id", "purpose", "suppressed", "decided_at"),
    "erasures": ("member_id",),
    "zones": ("name",),
    "waves": ("journey_id", "wave", "node_id", "task"),
}
"""What tells the rows of a table apart. Where there are no transactions, only rows with a new key are added."""
_NULLABLE = frozenset({"visit_key", "happened_at"})

CLUSTERED: dict[str, tuple[str, ...]] = {
    "visits": ("journey_id", "entry_node"),
    "moves": ("journey_id", "to_node", "from_node"),
    "intents": ("journey_id", "node_id"),
    "deliveries": ("journey_id", "node_id"),
    "conversions": ("journey_id",),
    "refusals": ("journey_id", "entry_node"),
    "requests": ("journey_id",),
    "inbox": ("journey_id", "request_key"),
    "taken": ("journey_id",),
    "message_events": ("journey_id", "node_id"),
    "suppressions": ("member_id",),
    "waves": ("journey_id",),
}
"""By what Delta keeps the rows of a table together."""

HELD_OUT = "holdout"
"""The reason with which the visit of a member who is held out ends at once."""

_ZONES = """
INSERT INTO zones (name) SELECT k.name FROM :known AS k
WHERE NOT EXISTS (SELECT 1 FROM zones AS z WHERE z.name = k.name)
"""

REMOVED = "removed"
"""The reason with which a visit ends that was taken out by hand; its member does not come in again."""

MARKER = """
INSERT INTO waves (journey_id, wave, node_id, task, as_of)
VALUES (:journey_id, :wave, :node_id, :task, :now)
"""


def expression(text: str, schema: str, fragments: Mapping[str, exp.Expr] | None = None) -> exp.Expr:
    """SQL over the ledger, written in Spark's dialect with bare table names, as an expression.

    Ledger tables get their schema. `:name` becomes the fragment of that name – as a relation when it stands for a
    table – or stays a runtime value; `:now` is the wave's instant.
    """
    given = {"now": sql.as_of(), **(fragments or {})}

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table):
            if isinstance(node.this, exp.Placeholder):
                return exp.Subquery(this=given[str(node.this.this)].copy(), alias=node.args["alias"])
            if node.name in TABLES and not node.db:
                placed = sql.table(f"{schema}.{node.name}")
                return exp.alias_(placed, node.alias, table=True) if node.alias else placed
        if isinstance(node, exp.Placeholder) and str(node.this) in given:
            return given[str(node.this)].copy()
        return node

    return _parsed(text).transform(fill)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> exp.Expr:
    """Parsed once: the texts are few, and parsing costs more than everything else that is done with them."""
    return parse_one(text, dialect="databricks")


def statement(text: str, schema: str, dialect: str, fragments: Mapping[str, exp.Expr] | None = None) -> Statement:
    """`expression`, rendered for an engine."""
    return rendered(expression(text, schema, fragments), dialect) if fragments else _plain(text, schema, dialect)


@lru_cache(maxsize=256)
def _plain(text: str, schema: str, dialect: str) -> Statement:
    return rendered(expression(text, schema), dialect)


def rendered(found: exp.Expr, dialect: str, binder: sql.Binder | None = None) -> Statement:
    """A statement over the ledger for an engine; an insert adds no row twice, with transactions or without.

    The expression is spent with it.
    """
    if isinstance(found, exp.Insert) and dialect not in sql.TRANSACTIONAL:
        target = found.this.this if isinstance(found.this, exp.Schema) else found.this
        found = sql.insert_only(found, KEYS[target.name], _NULLABLE)
    return sql.render(found, dialect, binder, spent=True)


async def ensure_ledger(engine: Engine, lakehouse: Lakehouse, schema: str) -> None:
    """Creates what is missing of the ledger; members are keyed as the customer table keys them.

    Raises Invalid when the customers' key is neither number nor text.
    """
    if lakehouse.key_kind not in ("number", "text"):
        text = f"the key {lakehouse.customers.key!r} holds {lakehouse.key_kind}; a member needs a number or a text"
        raise Invalid(text, place="sources.yaml", fix="name another column as customers.key")
    key = "BIGINT" if lakehouse.key_kind == "number" else "STRING"
    create: list[exp.Expr] = [exp.Create(this=exp.to_identifier(schema, quoted=True), kind="SCHEMA", exists=True)]
    create += [table(name, schema, key, engine.dialect) for name in TABLES]
    create += _missing_columns(await engine.tables(), schema, key)
    await engine.write([*(sql.render(each, engine.dialect) for each in create), _fill_zones(schema, engine.dialect)])


def table(name: str, schema: str, key: str, dialect: str) -> exp.Expr:
    """CREATE TABLE as the engine keeps it: with keys that hold, or clustered."""
    columns = TABLES[name].format(key=key)
    if dialect in sql.TRANSACTIONAL:
        return expression(f"CREATE TABLE IF NOT EXISTS {name} ({columns})", schema)
    clustered = f" CLUSTER BY ({', '.join(CLUSTERED[name])})" if name in CLUSTERED else ""
    found = expression(f"CREATE TABLE IF NOT EXISTS {name} ({columns}){clustered}", schema)
    for unenforced in list(found.find_all(exp.PrimaryKey)):
        unenforced.pop()
    return found


def _missing_columns(tables: Tables, schema: str, key: str) -> list[exp.Expr]:
    """What later releases have added to the tables that are there; in rows from before it is NULL."""
    added: list[exp.Expr] = []
    for name, columns in TABLES.items():
        there = tables.get(f"{schema}.{name}")
        wanted = expression(f"CREATE TABLE {name} ({columns.format(key=key)})", schema).find_all(exp.ColumnDef)
        added += [
            exp.Alter(this=sql.table(f"{schema}.{name}"), kind="TABLE", actions=[column.copy()])
            for column in wanted
            if there is not None and column.name not in there
        ]
    return added


@cache
def _fill_zones(schema: str, dialect: str) -> Statement:
    """Adds the time zones every engine knows: those named by region, without the old abbreviations."""
    names = sorted(name for name in available_timezones() if "/" in name or name in ("UTC", "GMT"))
    known = exp.select("*").from_(exp.values([(name,) for name in names], alias="v", columns=["name"]))
    return statement(_ZONES, schema, dialect, {"known": known})
