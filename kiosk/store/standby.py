"""Who was called for a dose that would be left over, and what they said."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.words import StandbyState
from kiosk.store import people
from kiosk.store.columns import At, Fact
from kiosk.store.database import Base, db


class StandbyCall(Fact, Base):
    """One call; the newest of a person on a clinic day counts. `by`: whose word lets them in."""

    __tablename__ = "standby_call"
    _also = (Index("ix_standby_call_clinic_day_id", "clinic_day_id", "person_id"),)

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))

    @property
    def said(self) -> StandbyState:
        """The state as the rules know it."""
        return StandbyState(self.state)


def find_newest(clinic_day_id: str, person_id: str) -> StandbyCall | None:
    """The last call of this person on this clinic day, under whichever of their ids."""
    mine = (StandbyCall.clinic_day_id == clinic_day_id) & StandbyCall.person_id.in_(people.ids_of(person_id))
    return db.session.scalar(select(StandbyCall).where(mine).order_by(StandbyCall.seq.desc()).limit(1))


def list_newest(clinic_day_id: str) -> list[StandbyCall]:
    """What everybody said last who was called on this clinic day, the newest call first."""
    query = select(StandbyCall).where(StandbyCall.clinic_day_id == clinic_day_id).order_by(StandbyCall.seq.desc())
    newest: dict[str, StandbyCall] = {}
    for call in db.session.scalars(query):
        newest.setdefault(people.get(call.person_id).id, call)
    return list(newest.values())
