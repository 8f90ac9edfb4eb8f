"""first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('last_begin_at', sa.BigInteger(), nullable=True),
    sa.Column('throttled_until', sa.BigInteger(), nullable=True),
    sa.Column('health', sa.Text(), nullable=True),
    sa.Column('healthy', sa.Boolean(), nullable=True),
    sa.Column('checked_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_accounts'))
    )
    op.create_table('cards',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('ts', sa.String(length=32), nullable=True),
    sa.Column('wanted', sa.Integer(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.Column('urgency', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=True),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.Column('gone', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cards'))
    )
    with op.batch_alter_table('cards', schema=None) as batch_op:
        batch_op.create_index('ix_cards_dirty', ['urgency', 'created_at'], unique=False, sqlite_where=sa.text('wanted > shown'), postgresql_where=sa.text('wanted > shown'))
        batch_op.create_index('ix_cards_subject', ['kind', 'subject'], unique=False)
        batch_op.create_index('uq_cards_current', ['subject'], unique=True, sqlite_where=sa.text("current = 1 AND kind IN ('post', 'talk')"), postgresql_where=sa.text("current AND kind IN ('post', 'talk')"))

    op.create_table('clicks',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('action_key', sa.String(length=200), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clicks')),
    sa.UniqueConstraint('action_key', name=op.f('uq_clicks_action_key'))
    )
    op.create_table('counters',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_counters'))
    )
    op.create_table('cursors',
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('stream', sa.String(length=20), nullable=False),
    sa.Column('cursor', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('synced_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('account', 'stream', name=op.f('pk_cursors'))
    )
    op.create_table('customers',
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('remote_id', sa.String(length=300), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('handle', sa.Text(), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('followers', sa.Integer(), nullable=True),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('account', 'remote_id', name=op.f('pk_customers'))
    )
    op.create_table('drills',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('posts', sa.JSON(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('paused_at', sa.BigInteger(), nullable=True),
    sa.Column('changed_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drills'))
    )
    op.create_table('facts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('who', sa.String(length=120), nullable=True),
    sa.Column('via', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=True),
    sa.Column('version_id', sa.String(length=32), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facts'))
    )
    with op.batch_alter_table('facts', schema=None) as batch_op:
        batch_op.create_index('ix_facts_at', ['at'], unique=False)
        batch_op.create_index('ix_facts_subject', ['subject'], unique=False)

    op.create_table('gate',
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('stops_replies', sa.Boolean(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('scope', name=op.f('pk_gate'))
    )
    op.create_table('images',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('bytes', sa.LargeBinary(), nullable=False),
    sa.Column('slack_file', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_images'))
    )
    op.create_table('leases',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('by', sa.String(length=80), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leases'))
    )
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

    op.create_table('people',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('zone', sa.String(length=60), nullable=True),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people'))
    )
    op.create_table('piles',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=True),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_piles')),
    sa.UniqueConstraint('account', 'kind', 'key', name=op.f('uq_piles_account_kind_key'))
    )
    op.create_table('posts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('version_id', sa.String(length=32), nullable=False),
    sa.Column('created_by', sa.String(length=120), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('review_at', sa.BigInteger(), nullable=True),
    sa.Column('status_at', sa.BigInteger(), nullable=False),
    sa.Column('status_by', sa.String(length=120), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('reminded', sa.Integer(), nullable=False),
    sa.Column('import_key', sa.String(length=64), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('import_key', name=op.f('uq_posts_import_key')),
    sa.UniqueConstraint('number', name=op.f('uq_posts_number'))
    )
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.create_index('ix_posts_due_at', ['due_at'], unique=False, sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.create_index('ix_posts_status', ['status'], unique=False)

    op.create_table('secrets',
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'name', name=op.f('pk_secrets'))
    )
    op.create_table('slack_events',
    sa.Column('event_id', sa.String(length=80), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_slack_events'))
    )
    op.create_table('spikes',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('thread', sa.String(length=300), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=True),
    sa.Column('complaints', sa.Integer(), nullable=False),
    sa.Column('suggested_at', sa.BigInteger(), nullable=False),
    sa.Column('expected_until', sa.BigInteger(), nullable=True),
    sa.Column('expected_by', sa.String(length=120), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spikes')),
    sa.UniqueConstraint('account', 'thread', name=op.f('uq_spikes_account_thread'))
    )
    op.create_table('conversations',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('customer', sa.String(length=300), nullable=False),
    sa.Column('thread', sa.String(length=300), nullable=False),
    sa.Column('private', sa.Boolean(), nullable=False),
    sa.Column('stage', sa.String(length=10), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('last_at', sa.BigInteger(), nullable=False),
    sa.Column('waiting_since', sa.BigInteger(), nullable=True),
    sa.Column('owner', sa.String(length=120), nullable=True),
    sa.Column('owner_since', sa.BigInteger(), nullable=True),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=True),
    sa.Column('pile_id', sa.String(length=32), nullable=True),
    sa.Column('escalated_at', sa.BigInteger(), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_by', sa.String(length=120), nullable=True),
    sa.Column('closing', sa.String(length=24), nullable=True),
    sa.Column('answered_at', sa.BigInteger(), nullable=True),
    sa.Column('answered_by', sa.String(length=120), nullable=True),
    sa.Column('erased_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("stage IN ('offered', 'open', 'answered', 'done', 'left')", name=op.f('ck_conversations_stage')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_conversations_post_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversations')),
    sa.UniqueConstraint('account', 'customer', 'thread', name=op.f('uq_conversations_account_customer_thread')),
    sa.UniqueConstraint('number', name=op.f('uq_conversations_number'))
    )
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.create_index('ix_conversations_due_at', ['due_at'], unique=False, sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.create_index('ix_conversations_pile', ['pile_id'], unique=False)
        batch_op.create_index('ix_conversations_post', ['post_id'], unique=False)
        batch_op.create_index('ix_conversations_stage', ['stage', 'waiting_since'], unique=False)
        batch_op.create_index('ix_conversations_thread', ['account', 'thread'], unique=False)

    op.create_table('deliveries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('latest_at', sa.BigInteger(), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('lease_by', sa.String(length=80), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('next_check_at', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('idem_key', sa.String(length=64), nullable=False),
    sa.Column('handle', sa.String(length=120), nullable=False),
    sa.Column('prepared', sa.JSON(), nullable=False),
    sa.Column('remote_id', sa.Text(), nullable=True),
    sa.Column('remote_url', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('resolved_by', sa.String(length=120), nullable=True),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind IN ('post', 'reply', 'takedown', 'correct')", name=op.f('ck_deliveries_kind')),
    sa.CheckConstraint("state IN ('ready', 'claimed', 'sending', 'sent', 'refused', 'unknown', 'dropped')", name=op.f('ck_deliveries_state')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_deliveries_post_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('id', 'kind', name=op.f('uq_deliveries_id_kind')),
    sa.UniqueConstraint('idem_key', name=op.f('uq_deliveries_idem_key'))
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_deliveries_leased', ['lease_until'], unique=False, sqlite_where=sa.text("state IN ('claimed', 'sending')"), postgresql_where=sa.text("state IN ('claimed', 'sending')"))
        batch_op.create_index('ix_deliveries_ready', ['due_at'], unique=False, sqlite_where=sa.text("state = 'ready' AND due_at IS NOT NULL"), postgresql_where=sa.text("state = 'ready' AND due_at IS NOT NULL"))
        batch_op.create_index('ix_deliveries_remote', ['account', 'remote_id'], unique=False)
        batch_op.create_index('ix_deliveries_unknown', ['next_check_at'], unique=False, sqlite_where=sa.text("state = 'unknown'"), postgresql_where=sa.text("state = 'unknown'"))
        batch_op.create_index('uq_deliveries_post_account', ['post_id', 'account'], unique=True, sqlite_where=sa.text("kind = 'post'"), postgresql_where=sa.text("kind = 'post'"))

    op.create_table('lines',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('card_id', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('ts', sa.String(length=32), nullable=True),
    sa.Column('redraw', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=True),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.Column('gone', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['card_id'], ['cards.id'], name=op.f('fk_lines_card_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lines')),
    sa.UniqueConstraint('card_id', 'seq', name=op.f('uq_lines_card_id_seq'))
    )
    with op.batch_alter_table('lines', schema=None) as batch_op:
        batch_op.create_index('ix_lines_redraw', ['id'], unique=False, sqlite_where=sa.text('redraw = 1'), postgresql_where=sa.text('redraw'))
        batch_op.create_index('ix_lines_unsaid', ['card_id', 'seq'], unique=False, sqlite_where=sa.text('ts IS NULL'), postgresql_where=sa.text('ts IS NULL'))

    op.create_table('seals',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('fact_id', sa.String(length=32), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['fact_id'], ['facts.id'], name=op.f('fk_seals_fact_id')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_seals')),
    sa.UniqueConstraint('fact_id', name=op.f('uq_seals_fact_id'))
    )
    op.create_table('versions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('accounts', sa.JSON(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('variants', sa.JSON(), nullable=False),
    sa.Column('images', sa.JSON(), nullable=False),
    sa.Column('slot', sa.BigInteger(), nullable=True),
    sa.Column('visibility', sa.JSON(), nullable=False),
    sa.Column('language', sa.JSON(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('immediate', sa.Boolean(), nullable=False),
    sa.Column('words_by', sa.JSON(), nullable=False),
    sa.Column('saved_by', sa.String(length=120), nullable=True),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_versions_post_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_versions')),
    sa.UniqueConstraint('post_id', 'id', 'sha256', name=op.f('uq_versions_post_id_id_sha256')),
    sa.UniqueConstraint('post_id', 'seq', name=op.f('uq_versions_post_id_seq'))
    )
    with op.batch_alter_table('versions', schema=None) as batch_op:
        batch_op.create_index('ix_versions_slot', ['slot'], unique=False)

    op.create_table('approvals',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=False),
    sa.Column('version_id', sa.String(length=32), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('epochs', sa.Text(), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('action_key', sa.String(length=200), nullable=False),
    sa.Column('waived', sa.Text(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_by', sa.String(length=120), nullable=True),
    sa.Column('revoked_why', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('approve', 'go')", name=op.f('ck_approvals_kind')),
    sa.ForeignKeyConstraint(['post_id', 'version_id', 'sha256'], ['versions.post_id', 'versions.id', 'versions.sha256'], name=op.f('fk_approvals_post_id_version_id_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals')),
    sa.UniqueConstraint('action_key', name=op.f('uq_approvals_action_key')),
    sa.UniqueConstraint('id', 'version_id', name=op.f('uq_approvals_id_version_id'))
    )
    with op.batch_alter_table('approvals', schema=None) as batch_op:
        batch_op.create_index('ix_approvals_post', ['post_id'], unique=False)
        batch_op.create_index('ix_approvals_version', ['version_id'], unique=False)
        batch_op.create_index('uq_approvals_standing', ['version_id', 'kind', 'epochs', 'by_user'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('drafts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('image_sha256', sa.String(length=64), nullable=True),
    sa.Column('alt', sa.Text(), nullable=True),
    sa.Column('seen_seq', sa.Integer(), nullable=False),
    sa.Column('shown_seq', sa.Integer(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=True),
    sa.Column('ts', sa.String(length=32), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('corrects', sa.String(length=32), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("state IN ('offered', 'sent', 'kept', 'replaced')", name=op.f('ck_drafts_state')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_drafts_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts'))
    )
    with op.batch_alter_table('drafts', schema=None) as batch_op:
        batch_op.create_index('ix_drafts_source', ['channel', 'ts'], unique=False)

    op.create_table('messages',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('remote_id', sa.String(length=300), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('via', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('stream', sa.String(length=20), nullable=False),
    sa.Column('visibility', sa.String(length=20), nullable=True),
    sa.Column('parent_id', sa.String(length=300), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('reference', sa.JSON(), nullable=False),
    sa.Column('complaint', sa.Boolean(), nullable=False),
    sa.Column('edited_at', sa.BigInteger(), nullable=True),
    sa.Column('edits', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('delivery_id', sa.String(length=32), nullable=True),
    sa.Column('by_user', sa.String(length=120), nullable=True),
    sa.CheckConstraint("via IN ('customer', 'byhand', 'app')", name=op.f('ck_messages_via')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_messages_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    sa.UniqueConstraint('account', 'remote_id', name=op.f('uq_messages_account_remote_id')),
    sa.UniqueConstraint('conversation_id', 'place', name=op.f('uq_messages_conversation_id_place'))
    )
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.create_index('ix_messages_conversation', ['conversation_id', 'seq'], unique=False)

    op.create_table('sends',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('draft_id', sa.String(length=32), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('image_sha256', sa.String(length=64), nullable=True),
    sa.Column('alt', sa.Text(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('seen_seq', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('in_spite', sa.Boolean(), nullable=False),
    sa.Column('corrects', sa.String(length=32), nullable=True),
    sa.Column('delivery_id', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=True),
    sa.Column('ts', sa.String(length=32), nullable=True),
    sa.Column('by_user', sa.String(length=120), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_sends_conversation_id')),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_sends_draft_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sends')),
    sa.UniqueConstraint('delivery_id', name=op.f('uq_sends_delivery_id')),
    sa.UniqueConstraint('draft_id', name=op.f('uq_sends_draft_id')),
    sa.UniqueConstraint('id', 'delivery_id', name=op.f('uq_sends_id_delivery_id'))
    )
    with op.batch_alter_table('sends', schema=None) as batch_op:
        batch_op.create_index('ix_sends_conversation', ['conversation_id'], unique=False)
        batch_op.create_index('ix_sends_source', ['channel', 'ts'], unique=False)

    op.create_table('words',
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('attachments', sa.JSON(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('likeness', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_words_message_id')),
    sa.PrimaryKeyConstraint('message_id', name=op.f('pk_words'))
    )
    with op.batch_alter_table('words', schema=None) as batch_op:
        batch_op.create_index('ix_words_likeness', ['likeness'], unique=False)

    op.create_table('attempts',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('delivery_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('post_id', sa.String(length=32), nullable=True),
    sa.Column('version_id', sa.String(length=32), nullable=True),
    sa.Column('approval_id', sa.String(length=32), nullable=True),
    sa.Column('send_id', sa.String(length=32), nullable=True),
    sa.Column('click_id', sa.String(length=32), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('epochs', sa.Text(), nullable=False),
    sa.Column('bytes', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('send_by', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('http_status', sa.Integer(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('remote_id', sa.Text(), nullable=True),
    sa.CheckConstraint("CASE kind WHEN 'post' THEN approval_id WHEN 'takedown' THEN click_id ELSE send_id END IS NOT NULL", name=op.f('ck_attempts_authority_of_its_kind')),
    sa.CheckConstraint("state IN ('sending', 'unknown', 'sent', 'refused', 'not_sent', 'absent')", name=op.f('ck_attempts_state')),
    sa.CheckConstraint('(CASE WHEN approval_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN send_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN click_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_attempts_one_authority')),
    sa.CheckConstraint('approval_id IS NULL OR version_id IS NOT NULL', name=op.f('ck_attempts_approval_of_a_version')),
    sa.ForeignKeyConstraint(['approval_id', 'version_id'], ['approvals.id', 'approvals.version_id'], name=op.f('fk_attempts_approval_id_version_id')),
    sa.ForeignKeyConstraint(['click_id'], ['clicks.id'], name=op.f('fk_attempts_click_id')),
    sa.ForeignKeyConstraint(['delivery_id', 'kind'], ['deliveries.id', 'deliveries.kind'], name=op.f('fk_attempts_delivery_id_kind')),
    sa.ForeignKeyConstraint(['send_id', 'delivery_id'], ['sends.id', 'sends.delivery_id'], name=op.f('fk_attempts_send_id_delivery_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index('ix_attempts_delivery', ['delivery_id'], unique=False)
        batch_op.create_index('uq_attempts_live', ['delivery_id'], unique=True, sqlite_where=sa.text("state IN ('sending', 'unknown', 'sent')"), postgresql_where=sa.text("state IN ('sending', 'unknown', 'sent')"))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
