"""What the planning page shows of one half of a day, worded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import plan as acts
from kiosk.actions import posts, slots
from kiosk.rules.staff import works_on
from kiosk.rules.words import DayHalf
from kiosk.store import clinic_days, day_plans, lots, rosters, staff, stations, stock_moves
from kiosk.store import slots as appointments
from kiosk.store.day_plans import DayPlan
from kiosk.web import plan_lacks as lacks
from kiosk.web import shown

TO_COPY = 20


@dataclasses.dataclass(frozen=True)
class Refused:
    """A form that was refused: its section, the field, the sentence, and what was typed."""

    section: str = ""
    field: str = ""
    sentence: str = ""
    typed: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def kept(self, section: str, name: str, stored: object) -> object:
        """What a field shows: what was typed if its form was refused, else what is stored."""
        return self.typed.get(name, "") if section == self.section and self.typed else stored

    def beside(self, section: str, name: str) -> str | None:
        """The sentence that belongs beside this field."""
        return self.sentence if (section, name) == (self.section, self.field) else None


NOTHING = Refused()


def first_half(on: date) -> DayHalf:
    """The half that is shown when none is asked for: the one that is planned, else the morning."""
    planned = day_plans.list_on(on)
    return DayHalf(planned[0].half) if planned else DayHalf.MORNING


def page(on: date, half: DayHalf, refused: Refused) -> dict[str, Any]:
    """What pages/plan/plan.html needs."""
    plan = day_plans.find(on, half)
    day = {
        "on": on,
        "half": half,
        "page_url": _url(on, half),
        "refused": refused,
        **_days(on, half),
        **_begin(on, half),
    }
    if plan is None:
        return day | {"plan": None}
    in_use = stations.list_()
    filled = slots.room(on)
    count, expected = appointments.count(on), rosters.count_expected(on)
    return day | {
        "plan": plan, "seen": plan.seen, "expected": expected, "count": count,
        "lacking": lacks.of_page(plan, filled, count, expected),
        **_lots(plan), **_tables(plan, in_use), **_posts(plan, in_use), **_slots(plan, filled), **_zones(plan, in_use),
        **_protocols(plan),
    }  # fmt: skip


def _url(on: date, half: str) -> str:
    return url_for("plan.page", on=on, half=half)


def _days(on: date, half: DayHalf) -> dict[str, Any]:
    return {
        "halves": [
            {"name": shown.say(f"lead.half.{each}"), "url": _url(on, each), "current": each == half,
             "says": _says(day_plans.find(on, each), on, each)}
            for each in DayHalf
        ],
        "days": [
            (shown.say("plan.today"), _url(g.now.on, half), on == g.now.on),
            (shown.say("plan.tomorrow"), _url(g.now.on + timedelta(days=1), half), on == g.now.on + timedelta(days=1)),
        ],
    }  # fmt: skip


def _says(plan: DayPlan | None, on: date, half: DayHalf) -> str:
    """One line of how far a half is."""
    day = clinic_days.find(on, half)
    if day is not None:
        return shown.say("plan.half.closed" if day.closed_at else "plan.half.open")
    if plan is None:
        return shown.say("plan.half.none")
    quota = sum(slot.quota for slot in plan.timetable)
    return shown.say("plan.half.planned", opens=f"{plan.opens:%H:%M}", closes=f"{plan.closes:%H:%M}", n=quota)


def _begin(on: date, half: DayHalf) -> dict[str, Any]:
    """The forms that begin a plan, or copy one over it; and why it can no longer be changed."""
    former = [plan for plan in day_plans.list_newest(TO_COPY) if (plan.on, plan.half) != (on, half)]
    same = next((plan.id for plan in former if plan.half == half), "")
    return {
        "may_change": acts.may_change(g.now, on, half),
        "may_move": acts.may_move(g.now, on, half),
        "fixed": shown.say("plan.past" if on < g.now.on else "plan.opened"),
        "former": [(plan.id, f"{shown.say(f'lead.half.{plan.half}')} {plan.on:%d/%m/%Y}") for plan in former],
        "same": same,
    }


def _lots(plan: DayPlan) -> dict[str, Any]:
    named = {each.code: each.name for each in protocols.vaccines().vaccines}
    known = {lot.id: lot for lot in lots.list_usable(plan.on)}
    known |= {id: lots.get(id) for id in plan.lots}
    there = {lot.id: balance.unopened for lot, balance in stock_moves.list_balances()}
    rows = [
        (lot.id, lot.number, named[lot.vaccine], lot.expires_on, plan.lots.get(lot.id, 0), there.get(lot.id, 0))
        for lot in known.values()
    ]
    return {"vaccines": list(named.items()), "lot_rows": rows, "doses": lacks.doses(plan)}


def steps() -> list[tuple[str, str]]:
    """(code, name) of the steps that a station can serve."""
    return [(step.code, step.label(g.language)) for step in protocols.steps().steps if step.station]


def _tables(plan: DayPlan, in_use: Sequence[stations.Station]) -> dict[str, Any]:
    rows = [
        (row.code, row.name(g.language), plan.stations.get(row.code, []))
        for row in in_use if row.kind != "kiosk" or row.own_steps
    ]  # fmt: skip
    return {"steps": steps(), "tables": rows}


def _posts(plan: DayPlan, in_use: Sequence[stations.Station]) -> dict[str, Any]:
    posted = lacks.posted(plan)
    used = [row for row in in_use if row.code in plan.stations or row.kind == "kiosk"]
    members = [member for member in staff.list_() if works_on(member, plan.on)]
    rows = [
        {"id": member.id, "name": member.name, "role": shown.say(f"station.role.{member.role}"),
         "at": posted.get(member.id, ""),
         "may": [(row.code, row.name(g.language)) for row in used
                 if posts.may_work(member.works_as, row, plan.stations.get(row.code, []))]}
        for member in members
    ]  # fmt: skip
    nowhere = "~"  # after every station's code
    return {"members": sorted(rows, key=lambda row: (row["at"] or nowhere, row["role"], row["name"]))}


def _slots(plan: DayPlan, filled: slots.Room) -> dict[str, Any]:
    proposed = {slot.begins: slot.quota for slot in acts.proposed(plan)}
    rows = [
        {"begins": f"{slot.begins:%H:%M}", "ends": f"{slot.ends:%H:%M}", "quota": slot.quota,
         "given": filled.given.get(slot, 0), "proposed": proposed.get(slot.begins, 0)}
        for slot in plan.timetable
    ]  # fmt: skip
    return {
        "slots": rows,
        "quota": sum(slot.quota for slot in plan.timetable),
        "as_proposed": all(row["quota"] == row["proposed"] for row in rows),
        "table_count": acts.injecting(plan),
        "elsewhere": filled.elsewhere,
        "may_undo": all(acts.may_change(g.now, plan.on, half) for half in DayHalf),
    }


def _zones(plan: DayPlan, in_use: Sequence[stations.Station]) -> dict[str, Any]:
    usual = protocols.distances_m()[0]
    empty = {"area_m2": "", "distance_m": usual, "capacity": ""}
    rows = [(letter, plan.zones.get(letter, empty)) for letter in sorted({row.zone for row in in_use})]
    return {
        "zones": rows, "distances": protocols.distances_m(),
        "zone_hint": shown.say("plan.zones.hint", most=protocols.capacity().zone_most),
    }  # fmt: skip


def _protocols(plan: DayPlan) -> dict[str, Any]:
    rows = [
        {"name": shown.say(f"plan.protocol.{each.name}"), "version": each.version, "since": each.valid_from,
         "source": each.source, "was": plan.protocols.get(each.name, "")}
        for each in protocols.versions()
    ]  # fmt: skip
    return {"protocols": rows, "protocols_changed": bool(lacks.changed_protocols(plan))}
