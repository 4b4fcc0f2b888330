"""The kiosk's screens: hold a card, is this you, a few questions, your number."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, abort, g, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request

from kiosk.actions import help_calls, printing, scanning
from kiosk.errors import NotFound, Refusal
from kiosk.rules.words import HelpReason, SlipKind
from kiosk.store import heartbeats, print_jobs, scans, stations
from kiosk.store import help_calls as calls
from kiosk.web import kiosk_family, kiosk_shown
from kiosk.web.gate import form_key, local_path, requires

kiosk = Blueprint("kiosk", __name__, url_prefix="/kiosk/<station>")


@kiosk.before_request
def only_kiosks() -> None:
    """A kiosk's pages are for stations of that kind. Raises NotFound."""
    if stations.get(str((request.view_args or {})["station"])).kind != "kiosk":
        raise NotFound("kiosk")


@kiosk.get("")
@requires("kiosk.use")
def home(station: str) -> ResponseReturnValue:
    """The start; or whoever has just held a card to the camera."""
    scan = scans.find_offered(station, g.now.at - scanning.OFFERED)
    if _stays(station, scan):
        return "", 204
    kiosk_shown.forget_language()
    if scan is not None:
        return kiosk_shown.scanned_screen(scan)
    beat = heartbeats.find(station)
    seen = beat is not None and beat.at >= g.now.at - heartbeats.LATE and beat.camera == "ready" and beat.live_port > 0
    if request.htmx:
        # The start is loaded as a page of its own: only then does its policy admit the live picture's origin.
        now = ("yes" if seen else "no", g.language)
        same = (request.args.get("live"), request.args.get("language")) == now
        return "", 204, {} if same else {"HX-Redirect": kiosk_shown.url("home")}
    if seen and beat:
        g.live_origin = f"http://127.0.0.1:{beat.live_port}"
    return kiosk_shown.show(
        "start", kiosk_shown.say("kiosk.start.title"), kiosk_shown.url("home"),
        live_url=f"{g.live_origin}/live.mjpeg" if seen else None,
        advice_url=f"{g.live_origin}/live.events" if seen else None,
        coaching=kiosk_shown.say("kiosk.start.coaching" if seen else "kiosk.start.coaching.no_camera"),
        screen_url=kiosk_shown.url("home", live="yes" if seen else "no", language=g.language),
        help_facts={"reason": HelpReason.ASKED}, no_card_facts={"reason": HelpReason.NO_CARD},
    )  # fmt: skip


def _stays(station: str, newest: scans.Scan | None) -> bool:
    """Does the screen that asks stay? Nobody else holds a card, or whoever has this number still needs the screen."""
    if "shown" in request.args:
        return newest is None or newest.id == request.args["shown"]
    if "visit" in request.args:
        visit = kiosk_shown.visit_here(request.args["visit"])
        same = newest is None or newest.visit_id == visit.id
        return same or visit.attention or kiosk_shown.paper_state(visit) != "printed"
    return False


@kiosk.post("/language")
@requires("kiosk.use")
def choose_language(station: str) -> ResponseReturnValue:
    """Vietnamese or English on the same screen, until somebody chooses again or the screen returns to its start."""
    home = kiosk_shown.url("home")
    back = local_path(request.form.get("back"), home)
    if not back.startswith(f"{home}/"):
        back = home
    kiosk_shown.speak(request.form.get("language", ""), at_start=back == home)
    if request.htmx:
        return "", 204, {"HX-Redirect": back}
    return redirect(back, 303)


@kiosk.get("/scan/<id>")
@requires("kiosk.use")
def scanned(station: str, id: str) -> ResponseReturnValue:
    """Who the scanned code says this is."""
    return kiosk_shown.scanned_screen(scanning.require_usable(id, station, g.now.at))


@kiosk.post("/scan/<id>/drop")
@requires("kiosk.use")
def drop(station: str, id: str) -> ResponseReturnValue:
    """Not me, or done with this: back to the start."""
    scanning.drop_scan(g.actor, g.now, form_key(), id)
    kiosk_shown.leave_language()
    return redirect(kiosk_shown.url("home"), 303)


@kiosk.get("/visit/<id>")
@requires("kiosk.use")
def number(station: str, id: str) -> ResponseReturnValue:
    """The number, where to wait, and the paper."""
    return kiosk_shown.number_screen(kiosk_shown.visit_here(id))


@kiosk.get("/visit/<id>/paper")
@requires("kiosk.use")
def paper(station: str, id: str) -> ResponseReturnValue:
    """Has the paper come out? Where that must be asked, it is the whole screen's business."""
    visit = kiosk_shown.visit_here(id)
    facts = kiosk_shown.paper(visit)
    if facts["paper"] == "asked" and request.htmx:
        screen = make_response(kiosk_shown.number_screen(visit))
        screen.headers["HX-Retarget"] = "#number"
        return screen
    you = kiosk_shown.you(visit.person.identity)
    return render_template("partials/kiosk/paper.html", you=you, **facts)


@kiosk.post("/visit/<id>/paper")
@requires("kiosk.use")
def paper_seen(station: str, id: str) -> ResponseReturnValue:
    """The person has their paper. Only the slip of the visit on this screen; somebody else may have said so before."""
    key = form_key()
    for visit in kiosk_family.together(kiosk_shown.visit_here(id)):
        job = print_jobs.find_newest(visit.id, SlipKind.TICKET)
        if job is not None:
            with suppress(Refusal):
                printing.confirm_paper(g.actor, g.now, f"{key}:{visit.label}", job.id)
    return redirect(kiosk_shown.url("number", id=id), 303)


@kiosk.post("/visit/<id>/no-paper")
@requires("kiosk.use")
def no_paper(station: str, id: str) -> ResponseReturnValue:
    """No paper came: the desk rings and sees which slip."""
    visit = kiosk_shown.missing_paper(kiosk_shown.visit_here(id))
    printing.report_no_paper(g.actor, g.now, form_key(), visit.id)
    return redirect(kiosk_shown.url("help_coming"), 303)


@kiosk.post("/visit/<id>/done")
@requires("kiosk.use")
def done(station: str, id: str) -> ResponseReturnValue:
    """The person has their number and goes; the screen is free for the next."""
    scan = scans.find_visit(station, id, g.now.at - scanning.USABLE)
    if scan is not None:
        scanning.drop_scan(g.actor, g.now, form_key(), scan.id)
    kiosk_shown.leave_language()
    return redirect(kiosk_shown.url("home"), 303)


@kiosk.post("/help")
@requires("kiosk.use")
def call_help(station: str) -> ResponseReturnValue:
    """Rings at the desk until a volunteer comes."""
    reason = request.form.get("reason", HelpReason.ASKED)
    if reason not in set(HelpReason):
        abort(400)
    scan, visit = _about(station)
    help_calls.call_help(g.actor, g.now, form_key(), reason, scan, visit)
    return redirect(kiosk_shown.url("help_coming"), 303)


def _about(station: str) -> tuple[str | None, str | None]:
    """The scan and the visit that a call is about. Whoever calls from a screen left open too long is heard as well."""
    scan = visit = None
    with suppress(Refusal, NotFound):
        if request.form.get("scan"):
            scan = scanning.require_usable(request.form["scan"], station, g.now.at).id
    with suppress(Refusal, NotFound):
        if request.form.get("visit"):
            visit = kiosk_shown.visit_here(request.form["visit"]).id
    return scan, visit


@kiosk.get("/help")
@requires("kiosk.use")
def help_coming(station: str) -> ResponseReturnValue:
    """Somebody is called; somebody is coming."""
    waiting = calls.find_open(station) is not None
    if request.args.get("asked") and waiting and request.htmx:
        return "", 204
    return kiosk_shown.show(
        "help_coming", kiosk_shown.say("kiosk.help.title"), kiosk_shown.url("help_coming"), taken=not waiting,
        screen_url=kiosk_shown.url("help_coming", asked="yes"),
    )  # fmt: skip
