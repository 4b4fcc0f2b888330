"""Who is here, who is still to come, and who could be called, as far as a dose that is left over goes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from kiosk.rules.priority import RECOVERED, Priority
from kiosk.rules.report import MAY_GET_ONE
from kiosk.rules.schedule import Who
from kiosk.rules.words import FollowUpKind, VisitState
from kiosk.store import expected, follow_ups
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import db
from kiosk.store.departures import Skip
from kiosk.store.doses import Dose
from kiosk.store.people import STANDS, Person, ids_of
from kiosk.store.rosters import Roster, RosterEntry, counting
from kiosk.store.screenings import Screening
from kiosk.store.visits import ABSENT, Visit

PIECE = 500


@dataclass(frozen=True)
class Candidate:
    """Somebody, as far as the order and the page need to know them. `on`: the day that their list names.

    `entry`: which row of which list says so; `landed_seq`: of several lists that count the last to land does.
    """

    person_id: str
    name: str
    who: Who
    group: str
    special: str
    line: int
    entry: str
    on: date
    landed_seq: int


_COLUMNS: tuple[Any, ...] = (
    Person.id, Person.name, Person.born_on, Person.born_year, RosterEntry.priority_group,
    RosterEntry.special, RosterEntry.line, RosterEntry.id, RosterEntry.on, Roster.landed_seq,
)  # fmt: skip


def list_waiting(clinic_day_id: str) -> list[Person]:
    """Who is here and has neither a dose nor an outcome without one."""
    query = select(Visit).where(_here(clinic_day_id), _undecided())
    return [visit.person for visit in db.session.scalars(query.order_by(Visit.queue_seq))]


def count_waiting(clinic_day_id: str) -> int:
    """How many are here and have neither a dose nor an outcome without one."""
    query = select(func.count()).select_from(Visit)
    return db.session.scalar(query.where(_here(clinic_day_id), _undecided())) or 0


def _here(clinic_day_id: str) -> ColumnElement[bool]:
    """Whoever was called in vain for the last time has perhaps gone home: no dose is kept for them until they are
    back."""
    absent = and_(Visit.state == VisitState.HELD, Visit.held_for == ABSENT)
    return and_(Visit.clinic_day_id == clinic_day_id, Visit.state != VisitState.LEFT, ~absent)


def _undecided() -> ColumnElement[bool]:
    dosed = exists().where(Dose.visit_id == Visit.id, Dose.voided_at.is_(None))
    withheld = exists().where(
        Screening.visit_id == Visit.id, Screening.conclusion.not_in(MAY_GET_ONE), Screening.superseded_at.is_(None)
    )
    skipped = exists().where(Skip.visit_id == Visit.id, Skip.superseded_at.is_(None))
    return and_(~dosed, ~withheld, ~skipped)


def count_expected(on: date, local: time, closes: time) -> int:
    """How many of that day's list are approved, have not come, and may still: by slot, without one until `closes`."""
    return expected.count_of(on, *_to_come(on, local, closes))


def list_expected(on: date, local: time, closes: time, limit: int) -> list[Person]:
    """The first of them."""
    return [person for person, _ in expected.list_of(on, *_to_come(on, local, closes), limit=limit)]


def _to_come(on: date, local: time, closes: time) -> list[ColumnElement[bool]]:
    came = _stands_for(_came(on))
    approved = RosterEntry.approved.is_(True)
    return [approved, func.coalesce(RosterEntry.slot_until, closes) > local, RosterEntry.person_id.not_in(came)]


def _came(on: date) -> Select[Any]:
    """Ids, standing, of everybody who came that day, whatever became of it."""
    query = select(STANDS).select_from(Visit).join(Person, Person.id == Visit.person_id)
    return query.join(ClinicDay, ClinicDay.id == Visit.clinic_day_id).where(ClinicDay.on == on)


def _stands_for(standing: Select[Any]) -> Select[Any]:
    """All ids of these people, the merged rows too."""
    return select(Person.id).where(or_(Person.id.in_(standing), Person.merged_into.in_(standing)))


def stream_callable(
    priority: Priority, on: date, local: time, closes: time, not_these: Collection[str]
) -> Iterator[list[Candidate]]:
    """Who may be called, has not come today and is not expected any more today.

    In the order of `rules/priority.order_key`, a piece at a time. `not_these`: who was called already.
    """
    awaited = select(RosterEntry.person_id).join(Roster).where(
        counting(), RosterEntry.on == on, func.coalesce(RosterEntry.slot_until, closes) > local
    )  # fmt: skip
    awaited = select(STANDS).where(Person.id.in_(awaited))
    query = (
        _callable()
        .where(Person.id.not_in(_came(on)), Person.id.not_in(awaited), Person.id.not_in(not_these))
        .order_by(*_order(priority, on))
    )
    seen: set[str] = set()
    for rows in db.session.execute(query.execution_options(yield_per=PIECE)).partitions():
        yield _once([_candidate(row) for row in rows], seen)


def may_be_called(person_id: str) -> bool:
    """Is this person, of this standing id, on a list that counts, approved, not recovered, and can be phoned?"""
    rows = db.session.execute(_callable().where(RosterEntry.person_id.in_(ids_of(person_id))))
    return bool(_once([_candidate(row) for row in rows], set()))


def _callable() -> Select[Any]:
    """Approved entries of whoever can be phoned, under their own number or their guardian's.

    Without those who have recovered, as the list or somebody here says: no dose is made for them.
    """
    listed, guardian = aliased(Person), aliased(Person)
    phone = func.coalesce(func.nullif(Person.phone, ""), guardian.phone, "")
    return (
        select(*_COLUMNS)
        .select_from(RosterEntry)
        .join(Roster, Roster.id == RosterEntry.roster_id)
        .join(listed, listed.id == RosterEntry.person_id)
        .join(Person, Person.id == func.coalesce(listed.merged_into, listed.id))
        .outerjoin(guardian, guardian.id == Person.guardian_id)
        .where(counting(), RosterEntry.approved, phone != "", RosterEntry.special != RECOVERED)
        .where(Person.id.not_in(follow_ups.whose_open(FollowUpKind.RECOVERED)))
    )


def _candidate(row: Row[Any]) -> Candidate:
    id, name, born_on, born_year, group, special, *rest = tuple[Any, ...](row)
    codes = frozenset({special} - {""})
    return Candidate(id, name, Who(born_on, born_year, codes), group, special, *rest)


def _once(piece: list[Candidate], seen: set[str]) -> list[Candidate]:
    """Everybody once: by the row of the list that landed last, where several count."""
    ids = {one.person_id for one in piece}
    theirs = select(STANDS, func.max(Roster.landed_seq)).select_from(RosterEntry)
    theirs = theirs.join(Roster, Roster.id == RosterEntry.roster_id).join(Person, Person.id == RosterEntry.person_id)
    mine = or_(Person.id.in_(ids), Person.merged_into.in_(ids))
    last = dict(db.session.execute(theirs.where(counting(), mine).group_by(STANDS)).all())
    found = []
    for one in piece:
        if one.person_id not in seen and last.get(one.person_id) == one.landed_seq:
            seen.add(one.person_id)
            found.append(one)
    return found


def _order(priority: Priority, on: date) -> tuple[Any, ...]:
    """`rules/priority.order_key`, said to the database."""
    firsts = [special.code for special in priority.specials if special.first]
    year = on.year - priority.first_from
    birthday = date(year, on.month, min(on.day, monthrange(year, on.month)[1]))
    elder = or_(Person.born_on <= birthday, and_(Person.born_on.is_(None), Person.born_year <= year))
    places = {group.code: place for place, group in enumerate(priority.groups)}
    group = case(places, value=RosterEntry.priority_group, else_=len(places))
    return (
        case((RosterEntry.special.in_(firsts), 0), else_=1), case((elder, 0), else_=1), group, RosterEntry.line,
        RosterEntry.id,
    )  # fmt: skip
