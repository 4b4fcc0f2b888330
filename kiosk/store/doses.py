"""Doses: one injection each; and earlier ones, given elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound, Refusal
from kiosk.rules.moment import Moment
from kiosk.rules.roster import PastShot
from kiosk.rules.schedule import PastDose
from kiosk.rules.vaccines import OTHER
from kiosk.rules.words import DoseKind, EarlierSource
from kiosk.store import people
from kiosk.store.columns import At, Code, Fact, Instant, box_name, new_id, next_seq, record
from kiosk.store.database import Base, add_rows, by_key, db
from kiosk.store.lots import Lot
from kiosk.store.rosters import Roster, counting
from kiosk.store.vials import Vial

_STANDS = text("voided_at IS NULL")
# What a constraint is called by SQLite (its columns) and by PostgreSQL (its name), and the no that it means.
_BROKEN = {
    "dose.person_id, dose.given_on": "same_day", "uq_dose_person_day": "same_day",
    "dose.visit_id": "dose_already_given", "uq_dose_visit_id": "dose_already_given",
    "FOREIGN KEY": "not_cleared", "fk_dose_screening_id_screening": "not_cleared",
}  # fmt: skip
# Of several who speak of one day the first is believed; ours goes before all of them.
_BELIEF = (EarlierSource.LATE_ENTRY, EarlierSource.CERTIFICATE, EarlierSource.SAID, EarlierSource.LIST)


class Dose(Fact, Base):
    """One injection; `id` is the UUID that goes upstream. `given_on`: the date at the site.

    `entered_by` typed it, `vaccinator` confirmed it: staff ids. `warnings`: codes that were shown and accepted;
    `accepted_by`, `accepted_reason`: whose decision that was and why. `vial_id`: None for what was given before vials
    were counted. A dose that was recorded wrongly is never removed: it is void from `voided_at` on (`void_reason`: a
    code of `protocols/doses.toml`), and the one that stands in its place says so in `replaces_id`.

    A visit has one dose that stands, a person one a day, and none without the visit's own screening: by constraint.
    """

    __tablename__ = "dose"
    _also = (
        Index("ix_dose_person_id", "person_id"),
        Index("ix_dose_clinic_day_id", "clinic_day_id"),
        Index("ix_dose_vial_id", "vial_id"),
        Index("uq_dose_visit_id", "visit_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("uq_dose_person_day", "person_id", "given_on", unique=True, sqlite_where=_STANDS,
              postgresql_where=_STANDS),
        ForeignKeyConstraint(["screening_id", "visit_id"], ["screening.id", "screening.visit_id"],
                             name="fk_dose_screening_id_screening"),
    )  # fmt: skip

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    screening_id: Mapped[str] = mapped_column(String(36))
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
    vial_id: Mapped[str | None] = mapped_column(ForeignKey("vial.id"))
    kind: Mapped[str] = mapped_column(String(12), default=DoseKind.BASIC)
    accepted_by: Mapped[str] = mapped_column(String(36), default="")
    accepted_reason: Mapped[str] = mapped_column(String(200), default="")
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("dose.id"))
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by: Mapped[str] = mapped_column(String(40), default="")
    void_reason: Mapped[str] = mapped_column(String(20), default="")
    void_note: Mapped[str] = mapped_column(String(200), default="")

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)
    vial: Mapped[Vial | None] = relationship()


class EarlierDose(Fact, Base):
    """A dose given elsewhere, as the person, their paper (`visit_id`) or a list (`roster_id`) says.

    Each list says it for itself: taking one back leaves what another says. Nothing of it goes upstream. `source`: an
    EarlierSource; of a certificate nobody has checked the signature.
    """

    __tablename__ = "earlier_dose"
    _also = (UniqueConstraint("person_id", "given_on", "roster_id"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    roster_id: Mapped[str | None] = mapped_column(ForeignKey("roster.id"))
    vaccine: Mapped[str] = mapped_column(String(20))
    given_on: Mapped[date] = mapped_column(Date)
    lot: Mapped[str] = mapped_column(String(20), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(12), default=EarlierSource.SAID)
    at: Mapped[At]


def standing() -> ColumnElement[bool]:
    """A dose counts unless it was taken back."""
    return Dose.voided_at.is_(None)


def get(id: str) -> Dose:
    """A dose, void or not. Raises NotFound."""
    dose = by_key(Dose, id)
    if dose is None:
        raise NotFound("dose")
    return dose


def find(visit_id: str) -> Dose | None:
    """The dose of this visit that stands."""
    return db.session.scalar(_OF_VISIT, {"visit": visit_id})


_OF_VISIT = select(Dose).where(Dose.visit_id == bindparam("visit"), standing())


def find_void(visit_id: str) -> Dose | None:
    """The dose of this visit that was taken back last and that none stands in the place of."""
    mine = select(Dose).where(Dose.visit_id == visit_id, ~standing()).order_by(Dose.seq.desc()).limit(1)
    return None if find(visit_id) else db.session.scalar(mine)


def put(dose: Dose, now: Moment) -> Dose:
    """Adds a dose. Raises Refusal `not_cleared` without the visit's own screening, `same_day` beside another of that
    person and day, `dose_already_given` beside another of that visit: the file itself says so.
    """  # fmt: skip
    try:
        return record(dose, now)
    except IntegrityError as broken:
        code = next((code for words, code in _BROKEN.items() if words in str(broken.orig)), None)
        if code is None:
            raise
        raise Refusal(code) from broken


def is_of(vial_id: str) -> bool:
    """Was a dose ever recorded out of this vial, void or not?"""
    return bool(db.session.scalar(select(select(Dose.id).where(Dose.vial_id == vial_id).exists())))


def void(dose: Dose, at: datetime, by: str, reason: str, note: str) -> bool:
    """Takes a dose back; False when somebody else has done so."""
    mine = update(Dose).where(Dose.id == dose.id, standing())
    values = {"voided_at": at, "voided_by": by, "void_reason": reason, "void_note": note}
    return db.session.scalar(mine.values(**values).returning(Dose.id)) is not None


def list_newest(clinic_day_id: str, station: str, limit: int, offset: int = 0) -> list[Dose]:
    """Doses of a clinic day, void ones too, the newest first; of one table where `station` names one."""
    mine = [Dose.clinic_day_id == clinic_day_id, *([Dose.station == station] if station else ())]
    return list(db.session.scalars(select(Dose).where(*mine).order_by(Dose.seq.desc()).offset(offset).limit(limit)))


def list_vaccinators(clinic_day_id: str) -> list[str]:
    """Staff ids of whoever confirmed a dose of this clinic day."""
    query = select(Dose.vaccinator).where(Dose.clinic_day_id == clinic_day_id).distinct()
    return list(db.session.scalars(query.order_by(Dose.vaccinator)))


def count_all(clinic_day_id: str) -> tuple[int, int]:
    """How many doses of a clinic day stand, and how many were taken back (a corrected one is one of both)."""
    query = select(func.count().filter(standing()), func.count().filter(~standing()))
    stand, void = db.session.execute(query.where(Dose.clinic_day_id == clinic_day_id)).one()
    return stand, void


def believed() -> ColumnElement[bool]:
    """What a list says of earlier doses is believed while that list counts."""
    counts = select(Roster.id).where(counting())
    return or_(EarlierDose.roster_id.is_(None), EarlierDose.roster_id.in_(counts))


def put_listed(said: Sequence[tuple[str, PastShot]], roster_id: str, now: Moment) -> None:
    """What a list says of these people's earlier doses; what another row of it has said already is there."""
    mine = (EarlierDose.roster_id == roster_id) & EarlierDose.person_id.in_({person_id for person_id, _ in said})
    there = {tuple(row) for row in db.session.execute(select(EarlierDose.person_id, EarlierDose.given_on).where(mine))}
    fresh = {(person_id, dose.on): dose for person_id, dose in said if (person_id, dose.on) not in there}
    if not fresh:
        return
    box, last = box_name(), next_seq(box_name(), len(fresh))
    add_rows(EarlierDose, [
        {"id": new_id(), "box": box, "seq": seq, "clock_trusted": now.trusted, "person_id": person_id, "given_on": on,
         "vaccine": dose.vaccine, "lot": dose.lot, "place": dose.place, "roster_id": roster_id,
         "source": EarlierSource.LIST, "at": now.at}
        for seq, ((person_id, on), dose) in enumerate(fresh.items(), last - len(fresh) + 1)
    ])  # fmt: skip


def history(person_id: str) -> list[PastDose]:
    """Every dose of this person that we know of, under whichever of their ids, oldest first.

    What is said of a day on which we gave one ourselves, or said twice of one day, is one dose: ours, else what the
    late entry says, a certificate, the person, the list that landed last.
    """
    theirs = {"ids": people.ids_of(person_id)}
    ours, said = db.session.scalars(_OURS, theirs), db.session.scalars(_SAID, theirs)
    known = [PastDose(dose.lot.vaccine, dose.given_on, DoseKind(dose.kind)) for dose in ours]
    taken = {(each.given_on, each.vaccine == OTHER) for each in known}
    for dose in sorted(said, key=lambda each: _BELIEF.index(EarlierSource(each.source))):
        fact = (dose.given_on, dose.vaccine == OTHER)
        if fact not in taken:
            taken.add(fact)
            known.append(PastDose(dose.vaccine, dose.given_on, source=EarlierSource(dose.source), place=dose.place))
    return sorted(known, key=lambda dose: dose.given_on)


_OURS = select(Dose).where(Dose.person_id.in_(bindparam("ids", expanding=True)), standing())
_SAID = select(EarlierDose).outerjoin(Roster, Roster.id == EarlierDose.roster_id)
_SAID = _SAID.where(EarlierDose.person_id.in_(bindparam("ids", expanding=True)), believed())
_SAID = _SAID.order_by(Roster.landed_seq.desc(), EarlierDose.seq)


def count_by_vaccine(clinic_day_id: str) -> Sequence[tuple[str, int, int]]:
    """(vaccine, dose number, how many) of a clinic day."""
    query = select(Lot.vaccine, Dose.dose_number, func.count()).join(Lot)
    query = query.where(Dose.clinic_day_id == clinic_day_id, standing())
    rows = db.session.execute(query.group_by(Lot.vaccine, Dose.dose_number).order_by(Lot.vaccine, Dose.dose_number))
    return [(vaccine, number, count) for vaccine, number, count in rows]


def list_times(clinic_day_id: str) -> list[datetime]:
    """When each dose of a clinic day was given, in order."""
    query = select(Dose.given_at).where(Dose.clinic_day_id == clinic_day_id, standing()).order_by(Dose.seq)
    return list(db.session.scalars(query))
