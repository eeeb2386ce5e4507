"""runs that could not continue, apart from those that finished with errors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0300"
down_revision = "0290"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("aborted", sa.Boolean(), server_default=sa.false(), nullable=False))
    # A run that has ended with errors says how many employees could not be written; others could not continue.
    op.execute(
        "UPDATE run SET aborted = TRUE WHERE status = 'ERROR'"
        " AND (\"read\" = 0 OR errors = 0 OR message LIKE '% not processed.')"
    )


def downgrade() -> None:
    op.drop_column("run", "aborted")
