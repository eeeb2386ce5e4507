"""what tells one installation from another, and the Redis that its schedulers use"""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0400"
down_revision = "0420"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("redis", sa.String(length=32), nullable=True),
        sa.Column("redis_seen_at", core.models.base.UtcMoment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.bulk_insert(table, [{"id": 1, "name": uuid4().hex}])


def downgrade() -> None:
    op.drop_table("installation")
