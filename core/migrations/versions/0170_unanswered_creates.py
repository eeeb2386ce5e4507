"""creates without a response that have earned no link"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0170"
down_revision = "0160"
branch_labels = None
depends_on = None

# What earlier runs have left: nobody was linked since.
FILL = """
    INSERT INTO unanswered_create (pairing_id, source_id, sent_at, accepted)
    SELECT connection.pairing_id, record.source_id, max(run.created_at), FALSE
    FROM record JOIN run ON run.id = record.run_id JOIN connection ON connection.id = run.connection_id
    WHERE record.decision = 'Create' AND record.reason = 'UNANSWERED' AND connection.pairing_id IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM link
            WHERE link.pairing_id = connection.pairing_id AND link.source_id = record.source_id
        )
    GROUP BY connection.pairing_id, record.source_id
    """


def upgrade() -> None:
    op.create_table(
        "unanswered_create",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("sent_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pairing_id"], ["pairing.id"], name=op.f("fk_unanswered_create_pairing_id")
        ),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f("pk_unanswered_create")),
    )
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("unanswered_create")
