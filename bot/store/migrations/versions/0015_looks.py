"""Accounts whose comments Byhand cannot read: who of the team looked there last, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('accounts', sa.Column('looked_at', bot.store.engine.moment.Moment(), nullable=True))
    op.add_column('accounts', sa.Column('looked_by', sa.String(length=120), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
