"""Who has begun a series of doses, here or elsewhere, and where they stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, String, Subquery, and_, cast, func, or_, select, union_all

from kiosk.rules.due import Begun, Window
from kiosk.rules.person import Identity
from kiosk.rules.schedule import PastDose
from kiosk.rules.vaccines import OTHER
from kiosk.store.database import db
from kiosk.store.doses import Dose, EarlierDose, believed
from kiosk.store.lots import Lot
from kiosk.store.people import STANDS, Person
from kiosk.store.rosters import Roster, RosterEntry, counting

# A day as text: dates and products are told apart by it in one column, which a group can be asked the least of.
_DAY = 10


@dataclass(frozen=True)
class Due:
    """Somebody, and what they have had; `first_on`: when their first dose was. `other_number`: of another document.

    Read once: the write that puts many of them on a list must not read each again.
    """

    person_id: str
    identity: Identity
    other_number: str
    phone: str
    insurance: str
    workplace: str
    begun: Begun
    first_on: date


def count_begun(today: date) -> list[tuple[Begun, int]]:
    """How many people stand at which point of a series; without those who are expected from today on."""
    begun = _begun(today)
    what = (begun.c.doses, func.substr(begun.c.first, _DAY + 1), begun.c.last)
    rows = db.session.execute(select(*what, func.count()).group_by(*what))
    return [(Begun(doses, first, _past(last)), n) for doses, first, last, n in rows]


def list_due(windows: Sequence[Window], today: date, offset: int, limit: int) -> list[Due]:
    """Who is due, whoever waits longest first; without those who are expected from today on."""
    begun = _begun(today)
    query = select(Person, begun.c.doses, begun.c.first, begun.c.last).join(begun, begun.c.person_id == Person.id)
    query = query.where(_within(begun, windows)).order_by(begun.c.last, Person.id)
    rows = db.session.execute(query.offset(offset).limit(limit)).all()
    return [
        Due(
            person.id, person.identity, person.document_number, person.phone, person.insurance, person.workplace,
            Begun(doses, first[_DAY:], _past(last)), date.fromisoformat(first[:_DAY]),
        )
        for person, doses, first, last in rows
    ]  # fmt: skip


def list_groups(person_ids: Sequence[str]) -> dict[str, str]:
    """The priority group that the newest list says of each of these people."""
    query = select(STANDS, RosterEntry.priority_group).join(RosterEntry, RosterEntry.person_id == Person.id)
    query = query.join(Roster, RosterEntry.roster_id == Roster.id).where(counting())
    query = query.where(or_(Person.id.in_(person_ids), Person.merged_into.in_(person_ids)))
    return {person_id: group for person_id, group in db.session.execute(query.order_by(Roster.landed_seq)) if group}


def _past(last: str) -> PastDose:
    return PastDose(last[_DAY:], date.fromisoformat(last[:_DAY]))


def _begun(today: date) -> Subquery:
    """A row for each person with a dose: how many, and the first and the last as day and product.

    Two rows of one day are one dose: the list says what we gave, or two rows were found to be one person.
    """
    ours = select(STANDS.label("person_id"), Dose.given_on.label("given_on"), Lot.vaccine.label("vaccine"))
    ours = ours.join(Dose, Dose.person_id == Person.id).join(Lot, Dose.lot_id == Lot.id)
    ours = ours.where(Dose.voided_at.is_(None))
    said = select(STANDS, EarlierDose.given_on, EarlierDose.vaccine)
    said = said.join(EarlierDose, EarlierDose.person_id == Person.id).where(believed(), EarlierDose.vaccine != OTHER)
    shot = union_all(ours, said).subquery()
    written = cast(shot.c.given_on, String) + shot.c.vaccine
    expected = select(STANDS).join(RosterEntry, RosterEntry.person_id == Person.id)
    expected = expected.join(Roster, RosterEntry.roster_id == Roster.id).where(counting(), RosterEntry.on >= today)
    return (
        select(
            shot.c.person_id,
            func.count(shot.c.given_on.distinct()).label("doses"),
            func.min(written).label("first"),
            func.max(written).label("last"),
        )
        .where(shot.c.person_id.not_in(expected))
        .group_by(shot.c.person_id)
        .subquery()
    )


def _within(begun: Subquery, windows: Sequence[Window]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                begun.c.doses == window.doses,
                func.substr(begun.c.first, _DAY + 1) == window.first,
                func.substr(begun.c.last, _DAY + 1) == window.last,
                func.substr(begun.c.last, 1, _DAY) <= window.given_until.isoformat(),
            )
            for window in windows
        )
    )
