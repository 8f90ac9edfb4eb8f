"""The public addresses under which networks fetch images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'public_images',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('delivery_id', sa.String(length=32), nullable=False),
        sa.Column('fence', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('opened_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('until', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('fetched_at', bot.store.engine.moment.Moment(), nullable=True),
        sa.Column('shut_at', bot.store.engine.moment.Moment(), nullable=True),
        sa.Column('why', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ['delivery_id'], ['deliveries.id'], name=op.f('fk_public_images_delivery_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_public_images')),
    )
    op.create_index('ix_public_images_delivery', 'public_images', ['delivery_id'])
    op.create_index(
        'ix_public_images_open', 'public_images', ['until'],
        sqlite_where=sa.text('shut_at IS NULL'), postgresql_where=sa.text('shut_at IS NULL'),
    )


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
