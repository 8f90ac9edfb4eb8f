"""Messages that ask for the Go of several posts of the same hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'go_requests',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('at', bot.store.engine.moment.Moment(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_go_requests')),
    )
    op.create_table(
        'go_request_posts',
        sa.Column('request_id', sa.String(length=32), nullable=False),
        sa.Column('post_id', sa.String(length=32), nullable=False),
        sa.Column('version_id', sa.String(length=32), nullable=False),
        sa.Column('slot', bot.store.engine.moment.Moment(), nullable=False),
        sa.Column('epochs', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ['request_id'], ['go_requests.id'], name=op.f('fk_go_request_posts_request_id')
        ),
        sa.PrimaryKeyConstraint('request_id', 'post_id', name=op.f('pk_go_request_posts')),
    )
    op.create_index('ix_go_request_posts_post', 'go_request_posts', ['post_id'])
    op.create_index('ix_go_request_posts_slot', 'go_request_posts', ['slot'])


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
