"""requests that a target has accepted for later, with the address of their status"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0420"
down_revision = "0380"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_request",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("sent_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_pending_request_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", "name", name=op.f("pk_pending_request")),
    )


def downgrade() -> None:
    op.drop_table("pending_request")
