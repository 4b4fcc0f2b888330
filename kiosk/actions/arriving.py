"""May somebody who comes get a number now? Not before their time, and not when every dose is spoken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk import protocols
from kiosk.actions import standby
from kiosk.actions.approving import word_of_call
from kiosk.actions.day import require_open_day
from kiosk.errors import Refusal
from kiosk.rules import arrival, queueing
from kiosk.rules.arrival import When
from kiosk.rules.moment import Moment
from kiosk.rules.words import StockKind
from kiosk.store import candidates, families, people, rosters, scans, stock_moves, visits
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.people import Person
from kiosk.store.rosters import RosterEntry

# What says that today's vaccine is in the books.
CAME_OR_OPENED = (StockKind.RECEIVED, StockKind.CAME, StockKind.OPENED)


def when(entry: RosterEntry | None, local: datetime) -> When:
    """How somebody with this row of today's list stands to their slot; `local`: now at the site."""
    if entry is None:
        return When.NO_SLOT
    return arrival.judge(entry.slot_from, entry.slot_until, local.time(), protocols.queue().early_minutes)


def are_early(entries: Sequence[RosterEntry | None], local: datetime) -> bool:
    """Have they all come before their time? They come together: nobody is early while another one is not."""
    return bool(entries) and all(when(entry, local) is When.EARLY for entry in entries)


def require_time(entries: Sequence[RosterEntry | None], local: datetime, reason: str = "") -> str:
    """Why those who are `are_early` are let in all the same, a code of `protocols/queue.toml`; "" for everybody else.

    Raises Refusal `too_early` when no such reason is given.
    """
    if not are_early(entries, local):
        return ""
    if reason not in {each.code for each in protocols.queue().early}:
        first = min(entry.slot_from for entry in entries if entry and entry.slot_from)
        raise Refusal("too_early", field="early", at=f"{first:%H:%M}", n=protocols.queue().early_minutes)
    return reason


def lane_of(
    now: Moment, person: Person, entry: RosterEntry | None, said: frozenset[str], *, brings: bool
) -> queueing.Lane:
    """The lane of somebody who comes. `said`: codes ticked on arrival; `brings`: they are checked in with a child."""
    group, special = (entry.priority_group, entry.special) if entry else ("", "")
    arrived = queueing.Arrived(person.born_on, person.born_year, group, special, said, brings)
    return protocols.lanes().of(arrived, now.on)


def unasked(now: Moment, person: Person, entry: RosterEntry | None, *, brings: bool) -> frozenset[str]:
    """Groups of the declaration that they need not answer: those that only ask who goes first, where they do anyway."""
    lanes = protocols.lanes()
    if lane_of(now, person, entry, frozenset(), brings=brings).everybody:
        return frozenset()
    return frozenset(
        group.code for group in protocols.declaration().groups if lanes.asks_only(item.code for item in group.items)
    )


def doses_here(now: Moment, local: datetime, day: ClinicDay) -> dict[str, int] | None:
    """Doses that may still be given on this clinic day, in open vials and unopened ones, by vaccine.

    A product of which none is left counts 0. None where nothing can be said: no books of vaccine are kept here, nobody
    has read off the label how much a vial holds, or there is none at all, and none came or was opened since midnight at
    the site (`local`: now there): this morning's delivery is not written down yet.
    """
    kept = stock_moves.list_kept()
    if not kept:
        return None
    found = dict.fromkeys(kept, 0) | standby.doses_in_vials(now, day)
    for lot, _, n in stock_moves.list_unopened():
        if lot.expires_on >= now.on:
            if lot.doses_per_vial is None:
                return None
            found[lot.vaccine] = found.get(lot.vaccine, 0) + n * lot.doses_per_vial
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return found if any(found.values()) or stock_moves.has_moved(midnight, CAME_OR_OPENED) else None


@dataclass(frozen=True)
class Spoken:
    """What a person may get of what is here, and who else wants it. `left`: for this person; `doses`: of all of it.

    `here`: people at the site without a dose or an outcome; `promised`: called and coming, or expected later today.
    """

    left: int
    doses: int
    here: int
    promised: int


def spoken_for(
    now: Moment, local: datetime, day: ClinicDay, person: Person, *, promised: bool, before: Sequence[Person] = ()
) -> Spoken | None:
    """How the doses stand for somebody without a number; None: there are enough, or nothing can be said.

    Whoever is here goes before them, and `before`: those who come with them and have no number yet either. Somebody who
    was `promised` a dose (today's list, a call) takes it from nobody else; of those who were not, none takes a promised
    one. Whom the rules allow nothing of what is kept here is for the doctor to see, not for this count.
    """
    doses = doses_here(now, local, day)
    mine = standby.wishes([person], doses, now.on)[0] if doses else frozenset()
    if doses is None or not mine:
        return None
    here, others = candidates.count_waiting(day.id) + len(before), standby.count_promised(now, local, day)
    if any(doses[vaccine] > here + (0 if promised else others) for vaccine in mine):
        return None  # whatever the others get
    rows = [each for each in standby.against(now, local, day, doses, before) if each.vaccine in mine]
    left = sum(max(0, each.doses - each.waiting) if promised else each.to_call for each in rows)
    return Spoken(left, sum(each.doses for each in rows), here, others)


def require_dose(
    now: Moment, local: datetime, day: ClinicDay, person: Person, *, promised: bool, before: Sequence[Person] = ()
) -> None:
    """Raises Refusal `doses_spoken_for` when none is left for this person; `promised`, `before`: as in `spoken_for`."""
    stands = spoken_for(now, local, day, person, promised=promised, before=before)
    if stands is not None and stands.left <= 0:
        raise Refusal("doses_spoken_for", doses=stands.doses, here=stands.here, promised=stands.promised)


def require_admission(now: Moment, scan: scans.Scan, ticked: Sequence[str], local: datetime) -> list[people.Person]:
    """Who takes a number with this scan at a kiosk, as far as can be said before the questions.

    Expected today, or called for a dose that is left over. Raises Refusal `not_rostered`, `no_clinic_day`,
    `day_left_open`, `too_early` (all of them), `doses_spoken_for` (there are not enough for all of them).
    """
    those, day = admitted(now, scan, ticked, local), require_open_day(now)
    new = [one for one in those if visits.find(day.id, one.id) is None]
    for nth, person in enumerate(new):
        require_dose(now, local, day, person, promised=True, before=new[:nth])
    return those


def admitted(now: Moment, scan: scans.Scan, ticked: Sequence[str], local: datetime) -> list[people.Person]:
    """As `require_admission`, but that nobody has counted the doses yet."""
    day = require_open_day(now)
    if scan.person_id is None:
        raise Refusal("not_rostered")
    those = _those(families.find(scan.person_id, day), ticked)
    entries = {one.id: rosters.find_entry(one.id, day.on) for one in those if visits.find(day.id, one.id) is None}
    for id, entry in entries.items():
        if (entry is None or not entry.approved) and word_of_call(day.id, id, "vi") is None:
            raise Refusal("not_rostered")
    require_time(list(entries.values()), local)
    return those


def _those(family: families.Family, ticked: Sequence[str]) -> list[people.Person]:
    """Who of the family takes a number at the kiosk, the guardian first.

    Whoever got theirs at the desk or at another kiosk while the questions were answered is no stranger: they keep it.
    """
    if not ticked:
        return [family.holder.person]
    wanted = {people.get(id).id for id in ticked}
    if not wanted <= {family.holder.person.id, *(one.person.id for one in family.others if family.brings)}:
        raise Refusal("not_rostered")
    return [one.person for one in family.together if one.person.id in wanted]
