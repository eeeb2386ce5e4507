"""what is to be written in parcels, and how far a run may have sent on the run itself"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0060"
branch_labels = None
depends_on = None

UNFINISHED = "run_id IN (SELECT id FROM run WHERE status = 'RUNNING') AND action = 'Pending'"
END = (
    f"""
    UPDATE record SET action = 'Failed', reason = 'UNANSWERED',
        message = 'iHUB was brought up to date before the answer came. The next run looks before it writes.'
    WHERE {UNFINISHED} AND sent
    """,
    f"""
    UPDATE record SET action = 'Failed', reason = 'NOT_ATTEMPTED',
        message = 'iHUB was brought up to date before this employee was written. Run the job again.'
    WHERE {UNFINISHED} AND NOT sent
    """,
    "UPDATE plan SET state = 'EXPIRED', decided_at = CURRENT_TIMESTAMP WHERE state = 'OPEN'",
)
"""Sealed payloads cannot be put into parcels here: runs in the middle of writing end without the rest, and kept plans are closed."""


def upgrade() -> None:
    for statement in END:
        op.execute(statement)
    op.create_table(
        "parcel",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_parcel_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_run_id"), "parcel", ["run_id"])
    op.add_column("run", sa.Column("sent_through", sa.Integer(), server_default=sa.text("-1"), nullable=False))
    op.add_column("record", sa.Column("unsent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("record", sa.Column("parcel_id", sa.BigInteger(), nullable=True))
    op.drop_column("record", "sent")
    op.drop_column("record", "payload")


def downgrade() -> None:
    for statement in END:
        op.execute(statement.replace(" AND sent", " AND NOT unsent").replace(" AND NOT sent", " AND unsent"))
    op.add_column("record", sa.Column("payload", sa.LargeBinary(), nullable=True))
    op.add_column("record", sa.Column("sent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_column("record", "parcel_id")
    op.drop_column("record", "unsent")
    op.drop_column("run", "sent_through")
    op.drop_index(op.f("ix_parcel_run_id"), table_name="parcel")
    op.drop_table("parcel")
