"""Whom the rows of a list may be, a piece at a time: what we know of them, when they are expected, their doses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Integer, Row, Select, String, column, or_, select, update, values
from sqlalchemy.orm import defer

from kiosk.rules.person import Identity, name_key
from kiosk.rules.roster import Planned
from kiosk.rules.roster_review import Expected, Known, Pool
from kiosk.rules.words import DocumentKind, Sex
from kiosk.store.columns import new_id
from kiosk.store.database import add_rows, db
from kiosk.store.doses import Dose, EarlierDose, believed, standing
from kiosk.store.lots import Lot
from kiosk.store.people import STANDS, Person, whose
from kiosk.store.rosters import Roster, RosterEntry, counting

_COLUMNS: tuple[Any, ...] = (
    Person.id, Person.name, Person.number, Person.old_number, Person.born_on, Person.born_year, Person.sex,
    Person.address, Person.document_number, Person.phone, Person.insurance, Person.workplace, Person.has_app,
    Person.merged_into,
)  # fmt: skip


def load(rows: Sequence[Planned]) -> Pool:
    """Everybody who shares a number, or name and birth year, with one of these rows."""
    found: dict[str, Row[Any]] = {}
    for query in _queries(rows):
        found |= {row.id: row for row in db.session.execute(query)}
    kept = {row.merged_into for row in found.values() if row.merged_into} - set(found)
    if kept:
        found |= {row.id: row for row in db.session.execute(select(*_COLUMNS).where(Person.id.in_(kept)))}
    standing = {row.id: _known(row) for row in found.values() if not row.merged_into}
    return Pool([_known(row) for row in found.values()], standing)


def get(ids: Collection[str]) -> dict[str, Known]:
    """Who stands for these people, by the id that was asked for."""
    query = select(Person.id, STANDS).where(Person.id.in_(ids))
    stands = dict(db.session.execute(query).all())
    rows = db.session.execute(select(*_COLUMNS).where(Person.id.in_(set(stands.values()))))
    known: dict[str, Known] = {row.id: _known(row) for row in cast(Iterable[Row[Any]], rows)}
    return {id: known[other] for id, other in stands.items()}


def _queries(rows: Sequence[Planned]) -> Iterator[Select[Any]]:
    query = select(*_COLUMNS)
    numbers = {row.identity.number for row in rows} - {""}
    others = {number for row in rows for number in (row.identity.old_number, row.passport)} - {""}
    cards = {row.insurance for row in rows} - {""}
    if numbers:
        yield query.where(Person.number.in_(numbers))
    if others:
        yield query.where(or_(Person.old_number.in_(others), Person.document_number.in_(others)))
    if cards:
        yield query.where(Person.insurance.in_(cards))
    named = {(name_key(row.identity.name), row.identity.born_year) for row in rows}
    if named:
        # A join and no `IN` over pairs: for that SQLite walks over everybody.
        pairs = values(column("name", String), column("year", Integer), name="named").data(sorted(named, key=str)).cte()
        yield query.join(pairs, (Person.name_key == pairs.c.name) & (Person.born_year == pairs.c.year))


def _known(row: Row[Any]) -> Known:
    identity = Identity(
        row.name, row.number or "", row.old_number, row.born_on, row.born_year, Sex(row.sex), row.address
    )  # fmt: skip
    return Known(
        row.merged_into or row.id, identity, row.document_number, row.phone, row.insurance, row.workplace, row.has_app
    )  # fmt: skip


def list_expected(ids: Collection[str], days: Collection[date]) -> dict[tuple[str, date], Expected]:
    """How these people (ids of those who stand for themselves) are expected on these days; what landed last says it."""
    if not ids:
        return {}
    stands = whose(ids)
    query = select(RosterEntry).join(Roster).where(RosterEntry.person_id.in_(stands), counting())
    entries = db.session.scalars(query.options(defer(RosterEntry.cells)).order_by(Roster.landed_seq))
    return {(stands[entry.person_id], entry.on): _expected(entry) for entry in entries if entry.on in days}


def _expected(entry: RosterEntry) -> Expected:
    slot = (entry.slot_from, entry.slot_until) if entry.slot_from and entry.slot_until else None
    return Expected(slot, entry.priority_group, entry.special, entry.approved, entry.note)


def list_doses(ids: Collection[str], *, lists: bool = True) -> dict[str, dict[date, str]]:
    """The vaccines that these people have had, by date: given by us, told by them, and what `lists` that count say."""
    found: dict[str, dict[date, str]] = {}
    if not ids:
        return found
    theirs = or_(Person.id.in_(ids), Person.merged_into.in_(ids))
    said = select(STANDS, EarlierDose.given_on, EarlierDose.vaccine).join(
        EarlierDose, EarlierDose.person_id == Person.id
    )  # fmt: skip
    said = said.where(theirs, believed() if lists else EarlierDose.roster_id.is_(None))
    said = said.outerjoin(Roster, Roster.id == EarlierDose.roster_id)
    said = said.order_by(EarlierDose.roster_id.is_(None), Roster.landed_seq)  # the last of one day is kept
    ours = select(STANDS, Dose.given_on, Lot.vaccine).join(Dose, Dose.person_id == Person.id).join(Lot)
    ours = ours.where(theirs, standing())
    for query in (said, ours):
        for id, on, vaccine in db.session.execute(query):
            found.setdefault(id, {})[on] = vaccine
    return found


def new_person(row: Planned) -> dict[str, Any]:
    """Somebody whom only the list knows, as a row of `person` with its new id."""
    one = row.identity
    shown = {DocumentKind.PASSPORT: row.passport, DocumentKind.OLD_CARD: one.old_number}
    document = next((kind for kind, number in shown.items() if number and not one.number), "")
    return {
        "id": new_id(), "name": one.name, "name_key": name_key(one.name), "number": one.number or None,
        "old_number": one.old_number, "born_on": one.born_on, "born_year": one.born_year, "sex": one.sex,
        "address": one.address, "document": document, "document_number": row.passport, "nationality": "",
        "phone": row.phone, "insurance": row.insurance, "workplace": row.workplace, "has_app": bool(row.has_app),
    }  # fmt: skip


def add(rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds people, each as `new_person` describes them."""
    add_rows(Person, rows)


def learn(id: str, values: Mapping[str, Any]) -> None:
    """Writes what a list knows better."""
    named = {"name_key": name_key(values["name"])} if "name" in values else {}
    changed = update(Person).where(Person.id == id).values(**values, **named)
    db.session.execute(changed.execution_options(synchronize_session=False))
