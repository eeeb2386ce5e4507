"""links that tell who they were made for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave it empty in the links there are: the next time each is stored it is filled."""
    op.add_column("link", sa.Column("likeness", sa.LargeBinary(length=12), nullable=True))


def downgrade() -> None:
    op.drop_column("link", "likeness")
