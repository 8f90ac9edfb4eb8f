"""Statements: a post that two people release while publishing is paused. An attempt of one names both releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

AUTHORITY = "CASE kind WHEN 'post' THEN COALESCE(approval_id, release_id) WHEN 'takedown' THEN click_id ELSE send_id END IS NOT NULL"
ONE = (
    "(CASE WHEN approval_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN send_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN release_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN click_id IS NULL THEN 0 ELSE 1 END) = 1"
)
TWO = (
    "CASE WHEN release_id IS NULL THEN seconds_id IS NULL"
    " ELSE seconds_id IS NOT NULL AND seconds_id <> release_id AND version_id IS NOT NULL END"
)


def upgrade() -> None:
    op.create_table(
        'releases',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('pause_id', sa.String(length=32), nullable=False),
        sa.Column('post_id', sa.String(length=32), nullable=False),
        sa.Column('version_id', sa.String(length=32), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('epochs', sa.Text(), nullable=False),
        sa.Column('pauses', sa.Text(), nullable=False),
        sa.Column('by_user', sa.String(length=120), nullable=False),
        sa.Column('approver', sa.Boolean(), nullable=False),
        sa.Column('action_key', sa.String(length=200), nullable=False),
        sa.Column('waived', sa.Text(), nullable=True),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.Column('ended_by', sa.String(length=120), nullable=True),
        sa.Column('ended_why', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['pause_id'], ['pauses.id'], name=op.f('fk_releases_pause_id')),
        sa.ForeignKeyConstraint(
            ['post_id', 'version_id', 'sha256'], ['versions.post_id', 'versions.id', 'versions.sha256'],
            name=op.f('fk_releases_post_id_version_id_sha256'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_releases')),
        sa.UniqueConstraint('action_key', name=op.f('uq_releases_action_key')),
        sa.UniqueConstraint('id', 'version_id', name=op.f('uq_releases_id_version_id')),
    )
    standing = sa.text('ended_at IS NULL')
    op.create_index(
        'uq_releases_standing', 'releases', ['version_id', 'by_user'], unique=True,
        sqlite_where=standing, postgresql_where=standing,
    )
    op.create_index('ix_releases_running', 'releases', ['at'], sqlite_where=standing, postgresql_where=standing)
    op.create_index('ix_releases_pause', 'releases', ['pause_id'])
    op.create_index('ix_releases_post', 'releases', ['post_id'])
    op.add_column('deliveries', sa.Column('release_id', sa.String(length=32), nullable=True))
    with op.batch_alter_table('attempts') as attempts:
        attempts.add_column(sa.Column('release_id', sa.String(length=32), nullable=True))
        attempts.add_column(sa.Column('seconds_id', sa.String(length=32), nullable=True))
        attempts.create_foreign_key(
            op.f('fk_attempts_release_id_version_id'), 'releases', ['release_id', 'version_id'], ['id', 'version_id']
        )
        attempts.create_foreign_key(
            op.f('fk_attempts_seconds_id_version_id'), 'releases', ['seconds_id', 'version_id'], ['id', 'version_id']
        )
        attempts.drop_constraint(op.f('ck_attempts_authority_of_its_kind'), type_='check')
        attempts.drop_constraint(op.f('ck_attempts_one_authority'), type_='check')
        attempts.create_check_constraint(op.f('ck_attempts_authority_of_its_kind'), AUTHORITY)
        attempts.create_check_constraint(op.f('ck_attempts_one_authority'), ONE)
        attempts.create_check_constraint(op.f('ck_attempts_two_releases'), TWO)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
