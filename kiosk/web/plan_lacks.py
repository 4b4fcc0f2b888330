"""What a plan still lacks, in words: on the planning page, and before the opening."""

from __future__ import annotations

from flask import url_for

from kiosk import protocols
from kiosk.actions import plan as acts
from kiosk.actions import posts, slots
from kiosk.rules import plan as rules
from kiosk.rules.staff import works_on
from kiosk.store import day_plans, lots, staff, stations
from kiosk.store import slots as appointments
from kiosk.store.day_plans import DayPlan
from kiosk.web import shown


def _url(plan: DayPlan, section: str) -> str:
    return url_for("plan.page", on=plan.on, half=plan.half, _anchor=section)


def _to_serve() -> list[str]:
    """Codes of the steps for which people wait."""
    return [step.code for step in protocols.steps().steps if step.station and (step.calls or step.room)]


def posted(plan: DayPlan) -> dict[str, str]:
    """Member of staff to the station where they work in that half, of those who are here on that day."""
    mine = [post for post in day_plans.list_postings(plan.on) if post.half == plan.half]
    return {post.staff_id: post.station for post in mine if works_on(staff.get(post.staff_id), plan.on)}


def doses(plan: DayPlan) -> int:
    """The doses of its lots that can still be given on the day."""
    return sum(n for id, n in plan.lots.items() if lots.get(id).expires_on >= plan.on)


def changed_protocols(plan: DayPlan) -> list[str]:
    """Names of the protocols that have another version than when the plan was made."""
    return [
        shown.say(f"plan.protocol.{each.name}")
        for each in protocols.versions() if plan.protocols.get(each.name) != each.version
    ]  # fmt: skip


def lacking(plan: DayPlan) -> list[tuple[str, str, str]]:
    """(kind, sentence, address) of what would go wrong on the day: steps, tables, vaccine, zones, protocols."""
    in_use = {row.code for row in stations.list_()}
    served = [each for code, each in plan.stations.items() if code in in_use]
    found = [
        ("stop", shown.say("lead.step_unserved", step=shown.step(code)), "tables")
        for code in rules.unserved(_to_serve(), served)
    ]
    found += [("look", shown.say("plan.unanswered", station=name), "posts") for name in _unanswered(plan)]
    if not plan.lots:
        found.append(("look", shown.say("plan.no_lot"), "lots"))
    elif not doses(plan):
        found.append(("stop", shown.say("plan.lots_expired"), "lots"))
    sizeless = _sizeless(plan)
    if sizeless:
        most = protocols.capacity().zone_most
        found.append(("look", shown.say("plan.zone_unplanned", zones=", ".join(sizeless), n=most), "zones"))
    changed = changed_protocols(plan)
    if changed:
        found.append(("look", shown.say("plan.protocols_changed", names=", ".join(changed)), "protocols"))
    return [(kind, sentence, _url(plan, section)) for kind, sentence, section in found]


def _unanswered(plan: DayPlan) -> list[str]:
    """Names of the stations where nobody is posted who may answer for what is recorded there."""
    where = posted(plan)
    roles = {code: {staff.get(id).works_as for id, at in where.items() if at == code} for code in plan.stations}
    return [
        shown.place(code) for code, served in sorted(plan.stations.items()) if posts.unanswered(served, roles[code])
    ]


def _sizeless(plan: DayPlan) -> list[str]:
    """Letters of the zones in which people wait to be called, and of which the plan says no capacity."""
    calling = {row.zone for row in stations.list_() if protocols.steps().at_table(plan.stations.get(row.code, ()))}
    return sorted(calling - set(plan.zones))


def of_page(plan: DayPlan, filled: slots.Room, count: appointments.Count, expected: int) -> list[tuple[str, str, str]]:
    """As `lacking`, and how quotas, doses and the list fit together."""
    quota, of_day = sum(slot.quota for slot in plan.timetable), sum(slot.quota for slot in filled.given)
    most = protocols.capacity().max_per_table
    tables = acts.injecting(plan)
    found = []
    if plan.lots and quota > doses(plan):
        found.append(shown.say("plan.more_than_doses", n=quota, doses=doses(plan)))
    if expected > of_day:
        found.append(shown.say("plan.more_than_quota", n=expected, quota=of_day))
    if tables and quota > tables * most:
        found.append(shown.say("plan.more_than_tables", n=quota // tables, most=most))
    if count.wanting:
        found.append(shown.say("plan.wanting", n=count.wanting))
    return lacking(plan) + [("look", sentence, _url(plan, "slots")) for sentence in found]
