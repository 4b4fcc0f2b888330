"""At the volunteer desk: the ticket that tells somebody who came early when to come back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import printing, slips
from kiosk.errors import NotFound
from kiosk.rules.words import SlipKind
from kiosk.store import print_jobs, rosters
from kiosk.web import desk_shown, shown
from kiosk.web.desk import only_desks
from kiosk.web.gate import form_key, requires

comeback = Blueprint("comeback", __name__, url_prefix="/desk/<station>/person/<id>/comeback")
comeback.before_request(only_desks)


@comeback.app_template_global("comeback_of")
def comeback_of(person_id: str) -> dict[str, Any] | None:
    """What partials/desk/comeback.html needs; None for whoever is not expected later today, or has a number."""
    entry = rosters.find_entry(person_id, g.now.on)
    if entry is None or not slips.may_come_back(person_id, g.now, shown.clock().local(g.now.at)):
        return None
    job = print_jobs.find_newest(entry.id, SlipKind.COMEBACK)
    paper = shown.paper(job) if job else None
    address = {name: url_for(f"comeback.{name}", station=g.actor.station, id=person_id) for name in ("see", "ask")}
    return {
        "paper": paper,
        "print_url": address["ask"],
        "reprint_url": url_for("comeback.reprint", station=g.actor.station, id=person_id),
        "url": f"{address['see']}?stamp={shown.stamp(job and job.id, paper and paper['words'])}",
    }


@comeback.get("")
@requires("person.view")
def see(station: str, id: str) -> ResponseReturnValue:
    """How the ticket is. Raises NotFound for somebody whom this session has not opened."""
    desk_shown.require_opened(id)
    panel = comeback_of(id)
    if panel is None or shown.unchanged(panel["url"]):
        return "", 204
    return render_template("partials/desk/comeback.html", comeback=panel)


@comeback.post("")
@requires("person.view")
def ask(station: str, id: str) -> ResponseReturnValue:
    """Prints the ticket. Raises NotFound, and Refusal where there is nothing to come back for."""
    desk_shown.require_opened(id)
    slips.print_comeback(g.actor, g.now, form_key(), id, shown.clock().local(g.now.at))
    return redirect(desk_shown.url("person", id=id), 303)


@comeback.post("/reprint")
@requires("person.view")
def reprint(station: str, id: str) -> ResponseReturnValue:
    """Prints it again. Raises NotFound, Refusal."""
    desk_shown.require_opened(id)
    entry = rosters.find_entry(id, g.now.on)
    if entry is None:
        raise NotFound("roster entry")
    printing.reprint(g.actor, g.now, form_key(), entry.id, SlipKind.COMEBACK)
    return redirect(desk_shown.url("person", id=id), 303)
