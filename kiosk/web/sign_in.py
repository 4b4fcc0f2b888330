"""Signing in and out, the language of the pages, and the first page of whoever works here."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kiosk import wording
from kiosk.actions import sign_in as acts
from kiosk.actions.site import token_hash
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.store import clinic_days, staff, stations
from kiosk.web import board_shown, places, proxy, refusals
from kiosk.web.gate import STAFF_COOKIE, for_staff, form_key, local_path, public, requires

# What belongs to no station: (permission, title, endpoint, sign).
OTHER_PAGES = (
    ("roster.manage", "roster.title", "roster.page", "list-checks"),
    ("person.merge", "alike.title", "alike.page", "users"),
    ("dose.review", "dose.title", "doses.page", "list-checks"),
    ("follow_up.tend", "follow_up.title", "follow_up.page", "flag"),
    ("staff.manage", "staff.title", "staff.page", "id-card"),
    ("stock.keep", "stock.title", "stock.page", "shield-plus"),
    ("standby.call", "standby.title", "standby.page", "megaphone"),
    ("printer.tend", "printers.title", "printers.page", "printer"),
    ("device.pair", "devices.title", "devices.page", "smartphone"),
    ("box.tend", "boxes.title", "boxes.page", "heart-pulse"),
)
sign_in = Blueprint("sign_in", __name__)
# kind of page: (whose it is, its sign); a kiosk's is for its own screen
PAGES = {
    "desk": ("desk.use", "users"),
    "door": ("zone.keep", "door-open"),
    "table": ("table.call", "megaphone"),
    "room": ("observation.watch", "hourglass"),
}


def _page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    needs = {"who": "", "refusal": None, "field": None} | needs
    return render_template("pages/sign_in/sign_in.html", next=_next(), **needs), status


def _next() -> str:
    return local_path(request.values.get("next"), url_for("sign_in.home"))


@sign_in.get("/sign-in")
@public
@for_staff
def form() -> ResponseReturnValue:
    """Badge code or name, and PIN."""
    return _page()


@sign_in.post("/sign-in")
@public
@for_staff
def enter() -> ResponseReturnValue:
    """Opens a session and remembers it in the browser."""
    token = secrets.token_urlsafe(32)
    who, pin, hub = request.form.get("who", ""), request.form.get("pin", ""), current_app.config["SETTINGS"].hub
    try:
        acts.sign_in(
            acts.NOBODY, g.now, form_key(), who[:80], pin[:20], token, hub.sign_in_attempts, hub.sign_in_lock_minutes,
            before=g.actor.session if g.actor else "",
        )  # fmt: skip
    except Refusal as refusal:
        return _page(422, who=who[:80], refusal=refusals.sentence(refusal), field=refusal.field or "pin")
    return with_session(redirect(_next(), 303), token)


def with_session(response: Response, token: str) -> Response:
    """The answer that brings the browser its new session; no cookie where `token` opens none.

    The second tap of the same form is the same session, and its cookie is already with the browser.
    """
    if staff.find_session(token_hash(token)):
        response.set_cookie(STAFF_COOKIE, token, httponly=True, samesite="Lax", secure=proxy.secure_cookies())
    return response


@sign_in.post("/sign-out")
@requires("staff.home")
def leave() -> ResponseReturnValue:
    """Ends the session."""
    acts.sign_out(g.actor, g.now, form_key())
    response = redirect(url_for("sign_in.form"), 303)
    response.delete_cookie(STAFF_COOKIE)
    return response


@sign_in.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Vietnamese or English, for this browser."""
    if request.form.get("language") not in wording.LANGUAGES:
        abort(400)
    session["language"] = request.form["language"]
    return redirect(local_path(request.form.get("back"), url_for("sign_in.home")), 303)


@sign_in.get("/")
@requires("staff.home")
def home() -> ResponseReturnValue:
    """Who you are and where you may work."""
    role = g.actor.role
    shown_places = []
    if may(role, "day.view"):
        shown_places.append((wording.say("lead.title", g.language), url_for("lead.page"), "flag"))
    if may(role, "day.plan"):
        shown_places.append((wording.say("plan.title", g.language), url_for("plan.page"), "clock"))
    signs = {kind: sign for kind, (permission, sign) in PAGES.items() if may(role, permission)}
    for station in stations.list_():
        pages = [(signs[kind], address) for kind, address in places.pages_of(station) if kind in signs]
        shown_places += [(station.name(g.language), address, sign) for sign, address in pages]
    shown_places += [
        (wording.say(title, g.language), url_for(endpoint), sign)
        for permission, title, endpoint, sign in OTHER_PAGES if may(role, permission)
    ]  # fmt: skip
    shown_places += [(name, address, "monitor") for name, address in board_shown.addresses()]
    return render_template(
        "pages/home/home.html", places=shown_places, role=role, open=clinic_days.find_open() is not None
    )
