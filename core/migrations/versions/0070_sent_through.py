"""how far a run may have sent, on the run instead of on each record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0060"
branch_labels = None
depends_on = None

FAR = """
    UPDATE run SET sent_through = coalesce(
        (SELECT max(position) FROM record WHERE record.run_id = run.id AND record.action = 'Pending' AND record.sent), -1
    ) WHERE status = 'RUNNING'
    """


def upgrade() -> None:
    op.add_column("run", sa.Column("sent_through", sa.Integer(), server_default=sa.text("-1"), nullable=False))
    op.add_column("record", sa.Column("unsent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(FAR)
    op.execute("UPDATE record SET unsent = NOT sent WHERE action = 'Pending'")
    op.drop_column("record", "sent")


def downgrade() -> None:
    op.add_column("record", sa.Column("sent", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute("UPDATE record SET sent = NOT unsent")
    op.drop_column("record", "unsent")
    op.drop_column("run", "sent_through")
