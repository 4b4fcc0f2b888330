"""Who was called for a dose that would be left over, and what they said."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, Subquery, func, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.words import StandbyState
from kiosk.store import people
from kiosk.store.columns import At, Fact
from kiosk.store.database import Base, db
from kiosk.store.people import STANDS, Person
from kiosk.store.visits import Visit


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
    calls = _calls(clinic_day_id)
    query = select(StandbyCall).join(calls, calls.c.id == StandbyCall.id).where(calls.c.nth == 1)
    return list(db.session.scalars(query.order_by(StandbyCall.seq.desc())))


def list_awaited(clinic_day_id: str, said: Collection[StandbyState]) -> list[tuple[StandbyCall, Person]]:
    """Who said one of these last and has no number yet, beside that call; the newest call first."""
    awaited = _awaited(clinic_day_id, said).subquery()
    query = select(StandbyCall, Person).join(awaited, awaited.c.id == StandbyCall.id)
    query = query.join(Person, Person.id == awaited.c.stands).order_by(StandbyCall.seq.desc())
    return [(call, person) for call, person in db.session.execute(query)]


def count_awaited(clinic_day_id: str, said: Collection[StandbyState]) -> int:
    """How many they are."""
    awaited = _awaited(clinic_day_id, said).subquery()
    return db.session.scalar(select(func.count()).select_from(awaited)) or 0


def _awaited(clinic_day_id: str, said: Collection[StandbyState]) -> Select[Any]:
    calls = _calls(clinic_day_id)
    came = select(STANDS).join(Visit, Visit.person_id == Person.id).where(Visit.clinic_day_id == clinic_day_id)
    newest = select(calls.c.id, calls.c.stands).where(calls.c.nth == 1)
    return newest.where(calls.c.state.in_(said), calls.c.stands.not_in(came))


def _calls(clinic_day_id: str) -> Subquery:
    """Every call of the day, whose it is (`stands`), and which of that person's it is, the newest first (`nth`)."""
    nth = func.row_number().over(partition_by=STANDS, order_by=StandbyCall.seq.desc())
    query = select(StandbyCall.id, StandbyCall.state, STANDS.label("stands"), nth.label("nth"))
    query = query.join(Person, Person.id == StandbyCall.person_id)
    return query.where(StandbyCall.clinic_day_id == clinic_day_id).subquery()
