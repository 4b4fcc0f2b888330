"""the queue: lanes, spots in zones, moves; a screening that was made anew

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from kiosk.store import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.String(length=36)
SPOT, STANDS = sa.text("spot IS NOT NULL"), sa.text("superseded_at IS NULL")


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def upgrade() -> None:
    for column in (
        sa.Column("lane", sa.String(length=10), nullable=False, server_default="usual"), _text("inside", 1),
        sa.Column("spot", sa.Integer(), nullable=True), sa.Column("entered_at", columns.Instant(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("waits_from", sa.Integer(), nullable=False, server_default="0"),
        _text("bound_for", 40), _text("held_for", 20),
        sa.Column("told_low", sa.Integer(), nullable=True), sa.Column("told_high", sa.Integer(), nullable=True),
    ):  # fmt: skip
        op.add_column("visit", column)
    op.execute("UPDATE visit SET waits_from = queue_seq")
    op.create_index("uq_visit_spot", "visit", ["clinic_day_id", "inside", "spot"], unique=True, sqlite_where=SPOT,
                    postgresql_where=SPOT)  # fmt: skip
    op.create_table(
        "queue_move",
        sa.Column("clinic_day_id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("lane", sa.String(length=10), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=1), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("since", columns.Instant(), nullable=False),
        sa.Column("waits_from", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("undone_at", columns.Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=40), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("box", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clock_trusted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_day_id"], ["clinic_day.id"], name=op.f("fk_queue_move_clinic_day_id_clinic_day")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_queue_move_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_move")),
        sa.UniqueConstraint("box", "seq", name=op.f("uq_queue_move_box_seq")),
    )
    op.create_index("ix_queue_move_clinic_day_id", "queue_move", ["clinic_day_id", "kind", "seq"])
    op.create_index("ix_queue_move_station", "queue_move", ["clinic_day_id", "station", "seq"])
    op.create_index("ix_queue_move_visit_id", "queue_move", ["visit_id", "seq"])
    with op.batch_alter_table("station") as batch:
        batch.drop_column("series")
    with op.batch_alter_table("screening") as batch:
        batch.drop_constraint(op.f("uq_screening_visit_id"), type_="unique")
        batch.add_column(sa.Column("superseded_at", columns.Instant(), nullable=True))
    op.create_index("uq_screening_visit_id", "screening", ["visit_id"], unique=True, sqlite_where=STANDS,
                    postgresql_where=STANDS)  # fmt: skip
    with op.batch_alter_table("skip") as batch:
        batch.drop_constraint(op.f("uq_skip_visit_id_step"), type_="unique")
        batch.add_column(sa.Column("superseded_at", columns.Instant(), nullable=True))
    op.create_index("uq_skip_visit_id_step", "skip", ["visit_id", "step"], unique=True, sqlite_where=STANDS,
                    postgresql_where=STANDS)  # fmt: skip


def downgrade() -> None:
    """A visit that was screened twice would count twice in the older version: so it is not gone back. Whoever is out of
    the line waits again: the older version does not know that state."""
    for name in ("screening", "skip"):
        rows = sa.table(name, sa.column("superseded_at"))
        made = sa.select(sa.func.count()).select_from(rows).where(rows.c.superseded_at.is_not(None))
        twice = op.get_bind().execute(made).scalar_one()
        if twice:
            raise RuntimeError(f"{twice} rows of {name} were made anew: an older version would take both")
    op.execute("UPDATE visit SET state = 'waiting' WHERE state = 'held'")
    op.drop_index("uq_skip_visit_id_step", table_name="skip")
    with op.batch_alter_table("skip") as batch:
        batch.drop_column("superseded_at")
        batch.create_unique_constraint(op.f("uq_skip_visit_id_step"), ["visit_id", "step"])
    op.drop_index("uq_screening_visit_id", table_name="screening")
    with op.batch_alter_table("screening") as batch:
        batch.drop_column("superseded_at")
        batch.create_unique_constraint(op.f("uq_screening_visit_id"), ["visit_id"])
    op.add_column("station", sa.Column("series", sa.String(length=1), nullable=False, server_default="A"))
    op.drop_table("queue_move")
    op.drop_index("uq_visit_spot", table_name="visit")
    with op.batch_alter_table("visit") as batch:
        for name in ("lane", "inside", "spot", "entered_at", "after", "waits_from", "bound_for", "held_for", "told_low",
                     "told_high"):  # fmt: skip
            batch.drop_column(name)
