"""codes: what kind of code was read, which document confirmed somebody or stands for a number, how the hand scanner is

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# table: (column, length)
ADDED = {
    "scan": [("kind", 20)],
    "heartbeat": [("scanner", 20)],
    "identity_check": [("document", 20)],
    "person": [("document", 20), ("document_number", 20), ("nationality", 3)],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, length in columns:
            op.add_column(table, sa.Column(name, sa.String(length=length), nullable=False, server_default=""))


def downgrade() -> None:
    # Column by column: a batch would rebuild the table, and SQLite does not let go of one that others point to.
    for table, columns in reversed(ADDED.items()):
        for name, _ in reversed(columns):
            op.drop_column(table, name)
