"""Which documents changed since the full-text index was brought up to date; at first all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_stale", sa.Column("document", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("document")
    )
    op.execute("INSERT INTO search_stale (document) SELECT id FROM documents")


def downgrade() -> None:
    op.drop_table("search_stale")
