"""Posts know that they come out of a backup that was put back; people, since when Slack has to be asked about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('people', sa.Column('doubted_at', sa.BigInteger(), nullable=True))
    op.add_column('posts', sa.Column('copied_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
