"""listed fields and the last verdict of everybody, encrypted, and when everybody was last read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0250"
down_revision = "0240"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_employee_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_kept_employee_batch_pairing_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_employee_batch")),
    )
    op.create_index(op.f("ix_kept_employee_batch_pairing_id"), "kept_employee_batch", ["pairing_id"])
    op.create_table(
        "kept_employee",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_kept_employee_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f("pk_kept_employee")),
    )
    op.add_column("pairing", sa.Column("everybody_read_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("pairing", "everybody_read_at")
    op.drop_table("kept_employee")
    op.drop_index(op.f("ix_kept_employee_batch_pairing_id"), table_name="kept_employee_batch")
    op.drop_table("kept_employee_batch")
