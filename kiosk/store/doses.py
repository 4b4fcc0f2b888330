"""Doses: one injection each; and earlier ones, given elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.rules.schedule import PastDose
from kiosk.store.columns import At, Code, Fact
from kiosk.store.database import Base, db
from kiosk.store.lots import Lot


class Dose(Fact, Base):
    """One injection; `id` is the UUID that goes upstream. `given_on`: the date at the site.

    `entered_by` typed it, `vaccinator` confirmed it: staff ids. `warnings`: codes that were shown and accepted.
    """

    __tablename__ = "dose"
    _also = (Index("ix_dose_person_id", "person_id"), Index("ix_dose_clinic_day_id", "clinic_day_id"))

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    station: Mapped[Code]
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    dose_number: Mapped[int]
    series_doses: Mapped[int]
    arm: Mapped[str] = mapped_column(String(10))
    given_at: Mapped[At]
    given_on: Mapped[date] = mapped_column(Date)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    entered_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    vaccinator: Mapped[str] = mapped_column(ForeignKey("staff.id"))

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class EarlierDose(Fact, Base):
    """A dose given elsewhere, as the person, their paper (`visit_id`) or a list (`roster_id`) says.

    Nothing of it goes upstream.
    """

    __tablename__ = "earlier_dose"
    _also = (UniqueConstraint("person_id", "given_on"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    roster_id: Mapped[str | None] = mapped_column(ForeignKey("roster.id"))
    vaccine: Mapped[str] = mapped_column(String(20))
    given_on: Mapped[date] = mapped_column(Date)
    lot: Mapped[str] = mapped_column(String(20), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[At]


def find(visit_id: str) -> Dose | None:
    """The dose given in this visit."""
    return db.session.scalar(select(Dose).where(Dose.visit_id == visit_id))


def find_earlier(person_id: str, given_on: date) -> EarlierDose | None:
    """The dose that this person is said to have had elsewhere on that day."""
    mine = (EarlierDose.person_id == person_id) & (EarlierDose.given_on == given_on)
    return db.session.scalar(select(EarlierDose).where(mine))


def history(person_id: str) -> list[PastDose]:
    """Every dose of this person that we know of, oldest first."""
    ours = select(Dose).where(Dose.person_id == person_id)
    said = select(EarlierDose).where(EarlierDose.person_id == person_id)
    known = [PastDose(dose.lot.vaccine, dose.given_on) for dose in db.session.scalars(ours)]
    known += [PastDose(dose.vaccine, dose.given_on) for dose in db.session.scalars(said)]
    return sorted(known, key=lambda dose: dose.given_on)


def count_by_vaccine(clinic_day_id: str) -> Sequence[tuple[str, int, int]]:
    """(vaccine, dose number, how many) of a clinic day."""
    query = select(Lot.vaccine, Dose.dose_number, func.count()).join(Lot).where(Dose.clinic_day_id == clinic_day_id)
    rows = db.session.execute(query.group_by(Lot.vaccine, Dose.dose_number).order_by(Lot.vaccine, Dose.dose_number))
    return [(vaccine, number, count) for vaccine, number, count in rows]


def list_times(clinic_day_id: str) -> list[datetime]:
    """When each dose of a clinic day was given, in order."""
    query = select(Dose.given_at).where(Dose.clinic_day_id == clinic_day_id).order_by(Dose.seq)
    return list(db.session.scalars(query))
