"""Paces: when the next message may go through a connection that sends only so many a second."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_paces"
down_revision: str | None = "20261124_attempts"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("connection", sa.String(64), nullable=False),
        sa.Column("free_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name="pk_paces"),
    )


def downgrade() -> None:
    op.drop_table("paces")
