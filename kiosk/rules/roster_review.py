"""What a row of a list means to us: who it is, what it would change, and whether an earlier row says it already."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from kiosk.rules.person import Identity, birth_text, clean_text, masked_number, name_key, plain, same_name
from kiosk.rules.roster import Planned, Reason
from kiosk.rules.words import RowState, Sex

Named = tuple[str, int | None]
# A name and year that more people share than this are no reason to look.
MOST_ALIKE = 50


@dataclass(frozen=True)
class Known:
    """Somebody we know, as far as a list may speak of it. `id`: the row that stands for them.

    `identity` is that of the row a list may find them by; `document_number` is of a passport or an old card.
    """

    id: str
    identity: Identity
    document_number: str = ""
    phone: str = ""
    insurance: str = ""
    workplace: str = ""
    has_app: bool = False


@dataclass(frozen=True)
class Expected:
    """How somebody is expected on a day already."""

    slot: tuple[time, time] | None
    group: str
    special: str
    approved: bool
    note: str


class Pool:
    """Whom the rows of a piece may be: every row of ours that shares a number, or name and year, with one of them.

    `standing`: by id, whoever stands for somebody; found by a row that was merged they are this.
    """

    def __init__(self, known: Sequence[Known], standing: Mapping[str, Known]) -> None:
        self.standing = standing
        self.by_number: dict[str, Known] = {}
        self._by_other: dict[str, list[Known]] = {}
        self._by_name: dict[Named, list[Known]] = {}
        self._same: dict[tuple[str, str], list[Known]] = {}
        for one in known:
            self.add(one)

    def add(self, one: Known) -> None:
        """Somebody who may be met from now on."""
        if one.identity.number:
            self.by_number[one.identity.number] = one
        for other in {one.identity.old_number, one.document_number, one.insurance} - {""}:
            self._by_other.setdefault(other, []).append(one)
        self._by_name.setdefault(named(one.identity), []).append(one)
        self._same.setdefault(exactly(one.identity), []).append(one)

    def renew(self, one: Known) -> None:
        """More is known of somebody than when the piece was loaded: nobody is to meet them as they were."""
        self.standing = {id: one if known.id == one.id else known for id, known in self.standing.items()}
        if one.identity.number:
            self.by_number[one.identity.number] = one
        for index in (self._by_other, self._by_name, self._same):
            for found in index.values():
                found[:] = [one if known.id == one.id else known for known in found]

    def by_other(self, *numbers: str) -> list[Known]:
        """Whoever has one of these numbers of an old card, a passport or an insurance card."""
        return [one for number in numbers if number for one in self._by_other.get(number, ())]

    def by_name(self, identity: Identity) -> list[Known]:
        """Whoever has this name, marks aside, and this birth year; nobody where that tells nothing."""
        found = self._by_name.get(named(identity), [])
        return found if len(found) <= MOST_ALIKE else []

    def the_same(self, identity: Identity) -> list[Known]:
        """Whoever has this name with its marks and this birth date; with only the year, this address too."""
        return self._same.get(exactly(identity), [])


@dataclass(frozen=True)
class Match:
    """Who a row is: `known` is None for somebody new, or where a reason stops the row."""

    known: Known | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def stops(self) -> bool:
        """Can the row not be taken?"""
        return any(reason.stops for reason in self.reasons)


def match(planned: Planned, pool: Pool, commune: str) -> Match:
    """Who this is. The number says it, unless name or birth year contradict: then the row stops.

    Next an old card's, a passport's or an insurance number, where name and year agree; then the name with its marks and
    the full birth date, or with only the year also the address (duplicate rules of the sheet this list comes from).
    `commune`: where the row says they live; others of that name and year there are a reason to look.
    """
    one = planned.identity
    owner = pool.by_number.get(one.number) if one.number else None
    if owner is not None:
        if named(owner.identity) != named(one):
            return Match(None, (Reason("number", "number_of_another", stops=True),))
        return Match(pool.standing.get(owner.id, owner))
    by_card = [each for each in pool.by_other(one.old_number, planned.passport, planned.insurance)
               if named(each.identity) == named(one)]  # fmt: skip
    for candidates in (by_card, pool.the_same(one)):
        found = {each.id: each for each in candidates if _may_be(one, each.identity)}
        if len(found) > 1:
            found = _nearest(planned, found)
        if len(found) > 1:
            return Match(None, (Reason("name", "person_unclear", {"n": len(found)}, stops=True),))
        for id, each in found.items():
            return Match(pool.standing.get(id, each))
    alike = {each.id for each in pool.by_name(one) if commune and plain(commune) in plain(each.identity.address)}
    return Match(None, (Reason("name", "person_alike", {"n": len(alike)}),) if alike else ())


def named(one: Identity) -> Named:
    """The name, marks aside, and the birth year: all that must not contradict a number."""
    return name_key(one.name), one.born_year


def exactly(one: Identity) -> tuple[str, str]:
    """What two rows without a number must share to be one person: the name with its marks, and the birth.

    Where only the year is known the address too: two people of one name and year are common.
    """
    birth = f"{one.born_on}" if one.born_on else f"{one.born_year} {clean_text(one.address).casefold()}"
    return clean_text(one.name).casefold(), birth


def _may_be(one: Identity, other: Identity) -> bool:
    return not (one.number and other.number and one.number != other.number)


def _nearest(planned: Planned, found: Mapping[str, Known]) -> dict[str, Known]:
    """Of several, whoever has the row's phone, else its address; all where that tells nothing."""
    by_phone = {id: one for id, one in found.items() if planned.phone and one.phone == planned.phone}
    address = planned.identity.address
    by_address = {id: one for id, one in found.items() if address and same_name(one.identity.address, address)}
    return next((some for some in (by_phone, by_address) if len(some) == 1), dict(found))


@dataclass
class Learned:
    """What a row says otherwise than we know it: `values` to write, by column of a person, and the reasons to show."""

    values: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)

    def take(self, column: str, was: str, now: str, **values: object) -> None:
        """This will be changed."""
        self.values |= values
        self.reasons.append(Reason(column, "differs", {"was": was, "now": now}))

    def look(self, column: str, code: str, was: str) -> None:
        """This is not changed; somebody should look."""
        self.reasons.append(Reason(column, code, {"was": was}))


def learn(planned: Planned, known: Known, taken: Container[str]) -> Learned:
    """What the list knows better. It never takes away: an unaccented name, an empty cell, another birth say nothing.

    `taken`: numbers that some row of ours has; a row that was merged keeps its own.
    """
    said, learned = planned.identity, Learned()
    _learn_identity(said, known.identity, taken, learned)
    if planned.passport and not known.document_number:
        learned.take("number", "", masked_number(planned.passport), document_number=planned.passport)
    if planned.phone and planned.phone != known.phone:
        learned.take("phone", masked_number(known.phone), masked_number(planned.phone), phone=planned.phone)
    if planned.insurance and planned.insurance not in known.insurance:
        was, now = masked_number(known.insurance), masked_number(planned.insurance)
        learned.take("insurance", was, now, insurance=planned.insurance)
    if planned.workplace and not same_name(planned.workplace, known.workplace):
        learned.take("workplace", known.workplace, planned.workplace, workplace=planned.workplace)
    if said.address and plain(said.address) not in plain(known.identity.address):  # a shorter one says less
        learned.take("address", known.identity.address, said.address, address=said.address)
    if planned.has_app is not None and planned.has_app is not known.has_app:
        was, now = str(int(known.has_app)), str(int(planned.has_app))
        learned.take("has_app", was, now, has_app=planned.has_app)
    return learned


def _learn_identity(said: Identity, known: Identity, taken: Container[str], learned: Learned) -> None:
    if not same_name(said.name, known.name):
        if has_marks(said.name) and not has_marks(known.name):
            learned.take("name", known.name, said.name, name=said.name)
        else:
            learned.look("name", "name_marks", known.name)
    if said.number and not known.number and said.number not in taken:
        learned.take("number", "", masked_number(said.number), number=said.number)
    if said.old_number and not known.old_number:
        learned.take("number", "", masked_number(said.old_number), old_number=said.old_number)
    if said.born_on and not known.born_on:
        learned.take("birth", birth_text(known), birth_text(said), born_on=said.born_on)
    elif said.born_on and said.born_on != known.born_on:
        learned.look("birth", "birth_differs", birth_text(known))
    if said.sex is not known.sex:
        if known.sex is Sex.UNKNOWN:
            learned.take("sex", "", said.sex, sex=said.sex)
        else:
            learned.look("sex", "sex_differs", known.sex)


def has_marks(name: str) -> bool:
    """Is it written with Vietnamese marks?"""
    return plain(name) != clean_text(name).lower()


def compare_day(planned: Planned, expected: Expected) -> list[Reason]:
    """What changes in how somebody is expected on the day. A list that names no slot leaves theirs as it is."""
    pairs = {
        "slot": (slot_text(expected.slot), slot_text(planned.slot or expected.slot)),
        "group": (expected.group, planned.group),
        "special": (expected.special, planned.special),
        "approved": (str(int(expected.approved)), str(int(planned.approved))),
        "note": (expected.note, planned.note),
    }
    return [Reason(column, "differs", {"was": was, "now": now}) for column, (was, now) in pairs.items() if was != now]


def compare_doses(planned: Planned, known: Mapping[date, str]) -> list[Reason]:
    """Doses that the list says were given and that we do not know. `known`: vaccine by date."""
    found = []
    for n, dose in enumerate(planned.doses, 1):
        was = known.get(dose.on)
        if was is None:
            now = f"{dose.vaccine} {dose.on:%d/%m/%Y}"
            found.append(Reason(f"date_{n}", "differs", {"was": "", "now": now}))
        elif was != dose.vaccine:
            found.append(Reason(f"vaccine_{n}", "dose_differs", {"was": was}))
    return found


def slot_text(slot: tuple[time, time] | None) -> str:
    """From and until as a list writes them; "" without a slot."""
    return f"{slot[0]:%H:%M}–{slot[1]:%H:%M}" if slot else ""


def state_of(reasons: Sequence[Reason], *, expected: bool) -> RowState:
    """What a row is that no reason stops. `expected`: this person is on that day's list already."""
    if not expected:
        return RowState.NEW
    return RowState.CHANGED if any(reason.code == "differs" for reason in reasons) else RowState.SAME
