"""kept plans, rulings of people about who is whom, and the candidates they choose from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0020'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('OPEN', 'APPROVED', 'REFUSED', 'REPLACED', 'EXPIRED', name='planstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('breaches', sa.JSON(), nullable=False),
    sa.Column('kept_until', core.models.base.UtcMoment(timezone=True), nullable=False),
    sa.Column('first_approver', sa.Integer(), nullable=True),
    sa.Column('first_choice', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', core.models.base.UtcMoment(timezone=True), nullable=True),
    sa.Column('adopted_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['adopted_by'], ['run.id'], name=op.f('fk_plan_adopted_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['user.id'], name=op.f('fk_plan_decided_by')),
    sa.ForeignKeyConstraint(['first_approver'], ['user.id'], name=op.f('fk_plan_first_approver')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_plan_run_id')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_plan')),
    sa.UniqueConstraint('adopted_by', name=op.f('uq_plan_adopted_by'))
    )
    op.create_index(op.f('ix_plan_state'), 'plan', ['state'], unique=False)
    op.create_table('ruling',
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=200), nullable=False),
    sa.Column('target_id', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', core.models.base.UtcMoment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['user.id'], name=op.f('fk_ruling_made_by')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairing.id'], name=op.f('fk_ruling_pairing_id')),
    sa.PrimaryKeyConstraint('pairing_id', 'source_id', 'target_id', name=op.f('pk_ruling'))
    )
    op.create_table('candidate',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('target_id', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=400), nullable=False),
    sa.Column('same_number', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['run_id', 'position'], ['record.run_id', 'record.position'], name=op.f('fk_candidate_run_id_position'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'position', 'target_id', name=op.f('pk_candidate'))
    )


def downgrade() -> None:
    op.drop_table('candidate')
    op.drop_table('ruling')
    op.drop_index(op.f('ix_plan_state'), table_name='plan')
    op.drop_table('plan')
