"""Approvals of the words only, given before a post's review opens, and the messages that ask for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('approvals', sa.Column('words', sa.String(length=64), nullable=True))
    which = sa.text('words IS NOT NULL')
    op.create_index('ix_approvals_words', 'approvals', ['post_id'], sqlite_where=which, postgresql_where=which)
    op.create_table(
        'requests',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('by_user', sa.String(length=120), nullable=False),
        sa.Column('at', bot.store.engine.moment.Moment(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_requests')),
    )
    op.create_table(
        'request_posts',
        sa.Column('request_id', sa.String(length=32), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('post_id', sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ['request_id'], ['requests.id'], name=op.f('fk_request_posts_request_id')
        ),
        sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_request_posts_post_id')),
        sa.PrimaryKeyConstraint('request_id', 'place', name=op.f('pk_request_posts')),
    )
    op.create_index('ix_request_posts_post', 'request_posts', ['post_id'])


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
