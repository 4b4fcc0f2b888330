"""People: identity that outlives today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.person import Identity, name_key, same_name
from kiosk.rules.words import Sex
from kiosk.store.columns import Id
from kiosk.store.database import Base, db


class Person(Base):
    """Somebody who is or will be vaccinated. `number` is None, not "", where there is none yet."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_name_key_born_year", "name_key", "born_year"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))
    number: Mapped[str | None] = mapped_column(String(12), unique=True)
    old_number: Mapped[str] = mapped_column(String(12), default="")
    born_on: Mapped[date | None] = mapped_column(Date)
    born_year: Mapped[int | None]
    sex: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(200), default="")

    @property
    def identity(self) -> Identity:
        """What we know of them, as the rules take it."""
        return Identity(
            name=self.name,
            number=self.number or "",
            old_number=self.old_number,
            born_on=self.born_on,
            born_year=self.born_year,
            sex=Sex(self.sex),
            address=self.address,
        )


def get(id: str) -> Person:
    """Raises NotFound."""
    person = db.session.get(Person, id)
    if person is None:
        raise NotFound("person")
    return person


def find_by_number(number: str) -> Person | None:
    """By the 12-digit number."""
    return db.session.scalar(select(Person).where(Person.number == number))


def find_numberless(identity: Identity) -> Person | None:
    """The one person without a number who has exactly this name and full birth date; None when there are two."""
    if identity.born_on is None:
        return None
    query = select(Person).where(
        Person.name_key == name_key(identity.name), Person.born_on == identity.born_on, Person.number.is_(None)
    )
    found = [person for person in db.session.scalars(query) if same_name(person.name, identity.name)]
    return found[0] if len(found) == 1 else None


def list_alike(identity: Identity) -> list[Person]:
    """Everybody of that name, marks aside, and birth year: they may or may not be the same person."""
    query = select(Person).where(Person.name_key == name_key(identity.name), Person.born_year == identity.born_year)
    return list(db.session.scalars(query.order_by(Person.id)))


def search(words: str, born_year: int | None, limit: int = 20) -> list[Person]:
    """By the beginning of any part of the name (marks aside) and, where given, the birth year; by name."""
    query = select(Person)
    for word in name_key(words).split():
        query = query.where((" " + Person.name_key).contains(f" {word}", autoescape=True))
    if born_year is not None:
        query = query.where(Person.born_year == born_year)
    return list(db.session.scalars(query.order_by(Person.name_key, Person.born_year, Person.id).limit(limit)))


def add(identity: Identity) -> Person:
    """A new person."""
    person = Person(
        name=identity.name,
        name_key=name_key(identity.name),
        number=identity.number or None,
        old_number=identity.old_number,
        born_on=identity.born_on,
        born_year=identity.born_year,
        sex=identity.sex,
        address=identity.address[:200],
    )
    db.session.add(person)
    db.session.flush()
    return person
