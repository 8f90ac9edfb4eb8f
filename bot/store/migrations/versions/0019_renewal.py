"""What people were told of sign-ins that end, which ones the network refuses, and how far a renewal is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'sign_in_notices',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('account', sa.String(length=80), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('about', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('why', sa.Text(), nullable=True),
        sa.Column('at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('over', sa.Text(), nullable=True),
        sa.Column('over_at', bot.store.engine.moment.Moment(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_notices')),
        sa.UniqueConstraint('account', 'kind', 'about', name=op.f('uq_sign_in_notices_account_kind_about')),
    )
    op.add_column('sign_ins', sa.Column('refused_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('renewed_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('renewal', sa.String(length=12), nullable=True))
    op.add_column('sign_ins', sa.Column('renewal_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('renewal_why', sa.Text(), nullable=True))
    op.add_column('sign_ins', sa.Column('renew_after', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('sign_ins', sa.Column('renewal_tries', sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
