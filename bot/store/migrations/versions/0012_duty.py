"""What people said of shifts: that they are on until a moment, away until another, or that somebody else takes over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'duty',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('person', sa.String(length=40), nullable=False),
        sa.Column('starts_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('ends_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('made_by', sa.String(length=120), nullable=False),
        sa.Column('made_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_duty')),
    )
    op.create_index(op.f('ix_duty_ends_at'), 'duty', ['ends_at'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
