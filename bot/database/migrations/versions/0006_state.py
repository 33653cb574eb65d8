"""state: open questions of guides, Rasa's trackers, replicas

Revision: 7be41d09c6a2, after c3d85e0f9b47, 2026-11-22 04:35:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7be41d09c6a2"
down_revision = "c3d85e0f9b47"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_questions",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym"),
    )
    op.create_index("ix_open_questions_asked_at", "open_questions", ["asked_at"])
    op.create_table(
        "trackers",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym"),
    )
    op.create_index("ix_trackers_saved_at", "trackers", ["saved_at"])
    op.create_table(
        "replicas",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("replicas")
    op.drop_table("trackers")
    op.drop_table("open_questions")
