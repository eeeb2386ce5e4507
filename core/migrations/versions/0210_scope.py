"""people on hold, the days on which the scope judges somebody again, and the branches of sources"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0210"
down_revision = "0200"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("reason", core.models.base.Line(300), nullable=False),
        sa.Column("put_by", sa.Integer(), nullable=True),
        sa.Column("put_at", MOMENT, nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_hold_pairing_id")),
        sa.ForeignKeyConstraint(["put_by"], ["user.id"], name=op.f("fk_hold_put_by")),
        sa.ForeignKeyConstraint(["released_by"], ["user.id"], name=op.f("fk_hold_released_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_pairing_id_source_id", "hold", ["pairing_id", "source_id"])
    op.create_table(
        "scope_recheck",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_scope_recheck_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f("pk_scope_recheck")),
    )
    op.create_table(
        "branch_list",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("branches", sa.JSON(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_branch_list_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", name=op.f("pk_branch_list")),
    )
    op.create_index("ix_scope_recheck_pairing_id_due_on", "scope_recheck", ["pairing_id", "due_on"])


def downgrade() -> None:
    op.drop_table("branch_list")
    op.drop_table("scope_recheck")
    op.drop_table("hold")
