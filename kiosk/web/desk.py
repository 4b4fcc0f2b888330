"""The volunteer desk: find a person, check in by hand, and whoever calls for help."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import check_in, follow_up, help_calls, looking, scanning, standby_here
from kiosk.errors import NotFound, Refusal
from kiosk.rules import queueing
from kiosk.rules.words import ScanOutcome
from kiosk.store import clinic_days, scans, stations, topics, visits
from kiosk.store import help_calls as calls
from kiosk.web import (
    approval_shown,
    desk_line_shown,
    desk_person_shown,
    desk_shown,
    found_shown,
    health,
    refusals,
    shown,
    tickets_shown,
    walk_in_shown,
)
from kiosk.web.gate import form_key, requires

LONGEST_TYPED = 2000
desk = Blueprint("desk", __name__, url_prefix="/desk/<station>")


@desk.before_request
def only_desks() -> None:
    """These pages are for stations of that kind. Raises NotFound."""
    if stations.get(str((request.view_args or {})["station"])).kind != "desk":
        raise NotFound("desk")


def show(left: str, title: str, status: int = 200, **needs: Any) -> ResponseReturnValue:
    """The desk with one of partials/desk at the left, calls and papers at its side."""
    rings = desk_shown.help_rings(request.args.get("call"))
    needs = rings | desk_shown.papers() | desk_line_shown.held() | needs
    needs = health.strip(shown.clock(), desk_shown.url("strip")) | needs
    return (
        render_template(
            "pages/desk/desk.html", left=left, left_title=title, station=stations.get(g.actor.station),
            home_url=desk_shown.url("page"), events_url=url_for("events.stream", topic=topics.DESK),
            printers_url=url_for("printers.page"), survey_url=url_for("survey.page", station=g.actor.station),
            follow_up_url=url_for("follow_up.page"), **needs,
        ),
        status,
    )  # fmt: skip


@desk.get("")
@requires("desk.use")
def page(station: str) -> ResponseReturnValue:
    """Find somebody; what was found when `found` names the search; the call this volunteer has just taken."""
    alone = shown.asks_for("calls", "papers", "held")
    if alone == "calls":
        return _alone("calls", desk_shown.help_rings(request.args.get("call")))
    if alone == "papers":
        return _alone("papers", desk_shown.papers())
    if alone == "held":
        return _alone("held", desk_line_shown.held())
    return find_page(found=found_shown.found_people(request.args.get("found")))


def _alone(partial: str, needs: dict[str, Any]) -> ResponseReturnValue:
    """One of partials/desk, or nothing when the page shows just that."""
    if shown.unchanged(needs[f"{partial}_url"]):
        return "", 204
    return render_template(f"partials/desk/{partial}.html", **needs)


@desk.get("/strip")
@requires("desk.use")
def strip(station: str) -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), desk_shown.url("strip")))


def find_page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    """The whole page that finds somebody; `needs`: what differs from an empty one."""
    needs = {"words": "", "born_year": "", "refusal": None, "year_refusal": None, "found": None} | needs
    day = clinic_days.find_open()
    return show(
        "find", shown.say("desk.title"), status, day=day, find_url=desk_shown.url("find"), find_key=str(uuid4()),
        walk_in_url=walk_in_shown.url("page"), **needs,
    )  # fmt: skip


@desk.post("/find")
@requires("person.view")
def find(station: str) -> ResponseReturnValue:
    """Looks for people; the page then shows them masked. A code scanned into the field goes where it leads."""
    words, year, key = request.form.get("words", "").strip(), request.form.get("born_year", "")[:10], form_key()
    try:
        number = queueing.read_label(words)
        if number is not None:
            person_id = looking.open_number(g.actor, g.now, key, *number)
            return redirect(desk_shown.url("person", id=person_id), 303)
        if found_shown.is_code(words):
            typed = found_shown.require_somebodys(words[:LONGEST_TYPED])
            return follow_typed(key, typed) or find_page(422, refusal=unfollowed(typed))
        looking.find_people(g.actor, g.now, key, words[:80], year)
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        wrong = {"year_refusal": said} if refusal.field == "born_year" else {"refusal": said}
        return find_page(422, words=words[:80], born_year=year, **wrong)
    return redirect(desk_shown.url("page", found=key), 303)


@desk.post("/open/<id>")
@requires("person.view")
def open_person(station: str, id: str) -> ResponseReturnValue:
    """Opens one person for this session."""
    return redirect(desk_shown.url("person", id=looking.open_person(g.actor, g.now, form_key(), id)), 303)


@desk.get("/person/<id>")
@requires("person.view")
def person(station: str, id: str) -> ResponseReturnValue:
    """Somebody whom this session has opened: facts, number, papers; or the form that gives them a number."""
    alone = shown.asks_for("slips", "line")
    if alone == "slips":
        desk_shown.require_opened(id)
        return _alone("slips", desk_shown.slips(id))
    if alone == "line":
        row, day = desk_shown.require_opened(id), clinic_days.find_open()
        visit = visits.find(day.id, row.id) if day else None
        return _alone("line", desk_line_shown.place(visit)) if visit else ("", 204)
    return person_page(id)


def person_page(id: str, status: int = 200, **needs: Any) -> ResponseReturnValue:
    """The whole page of somebody whom this session has opened; raises NotFound for anybody else."""
    return show("person", shown.say("desk.person.title"), status, **desk_person_shown.person(id, needs))


@desk.post("/person/<id>/check-in")
@requires("person.view")
def check_in_by_hand(station: str, id: str) -> ResponseReturnValue:
    """A number for somebody who stands at the desk, and one for each of their family who is ticked.

    Where no dose is left: they wait at the site for one, or get a number by the word of somebody who may approve.
    """
    row, key = desk_shown.require_opened(id), form_key()
    waits = "wait" in request.form
    answers, wrong = ({}, {}) if waits else shown.read_declaration(request.form, desk_person_shown.unasked(row))
    ticked = request.form.getlist("member")[:50] if "family" in request.form else [row.id]
    word, early = approval_shown.read(), request.form.get("early", "")[:20]
    facts = (*word, early, "anyway" in request.form)
    local, language = shown.clock().local(g.now.at), current_app.config["SETTINGS"].site.language
    try:
        if wrong:
            raise Refusal("answer_missing")
        if waits:
            standby_here.wait_here(g.actor, g.now, key, row.id, *word)
        elif ticked == [row.id]:
            check_in.check_in_person(g.actor, g.now, key, row.id, answers, language, local, *facts)
        else:
            check_in.check_in_family(g.actor, g.now, key, ticked, answers, language, local, *facts)
    except Refusal as refusal:
        return person_page(id, 422, **desk_person_shown.refused(row, refusal, ticked, wrong, key))
    return redirect(desk_shown.url("person", id=id), 303)


@desk.post("/person/<id>/recovered")
@requires("recovered.mark")
def mark_recovered(station: str, id: str) -> ResponseReturnValue:
    """They have recovered from COVID-19: the commune's health station enters their doses, none is given here."""
    row, day, key = desk_shown.require_opened(id), clinic_days.find_open(), form_key()
    visit = visits.find(day.id, id) if day else None
    follow_up.mark_recovered(g.actor, g.now, key, row.id, visit.id if visit else None)
    return redirect(desk_shown.url("person", id=id), 303)


@desk.post("/calls/<id>/take")
@requires("desk.use")
def take_call(station: str, id: str) -> ResponseReturnValue:
    """I am coming: the ringing stops everywhere."""
    return redirect(desk_shown.url("page", call=help_calls.take_help(g.actor, g.now, form_key(), id)), 303)


@desk.post("/calls/<id>/open")
@requires("person.view")
def open_call(station: str, id: str) -> ResponseReturnValue:
    """Opens the person a call is about, or the walk-in form for a card that we do not know."""
    call, key = calls.get(id), form_key()
    if call.visit_id:
        person_id = visits.get(call.visit_id).person_id
        return redirect(desk_shown.url("person", id=looking.open_person(g.actor, g.now, key, person_id)), 303)
    if not call.scan_id:
        raise NotFound("scan")
    return _open_scan(scans.get(call.scan_id), key)


def follow_typed(key: str, typed: str) -> ResponseReturnValue | None:
    """Takes what a scanner typed as a scan of this desk, and goes where it leads; None where it leads nowhere."""
    own = current_app.config["SETTINGS"].hub.addresses
    scanning.scan_code(g.actor, g.now, f"{key}:read", key, typed.encode(), scans.KEYED, own)
    scan = scans.find_taken(key, g.actor.station, typed.encode(), g.now.at - scanning.OFFERED)
    known = scan.person_id or scanning.identity_of(scan)
    return _open_scan(scan, f"{key}:open") if known else None


def unfollowed(typed: str) -> str:
    """Why a typed code led nowhere: a ticket of another day says so."""
    scan = scans.find_newest(g.actor.station, g.now.at - scanning.OFFERED)
    ours = scan is not None and scan.raw == typed.encode() and scan.outcome == ScanOutcome.OTHER_DAY
    return tickets_shown.of(scan)["sentence"] if scan is not None and ours else shown.say("desk.paste.unknown")


def _open_scan(scan: scans.Scan, key: str) -> ResponseReturnValue:
    """Opens whoever a code belongs to, or the walk-in form with what it says of somebody whom we do not know."""
    if scan.person_id:
        return redirect(desk_shown.url("person", id=looking.open_person(g.actor, g.now, key, scan.person_id)), 303)
    looking.open_scan(g.actor, g.now, key, scan.id)
    return redirect(walk_in_shown.url("page", scan=key), 303)
