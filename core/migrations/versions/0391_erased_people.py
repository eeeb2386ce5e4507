"""people who were erased on request"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.models.base import UtcMoment

revision = "0391"
down_revision = "0390"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.Column("last_run_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_erased_person_pairing_id")),
        sa.ForeignKeyConstraint(["erased_by"], ["user.id"], name=op.f("fk_erased_person_erased_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_person")),
    )


def downgrade() -> None:
    op.drop_table("erased_person")
