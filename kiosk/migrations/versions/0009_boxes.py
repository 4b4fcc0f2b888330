"""devices by name, codes that pair one device once, and how each box said that it is

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from kiosk.store import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.String(length=10), nullable=False, server_default=""),
        sa.Column("name", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("code_until", columns.Instant(), nullable=True),
        sa.Column("joined_at", columns.Instant(), nullable=True),
    ):
        op.add_column("pairing", column)
    op.create_table(
        "box_report",
        sa.Column("box", sa.String(length=60), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("box", name=op.f("pk_box_report")),
    )


def downgrade() -> None:
    op.drop_table("box_report")
    with op.batch_alter_table("pairing") as table:
        for name in ("joined_at", "code_until", "name", "kind"):
            table.drop_column(name)
