"""employees who are left out while they do not change, and what decisions rest on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget who had left before the target had them: they are read in full once more."""
    op.add_column("pairing", sa.Column("basis", sa.LargeBinary(length=16), nullable=True))
    op.add_column("pairing", sa.Column("basis_since", core.models.base.UtcMoment(timezone=True), nullable=True))
    op.drop_table("leaver")
    _create(
        "left_out",
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("left_out")
    _create("leaver")
    op.drop_column("pairing", "basis_since")
    op.drop_column("pairing", "basis")


def _create(name: str, *more: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        *more,
        sa.Column("looked_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f(f"fk_{name}_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f(f"pk_{name}")),
    )
