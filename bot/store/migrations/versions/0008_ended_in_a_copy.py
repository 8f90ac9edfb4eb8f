"""What had not arrived in a backup that was put back knows it, answers too: it is looked for before it is sent again.

Of posts their row knew it; what it says goes over to what had ended by then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

ENDED = """
    UPDATE deliveries SET copied_at = (SELECT posts.copied_at FROM posts WHERE posts.id = deliveries.post_id)
    WHERE kind = 'post' AND state IN ('refused', 'dropped')
      AND changed_at <= (SELECT posts.copied_at FROM posts WHERE posts.id = deliveries.post_id)
"""


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('copied_at', sa.BigInteger(), nullable=True))
    op.execute(ENDED)


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
