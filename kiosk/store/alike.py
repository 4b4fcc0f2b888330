"""Pairs of rows that may be one person: candidates by SQL, exactly those for which `rules/alike.py` finds a likeness.

Each way of being alike is one join over an index of what is the same, so that 50,000 people are no 50,000² pairs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, extract, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from kiosk.rules.alike import Known
from kiosk.store.database import db
from kiosk.store.merges import Apart
from kiosk.store.people import Person

One, Other = aliased(Person, name="one"), aliased(Person, name="other")
# Pairs that share a paper stand before pairs that share a birth date, and these before a mere year.
PAPER, BIRTH, YEAR = 1, 2, 3


def known(person: Person) -> Known:
    """A row as the rules compare it."""
    return Known(
        person.identity, person.document_number, phone=person.phone, insurance=person.insurance,
        workplace=person.workplace,
    )  # fmt: skip


def list_alike(limit: int, after: int = 0) -> list[tuple[Person, Person]]:
    """Pairs that may be one person and that nobody has told apart, likeliest first; `after`: how many come before."""
    pairs = _pairs()
    page = select(pairs.c.one, pairs.c.other).order_by(pairs.c.rank, pairs.c.one, pairs.c.other)
    ids = [tuple(row) for row in db.session.execute(page.limit(limit).offset(after))]
    wanted = {id for pair in ids for id in pair}
    rows = {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(wanted)))}
    return [(rows[one], rows[other]) for one, other in ids]


def count_alike() -> int:
    """How many such pairs there are."""
    return db.session.scalar(select(func.count()).select_from(_pairs())) or 0


def _pairs() -> Any:
    """(one, other, rank) of each pair, once."""
    ways = union_all(_by_name(), _by_phone(), *_by_document(), _by_insurance()).subquery()
    told_apart = exists(select(Apart.one_id).where(Apart.one_id == ways.c.one, Apart.other_id == ways.c.other))
    once = select(ways.c.one, ways.c.other, func.min(ways.c.rank).label("rank")).where(~told_apart)
    return once.group_by(ways.c.one, ways.c.other).subquery()


def _pair(rank: ColumnElement[int], same: ColumnElement[bool]) -> Select[str, str, int]:
    """Both stand for themselves, neither is the other's guardian, and their numbers do not say that they are two."""
    may_be = and_(
        One.id < Other.id,
        _stands(One),
        _stands(Other),
        func.coalesce(One.guardian_id, "") != Other.id,
        func.coalesce(Other.guardian_id, "") != One.id,
        or_(One.number.is_(None), Other.number.is_(None), _different_digits() == 1),
    )
    return select(One.id.label("one"), Other.id.label("other"), rank.label("rank")).where(same, may_be)


def _stands(row: type[Person]) -> ColumnElement[bool]:
    # Said so that no index answers it: nearly everybody stands for themselves, and SQLite would begin with that.
    return func.coalesce(row.merged_into, "") == ""


def _different_digits() -> ColumnElement[int]:
    return sum(
        (case((func.substr(One.number, n, 1) != func.substr(Other.number, n, 1), 1), else_=0) for n in range(1, 13)),
        literal(0),
    )


def _by_name() -> Select[str, str, int]:
    same_day = One.born_on == Other.born_on
    swapped = and_(
        extract("day", One.born_on) == extract("month", Other.born_on),
        extract("month", One.born_on) == extract("day", Other.born_on),
    )
    only_year = and_(or_(One.born_on.is_(None), Other.born_on.is_(None)), One.address != "")
    near = and_(One.number.is_not(None), Other.number.is_not(None))
    # Most share name and year with nobody: an index says so at once.
    twice = select(Person.name_key, Person.born_year).where(Person.name_key > "")
    twice_named = twice.group_by(Person.name_key, Person.born_year).having(func.count() > 1).subquery()
    shared = and_(One.name_key == twice_named.c.name_key, One.born_year == twice_named.c.born_year)
    same = and_(shared, One.name_key == Other.name_key, One.born_year == Other.born_year)
    rank = case((near, PAPER), (or_(same_day, swapped), BIRTH), else_=YEAR)
    speaks = or_(near, same_day, swapped, and_(only_year, One.address == Other.address))
    return _pair(rank, same).where(speaks)


def _by_phone() -> Select[str, str, int]:
    # A village's head lends the phone to everybody: only who shares the name as well is compared.
    twice = (
        select(Person.phone, Person.name_key).where(Person.phone > "", _stands(Person))
        .group_by(Person.phone, Person.name_key).having(func.count() > 1).subquery()
    )  # fmt: skip
    same = and_(One.phone == Other.phone, One.name_key == Other.name_key, One.name_key != "")
    shared = and_(One.phone == twice.c.phone, One.name_key == twice.c.name_key)
    return _pair(literal(BIRTH), same).where(shared)


def _by_document() -> list[Select[str, str, int]]:
    ways = (
        (One.old_number, Other.old_number),
        (One.document_number, Other.document_number),
        (One.old_number, Other.document_number),
        (One.document_number, Other.old_number),
    )
    return [_pair(literal(PAPER), mine == theirs).where(mine > "", _alike_else()) for mine, theirs in ways]


def _by_insurance() -> Select[str, str, int]:
    # Fifteen signs end with the ten that a card of 2021 shows alone; what stands before them changes with the group.
    ten = case((func.length(Person.insurance) > 10, func.substr(Person.insurance, 6)), else_=Person.insurance)
    tens = select(Person.id, ten.label("ten")).where(Person.insurance > "", _stands(Person)).cte()
    mine, theirs = tens.alias(), tens.alias()
    twice = select(mine.c.id.label("one"), theirs.c.id.label("other")).join(theirs, mine.c.ten == theirs.c.ten)
    pairs = twice.where(mine.c.id < theirs.c.id).cte()
    return _pair(literal(PAPER), and_(One.id == pairs.c.one, Other.id == pairs.c.other)).where(_alike_else())


def _alike_else() -> ColumnElement[bool]:
    named = and_(One.name_key == Other.name_key, One.name_key != "")
    return or_(named, One.born_year == Other.born_year)
