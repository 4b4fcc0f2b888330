"""At the desk: where somebody stands in the line, and who is out of it until they are back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import g, request, url_for

from kiosk import protocols
from kiosk.actions import doors, queueing, standby, waits
from kiosk.rules.permissions import may
from kiosk.rules.words import VisitState
from kiosk.store import clinic_days, line, queue_moves
from kiosk.store.visits import Visit
from kiosk.web import desk_shown, shown

MOST = 20


def url(name: str, **facts: Any) -> str:
    """The address of one of the acts on somebody's place in the line."""
    return url_for(f"line.{name}", station=g.actor.station, **facts)


def place(visit: Visit | None) -> dict[str, Any]:
    """What partials/desk/line.html needs: lane, zone and spot, how many go before, how long it takes."""
    if visit is None:
        return {"line": None}
    waits_here = visit.stands is VisitState.WAITING
    day = clinic_days.get(visit.clinic_day_id)
    band = waits.band(day, visit, g.now) if waits_here else None
    facts = {
        "lane": protocols.lanes().get(visit.lane).label(g.language),
        "where": _where(visit),
        "ahead": queueing.count_ahead(visit) if waits_here else None,
        "wait": shown.say("desk.line.wait", low=band.low_minutes, high=band.high_minutes) if band else "",
    }
    return {"line": facts, "line_url": desk_shown.url("person", id=visit.person.id, stamp=shown.stamp(facts))}


def _where(visit: Visit) -> str:
    if visit.stands in (VisitState.SEATED, VisitState.LEFT):
        return ""
    if not visit.inside:
        return shown.say("desk.line.outside", zone=visit.zone)
    if visit.spot is None:
        return shown.say("desk.line.zone", zone=visit.inside)
    said = "desk.line.spot" if visit.entered_at else "desk.line.kept"
    return shown.say(said, zone=visit.inside, spot=visit.spot)


def acts(visit: Visit | None, wrong: dict[str, str] | None = None) -> dict[str, Any]:
    """What partials/desk/line_acts.html needs: what may be done with somebody's place. `wrong`: sentences,
    by form; that of a form that is not there any more is said above the others."""
    waits_here = visit is not None and visit.stands is VisitState.WAITING
    held = visit is not None and visit.stands is VisitState.HELD
    protocol = protocols.queue()
    lanes = [each for each in protocols.lanes().lanes if visit is not None and each.code != visit.lane]
    may_lane = (waits_here or held) and may(g.actor.role, "queue.lane")
    forms = {"lane": may_lane, "hold": waits_here}
    return {
        "line_lanes": [(each.code, shown.say("desk.line.to_lane", lane=each.label(g.language))) for each in lanes]
        if may_lane
        else [],
        "line_lane_reasons": [(each.code, each.label(g.language)) for each in protocol.lane],
        "line_hold_reasons": [(each.code, each.label(g.language)) for each in protocol.hold] if waits_here else [],
        "line_held": shown.held_for(visit) if visit is not None and held else "",
        "line_gone": visit is not None and doors.may_come_back(visit),
        "line_wrong": {form: said for form, said in (wrong or {}).items() if forms.get(form)},
        "line_refusal": next((said for form, said in (wrong or {}).items() if not forms.get(form)), ""),
        "line_reason": request.form.get("reason", "")[:20] if wrong else "",
        "line_urls": {
            name: url(name, visit=visit.id) for name in ("change_lane", "hold", "resume", "come_back")
        } if visit is not None else {},
    }  # fmt: skip


def held(refusal: str | None = None) -> dict[str, Any]:
    """What partials/desk/held.html needs: who is out of the line, who waits longest first; who waits for a dose."""
    day = clinic_days.find_open()
    steps = [step.code for step in protocols.steps().steps]
    found = line.list_held(day.id, steps, MOST + 1) if day else []
    since = {move.visit_id: move.at for move in queue_moves.list_holds([visit.id for visit in found])}
    rows = [_held(visit, since.get(visit.id)) for visit in found[:MOST]]
    here = len(standby.list_here(day)) if day else 0
    return {
        "held": rows,
        "held_more": len(found) > MOST,
        "standby_here": here,
        "standby_url": url_for("standby.page"),
        "held_refusal": refusal,
        "held_url": desk_shown.url("page", stamp=shown.stamp([row | {"key": ""} for row in rows], here, refusal)),
    }


def _held(visit: Visit, since: Any) -> dict[str, Any]:
    return {
        "label": visit.label,
        "why": shown.held_for(visit),
        "since": shown.at(since or visit.waiting_since),
        "resume_url": url("back", visit=visit.id),
        "key": str(uuid4()),
    }
