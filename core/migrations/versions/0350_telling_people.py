"""telling people: what holds of a connection, each change of it, who wants to know, and what is to be delivered"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.models.base import BigId, Line, UtcMoment

revision = "0350"
down_revision = "0341"
branch_labels = None
depends_on = None

WAITING = sa.text("delivered_at IS NULL AND given_up_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "alert_state",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("things", sa.JSON(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("since", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_alert_state_connection_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_alert_state_run_id")),
        sa.PrimaryKeyConstraint("connection_id", "topic", "user_id", name=op.f("pk_alert_state")),
    )
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("things", sa.JSON(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_event_account_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_alert_event_connection_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_alert_event_user_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_alert_event_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index("ix_alert_event_account", "alert_event", ["account_id", "id"])
    op.create_index(op.f("ix_alert_event_at"), "alert_event", ["at"])
    op.create_table(
        "alert_preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("seen_event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_alert_preference_user_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_preference_account_id")),
        sa.PrimaryKeyConstraint("user_id", "account_id", name=op.f("pk_alert_preference")),
    )
    op.create_table(
        "webhook",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("since", UtcMoment(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_webhook_connection_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_webhook_changed_by")),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_webhook")),
    )
    _create_delivery()


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("batch", sa.String(40), nullable=True),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("due_at", UtcMoment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", UtcMoment(), nullable=True),
        sa.Column("given_up_at", UtcMoment(), nullable=True),
        sa.Column("answer", Line(500), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_account_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_delivery_connection_id")),
        sa.ForeignKeyConstraint(["event_id"], ["alert_event.id"], name=op.f("fk_delivery_event_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_delivery_run_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_delivery_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(
        "ix_delivery_waiting", "delivery", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index("ix_delivery_account", "delivery", ["account_id", "id"])
    op.create_index(op.f("ix_delivery_event_id"), "delivery", ["event_id"])
    op.create_index(op.f("ix_delivery_run_id"), "delivery", ["run_id"])


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("webhook")
    op.drop_table("alert_preference")
    op.drop_table("alert_event")
    op.drop_table("alert_state")
