"""Families: a guardian and those who come with them, and how each of them stands today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from kiosk.store import people, rosters, visits
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import db
from kiosk.store.people import Person


@dataclass(frozen=True)
class Member:
    """One of a family today. `expected`: on today's list, and the list approves of them."""

    person: Person
    expected: bool
    visit: visits.Visit | None

    @property
    def awaited(self) -> bool:
        """Expected, and not here yet."""
        return self.expected and self.visit is None


@dataclass(frozen=True)
class Family:
    """`holder`: whose card it is, or whose page is open; `others`: the guardian first, then by birth."""

    holder: Member
    others: tuple[Member, ...]
    guardian_id: str | None

    @property
    def together(self) -> tuple[Member, ...]:
        """Everybody, the guardian first."""
        everybody = (self.holder, *self.others)
        return tuple(sorted(everybody, key=lambda one: one.person.id != self.guardian_id))

    @property
    def brings(self) -> bool:
        """May the holder bring the others? A guardian though not expected themself; a child then brings nobody."""
        return self.holder.expected or self.holder.visit is not None or self.holder.person.id == self.guardian_id

    @property
    def companions(self) -> tuple[Member, ...]:
        """Whom the holder may bring in with them, and who is not here yet."""
        return tuple(one for one in self.others if one.awaited) if self.brings else ()

    @property
    def visit(self) -> visits.Visit | None:
        """The holder's visit; of a guardian who only brings children, the first child's once none is awaited."""
        if self.holder.visit or self.companions or self.holder.person.id != self.guardian_id:
            return self.holder.visit
        return next((one.visit for one in self.others if one.visit), None)


def find_guardian(person_id: str) -> Person | None:
    """Who comes with this person: as their own row says, else one that was merged into it."""
    id = db.session.scalar(_GUARDIAN, {"ids": people.ids_of(person_id)})
    return people.get(id) if id else None


_GUARDIAN = select(Person.guardian_id).where(
    Person.id.in_(bindparam("ids", expanding=True)), Person.guardian_id.is_not(None)
)
_GUARDIAN = _GUARDIAN.order_by(Person.merged_into.is_not(None), Person.id).limit(1)


def list_children(person_id: str) -> list[Person]:
    """Those who come with this person, oldest first."""
    query = select(Person).where(Person.guardian_id.in_(people.ids_of(person_id)))
    found = {one.id: one for one in (people.get(row.id) for row in db.session.scalars(query))}
    return sorted(found.values(), key=lambda one: (one.born_on or date(one.born_year or 9999, 1, 1), one.id))


def list_of(person_id: str) -> list[Person]:
    """A person's whole family: the guardian first, then the children, oldest first; alone, only themself."""
    guardian = find_guardian(person_id) or people.get(person_id)
    return [guardian, *(one for one in list_children(guardian.id) if one.id != guardian.id)]


def find(person_id: str, day: ClinicDay) -> Family:
    """How a person and their family stand on that clinic day."""
    everybody = [member(one, day) for one in list_of(person_id)]
    me = people.get(person_id).id
    holder = next(one for one in everybody if one.person.id == me)
    others = tuple(one for one in everybody if one is not holder)
    return Family(holder, others, everybody[0].person.id if others else None)


def member(person: Person, day: ClinicDay) -> Member:
    """How one person stands on that clinic day."""
    entry = rosters.find_entry(person.id, day.on)
    return Member(person, entry is not None and entry.approved, visits.find(day.id, person.id))


def part(person_id: str) -> None:
    """Takes the guardian from a person, and from every row that was merged into theirs."""
    for id in people.ids_of(person_id):
        db.session.get_one(Person, id).guardian_id = None
