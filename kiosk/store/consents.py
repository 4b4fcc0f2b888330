"""Who agreed to an injection: a child's guardian, or an adult for themselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store import families
from kiosk.store.columns import At, Fact
from kiosk.store.database import Base, db
from kiosk.store.people import Person
from kiosk.store.visits import Visit


class Consent(Fact, Base):
    """The signed form of a visit, as somebody saw it.

    `guardian_id`: the guardian, where we know them; `guardian_name` is "" where an adult signed for themselves.
    """

    __tablename__ = "consent"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    version: Mapped[str] = mapped_column(String(40))
    guardian_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    guardian_name: Mapped[str] = mapped_column(String(60))
    guardian_phone: Mapped[str] = mapped_column(String(15), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))


def find(visit_id: str) -> Consent | None:
    """The visit's consent, if it has been seen."""
    return db.session.scalar(select(Consent).where(Consent.visit_id == visit_id))


def list_of_siblings(visit: Visit) -> list[Consent]:
    """What guardians signed this clinic day for a child of the same guardian or of the same phone, the newest first."""
    me = visit.person
    theirs: list[ColumnElement[bool]] = [Person.id.in_([one.id for one in families.list_of(me.id)])]
    if me.phone:
        theirs.append(Person.phone == me.phone)
    signed = (Consent.guardian_name != "", Visit.clinic_day_id == visit.clinic_day_id, Visit.id != visit.id)
    query = select(Consent).join(Visit, Visit.id == Consent.visit_id).join(Person, Person.id == Visit.person_id)
    return list(db.session.scalars(query.where(*signed, or_(*theirs)).order_by(Consent.at.desc(), Consent.id)))
