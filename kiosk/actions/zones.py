"""Spots in the waiting zones: nobody is let in beyond what a zone takes, but by somebody's word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from kiosk import protocols
from kiosk.actions import moves
from kiosk.rules import zones as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import clinic_days, queue_moves, stations, topics, visits, zones
from kiosk.store.columns import box_name, next_seq

# Why a spot went to somebody else: whoever it was kept for did not come through the door in time.
LAPSED = "lapsed"


def capacity(day: clinic_days.ClinicDay, letter: str) -> int:
    """How many people the zone takes: as planned, else no more than a gathering may be (`protocols/capacity.toml`)."""
    return zones.planned(day).get(letter) or protocols.capacity().zone_most


def occupancy(day: clinic_days.ClinicDay, letter: str) -> rules.Occupancy:
    """How full the zone is."""
    return rules.Occupancy(capacity(day, letter), len(zones.list_taken(day.id, letter)))


def minutes_to_spot(day: clinic_days.ClinicDay, letter: str, now: Moment, people: int = 1) -> int | None:
    """Minutes until the `people`-th spot from now is given back, by how often one was; None where that says nothing."""
    exits = zones.list_exits(day.id, letter, now.at - rules.EXITS_WITHIN)
    return rules.minutes_to_spot(exits, now.at, people)


def zone_for(step: str, near: str) -> str:
    """Where people wait for a step: the zone they are in where it is called from there, else the first that is."""
    letters = _serving(step)
    return near if near in letters or not letters else letters[0]


def _roomiest(day: clinic_days.ClinicDay, step: str, near: str) -> str:
    """`zone_for` whoever has no spot yet: where that zone is full, the serving one with the most free spots."""
    first = zone_for(step, near)
    letters = [letter for letter in _serving(step) if letter != first]
    if not letters or occupancy(day, first).free:
        return first
    return max((first, *letters), key=lambda letter: occupancy(day, letter).free)


def _serving(step: str) -> list[str]:
    return list(dict.fromkeys(station.zone for station in stations.list_serving(step)))


def has_door(letter: str) -> bool:
    """Does somebody scan at the zone's door?"""
    return any(station.zone == letter for station in stations.list_(("door",)))


def settle(by: Actor, now: Moment, visit: visits.Visit, *, arrives: bool = False) -> None:
    """Within an act that moved this visit: whoever waits keeps their spot or stands in line for one, whoever sits in a
    room, is gone, waits for a step that needs none, or is out of the line for longer gives it back; and whoever stands
    outside is asked in to what is free. `arrives`: the visit begins, and is told its spot by the ticket."""
    before = visit.inside
    if visit.state == VisitState.WAITING:
        _belong(by, now, visit)
    elif visit.state not in (VisitState.CALLED, VisitState.AT_TABLE) and not _keeps_spot(visit):
        give_back(by, now, visit)
    for letter in sorted({before, visit.zone} - {""}):
        fill(by, now, letter, arriving=visit.id if arrives else "")


def _belong(by: Actor, now: Moment, visit: visits.Visit) -> None:
    """Where somebody waits from now on."""
    spotless = not protocols.steps().get(visit.step).spot
    if spotless or visit.spot is None:
        near = visit.inside or visit.zone
        give_back(by, now, visit)
        day = clinic_days.get(visit.clinic_day_id)
        visit.zone = zone_for(visit.step, near) if spotless or visit.bound_for else _roomiest(day, visit.step, near)
        visit.inside = visit.zone if spotless else ""
    else:
        visit.zone = zone_for(visit.step, visit.inside)


def _keeps_spot(visit: visits.Visit) -> bool:
    held = visit.state == VisitState.HELD and visit.held_for != moves.ABSENT
    return held and protocols.queue().keeps_spot(visit.held_for)


def give_back(by: Actor, now: Moment, visit: visits.Visit, reason: str = "") -> None:
    """The visit has no spot any more; within an act."""
    if visit.spot is not None:
        moves.note(by, now, visit, MoveKind.EXIT, zone=visit.inside, spot=visit.spot, reason=reason)
    visit.inside, visit.spot, visit.entered_at = "", None, None


def fill(by: Actor, now: Moment, letter: str, *, gives: bool = False, arriving: str = "") -> None:
    """Asks in whoever stands outside, in the order of the lanes, as long as the zone takes one more; within an act.

    A spot that was kept longer than `call_minutes` for somebody who did not come through the door goes to whoever
    stands outside. No timer gives it away: it is done with the next move in the zone while people are seen to come
    through its door, or by whoever keeps it (`gives`). `arriving`: the visit that begins by this act.
    """
    day = clinic_days.find_open()
    outside = _gather(day, letter) if day else 0
    if day is None or not outside:
        return
    most = capacity(day, letter)
    lapsed = _let_lapse(by, now, day, letter, most, outside, gives=gives)
    left, taken = set(), set(zones.list_taken(day.id, letter))
    for visit in list_next(day, letter, max(0, most - len(taken)), lapsed):
        spot = rules.first_free(taken, most)
        if spot is None:  # never, with fewer than `most` taken
            break
        taken.add(spot)
        left.add(visit.inside)
        take(by, now, visit, letter, spot, told=visit.id == arriving)
    for other in sorted(left - {"", letter}):
        fill(by, now, other)


def _gather(day: clinic_days.ClinicDay, letter: str) -> int:
    """How many stand outside this zone: where it has more room than they need, those of full ones come here too.

    Whoever waits for a step that needs no spot is let be.
    """
    outside = zones.count_outside(day.id, letter)
    for visit in zones.list_spotless(day.id, letter, protocols.steps().spotless()) if outside else []:
        visit.inside, outside = letter, outside - 1
    served = {step for station in stations.list_() if station.zone == letter for step in station.steps}
    elsewhere = zones.list_elsewhere(day.id, letter, sorted(served), protocols.capacity().zone_most)
    room = occupancy(day, letter).free - outside if elsewhere else 0
    for visit in elsewhere[: max(0, room)]:
        visit.zone, outside = letter, outside + 1
    return outside


def list_next(
    day: clinic_days.ClinicDay, letter: str, most: int, but: Collection[str] = ()
) -> list[visits.Visit]:  # fmt: skip
    """The first `most` who stand outside, as the lanes' rule lets them in; `but`: ids of those who are passed over."""
    if not most:
        return []
    lanes, steps = protocols.lanes(), [step.code for step in protocols.steps().steps]
    outside = {lane.code: zones.list_outside(day.id, letter, lane.code, most, steps, but) for lane in lanes.lanes}
    recent = queue_moves.recent_entries(day.id, letter, max(lane.in_a_row for lane in lanes.lanes))
    first = [visit for rows in outside.values() for visit in rows if visit.after == visits.FIRST]
    found = sorted(first, key=lambda visit: visit.queue_seq)[:most]
    for visit in found:
        outside[visit.lane].remove(visit)
        recent.insert(0, visit.lane)
    while len(found) < most and (lane := lanes.next([code for code, rows in outside.items() if rows], recent)):
        found.append(outside[lane].pop(0))
        recent.insert(0, lane)
    return found


def list_lapsed(now: Moment, day: clinic_days.ClinicDay, letter: str) -> list[zones.Kept]:
    """Whose spot has been kept longer than it is: they were asked in, and neither came nor were called to a table."""
    queue = protocols.queue()
    kept = zones.list_kept(day.id, letter) if has_door(letter) else []
    return [one for one in kept if queue.has_lapsed(one.since, now.at) and one.visit.stands is VisitState.WAITING]


def _let_lapse(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, letter: str, most: int, outside: int, *, gives: bool
) -> list[str]:  # fmt: skip
    """Takes back as many lapsed spots as somebody else would get; returns whose they were.

    They stand outside near the front, and are not absent: where nobody watches the door they may well sit there.
    """
    free, queue = most - len(zones.list_taken(day.id, letter)), protocols.queue()
    lapsed = list_lapsed(now, day, letter)[: max(0, outside - free)] if free < outside else []
    since = now.at - timedelta(minutes=queue.call_minutes)
    if not lapsed or free + len(lapsed) <= 0 or not (gives or zones.is_kept_door(day.id, letter, since)):
        return []
    steps = [step.code for step in protocols.steps().steps]
    for visit, _ in lapsed:
        give_back(by, now, visit, LAPSED)
        first = zones.list_outside(day.id, letter, visit.lane, queue.returns_behind, steps, [visit.id])
        before = [other for other in first if other.step == visit.step]
        if before:
            visit.queue_seq, visit.after = max(before[-1].queue_seq, visit.queue_seq), next_seq(box_name())
    return [visit.id for visit, _ in lapsed]


def take(
    by: Actor, now: Moment, visit: visits.Visit, letter: str, spot: int, *, through: bool = False, told: bool = False,
    reason: str = "", note: str = "",
) -> None:  # fmt: skip
    """The visit has this spot from now on; within an act. Whoever stood outside is asked in aloud.

    `told`: their ticket says it, they have just arrived.
    `through`: they come through the door at this moment, beyond the zone's capacity for a `reason`.
    """
    leaves = visit.inside
    give_back(by, now, visit)
    visit.inside, visit.spot = letter, spot
    visit.entered_at = now.at if through or not has_door(letter) else None
    kind = MoveKind.ASK_IN if leaves != letter and not (through or told) else MoveKind.ENTER
    moves.note(by, now, visit, kind, zone=letter, spot=spot, reason=reason, said=note)
    topics.touch(topics.BOARD, topics.LINE, topics.DAY)
