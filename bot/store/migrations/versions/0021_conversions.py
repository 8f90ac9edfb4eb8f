"""Which image was made of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.store.engine.moment

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'image_conversions',
        sa.Column('source', sa.String(length=64), nullable=False),
        sa.Column('result', sa.String(length=64), nullable=False),
        sa.Column('changes', sa.String(length=40), nullable=False),
        sa.Column('made_at', bot.store.engine.moment.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ['source'], ['images.sha256'], name=op.f('fk_image_conversions_source')
        ),
        sa.ForeignKeyConstraint(
            ['result'], ['images.sha256'], name=op.f('fk_image_conversions_result')
        ),
        sa.PrimaryKeyConstraint('source', 'result', name=op.f('pk_image_conversions')),
    )


def downgrade() -> None:
    raise NotImplementedError("Going back is putting back the copy made before the migration.")
