"""Since when a network wants to be paid first, whom it is tried for again, and what each send cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('sign_ins', sa.Column('unpaid_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('try_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('try_by', sa.String(length=120), nullable=True))
    op.create_table(
        'send_costs',
        sa.Column('attempt_id', sa.String(length=32), nullable=False),
        sa.Column('account', sa.String(length=80), nullable=False),
        sa.Column('at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('mills', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_send_costs_attempt_id')),
        sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_send_costs')),
    )
    op.create_index(op.f('ix_send_costs_account_at'), 'send_costs', ['account', 'at'])


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
