"""Who each account is signed in as: stored, part of what is approved, and named by each attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'sign_ins',
        sa.Column('account', sa.String(length=80), nullable=False),
        sa.Column('identity', sa.Text(), nullable=True),
        sa.Column('name', sa.Text(), nullable=True),
        sa.Column('rights', sa.JSON(), nullable=True),
        sa.Column('until', bot.store.engine.moment.Moment(), nullable=True),
        sa.Column('told_at', bot.store.engine.moment.Moment(), nullable=True),
        sa.Column('by_user', sa.String(length=120), nullable=True),
        sa.Column('changed_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('ended_at', bot.store.engine.moment.Moment(), nullable=True),
        sa.PrimaryKeyConstraint('account', name=op.f('pk_sign_ins')),
    )
    op.add_column('attempts', sa.Column('identity', sa.Text(), nullable=True))
    op.add_column('versions', sa.Column('identities', sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
