"""First: journeys, versions, runs, audiences, and the delivery journal."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_first"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)


def _document(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "journeys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        _document("document"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journeys"),
    )
    op.create_table(
        "versions",
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        _document("document"),
        _document("plan"),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("journey_id", "version", name="pk_versions"),
    )
    op.create_index("ix_versions_plan_hash", "versions", ["plan_hash"])
    op.create_table(
        "runs",
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("as_of", INSTANT),
        sa.Column("next_due_at", INSTANT),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("journey_id", name="pk_runs"),
    )
    op.create_table(
        "audiences",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        _document("rule"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audiences"),
    )
    op.create_table(
        "delivery_journal",
        sa.Column("delivery_key", sa.String(32), nullable=False),
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("node_id", sa.String(64), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("chunk", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reference", sa.String(200)),
        sa.Column("reason", sa.String(60)),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("delivery_key", name="pk_delivery_journal"),
    )
    op.create_index(
        "ix_delivery_journal_journey_id_node_id_wave_chunk",
        "delivery_journal",
        ["journey_id", "node_id", "wave", "chunk"],
    )


def downgrade() -> None:
    for table in ("delivery_journal", "audiences", "runs", "versions", "journeys"):
        op.drop_table(table)
