"""one state of each link in place of fingerprint and identity digest: the next run of each connection is a full one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0180"
down_revision = "0170"
branch_labels = None
depends_on = None

# The identity digest stays: it tells whether the target's employee is still the same person.
KEEP_IDENTITY = {
    "sqlite": "UPDATE link SET state = CAST(x'01' || identity_digest AS BLOB) WHERE identity_digest IS NOT NULL",
    "postgresql": "UPDATE link SET state = decode('01', 'hex') || identity_digest WHERE identity_digest IS NOT NULL",
}


def upgrade() -> None:
    op.add_column("link", sa.Column("state", sa.LargeBinary(), nullable=True))
    op.execute(KEEP_IDENTITY[op.get_bind().dialect.name])
    op.drop_column("link", "fingerprint")
    op.drop_column("link", "identity_digest")


def downgrade() -> None:
    op.add_column("link", sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=True))
    op.add_column("link", sa.Column("identity_digest", sa.LargeBinary(length=12), nullable=True))
    op.execute("UPDATE link SET identity_digest = substr(state, 2, 12) WHERE state IS NOT NULL")
    op.drop_column("link", "state")
