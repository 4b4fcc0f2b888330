"""People: identity that outlives today."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.document import Document
from kiosk.rules.looking import Wanted
from kiosk.rules.person import Identity, name_key
from kiosk.rules.words import DocumentKind, Sex
from kiosk.store.columns import Id, in_transaction
from kiosk.store.database import Base, by_key, db

NO_DOCUMENT = Document()


class Person(Base):
    """Somebody who is or will be vaccinated. `number` is None, not "", where there is none yet.

    `phone` is no identity: a family shares one. `merged_into`: the row that stands for this person since two were found
    to be one, itself never merged; None for whoever stands for themselves. `guardian_id`: who comes with them and signs
    for them. `has_app`: their health-book app was scanned, or a list says so: no message by SMS is needed.

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


# In SQL: the id of whoever stands for this row. `merged_into` never leads to a row that is itself merged.
STANDS = func.coalesce(Person.merged_into, Person.id)


def get(id: str) -> Person:
    """The person of this id, also of a row that was merged into theirs. Raises NotFound."""
    return standing(get_row(id))


def get_row(id: str) -> Person:
    """The very row, merged or not: for whoever merges. Raises NotFound."""
    person = by_key(Person, id)
    if person is None:
        raise NotFound("person")
    return person


def standing(person: Person) -> Person:
    """The row that stands for this person."""
    return person if person.merged_into is None else db.session.get_one(Person, person.merged_into)


def ids_of(id: str) -> list[str]:
    """All ids of one person, the standing one first: what was written down under any of them is theirs."""
    if not db.session.info.get("writing"):
        return _ids_of(id)
    kept = in_transaction("ids")
    if id not in kept:
        kept[id] = _ids_of(id)
    return list(kept[id])


def point(rows: ColumnElement[bool], to: str | None) -> None:
    """These rows stand for themselves from now on (None), or for this one."""
    db.session.execute(update(Person).where(rows).values(merged_into=to).execution_options(synchronize_session=False))
    db.session.expire_all()
    in_transaction("ids").clear()


def _ids_of(id: str) -> list[str]:
    return list(db.session.scalars(_ROWS, {"person": id}))


_FIRST = select(STANDS).where(Person.id == bindparam("person")).scalar_subquery()
_ROWS = select(Person.id).where(or_(Person.id == _FIRST, Person.merged_into == _FIRST))
_ROWS = _ROWS.order_by(Person.merged_into.is_not(None), Person.id)


def whose(ids: Collection[str]) -> dict[str, str]:
    """Every row of these people (ids of those who stand for themselves), and whose it is."""
    theirs = or_(Person.id.in_(ids), Person.merged_into.in_(ids))
    return dict(db.session.execute(select(Person.id, STANDS).where(theirs)).all())


def _standing(found: Iterable[Person]) -> list[Person]:
    """Everybody once, in the order in which they were found."""
    return list({person.id: person for person in map(standing, found)}.values())


def find_by_number(number: str) -> Person | None:
    """By the 12-digit number."""
    person = db.session.scalar(select(Person).where(Person.number == number))
    return standing(person) if person else None


def list_alike(identity: Identity) -> list[Person]:
    """Everybody of that name, marks aside, and birth year: they may or may not be the same person."""
    query = select(Person).where(Person.name_key == name_key(identity.name), Person.born_year == identity.born_year)
    return _standing(db.session.scalars(query.order_by(Person.id)))


def search(words: str, born_year: int | None, limit: int = 20) -> list[Person]:
    """By the beginning of any part of the name (marks aside) and, where given, the birth year.

    Those whose parts are whole words of it come first, then by name. The names are searched before the people: many
    share one, and an index holds all that this takes.
    """
    parts = name_key(words).split()
    year = [] if born_year is None else [Person.born_year == born_year]
    names = select(Person.name_key).where(*year).distinct().subquery().c.name_key
    # A name's key is capitals and spaces: nothing in it means anything to LIKE.
    fitting = select(names).where(*((" " + names).like(f"% {part}%") for part in parts))
    found = db.session.scalars(fitting.order_by(_halves(names, parts), names).limit(limit))
    query = select(Person).where(Person.name_key.in_(found.all()), *year)
    order = (_halves(Person.name_key, parts), Person.name_key, Person.born_year, Person.id)
    return _standing(db.session.scalars(query.order_by(*order).limit(limit)))


def _halves(name: ColumnElement[str] | InstrumentedAttribute[str], parts: Sequence[str]) -> ColumnElement[int]:
    """How many of the parts are no whole word of the name."""
    whole = ((" " + name + " ").like(f"% {part} %") for part in parts)
    return sum((case((fits, 0), else_=1) for fits in whole), literal(0))


def list_by_numbers(wanted: Wanted, limit: int = 20) -> list[Person]:
    """Whoever one of these numbers may be of; a birth year narrows them down where it leaves anybody."""
    same = {
        Person.number: wanted.number,
        Person.old_number: wanted.other,
        Person.document_number: wanted.other,
        Person.phone: wanted.phone,
    }
    ways = [column == number for column, number in same.items() if number]
    if wanted.insurance:
        ways.append(Person.insurance.in_({wanted.insurance, wanted.insurance[-10:]}))
    query = select(Person).order_by(Person.name_key, Person.born_year, Person.id).limit(limit)
    years = [] if wanted.born_year is None else [[Person.born_year == wanted.born_year]]
    for narrowed in (*years, []):
        found = list(db.session.scalars(query.where(or_(*ways), *narrowed)))
        # Of a card with ten digits the list may hold all fifteen signs.
        if not found and wanted.insurance:
            found = list(db.session.scalars(query.where(Person.insurance.endswith(wanted.insurance[-10:]), *narrowed)))
        if found:
            return _standing(found)
    return []


def list_by_ending(ending: str, born_year: int, limit: int = 20) -> list[Person]:
    """By the last four digits of the 12-digit number and the birth year."""
    query = select(Person).where(Person.born_year == born_year, Person.number.endswith(ending))
    return _standing(db.session.scalars(query.order_by(Person.name_key, Person.id).limit(limit)))


def list_by_name_and_phone(name: str, phone: str) -> list[Person]:
    """People of that name, marks aside, who can be called under that number."""
    query = select(Person).where(Person.phone == phone, Person.name_key == name_key(name))
    return _standing(db.session.scalars(query.order_by(Person.id))) if phone else []


def list_by_document(document: Document) -> list[Person]:
    """Whoever has shown a document of this kind, land and number before."""
    same = (Person.document == document.kind, Person.document_number == document.number)
    query = select(Person).where(*same, Person.nationality == document.nationality)
    return _standing(db.session.scalars(query.order_by(Person.id))) if document.number else []


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
