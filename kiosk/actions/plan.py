"""Preparing a clinic day: its hours, vaccine, stations, quotas and zones; anew, or as a former day was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from kiosk import protocols
from kiosk.actions import closed_tables
from kiosk.actions.act import act
from kiosk.actions.day import follow_plan
from kiosk.actions.zones import fill
from kiosk.errors import Refusal
from kiosk.rules import plan as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.staff import works_on
from kiosk.rules.words import DayHalf
from kiosk.store import audit, clinic_days, day_plans, lots, staff, stations, topics
from kiosk.store.day_plans import DayPlan, Posting


class Zone(NamedTuple):
    """What was typed of a waiting zone: m², metres between people, and how many people it takes ("": as proposed)."""

    area_m2: str
    distance_m: str
    capacity: str


def may_change(now: Moment, on: date, half: DayHalf) -> bool:
    """Is this half neither past nor opened? Then its plan can still be changed."""
    return on >= now.on and clinic_days.find(on, half) is None


def may_move(now: Moment, on: date, half: DayHalf) -> bool:
    """May stations get other steps, and zones another capacity? Also while the half is open: a table fails, and its
    step goes to another; it rains, and a zone has to take more."""
    day = clinic_days.find(on, half)
    return may_change(now, on, half) or (day is not None and day.closed_at is None and day.plan_id is not None)


def _require_open(now: Moment, on: date, half: DayHalf) -> None:
    if on < now.on:
        raise Refusal("plan_past")
    if clinic_days.find(on, half) is not None:
        raise Refusal("plan_opened")


def changing(now: Moment, plan_id: str, seen: str) -> DayPlan:
    """The plan, about to be changed by somebody who saw it as `seen`; within an act.

    Raises NotFound, Refusal `plan_past`, `plan_opened`, and `plan_changed` when somebody changed it in the meantime.
    """
    plan = day_plans.get(plan_id)
    _require_open(now, plan.on, DayHalf(plan.half))
    if plan.seen != seen:
        raise Refusal("plan_changed")
    plan.changed_at = now.at
    return plan


def _moving(now: Moment, plan_id: str, seen: str) -> clinic_days.ClinicDay | None:
    """The open day that follows this plan, of which somebody is about to change something; None while it is not open.

    Raises Refusal `plan_changed`.
    """
    day = clinic_days.find_open()
    if day is None or day.plan_id != plan_id:
        return None
    plan = day_plans.get(plan_id)
    if plan.seen != seen:
        raise Refusal("plan_changed")
    plan.changed_at = now.at
    return day


def changed(by: Actor, now: Moment, plan: DayPlan, what: str, **facts: str | int | bool | list[str]) -> str:
    """Says in the audit what was changed; returns the plan's id."""
    audit.add(by, now, f"plan.{what}", plan.id, on=str(plan.on), half=plan.half, **facts)
    topics.touch(topics.DAY)
    return plan.id


def injecting(plan: DayPlan) -> int:
    """How many tables of the plan give injections."""
    given = protocols.steps().recording("dose")
    return sum(bool(given & set(steps)) for steps in plan.stations.values())


def proposed(plan: DayPlan) -> list[rules.Slot]:
    """The plan's slots with the quotas that its tables manage."""
    return rules.propose(plan.hours, injecting(plan), protocols.capacity().max_per_table)


def _propose_again(plan: DayPlan, before: Sequence[rules.Slot]) -> None:
    """After a change of hours, pace or tables; a quota that a person had typed stays where its slot does."""
    plan.slots = [slot.to_store() for slot in rules.renew(plan.timetable, before, proposed(plan))]


@act
def make_plan(by: Actor, now: Moment, on: date, half: str) -> str:
    """A plan for that half: usual hours, every station as the settings say, quotas as proposed; returns its id.

    Raises Refusal `plan_past`, `plan_opened`, `plan_there`, `hours_overlap`.
    """
    _require_open(now, on, DayHalf(half))
    if day_plans.find(on, DayHalf(half)) is not None:
        raise Refusal("plan_there")
    plan = _usual(by, now, on, DayHalf(half))
    _require_no_overlap(plan)
    day_plans.add(plan)
    return changed(by, now, plan, "made")


def _usual(by: Actor, now: Moment, on: date, half: DayHalf) -> DayPlan:
    usual = protocols.capacity()
    opens, closes = usual.hours[half]
    plan = DayPlan(
        on=on, half=half, opens=opens, closes=closes, slot_minutes=usual.slot_minutes, pace_minutes=usual.pace_minutes,
        vaccine="", stations={row.code: row.own_steps for row in stations.list_() if row.own_steps}, lots={}, slots=[],
        zones={}, protocols=_versions(), made_at=now.at, made_by=by.id,
    )  # fmt: skip
    plan.slots = [slot.to_store() for slot in proposed(plan)]
    return plan


@act
def copy_plan(by: Actor, now: Moment, on: date, half: str, source_id: str) -> str:
    """Hours, stations, posts, slots and zones as on a former day, over what was prepared; returns the plan's id.

    A morning keeps its hours when it is copied from an afternoon. Of its lots only those that may still be given; of
    its staff and stations those that are still here; the protocols as they are now. Raises NotFound, Refusal
    `plan_past`, `plan_opened`, `hours_overlap`.
    """
    _require_open(now, on, DayHalf(half))
    source = day_plans.get(source_id)
    plan = day_plans.find(on, DayHalf(half)) or _usual(by, now, on, DayHalf(half))
    plan.slot_minutes, plan.pace_minutes = source.slot_minutes, source.pace_minutes
    usable, here = {lot.id for lot in lots.list_usable(on)}, {row.code for row in stations.list_()}
    plan.vaccine, plan.lots = source.vaccine, {id: n for id, n in source.lots.items() if id in usable}
    known = [step.code for step in protocols.steps().steps]
    served = {code: [step for step in known if step in steps] for code, steps in source.stations.items()}
    plan.stations = {code: steps for code, steps in served.items() if code in here and steps}
    plan.zones, plan.protocols, plan.changed_at = source.zones, _versions(), now.at
    if source.half == half:
        plan.opens, plan.closes, plan.slots = source.opens, source.closes, source.slots
    else:
        plan.slots = [slot.to_store() for slot in proposed(plan)]
    _require_no_overlap(plan)
    day_plans.add(plan)
    posted = _copy_posts(by, now, source, plan)
    return changed(by, now, plan, "copied", source=source.id, posted=posted, lots=len(plan.lots))


def _copy_posts(by: Actor, now: Moment, source: DayPlan, plan: DayPlan) -> int:
    theirs = [post for post in day_plans.list_postings(source.on) if post.half == source.half]
    here = {row.code for row in stations.list_()}
    kept = [post for post in theirs if post.station in here and works_on(staff.get(post.staff_id), plan.on)]
    copies = [
        Posting(on=plan.on, half=plan.half, staff_id=post.staff_id, station=post.station, at=now.at, by=by.id)
        for post in kept
    ]
    day_plans.forget_postings(plan.on, DayHalf(plan.half))
    for copy in copies:
        day_plans.add(copy)
    return len(copies)


def _versions() -> dict[str, str]:
    return {each.name: each.version for each in protocols.versions()}


def _require_no_overlap(plan: DayPlan) -> None:
    for other in day_plans.list_on(plan.on):
        if other.half != plan.half and rules.overlap(plan.hours, other.hours):
            raise Refusal("hours_overlap", field="opens", opens=f"{other.opens:%H:%M}", closes=f"{other.closes:%H:%M}")


@act
def set_hours(
    by: Actor, now: Moment, plan_id: str, seen: str, opens: str, closes: str, slot_minutes: str, pace_minutes: str
) -> str:
    """Hours of the half, minutes to a slot and to an injection; the slots follow. Returns the plan's id.

    Raises as `changing` and `rules.plan.require_hours`, and Refusal `hours_overlap`.
    """
    plan = changing(now, plan_id, seen)
    hours, before = rules.require_hours(opens, closes, slot_minutes, pace_minutes), proposed(plan)
    plan.opens, plan.closes = hours.opens, hours.closes
    plan.slot_minutes, plan.pace_minutes = hours.slot_minutes, hours.pace_minutes
    _require_no_overlap(plan)
    _propose_again(plan, before)
    return changed(by, now, plan, "hours_set", slots=len(plan.slots))


@act
def set_vaccine(by: Actor, now: Moment, plan_id: str, seen: str, vaccine: str, doses: Mapping[str, str]) -> str:
    """The vaccine ("": several, or not known yet) and how many doses of each lot are there; returns the plan's id.

    `doses`: by the lot's id, as typed. Raises as `changing`, NotFound, Refusal `vaccine_unknown`, `count_odd`,
    `lot_expired` (before the day), `lot_of_another_vaccine`.
    """
    plan = changing(now, plan_id, seen)
    if vaccine and vaccine not in {each.code for each in protocols.vaccines().vaccines}:
        raise Refusal("vaccine_unknown", field="vaccine")
    counted: dict[str, int] = {}
    for lot_id, typed in doses.items():
        n = rules.require_count(typed or "0", f"lot-{lot_id}", 0, rules.MOST_DOSES)
        if not n:
            continue
        lot = lots.get(lot_id)
        if lot.expires_on < plan.on:
            raise Refusal("lot_expired", field=f"lot-{lot_id}", number=lot.number, on=f"{lot.expires_on:%d/%m/%Y}")
        if vaccine and lot.vaccine != vaccine:
            raise Refusal("lot_of_another_vaccine", field=f"lot-{lot_id}", number=lot.number)
        counted[lot_id] = n
    plan.vaccine, plan.lots = vaccine, counted
    return changed(by, now, plan, "vaccine_set", vaccine=vaccine, lots=len(counted), doses=sum(counted.values()))


@act
def set_stations(by: Actor, now: Moment, plan_id: str, seen: str, steps: Mapping[str, Sequence[str]]) -> str:
    """Which steps each station serves; one that serves none is not used. Returns the plan's id.

    While the half is open the stations serve them from now on, and whoever is at a table that does not serve their step
    any more is first in line again; whoever sits in such a room has a seat in another. Raises as `changing`, NotFound
    for an unknown station, Refusal `step_unknown`, `room_in_use` where no other room is left.
    """
    day = _moving(now, plan_id, seen)
    plan = day_plans.get(plan_id) if day else changing(now, plan_id, seen)
    before, known = proposed(plan), [step.code for step in protocols.steps().steps if step.station]
    for code, wanted in steps.items():
        for step in set(wanted) - set(known):
            raise Refusal("step_unknown", station=stations.get(code).code, step=step)
    served = {stations.get(code).code: [step for step in known if step in wanted] for code, wanted in steps.items()}
    plan.stations = {code: wanted for code, wanted in served.items() if wanted}
    if day is None:
        _propose_again(plan, before)
    else:
        follow_plan(day)
        closed_tables.put_back(by, now, day)
        topics.touch(topics.BOARD, topics.DESK, topics.TABLES)
    return changed(by, now, plan, "stations_set", stations=sorted(plan.stations))


@act
def set_quotas(by: Actor, now: Moment, plan_id: str, seen: str, quotas: Mapping[str, str]) -> str:
    """How many people are asked to come in each slot, by its beginning (`HH:MM`) as typed; returns the plan's id.

    Raises as `changing`, Refusal `count_odd`.
    """
    plan = changing(now, plan_id, seen)
    plan.slots = [
        [begins, ends, rules.require_count(quotas.get(begins, str(quota)), f"quota-{begins}", 0, rules.MOST_PEOPLE)]
        for begins, ends, quota in plan.slots
    ]
    return changed(by, now, plan, "quotas_set", quota=sum(slot.quota for slot in plan.timetable))


@act
def propose_quotas(by: Actor, now: Moment, plan_id: str, seen: str) -> str:
    """Every quota as the tables and the pace propose it; returns the plan's id. Raises as `changing`."""
    plan = changing(now, plan_id, seen)
    plan.slots = [slot.to_store() for slot in proposed(plan)]
    return changed(by, now, plan, "quotas_proposed", quota=sum(slot.quota for slot in plan.timetable))


@act
def set_zones(by: Actor, now: Moment, plan_id: str, seen: str, zones: Mapping[str, Zone]) -> str:
    """Size, distance and capacity of each waiting zone, as typed; returns the plan's id.

    Also while the half is open: a zone that grows is filled from outside, one that shrinks throws nobody out.
    Raises as `changing`, Refusal `count_odd`, `distance_odd` (not one that the protocol allows).
    """
    day = _moving(now, plan_id, seen)
    plan = day_plans.get(plan_id) if day else changing(now, plan_id, seen)
    known, capacity = {row.zone for row in stations.list_()}, protocols.capacity()
    found: dict[str, dict[str, int]] = {}
    for letter, zone in zones.items():
        if letter not in known or not (zone.area_m2.strip() or zone.capacity.strip()):
            continue
        area = rules.require_count(zone.area_m2 or "0", f"area-{letter}", 0, rules.LARGEST_ZONE)
        if zone.distance_m not in {str(metres) for metres in protocols.distances_m()}:
            raise Refusal("distance_odd", field=f"distance-{letter}")
        typed = zone.capacity.strip() or str(capacity.seats(area, int(zone.distance_m)))
        seats = rules.require_count(typed, f"capacity-{letter}", 1, rules.MOST_PEOPLE)
        found[letter] = {"area_m2": area, "distance_m": int(zone.distance_m), "capacity": seats}
    plan.zones = found
    if day is not None:
        for letter in sorted(known):
            fill(by, now, letter)
        topics.touch(topics.BOARD, topics.LINE)
    return changed(by, now, plan, "zones_set", zones=sorted(found))


@act
def take_protocols(by: Actor, now: Moment, plan_id: str, seen: str) -> str:
    """The lead has seen what changed: the plan is for the protocols in force; returns its id. Raises as `changing`."""
    plan = changing(now, plan_id, seen)
    plan.protocols = _versions()
    return changed(by, now, plan, "protocols_taken")
