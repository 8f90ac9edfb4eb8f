"""Images know how many frames they have: networks that show only the first are named before it is approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('images', sa.Column('frames', sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
