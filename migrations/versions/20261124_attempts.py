"""Attempts: which attempt at a chunk wrote an entry of the delivery journal."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_attempts"
down_revision: str | None = "20261124_due"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("delivery_journal", sa.Column("attempt", sa.String(32)))


def downgrade() -> None:
    with op.batch_alter_table("delivery_journal") as table:
        table.drop_column("attempt")
