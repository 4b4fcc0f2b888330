"""paper: slips that belong to no visit, what stopped the printer, until when a slip is of use, rolls, paper widths

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from kiosk.store import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# table: names of the whole numbers it gets
ADDED = {"station": ("paper_dots",), "heartbeat": ("paper_dots", "roll_m")}


def upgrade() -> None:
    for table, names in ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "roll",
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("begun_at", columns.Instant(), nullable=False),
        sa.Column("mm", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station"], ["station.code"], name=op.f("fk_roll_station_station")),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_roll")),
    )
    # Nothing points to print jobs: the table may be rebuilt.
    with op.batch_alter_table("print_job") as batch:
        batch.add_column(sa.Column("about", sa.String(length=36), nullable=False, server_default=""))
        batch.add_column(sa.Column("language", sa.String(length=2), nullable=False, server_default="vi"))
        batch.add_column(sa.Column("fault", sa.String(length=20), nullable=False, server_default=""))
        batch.add_column(sa.Column("mm", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("useful_until", columns.Instant(), nullable=True))
        batch.alter_column("visit_id", existing_type=sa.String(length=36), nullable=True)
        batch.alter_column("label", existing_type=sa.String(length=10), type_=sa.String(length=40))
        batch.drop_constraint("uq_print_job_visit_id_slip_copy", type_="unique")
    op.execute("UPDATE print_job SET about = visit_id")
    op.execute("UPDATE print_job SET fault = 'unknown' WHERE after_fault")
    # Nobody knows any more how old these may be: a person is asked before they are printed.
    op.execute("UPDATE print_job SET useful_until = queued_at WHERE slip = 'ticket' AND state IN ('queued', 'held')")
    with op.batch_alter_table("print_job") as batch:
        batch.drop_column("after_fault")
        batch.create_unique_constraint(op.f("uq_print_job_about_slip_copy"), ["about", "slip", "copy"])


def downgrade() -> None:
    # The older program knows no slip without a visit.
    op.execute("DELETE FROM print_job WHERE visit_id IS NULL")
    with op.batch_alter_table("print_job") as batch:
        batch.add_column(sa.Column("after_fault", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE print_job SET after_fault = (fault <> '')")
    with op.batch_alter_table("print_job") as batch:
        batch.drop_constraint(op.f("uq_print_job_about_slip_copy"), type_="unique")
        batch.alter_column("label", existing_type=sa.String(length=40), type_=sa.String(length=10))
        batch.alter_column("visit_id", existing_type=sa.String(length=36), nullable=False)
        for name in ("about", "language", "fault", "mm", "useful_until"):
            batch.drop_column(name)
        batch.create_unique_constraint("uq_print_job_visit_id_slip_copy", ["visit_id", "slip", "copy"])
    op.drop_table("roll")
    for table, names in reversed(ADDED.items()):
        for name in reversed(names):
            op.drop_column(table, name)
