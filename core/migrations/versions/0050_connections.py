"""connections that stay connected"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0050"
down_revision = '0040'
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)
SIDE = (
    ("consent_ends_at", MOMENT),
    ("renewed_at", MOMENT),
    ("probed_at", MOMENT),
    ("unreachable_since", MOMENT),
    ("unreachable_reason", sa.String(length=500)),
)
OPEN = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    for name, kind in SIDE:
        op.add_column("side", sa.Column(name, kind, nullable=True))
    op.add_column("run", sa.Column("cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "client_registration",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_client_registration_set_by")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_client_registration")),
    )
    op.create_table(
        "pending_grant",
        sa.Column("side_id", sa.Integer(), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["side_id"], ["side.id"], name=op.f("fk_pending_grant_side_id")),
        sa.PrimaryKeyConstraint("side_id", "session_hash", name=op.f("pk_pending_grant")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("side_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "GRANT_REFUSED", "AUTHORISER_LEAVES", name="alertkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_account_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_alert_connection_id")),
        sa.ForeignKeyConstraint(["side_id"], ["side.id"], name=op.f("fk_alert_side_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("uq_alert_open", "alert", ["side_id", "kind"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_alert_account_id", "alert", ["account_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("alert")
    op.drop_table("pending_grant")
    op.drop_table("client_registration")
    op.drop_column("run", "cancel_requested")
    for name, _ in reversed(SIDE):
        op.drop_column("side", name)
