"""what reports say about problems that are ignored or put off"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0340"
down_revision = "0330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hidden_problems",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.Boolean(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_hidden_problems_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_hidden_problems")),
    )


def downgrade() -> None:
    op.drop_table("hidden_problems")
