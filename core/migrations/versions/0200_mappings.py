"""versions and drafts of mappings, and the version that each run used"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0200"
down_revision = "0190"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    """Start every connection with its target's file as it is."""
    op.add_column(
        "connection", sa.Column("mapping_version", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("run", sa.Column("mapping_version", sa.Integer(), nullable=True))
    op.create_table(
        "mapping_version",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_against", sa.String(length=64), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("note", core.models.base.Line(500), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("preview_run_id", sa.Integer(), nullable=True),
        *_references(
            "mapping_version", connection_id="connection", author_id="user", preview_run_id="run"
        ),
        sa.PrimaryKeyConstraint("connection_id", "number", name=op.f("pk_mapping_version")),
    )
    op.create_table(
        "mapping_draft",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *_references("mapping_draft", connection_id="connection", user_id="user"),
        sa.PrimaryKeyConstraint("connection_id", "user_id", name=op.f("pk_mapping_draft")),
    )
    op.create_table(
        "mapping_preview",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("only_by_mapping", sa.Integer(), nullable=True),
        *_references("mapping_preview", run_id="run"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_mapping_preview")),
    )
    op.create_table(
        "mapping_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("failure", core.models.base.Line(500), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        *_references("mapping_sample", connection_id="connection", user_id="user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_sample")),
    )
    op.create_index(op.f("ix_mapping_sample_connection_id"), "mapping_sample", ["connection_id"])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in columns.items()
    ]


def downgrade() -> None:
    for table in ("mapping_sample", "mapping_preview", "mapping_draft", "mapping_version"):
        op.drop_table(table)
    op.drop_column("run", "mapping_version")
    op.drop_column("connection", "mapping_version")
