"""The tables of the app database; what they hold are documents, ids, counts and clocks, never a person."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An instant in UTC, aware in Python on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so it must be the same one for all."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _document(name: str) -> Column[Any]:
    return Column(name, JSON().with_variant(JSONB(), "postgresql"), nullable=False)


journeys = Table(
    "journeys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    _document("document"),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

# No foreign keys to journeys: versions and runs outlive a deleted draft, because the ledger does.
versions = Table(
    "versions",
    metadata,
    Column("journey_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _document("document"),
    _document("plan"),
    Column("plan_hash", String(64), nullable=False, index=True),
    Column("note", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("journey_id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("status", String(12), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("as_of", Instant),
    Column("next_due_at", Instant),
    Column("trouble", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("versions", JSON().with_variant(JSONB(), "postgresql"), nullable=False, server_default="[]"),
    Column("due", JSON().with_variant(JSONB(), "postgresql"), nullable=False, server_default="{}"),
)

audiences = Table(
    "audiences",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    _document("rule"),
    Column("revision", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("channel", String(64), nullable=False),
    _document("settings"),
    _document("secrets"),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

audience_sizes = Table(
    "audience_sizes",
    metadata,
    Column("audience_id", String(64), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("people", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
)

audits = Table(
    "audits",
    metadata,
    Column("journey_id", String(64), primary_key=True),
    Column("at", Instant, primary_key=True),
    _document("violations"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("journey_id", String(64), primary_key=True),
    Column("paused_at", Instant, primary_key=True),
    Column("resumed_at", Instant),
)

paces = Table(
    "paces",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("free_at", Double, nullable=False),  # seconds since 1970
)

# What providers and customers say of messages, until it is in the ledger; keys of deliveries, never a person.
event_inbox = Table(
    "event_inbox",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("journey_id", String(64), nullable=False),
    Column("node_id", String(64), nullable=False),
    Column("delivery_key", String(32), nullable=False),
    Column("detail", String(60)),
    Column("purpose", String(60)),
    Column("happened_at", Instant, nullable=False),
    Column("taken_by", String(32)),
    Column("taken_at", Instant),
)

delivery_journal = Table(
    "delivery_journal",
    metadata,
    Column("delivery_key", String(32), primary_key=True),
    Column("journey_id", String(64), nullable=False),
    Column("node_id", String(64), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reference", String(200)),
    Column("reason", String(60)),
    Column("changed_at", Instant, nullable=False),
    Column("attempt", String(32)),
    Index(None, "journey_id", "node_id", "wave", "chunk"),
)
