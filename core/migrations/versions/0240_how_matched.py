"""how an employee was matched: of records, links and candidates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0240"
down_revision = "0230"
branch_labels = None
depends_on = None

TABLES = ("record", "link", "candidate")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("matched_by", sa.Integer(), nullable=True))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "matched_by")
