"""lists of targets from which values are chosen, as they were last read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0270"
down_revision = "0261"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.create_table(
        "read_choices",
        sa.Column("side_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=200), nullable=True),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("tried_at", MOMENT, nullable=False),
        sa.Column("problem", core.models.base.Line(length=500), nullable=True),
        sa.ForeignKeyConstraint(["side_id"], ["side.id"], name=op.f("fk_read_choices_side_id")),
        sa.PrimaryKeyConstraint("side_id", "name", name=op.f("pk_read_choices")),
    )


def downgrade() -> None:
    op.drop_table("read_choices")
