"""the day before: lists that are reviewed before they land, families, merges, plans of the day, staff for a day

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from kiosk.store import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXTS = {
    "person": {"phone": 15, "insurance": 15, "workplace": 120},
    "visit": {"approved_by": 40},
    "staff": {"licence": 40},
    "earlier_dose": {"lot": 20, "place": 120},
    "roster": {"staged_by": 40, "landed_by": 40},
    "roster_entry": {"special": 20, "approved_by": 40, "note": 200},
}
INDEXED = ("phone", "insurance", "old_number", "document_number", "guardian_id", "merged_into")
REFERS = {
    "person": {"guardian_id": "person", "merged_into": "person"},
    "clinic_day": {"plan_id": "day_plan"},
    "earlier_dose": {"roster_id": "roster"},
}


def upgrade() -> None:
    _plans()
    for table, texts in TEXTS.items():
        for name, length in texts.items():
            op.add_column(table, sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    for table, references in REFERS.items():
        with op.batch_alter_table(table) as batch:
            for name, other in references.items():
                batch.add_column(sa.Column(name, sa.String(length=36), nullable=True))
                batch.create_foreign_key(op.f(f"fk_{table}_{name}_{other}"), other, [name], ["id"])
    op.add_column("person", sa.Column("has_app", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in INDEXED:
        op.create_index(op.f(f"ix_person_{name}"), "person", [name])
    op.add_column("staff", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("staff", sa.Column("added_at", columns.Instant(), nullable=True))
    op.add_column("staff_session", sa.Column("locked_at", columns.Instant(), nullable=True))
    with op.batch_alter_table("earlier_dose") as batch:
        batch.alter_column("visit_id", existing_type=sa.String(length=36), nullable=True)
        batch.drop_constraint(op.f("uq_earlier_dose_person_id_given_on"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_earlier_dose_person_id_given_on_roster_id"), ["person_id", "given_on", "roster_id"]
        )
    op.add_column("station", sa.Column("own_steps", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE station SET own_steps = steps")
    _rosters()
    _merges()


def _plans() -> None:
    op.create_table(
        "day_plan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=10), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("pace_minutes", sa.Integer(), nullable=False),
        sa.Column("vaccine", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("stations", "lots", "slots", "zones", "protocols")),
        sa.Column("made_at", columns.Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("changed_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_plan")),
        sa.UniqueConstraint("on", "half", name=op.f("uq_day_plan_on_half")),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=10), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_posting_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("on", "half", "staff_id", name=op.f("uq_posting_on_half_staff_id")),
    )


def _rosters() -> None:
    op.add_column("roster", sa.Column("kind", sa.String(length=10), nullable=False, server_default="file"))
    op.add_column("roster", sa.Column("on", sa.Date(), nullable=True))
    op.add_column("roster", sa.Column("state", sa.String(length=12), nullable=False, server_default="landed"))
    for name in ("done", "total", "landed_seq"):
        op.add_column("roster", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("roster", sa.Column("counts", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("roster", sa.Column("refusal", sa.JSON(), nullable=True))
    op.add_column("roster", sa.Column("withdrawn_at", columns.Instant(), nullable=True))
    # What was staged and never landed is read again from its file.
    op.execute("UPDATE roster SET state = 'dropped' WHERE landed_at IS NULL")
    op.drop_table("staged_row")
    op.create_table(
        "staged_row",
        sa.Column("roster_id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["roster_id"], ["roster.id"], name=op.f("fk_staged_row_roster_id_roster")),
        sa.PrimaryKeyConstraint("roster_id", "line", name=op.f("pk_staged_row")),
    )
    op.create_index("ix_staged_row_roster_id_who", "staged_row", ["roster_id", "who"])
    op.create_index("ix_staged_row_roster_id_state", "staged_row", ["roster_id", "state"])
    op.add_column("roster_entry", sa.Column("approved", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("roster_entry", sa.Column("line", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("roster_entry", sa.Column("cells", sa.JSON(), nullable=True))
    with op.batch_alter_table("roster_entry") as batch:
        batch.drop_constraint("uq_roster_entry_on_person_id", type_="unique")
        batch.create_unique_constraint(op.f("uq_roster_entry_on_person_id_roster_id"), ["on", "person_id", "roster_id"])
    op.create_index("ix_roster_entry_roster_id_line", "roster_entry", ["roster_id", "line"])


def _merges() -> None:
    op.create_table(
        "merge",
        sa.Column("kept_id", sa.String(length=36), nullable=False),
        sa.Column("gone_id", sa.String(length=36), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("undone_at", columns.Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("box", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clock_trusted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["kept_id"], ["person.id"], name=op.f("fk_merge_kept_id_person")),
        sa.ForeignKeyConstraint(["gone_id"], ["person.id"], name=op.f("fk_merge_gone_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
        sa.UniqueConstraint("box", "seq", name=op.f("uq_merge_box_seq")),
    )
    op.create_index(op.f("ix_merge_kept_id"), "merge", ["kept_id"])
    op.create_index(op.f("ix_merge_gone_id"), "merge", ["gone_id"])
    op.create_table(
        "apart",
        sa.Column("one_id", sa.String(length=36), nullable=False),
        sa.Column("other_id", sa.String(length=36), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["person.id"], name=op.f("fk_apart_one_id_person")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_apart_other_id_person")),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_apart")),
    )


def downgrade() -> None:
    op.drop_table("apart")
    op.drop_table("merge")
    # The older program expects a person once a day: the list that landed last is the one that counts.
    op.execute(
        "DELETE FROM roster_entry WHERE roster_id IN "
        "(SELECT id FROM roster WHERE landed_at IS NULL OR withdrawn_at IS NOT NULL) "
        "AND id NOT IN (SELECT roster_entry_id FROM visit WHERE roster_entry_id IS NOT NULL)"
    )
    op.execute(
        "UPDATE visit SET roster_entry_id = (SELECT newest.id FROM roster_entry AS newest JOIN roster "
        "ON roster.id = newest.roster_id JOIN roster_entry AS mine ON mine.id = visit.roster_entry_id "
        'WHERE newest.person_id = mine.person_id AND newest."on" = mine."on" '
        "ORDER BY roster.landed_seq DESC, newest.id DESC LIMIT 1) WHERE roster_entry_id IS NOT NULL"
    )
    op.execute(
        "DELETE FROM roster_entry WHERE id <> (SELECT newest.id FROM roster_entry AS newest JOIN roster "
        "ON roster.id = newest.roster_id WHERE newest.person_id = roster_entry.person_id "
        'AND newest."on" = roster_entry."on" ORDER BY roster.landed_seq DESC, newest.id DESC LIMIT 1)'
    )
    # It would let in whoever no list approves of, and let "for today only" sign in for ever.
    op.execute(
        "DELETE FROM roster_entry WHERE NOT approved "
        "AND id NOT IN (SELECT roster_entry_id FROM visit WHERE roster_entry_id IS NOT NULL)"
    )
    op.execute("UPDATE staff SET active = (1 = 0) WHERE valid_until IS NOT NULL")
    op.drop_index("ix_roster_entry_roster_id_line", table_name="roster_entry")
    with op.batch_alter_table("roster_entry") as batch:
        batch.drop_constraint(op.f("uq_roster_entry_on_person_id_roster_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_roster_entry_on_person_id"), ["on", "person_id"])
        for name in ("special", "approved_by", "note", "approved", "line", "cells"):
            batch.drop_column(name)
    op.drop_table("staged_row")
    _older_staged_row()
    with op.batch_alter_table("earlier_dose") as batch:
        batch.drop_constraint(op.f("uq_earlier_dose_person_id_given_on_roster_id"), type_="unique")
        batch.drop_constraint("fk_earlier_dose_roster_id_roster", type_="foreignkey")
        for name in ("lot", "place", "roster_id"):
            batch.drop_column(name)
    # What only a list said was never the older program's.
    op.execute("DELETE FROM earlier_dose WHERE visit_id IS NULL")
    with op.batch_alter_table("earlier_dose") as batch:
        batch.alter_column("visit_id", existing_type=sa.String(length=36), nullable=False)
        batch.create_unique_constraint(op.f("uq_earlier_dose_person_id_given_on"), ["person_id", "given_on"])
    with op.batch_alter_table("roster") as batch:
        for name in ("kind", "on", "state", "done", "total", "landed_seq", "counts", "refusal", "staged_by",
                     "landed_by", "withdrawn_at"):  # fmt: skip
            batch.drop_column(name)
    with op.batch_alter_table("staff_session") as batch:
        batch.drop_column("locked_at")
    with op.batch_alter_table("staff") as batch:
        for name in ("licence", "valid_until", "added_at"):
            batch.drop_column(name)
    with op.batch_alter_table("visit") as batch:
        batch.drop_column("approved_by")
    for name in INDEXED:
        op.drop_index(op.f(f"ix_person_{name}"), table_name="person")
    with op.batch_alter_table("person") as batch:
        for name in ("guardian_id", "merged_into"):
            batch.drop_constraint(f"fk_person_{name}_person", type_="foreignkey")
        for name in ("phone", "insurance", "workplace", "has_app", "guardian_id", "merged_into"):
            batch.drop_column(name)
    with op.batch_alter_table("clinic_day") as batch:
        batch.drop_constraint("fk_clinic_day_plan_id_day_plan", type_="foreignkey")
        batch.drop_column("plan_id")
    op.drop_table("posting")
    op.drop_table("day_plan")
    with op.batch_alter_table("station") as batch:
        batch.drop_column("own_steps")


def _older_staged_row() -> None:
    op.create_table(
        "staged_row",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("roster_id", sa.String(length=36), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("who", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_key", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("born_year", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("slot_from", sa.Time(), nullable=True),
        sa.Column("slot_until", sa.Time(), nullable=True),
        sa.Column("priority_group", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["roster_id"], ["roster.id"], name=op.f("fk_staged_row_roster_id_roster")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_staged_row")),
    )
    op.create_index("ix_staged_row_roster_id_number", "staged_row", ["roster_id", "number"])
