"""referral directory

Revision: 7d41c09be2a5, after 58b6382602a8, 2026-11-21 23:15:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7d41c09be2a5"
down_revision = "58b6382602a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_reports",
        sa.Column("contact", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("contact", "day"),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("people", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("opening_hours", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("cost", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("confidential", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("about", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        for name in ("about", "confidential", "cost", "opening_hours", "people"):
            batch_op.drop_column(name)
    op.drop_table("contact_reports")
