"""Pauses: when journeys were paused."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_pauses"
down_revision: str | None = "20261124_versions"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("journey_id", "paused_at", name="pk_pauses"),
    )


def downgrade() -> None:
    op.drop_table("pauses")
