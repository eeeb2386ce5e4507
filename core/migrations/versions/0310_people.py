"""people are found by name, and their records by their id"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0310"
down_revision = "0300"
branch_labels = None
depends_on = None

NOTABLE = sa.text("decision <> 'No change'")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("number_digest", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_person_pairing_id")),
        sa.PrimaryKeyConstraint("pairing_id", "source_id", name=op.f("pk_person")),
    )
    # The people of every batch that is there are added by the first run or search after the upgrade.
    op.add_column(
        "kept_employee_batch",
        sa.Column("indexed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_record_source_id",
        "record",
        ["source_id", "run_id"],
        sqlite_where=NOTABLE,
        postgresql_where=NOTABLE,
    )


def downgrade() -> None:
    op.drop_index("ix_record_source_id", "record")
    op.drop_column("kept_employee_batch", "indexed")
    op.drop_table("person")
