"""What somebody has begun to type into a dialog is kept until it is sent off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('begun',
    sa.Column('person', sa.String(length=120), nullable=False),
    sa.Column('about', sa.String(length=200), nullable=False),
    sa.Column('view_id', sa.String(length=255), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('seen', sa.Text(), nullable=False),
    sa.Column('typed', sa.JSON(), nullable=False),
    sa.Column('typed_at', sa.BigInteger(), nullable=True),
    sa.Column('conversation_id', sa.String(length=32), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('person', 'about', name=op.f('pk_begun'))
    )
    op.create_index('ix_begun_at', 'begun', ['at'], unique=False)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
