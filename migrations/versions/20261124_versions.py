"""Versions: those of a run that people are on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261124_versions"
down_revision: str | None = "20261124_pages"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("runs", sa.Column("versions", kind, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("runs", "versions")
