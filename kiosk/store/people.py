"""People: identity that outlives today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.document import Document
from kiosk.rules.person import Identity, name_key
from kiosk.rules.words import DocumentKind, Sex
from kiosk.store.columns import Id
from kiosk.store.database import Base, db

NO_DOCUMENT = Document()


class Person(Base):
    """Somebody who is or will be vaccinated. `number` is None, not "", where there is none yet.

    `phone` is no identity: a family shares one. `merged_into`: the row that stands for this person since two were found
    to be one; None for whoever stands for themselves. `guardian_id`: who comes with them and signs for them.

    `document`: a `DocumentKind` that was shown at the desk and typed, "" for whoever comes from a list;
    `document_number` and `nationality` only where it is not the personal number that it says.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_name_key_born_year", "name_key", "born_year"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))
    number: Mapped[str | None] = mapped_column(String(12), unique=True)
    old_number: Mapped[str] = mapped_column(String(12), default="", index=True)
    born_on: Mapped[date | None] = mapped_column(Date)
    born_year: Mapped[int | None]
    sex: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(200), default="")
    document: Mapped[str] = mapped_column(String(20), default="")
    document_number: Mapped[str] = mapped_column(String(20), default="", index=True)
    nationality: Mapped[str] = mapped_column(String(3), default="")
    phone: Mapped[str] = mapped_column(String(15), default="", index=True)
    insurance: Mapped[str] = mapped_column(String(15), default="", index=True)
    workplace: Mapped[str] = mapped_column(String(120), default="")
    has_app: Mapped[bool] = mapped_column(default=False)
    guardian_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)

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


def list_by_document(document: Document) -> list[Person]:
    """Whoever has shown a document of this kind, land and number before."""
    same = (Person.document == document.kind, Person.document_number == document.number)
    query = select(Person).where(*same, Person.nationality == document.nationality)
    return list(db.session.scalars(query.order_by(Person.id))) if document.number else []


def find_by_other_number(number: str) -> list[Person]:
    """By the number of an old card or a passport: two offices may have given out the same one."""
    query = select(Person).where((Person.old_number == number) | (Person.document_number == number))
    return list(db.session.scalars(query.order_by(Person.name_key, Person.id)))


def add(identity: Identity, document: Document = NO_DOCUMENT) -> Person:
    """A new person, and what they have shown."""
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
    show(person, document)
    db.session.add(person)
    db.session.flush()
    return person


def show(person: Person, document: Document) -> None:
    """Notes the document that this person showed. The number of an old card is kept for good."""
    person.document, person.document_number, person.nationality = document.kind, document.number, document.nationality
    if document.kind is DocumentKind.OLD_CARD:
        person.old_number = document.number
