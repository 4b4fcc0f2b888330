"""the tables: vials and stock, doses that can be taken back, what is to be put right about people

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from kiosk.store import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STANDS = sa.text("voided_at IS NULL")
OPEN = sa.text("closed_at IS NULL")
ID = sa.String(length=36)


def _fact(table: str, *own: sa.schema.SchemaItem) -> None:
    op.create_table(
        table, *own,
        sa.Column("id", ID, nullable=False),
        sa.Column("box", sa.String(length=20), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clock_trusted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("box", "seq", name=op.f(f"uq_{table}_box_seq")),
    )  # fmt: skip


def _leads_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _added(table: str, **texts: int) -> None:
    for name, length in texts.items():
        op.add_column(table, sa.Column(name, sa.String(length=length), nullable=False, server_default=""))


def upgrade() -> None:
    op.add_column("lot", sa.Column("doses_per_vial", sa.Integer(), nullable=True))
    op.add_column("lot", sa.Column("open_minutes", sa.Integer(), nullable=True))
    _added("lot", gtin=14)
    _added("identity_check", second_by=36, number_reason=20)
    _added("earlier_dose", source=12)
    op.execute("UPDATE earlier_dose SET source = CASE WHEN roster_id IS NULL THEN 'said' ELSE 'list' END")
    _vials()
    _people()
    _doses()


def _vials() -> None:
    """What a table gives is its vial from now on; each dose kept which lot it was of."""
    op.drop_table("table_lot")
    _fact(
        "vial",
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("clinic_day_id", ID, nullable=False),
        _text("station", 40),
        _text("token", 10),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("doses", "extra", "given", "wasted")),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        _text("opened_by", 36),
        sa.Column("use_by", columns.Instant(), nullable=True),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Boolean(), nullable=False),
        _leads_to("vial", "lot_id", "lot"),
        _leads_to("vial", "clinic_day_id", "clinic_day"),
        _leads_to("vial", "opened_by", "staff"),
        sa.UniqueConstraint("token", name=op.f("uq_vial_token")),
        sa.CheckConstraint("given >= 0 AND wasted >= 0 AND extra >= 0", name=op.f("ck_vial_counted")),
        sa.CheckConstraint("given + wasted <= doses + extra", name=op.f("ck_vial_held")),
    )
    op.create_index(op.f("ix_vial_clinic_day_id"), "vial", ["clinic_day_id"])
    _fact(
        "stock_move",
        _text("kind", 10),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("vial_id", ID, nullable=True),
        sa.Column("clinic_day_id", ID, nullable=True),
        _text("from_place", 40),
        _text("to_place", 40),
        _text("other_site", 120),
        sa.Column("vials", sa.Integer(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("temperature_start", sa.Float(), nullable=True),
        sa.Column("temperature_end", sa.Float(), nullable=True),
        _text("reason", 20),
        _text("note", 200),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 40),
        _leads_to("stock_move", "lot_id", "lot"),
        _leads_to("stock_move", "vial_id", "vial"),
        _leads_to("stock_move", "clinic_day_id", "clinic_day"),
    )
    op.create_index("ix_stock_move_lot_id", "stock_move", ["lot_id", "kind"])
    op.create_index("ix_stock_move_vial_id", "stock_move", ["vial_id"])


def _people() -> None:
    _fact(
        "follow_up",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=True),
        _text("kind", 12),
        _text("reason", 20),
        _text("note", 200),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 40),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        _text("closed_by", 40),
        _text("closed_note", 200),
        _leads_to("follow_up", "person_id", "person"),
        _leads_to("follow_up", "visit_id", "visit"),
    )
    op.create_index("uq_follow_up_open", "follow_up", ["person_id", "kind"], unique=True, sqlite_where=OPEN,
                    postgresql_where=OPEN)  # fmt: skip
    _fact(
        "correction",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=True),
        _text("document", 20),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 40),
        _leads_to("correction", "person_id", "person"),
        _leads_to("correction", "visit_id", "visit"),
    )
    op.create_index(op.f("ix_correction_person_id"), "correction", ["person_id"])
    _fact(
        "consent",
        sa.Column("visit_id", ID, nullable=False),
        _text("version", 40),
        sa.Column("guardian_id", ID, nullable=True),
        _text("guardian_name", 60),
        _text("guardian_phone", 15),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 36),
        _leads_to("consent", "visit_id", "visit"),
        _leads_to("consent", "guardian_id", "person"),
        _leads_to("consent", "by", "staff"),
        sa.UniqueConstraint("visit_id", name=op.f("uq_consent_visit_id")),
    )
    _fact(
        "standby_call",
        sa.Column("clinic_day_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        _text("state", 12),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 36),
        _leads_to("standby_call", "clinic_day_id", "clinic_day"),
        _leads_to("standby_call", "person_id", "person"),
        _leads_to("standby_call", "by", "staff"),
    )
    op.create_index("ix_standby_call_clinic_day_id", "standby_call", ["clinic_day_id", "person_id"])
    op.create_index(op.f("ix_scan_visit_id"), "scan", ["visit_id"])


def _doses() -> None:
    """A dose without a screening never was: the step before asked for one."""
    with op.batch_alter_table("screening") as batch:
        batch.create_unique_constraint(op.f("uq_screening_id_visit_id"), ["id", "visit_id"])
    op.execute(
        "UPDATE print_job SET about = (SELECT dose.id FROM dose WHERE dose.visit_id = print_job.about) "
        "WHERE slip IN ('provisional', 'certificate') "
        "AND EXISTS (SELECT 1 FROM dose WHERE dose.visit_id = print_job.about)"
    )
    _added("dose", screening_id=36, accepted_by=36, accepted_reason=200, voided_by=40, void_reason=20, void_note=200)
    op.add_column("dose", sa.Column("kind", sa.String(length=12), nullable=False, server_default="basic"))
    op.execute(
        "UPDATE dose SET screening_id = coalesce("
        "(SELECT screening.id FROM screening WHERE screening.visit_id = dose.visit_id), '')"
    )
    with op.batch_alter_table("dose") as batch:
        batch.drop_constraint(op.f("uq_dose_visit_id"), type_="unique")
        batch.add_column(sa.Column("vial_id", ID, nullable=True))
        batch.add_column(sa.Column("replaces_id", ID, nullable=True))
        batch.add_column(sa.Column("voided_at", columns.Instant(), nullable=True))
        batch.create_foreign_key(op.f("fk_dose_vial_id_vial"), "vial", ["vial_id"], ["id"])
        batch.create_foreign_key(op.f("fk_dose_replaces_id_dose"), "dose", ["replaces_id"], ["id"])
        batch.create_foreign_key(
            "fk_dose_screening_id_screening", "screening", ["screening_id", "visit_id"], ["id", "visit_id"]
        )
    op.create_index("ix_dose_vial_id", "dose", ["vial_id"])
    for name, on in {"uq_dose_visit_id": ["visit_id"], "uq_dose_person_day": ["person_id", "given_on"]}.items():
        op.create_index(name, "dose", on, unique=True, sqlite_where=STANDS, postgresql_where=STANDS)


def downgrade() -> None:
    """A file with a void dose keeps it out of the older version's sight only by losing it: so it is not gone back."""
    void = op.get_bind().execute(sa.text("SELECT count(*) FROM dose WHERE voided_at IS NOT NULL")).scalar_one()
    if void:
        raise RuntimeError(f"{void} doses were taken back: an older version would count them again")
    op.execute(
        "UPDATE print_job SET about = (SELECT dose.visit_id FROM dose WHERE dose.id = print_job.about) "
        "WHERE slip IN ('provisional', 'certificate') AND EXISTS (SELECT 1 FROM dose WHERE dose.id = print_job.about)"
    )
    for name in ("uq_dose_visit_id", "uq_dose_person_day", "ix_dose_vial_id"):
        op.drop_index(name, table_name="dose")
    with op.batch_alter_table("dose") as batch:
        for name in ("fk_dose_vial_id_vial", "fk_dose_replaces_id_dose", "fk_dose_screening_id_screening"):
            batch.drop_constraint(name, type_="foreignkey")
        for name in ("vial_id", "replaces_id", "voided_at", "screening_id", "accepted_by", "accepted_reason",
                     "voided_by", "void_reason", "void_note", "kind"):  # fmt: skip
            batch.drop_column(name)
        batch.create_unique_constraint(op.f("uq_dose_visit_id"), ["visit_id"])
    with op.batch_alter_table("screening") as batch:
        batch.drop_constraint(op.f("uq_screening_id_visit_id"), type_="unique")
    op.drop_index(op.f("ix_scan_visit_id"), table_name="scan")
    for table in ("standby_call", "consent", "correction", "follow_up", "stock_move", "vial"):
        op.drop_table(table)
    _fact(
        "table_lot",
        sa.Column("clinic_day_id", ID, nullable=False),
        _text("station", 40),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        _text("by", 40),
        _leads_to("table_lot", "clinic_day_id", "clinic_day"),
        _leads_to("table_lot", "lot_id", "lot"),
    )
    op.create_index(op.f("ix_table_lot_clinic_day_id"), "table_lot", ["clinic_day_id"])
    for table, names in {
        "earlier_dose": ("source",),
        "identity_check": ("second_by", "number_reason"),
        "lot": ("doses_per_vial", "open_minutes", "gtin"),
    }.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
