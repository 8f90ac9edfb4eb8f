"""An answer that was offered while a pause stopped replies knows it: its writer is shown it again when it can be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drafts', sa.Column('held_at', sa.BigInteger(), nullable=True))
    which = sa.text('held_at IS NOT NULL')
    op.create_index('ix_drafts_held', 'drafts', ['held_at'], sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
