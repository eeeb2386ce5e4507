"""registrations that belong to addresses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow no further address: each registration there is belongs to the system's own."""
    op.add_column("client_registration", sa.Column("addresses", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("client_registration", "addresses")
