"""requests for access, one-time passwords, and the audit by person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

WAITING = sa.text("decided_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("decided_at", core.models.base.UtcMoment(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_access_request_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_access_request_decided_by")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_access_request_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
    )
    op.create_index(
        "uq_access_request_waiting", "access_request", ["user_id"], unique=True, sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.add_column("user", sa.Column("password_until", core.models.base.UtcMoment(timezone=True), nullable=True))
    op.create_index("ix_audit_user_id", "audit", ["user_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_user_id", table_name="audit")
    op.drop_column("user", "password_until")
    op.drop_index("uq_access_request_waiting", table_name="access_request")
    op.drop_table("access_request")
