"""sign in with enableHR"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = '0030'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sign_in_trip',
    sa.Column('state_hash', sa.String(length=64), nullable=False),
    sa.Column('browser_hash', sa.String(length=64), nullable=False),
    sa.Column('verifier', sa.LargeBinary(), nullable=False),
    sa.Column('next_page', sa.String(length=2000), nullable=False),
    sa.Column('expires_at', core.models.base.UtcMoment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('state_hash', name=op.f('pk_sign_in_trip'))
    )
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.add_column(sa.Column('enablehr_accounts', sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.drop_column('enablehr_accounts')

    op.drop_table('sign_in_trip')
