"""reminders

Revision: a90c1be7d314, after 7d41c09be2a5, 2026-11-21 23:45:00
"""

import sqlalchemy as sa
from alembic import op

revision = "a90c1be7d314"
down_revision = "7d41c09be2a5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("guide", sa.String(length=48), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("done", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym"),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminders_due_at"), ["due_at"], unique=False)


def downgrade() -> None:
    op.drop_table("reminders")
