"""until when a run waits for the end of closed hours, and an index of people with open problems"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0330"
down_revision = "0320"
branch_labels = None
depends_on = None

PEOPLE = ["pairing_id", "source_id", "ignored_at", "snoozed_until"]


def upgrade() -> None:
    op.add_column("run", sa.Column("not_before", core.models.base.UtcMoment(timezone=True), nullable=True))
    op.create_index("ix_open_problem_person", "open_problem", PEOPLE)


def downgrade() -> None:
    op.drop_index("ix_open_problem_person", "open_problem")
    op.drop_column("run", "not_before")
