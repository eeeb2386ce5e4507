"""open problems are counted, assigned and commented on"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0311"
down_revision = "0310"
branch_labels = None
depends_on = None

PEOPLE = ("assigned_to", "commented_by")


def upgrade() -> None:
    with op.batch_alter_table("open_problem") as batch:
        batch.add_column(sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.add_column(sa.Column("assigned_to", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("comment", sa.String(500), nullable=True))
        batch.add_column(sa.Column("commented_by", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("commented_at", sa.DateTime(timezone=True), nullable=True))
        for column in PEOPLE:
            batch.create_foreign_key(op.f(f"fk_open_problem_{column}"), "user", [column], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("open_problem") as batch:
        for column in PEOPLE:
            batch.drop_constraint(op.f(f"fk_open_problem_{column}"), type_="foreignkey")
        for column in ("commented_at", "commented_by", "comment", "assigned_to", "times"):
            batch.drop_column(column)
