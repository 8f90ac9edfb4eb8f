"""Indexes for what is asked of the newest: it no longer costs more with all there ever was.

An index is the whole of it; no row changes. `ix_posts_status` is the beginning of the one that takes its place.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

SENT = sa.text("kind = 'post' AND state = 'sent'")
TAKEN_DOWN = sa.text("kind = 'takedown'")
RUNNING = sa.text("ended_at IS NULL")
ANSWERED = sa.text("answered_at IS NOT NULL")


def upgrade() -> None:
    op.create_index('ix_posts_status_at', 'posts', ['status', 'status_at'])
    op.drop_index('ix_posts_status', 'posts')
    op.create_index('ix_cards_place', 'cards', ['channel', 'ts'])
    op.create_index('ix_conversations_last', 'conversations', ['account', 'last_at'])
    for name, table, columns, which in (
        ('ix_deliveries_sent', 'deliveries', ['account', 'changed_at'], SENT),
        ('ix_deliveries_sent_at', 'deliveries', ['changed_at'], SENT),
        ('ix_deliveries_takedown', 'deliveries', ['post_id', 'account'], TAKEN_DOWN),
        ('ix_drills_running', 'drills', ['at'], RUNNING),
        ('ix_conversations_answered', 'conversations', ['answered_at'], ANSWERED),
    ):
        op.create_index(name, table, columns, sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
