"""how many employees found by tax number have one number at both ends"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0160"
down_revision = "0150"
branch_labels = None
depends_on = None

COUNTS = ("same_numbers", "other_numbers")


def upgrade() -> None:
    """Begin with no employee counted; the next run counts."""
    for name in COUNTS:
        op.add_column("pairing", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in COUNTS:
        op.drop_column("pairing", name)
