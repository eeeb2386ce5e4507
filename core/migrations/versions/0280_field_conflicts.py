"""fields in which both systems differ, first changes of a pairing, and runs that compare everything"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0280"
down_revision = "0270"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)
STATE = sa.Enum(
    *("WAITING", "ASK_HR", "USE_HR", "KEEP_PAYROLL"),
    name="conflictstate",
    native_enum=False,
    length=40,
    create_constraint=True,
)
# Nothing of a pairing in use is a first change.
IN_USE = """
    UPDATE pairing SET first_changes_decided_at = created_at
    WHERE EXISTS (SELECT 1 FROM link WHERE link.pairing_id = pairing.id)
    """


def upgrade() -> None:
    op.create_table(
        "field_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=400), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("target_id", sa.String(length=200), nullable=False),
        sa.Column("sent", sa.LargeBinary(length=8), nullable=False),
        sa.Column("shown", sa.LargeBinary(length=8), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("state", STATE, server_default="WAITING", nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("applied_by_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_field_conflict_pairing_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_field_conflict_run_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_field_conflict_decided_by")),
        sa.ForeignKeyConstraint(
            ["applied_by_run_id"], ["run.id"], name=op.f("fk_field_conflict_applied_by_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_conflict")),
        sa.UniqueConstraint("pairing_id", "source_id", "field", name=op.f("uq_field_conflict_pairing_id_source_id_field")),
    )
    op.add_column("pairing", sa.Column("first_changes_decided_at", MOMENT, nullable=True))
    op.execute(IN_USE)
    op.add_column("run", sa.Column("compares_all", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("run", "compares_all")
    op.drop_column("pairing", "first_changes_decided_at")
    op.drop_table("field_conflict")
