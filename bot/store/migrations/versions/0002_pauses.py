"""pauses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pauses',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('stopped', sa.Integer(), nullable=False),
    sa.Column('next_slot', sa.BigInteger(), nullable=True),
    sa.Column('under_way', sa.JSON(), nullable=False),
    sa.Column('elsewhere', sa.JSON(), nullable=False),
    sa.Column('deleted', sa.JSON(), nullable=False),
    sa.Column('reminders', sa.Integer(), nullable=False),
    sa.Column('remind_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_by', sa.String(length=120), nullable=True),
    sa.Column('summary', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pauses'))
    )
    with op.batch_alter_table('pauses', schema=None) as batch_op:
        batch_op.create_index('uq_pauses_running', ['scope'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
