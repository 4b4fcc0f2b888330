"""What the site lead sees: the day in numbers, what the platform does not have, what is printed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g, url_for

from kiosk import protocols
from kiosk.actions.check_in import FIRST_STEP
from kiosk.actions.printers import list_printers
from kiosk.actions.slips import find_closing
from kiosk.rules.messages import DOSE_VOIDED
from kiosk.rules.permissions import may
from kiosk.rules.report import balance
from kiosk.rules.words import DayHalf, MessageState, PrintState, VisitState
from kiosk.store import clinic_days, help_calls, identity_checks, print_jobs, stations, vials, visits
from kiosk.store import figures as counts
from kiosk.store.outbox import list_unsettled
from kiosk.web import health, places, shown

# endpoint: (permission, its words, its sign)
PAGES = {
    "roster.page": ("roster.manage", "roster.title", "list-checks"),
    "plan.page": ("day.plan", "plan.title", "clock"),
    "staff.page": ("staff.manage", "staff.title", "id-card"),
    "alike.page": ("person.merge", "alike.title", "users"),
    "doses.page": ("dose.review", "dose.title", "list-checks"),
    "follow_up.page": ("follow_up.tend", "follow_up.title", "flag"),
    "stock.page": ("stock.keep", "stock.title", "shield-plus"),
    "standby.page": ("standby.call", "standby.title", "megaphone"),
    "printers.page": ("printer.tend", "printers.title", "printer"),
    "boxes.page": ("box.tend", "boxes.title", "heart-pulse"),
    "devices.page": ("device.pair", "devices.title", "smartphone"),
}
PENDING = (PrintState.QUEUED, PrintState.HELD, PrintState.SENDING)
LISTED = 50


def figures(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """What partials/lead/figures.html shows: `of` from the tables of the day, and where everybody is, step by step."""
    of, states = counts.of_day(day), visits.count_states(day.id)

    def at(state: VisitState, step: str | None = None) -> int:
        return sum(n for (where, stands), n in states.items() if stands == state and step in (None, where))

    return {
        "day": day,
        "of": of,
        "waiting": at(VisitState.WAITING),
        "at_tables": at(VisitState.CALLED) + at(VisitState.AT_TABLE),
        "steps": [
            (shown.step(code), at(VisitState.WAITING, code), at(VisitState.CALLED, code),
             at(VisitState.AT_TABLE, code) + at(VisitState.SEATED, code))
            for code in steps_of_visit()
        ],
        "identified": _identified(day),
        "screened": [
            (each.label(g.language), of.screened[each.conclusion])
            for each in protocols.screening_forms().adults.outcomes if each.conclusion in of.screened
        ],
        "doses": [(protocols.vaccines().get(code).name, number, n) for code, number, n in of.doses],
        "unbalanced": [shown.say(f"report.balance.{code}") for code in balance(of)],
        "help_calls": len(help_calls.list_open()),
        "approved": visits.count_approved(day.id),
        "papers_doubtful": print_jobs.count_in([PrintState.DOUBTFUL], day.id),
        "papers_waiting": print_jobs.count_in(PENDING, day.id),
    }  # fmt: skip


def _identified(day: clinic_days.ClinicDay) -> list[tuple[str, int]]:
    """How it was made sure who people are, and how many of them have no number yet."""
    counts = identity_checks.count_states(day.id)
    return [(shown.say(f"lead.identity.{name}"), n) for name, n in asdict(counts).items() if n]


def steps_of_visit() -> list[str]:
    """Codes of the steps after check-in, in order."""
    codes, code = [], protocols.steps().after(FIRST_STEP)
    while code:
        codes.append(code)
        code = protocols.steps().after(code)
    return codes


def live(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """What partials/lead/live.html needs."""
    now = figures(day)
    left_open = day.closed_at is None and day.on != g.now.on
    shows = [worth for name, worth in now.items() if name != "day"]
    return {"figures": now, "left_open": left_open, "live_url": _url(day.id, left_open, shows)}


def undelivered(refusal: str | None = None) -> dict[str, Any]:
    """What partials/lead/undelivered.html needs: what the platform does not have, of whichever day."""
    rows = [_undelivered(each) for each in counts.list_undelivered(LISTED)]
    more = sum(counts.count_undelivered().values()) - len(rows)
    return {
        "undelivered": rows,
        "undelivered_more": more,
        "undelivered_refusal": refusal,
        "sends": health.sends(),
        "may_settle": may(g.actor.role, "message.settle"),
        "undelivered_url": _url(rows, more),
    }


def _undelivered(each: counts.Undelivered) -> dict[str, Any]:
    message = each.message
    return {
        "id": message.id,
        "label": each.label,
        "void": message.kind == DOSE_VOIDED,
        "on": each.on if each.on != g.now.on else None,
        "since": message.made_at,
        "state": shown.say(f"upstream.state.{message.state}"),
        "parked": message.stands is MessageState.PARKED,
        "reason": shown.say(f"upstream.reason.{message.reason}") if message.reason else "",
        "attempts": message.attempts,
        "signed": (shown.colleague(message.signed_by), message.signed_reason) if message.signed_at else None,
        "again_url": url_for("lead.send_again", id=message.id),
    }


def closing(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """What the form needs that ends the day: what keeps it from ending, and the vials that are still open."""
    left = {message.id for message in list_unsettled(day.id)}
    known = [each for each in counts.list_undelivered(LISTED) if each.message.id in left]
    return {
        "unsettled": sorted(left),
        "signable": [(each.message.id, each.label, each.message.made_at) for each in known],
        "sign_url": url_for("lead.sign"),
        "open_vials": [_open_vial(one) for one in vials.list_open(day.id) if one.left],
        "may_keep_vials": day.half == DayHalf.MORNING,
    }


def _open_vial(one: vials.Vial) -> tuple[str, str, str, int]:
    """Vaccine, lot, table, and the doses that are left."""
    place = stations.find(one.station)
    name = protocols.vaccines().get(one.lot.vaccine).name
    return name, one.lot.number, place.name(g.language) if place else one.station, one.left


def closing_slip(refusal: str | None = None) -> dict[str, Any]:
    """What partials/lead/closing_slip.html needs: the paper of the day that was closed last, if any was."""
    day = clinic_days.find_last_closed()
    if day is None:
        return {"closed": None, "closing_refusal": refusal, "closing_slip_url": _url(None)}
    job = find_closing(day)
    paper = shown.paper(job) if job else None
    closed = {
        "half": shown.say(f"lead.half.{day.half}"),
        "on": day.on,
        "paper": paper,
        "printers": [(row.code, row.name(g.language)) for row in list_printers()],
        "print_url": url_for("lead.print_closing", id=day.id),
        "reprint_url": url_for("lead.reprint_closing", id=day.id),
        "pdf_url": url_for("lead.see_report", id=day.id),
        "queue_page": url_for("lead.queue", id=day.id),
    }
    address = _url(day.id, day.closed_at, job and job.id, paper and paper["words"], refusal)
    return {"closed": closed, "closing_refusal": refusal, "closing_slip_url": address}


def still_here(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """Whose numbers have not left, and where each stands; no names."""
    present = visits.list_present(day.id)
    return {
        "still_here": [(visit.label, shown.where(visit)) for visit in present[:LISTED]],
        "still_here_more": max(0, len(present) - LISTED),
    }


def stations_and_machines() -> dict[str, Any]:
    """What partials/lead/stations.html needs."""
    machines = {each.station.code: each for each in health.list_(shown.clock())}
    rows = [
        (row.name(g.language), row.code, address, machines.get(row.code))
        for row in stations.list_()
        for _, address in places.pages_of(row)
    ]
    seen = [(code, each and (each.camera, each.printer, each.waiting, each.kind)) for _, code, _, each in rows]
    return {"stations": rows, "stations_url": _url(seen)}


def links() -> list[tuple[str, str, str]]:
    """(words, address, sign) of the pages that belong to the lead's work."""
    return [
        (shown.say(words), url_for(page), sign)
        for page, (permission, words, sign) in PAGES.items() if may(g.actor.role, permission)
    ]  # fmt: skip


def _url(*shows: object) -> str:
    return url_for("lead.page", stamp=shown.stamp(*shows))
