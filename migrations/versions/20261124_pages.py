"""Pages: connections made there, sizes of audiences over time, audits of journeys."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_pages"
down_revision: str | None = "20261124_first"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)


def _document(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        _document("settings"),
        _document("secrets"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_connections"),
    )
    op.create_table(
        "audience_sizes",
        sa.Column("audience_id", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("people", sa.BigInteger, nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("audience_id", "at", name="pk_audience_sizes"),
    )
    op.create_table(
        "audits",
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _document("violations"),
        sa.PrimaryKeyConstraint("journey_id", "at", name="pk_audits"),
    )


def downgrade() -> None:
    for table in ("audits", "audience_sizes", "connections"):
        op.drop_table(table)
