"""The kiosk's screens: hold a card, is this you, a few questions, your number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols, wording
from kiosk.actions import check_in, help_calls, printing, scanning
from kiosk.clock import Clock
from kiosk.errors import NotFound, Refusal
from kiosk.rules import declaration, person
from kiosk.rules.words import HelpReason, PrintState, ScanOutcome
from kiosk.store import heartbeats, print_jobs, rosters, scans, stations, topics, visits
from kiosk.store import help_calls as calls
from kiosk.web import refusals
from kiosk.web.gate import form_key, requires

kiosk = Blueprint("kiosk", __name__, url_prefix="/kiosk/<station>")
RETURN_SECONDS = 45
LATE = timedelta(seconds=10)
PAPER_LATE = timedelta(seconds=20)


@kiosk.before_request
def only_kiosks() -> None:
    """A kiosk's pages are for stations of that kind. Raises NotFound."""
    if stations.get(str((request.view_args or {})["station"])).kind != "kiosk":
        raise NotFound("kiosk")


def _url(name: str, **facts: Any) -> str:
    return url_for(f"kiosk.{name}", station=g.actor.station, **facts)


def _show(screen: str, title: str, url: str | None, status: int = 200, **needs: Any) -> ResponseReturnValue:
    """One screen: alone for htmx (which then shows `url` as the page's address), else within its page."""
    needs = {
        "help_url": _url("call_help"),
        "help_key": str(uuid4()),
        "language_url": _url("choose_language"),
        "home_url": _url("home"),
        "events_url": url_for("events.stream", topic=topics.kiosk(g.actor.station)),
        "seconds": RETURN_SECONDS,
        "act_key": str(uuid4()),
        "help_facts": {},
    } | needs
    if not request.htmx:
        return render_template("pages/kiosk/screen.html", screen=screen, screen_title=title, **needs), status
    response = make_response(render_template(f"partials/kiosk/{screen}.html", **needs), status)
    if url:
        response.headers["HX-Push-Url"] = url
    return response


def _say(code: str, **facts: object) -> str:
    return wording.say(code, g.language, **facts)


def _you(identity: person.Identity | None) -> str:
    """How to address this person; a pronounless sentence is used while the birth year is unknown."""
    if g.language != "vi":
        return "you"
    if identity is None:
        return ""
    return person.address(protocols.pronouns(), identity.born_year, identity.sex, g.now.on.year)


@kiosk.get("")
@requires("kiosk.use")
def home(station: str) -> ResponseReturnValue:
    """The start; or whoever has just held a card to the camera."""
    scan = scans.find_open(station, g.now.at - scanning.OFFERED)
    if scan is not None:
        return _scanned(scan)
    beat = heartbeats.find(station)
    seen = beat is not None and beat.at >= g.now.at - LATE and beat.camera == "ready" and beat.live_port > 0
    if request.htmx:
        # The start is loaded as a page of its own: only then does its policy admit the live picture's origin.
        same = request.args.get("live") == ("yes" if seen else "no")
        return "", 204, {} if same else {"HX-Redirect": _url("home")}
    if seen and beat:
        g.live_origin = f"http://127.0.0.1:{beat.live_port}"
    return _show(
        "start", _say("kiosk.start.title"), _url("home"),
        live_url=f"{g.live_origin}/live.mjpeg" if seen else None,
        coaching=_say("kiosk.start.coaching" if seen else "kiosk.start.coaching.no_camera"),
        screen_url=_url("home", live="yes" if seen else "no"),
        help_facts={"reason": HelpReason.ASKED}, no_card_facts={"reason": HelpReason.NO_CARD},
    )  # fmt: skip


@kiosk.post("/language")
@requires("kiosk.use")
def choose_language(station: str) -> ResponseReturnValue:
    """Vietnamese or English, until somebody chooses again or the screen returns to its start."""
    if request.form.get("language") in wording.LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(_url("home"), 303)


@kiosk.get("/scan/<id>")
@requires("kiosk.use")
def scanned(station: str, id: str) -> ResponseReturnValue:
    """Who the scanned code says this is."""
    return _scanned(scanning.require_usable(id, station, g.now.at))


def _scanned(scan: scans.Scan) -> ResponseReturnValue:
    if scan.outcome == ScanOutcome.CHECKED_IN and scan.visit_id:
        return _number(visits.get(scan.visit_id))
    identity = scanning.identity_of(scan)
    if identity is None or scan.outcome == ScanOutcome.NO_CLINIC_DAY:
        return _show(
            "unknown_code", _say("kiosk.unknown.title"), _url("scanned", id=scan.id),
            sentence=_say(f"kiosk.unknown.{scan.outcome}"), way_out=_say(f"kiosk.unknown.{scan.outcome}.way_out"),
            drop_url=_url("drop", id=scan.id), help_facts={"reason": HelpReason.UNKNOWN_CODE, "scan": scan.id},
        )  # fmt: skip
    listed = scan.outcome == ScanOutcome.ROSTERED
    return _show(
        "person", _say("kiosk.person.title"), _url("scanned", id=scan.id),
        you=_you(identity), person=_masked(identity), listed="right" if listed else "look",
        listed_sentence=_listed(scan, _you(identity)),
        confirm_url=_url("answer", id=scan.id) if listed else _url("call_help"),
        deny_url=_url("drop", id=scan.id),
        help_facts={"reason": HelpReason.ASKED if listed else HelpReason.NOT_ROSTERED, "scan": scan.id},
    )  # fmt: skip


def _masked(identity: person.Identity) -> dict[str, str]:
    return {
        "name": person.masked_name(identity.name),
        "born": str(identity.born_year or ""),
        "sex": _say(f"sex.{identity.sex}"),
        "number": person.masked_number(identity.number),
    }


def _listed(scan: scans.Scan, you: str) -> str:
    entry = rosters.find_entry(scan.person_id, g.now.on) if scan.person_id else None
    if scan.outcome != ScanOutcome.ROSTERED or entry is None:
        return _say("kiosk.person.not_listed", you=you)
    if entry.slot_from is None or entry.slot_until is None:
        return _say("kiosk.person.listed", you=you)
    slot = f"{entry.slot_from:%H:%M}–{entry.slot_until:%H:%M}"
    return _say("kiosk.person.listed_slot", you=you, slot=slot)


@kiosk.post("/scan/<id>/drop")
@requires("kiosk.use")
def drop(station: str, id: str) -> ResponseReturnValue:
    """Not me, or done with this: back to the start."""
    scanning.drop_scan(g.actor, g.now, form_key(), id)
    session.pop("language", None)
    return redirect(_url("home"), 303)


@kiosk.post("/scan/<id>/answers")
@requires("kiosk.use")
def answer(station: str, id: str) -> ResponseReturnValue:
    """The next question; after the last, the number. Answers travel in the form: nothing is stored before the end."""
    form = protocols.declaration()
    given = _given(form)
    code = request.form.get("group")
    key = form_key()
    if code is None:
        scanning.require_usable(id, station, g.now.at)
        return _question(id, form, form.groups[0], given, key)
    group = form.group(code)
    try:
        given[code] = declaration.require_answer(group, request.form.getlist("answer"), "none" in request.form)
        following = form.after(code)
        if following is not None:
            return _question(id, form, form.group(following), given, key)
        clock = Clock(current_app.config["SETTINGS"].site.time_zone)
        visit = check_in.check_in_scan(
            g.actor, g.now, key, id, {code: list(ticked) for code, ticked in given.items()}, g.language,
            clock.local(g.now.at),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.field != code:
            raise
        return _question(id, form, group, given, key, refusals.sentence(refusal))
    return redirect(_url("number", id=visit), 303)


def _given(form: declaration.Form) -> dict[str, tuple[str, ...]]:
    """Answers that the form carries from earlier questions."""
    return {
        group.code: tuple(part for part in request.form[f"given-{group.code}"].split(",") if part)
        for group in form.groups
        if f"given-{group.code}" in request.form
    }


def _question(
    id: str, form: declaration.Form, group: declaration.Group, given: dict[str, tuple[str, ...]], key: str,
    refusal: str | None = None,
) -> ResponseReturnValue:  # fmt: skip
    facts = {f"given-{code}": ",".join(ticked) for code, ticked in given.items() if code != group.code}
    return _show(
        "question", _say("kiosk.question.title"), None, 422 if refusal else 200,
        group={
            "code": group.code,
            "title": group.question.label(g.language),
            "options": [(item.code, item.label(g.language)) for item in group.items],
        },
        columns=1 if len(group.items) <= 3 else 2 if len(group.items) <= 6 else 3,
        step=[each.code for each in form.groups].index(group.code) + 1, steps=len(form.groups),
        ticked=set(request.form.getlist("answer")) if refusal else set(),
        refusal=refusal, answer_url=_url("answer", id=id), act_key=key, facts=facts | {"group": group.code},
        help_facts={"reason": HelpReason.ASKED, "scan": id},
    )  # fmt: skip


@kiosk.get("/visit/<id>")
@requires("kiosk.use")
def number(station: str, id: str) -> ResponseReturnValue:
    """The number, where to wait, and the paper."""
    return _number(_visit_of_this_screen(station, id))


def _visit_of_this_screen(station: str, id: str) -> visits.Visit:
    """A visit that was scanned or checked in here a moment ago. Raises NotFound for any other."""
    if scans.find_visit(station, id, g.now.at - scanning.USABLE) is None:
        raise NotFound("visit")
    return visits.get(id)


def _number(visit: visits.Visit) -> ResponseReturnValue:
    return _show(
        "number", _say("kiosk.number.title"), _url("number", id=visit.id),
        you=_you(visit.person.identity), number=visit.label, zone=visit.zone, ahead=visits.count_ahead(visit),
        waiting=visit.state == "waiting", attention=visit.attention, wait=None, seats_left=None,
        distance_metres=protocols.distance_m(), paper=_paper(visit), paper_url=_url("paper", id=visit.id),
        done_url=_url("done", id=visit.id), no_paper_url=_url("no_paper", id=visit.id),
        help_facts={"reason": HelpReason.ASKED, "visit": visit.id},
    )  # fmt: skip


def _paper(visit: visits.Visit) -> str:
    job = print_jobs.find_newest(visit.id)
    if job is None:
        return "none"
    if job.stands in (PrintState.PRINTED, PrintState.SENT):
        return "printed"
    if job.stands is PrintState.DOUBTFUL:
        return "late"
    return "late" if job.queued_at < g.now.at - PAPER_LATE else "printing"


@kiosk.get("/visit/<id>/paper")
@requires("kiosk.use")
def paper(station: str, id: str) -> ResponseReturnValue:
    """Has the paper come out?"""
    visit = _visit_of_this_screen(station, id)
    return render_template(
        "partials/kiosk/paper.html", paper=_paper(visit), paper_url=_url("paper", id=id),
        you=_you(visit.person.identity),
    )  # fmt: skip


@kiosk.post("/visit/<id>/no-paper")
@requires("kiosk.use")
def no_paper(station: str, id: str) -> ResponseReturnValue:
    """No paper came: the desk rings and sees which slip."""
    printing.report_no_paper(g.actor, g.now, form_key(), _visit_of_this_screen(station, id).id)
    return redirect(_url("help_coming"), 303)


@kiosk.post("/visit/<id>/done")
@requires("kiosk.use")
def done(station: str, id: str) -> ResponseReturnValue:
    """The person has their number and goes; the screen is free for the next."""
    scan = scans.find_visit(station, id, g.now.at - scanning.USABLE)
    if scan is not None:
        scanning.drop_scan(g.actor, g.now, form_key(), scan.id)
    session.pop("language", None)
    return redirect(_url("home"), 303)


@kiosk.post("/help")
@requires("kiosk.use")
def call_help(station: str) -> ResponseReturnValue:
    """Rings at the desk until a volunteer comes."""
    reason = request.form.get("reason", HelpReason.ASKED)
    if reason not in set(HelpReason):
        abort(400)
    scan, visit = request.form.get("scan"), request.form.get("visit")
    if scan:
        scan = scanning.require_usable(scan, station, g.now.at).id
    if visit:
        visit = _visit_of_this_screen(station, visit).id
    help_calls.call_help(g.actor, g.now, form_key(), reason, scan, visit)
    return redirect(_url("help_coming"), 303)


@kiosk.get("/help")
@requires("kiosk.use")
def help_coming(station: str) -> ResponseReturnValue:
    """Somebody is called; somebody is coming."""
    waiting = calls.find_open(station) is not None
    if request.args.get("asked") and waiting and request.htmx:
        return "", 204
    return _show(
        "help_coming", _say("kiosk.help.title"), _url("help_coming"), taken=not waiting,
        screen_url=_url("help_coming", asked="yes"),
    )  # fmt: skip
