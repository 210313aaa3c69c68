"""What became of each edit of passages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edit_states",
        sa.Column("edit", sa.Integer(), sa.ForeignKey("edits.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("passages", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edit"),
    )
    op.create_index("edit_states_state", "edit_states", ["state"])
