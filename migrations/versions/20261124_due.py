"""Due: when each step of a run is due next."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_due"
down_revision: str | None = "20261124_pauses"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("runs", sa.Column("due", kind, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("runs", "due")
