"""What is said of messages waits here for the ledger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_event_inbox"
down_revision: str | None = "20261124_paces"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "event_inbox",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("journey_id", sa.String(64), nullable=False),
        sa.Column("node_id", sa.String(64), nullable=False),
        sa.Column("delivery_key", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(60), nullable=True),
        sa.Column("purpose", sa.String(60), nullable=True),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String(32), nullable=True),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("event_id", name="pk_event_inbox"),
    )


def downgrade() -> None:
    op.drop_table("event_inbox")
