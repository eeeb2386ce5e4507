"""runs of one employee, and the marks of employees who left before the target ever had them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0060"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("person", sa.String(length=200), nullable=True))
    op.create_table(
        "leaver",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("looked_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_leaver_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f("pk_leaver")),
    )


def downgrade() -> None:
    op.drop_table("leaver")
    op.drop_column("run", "person")
