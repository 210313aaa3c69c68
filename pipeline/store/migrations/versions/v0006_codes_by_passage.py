"""Filters by code read the passages from an index alone."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("label_codes_code", "label_codes")
    op.drop_index("label_codes_document", "label_codes")
    op.create_index("label_codes_code", "label_codes", ["scheme", "code", "passage"])
    op.create_index("label_codes_place", "label_codes", ["document", "scheme", "code", "passage"])
