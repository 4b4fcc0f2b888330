"""The screen that somebody leaves: locked, unlocked with their PIN, or handed over to somebody else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from kiosk.actions import handover, locking
from kiosk.actions.handover import Place
from kiosk.actions.sign_in import scanned_badge
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.store import help_calls, staff, topics
from kiosk.web import refusals, shown, sign_in
from kiosk.web.gate import (
    came_from,
    even_locked,
    form_key,
    is_watched,
    local_path,
    permission_of,
    requires,
    stays_in_sight,
)

lock = Blueprint("lock", __name__)
# How long before it locks a page says so: long enough to take a glove off, short enough not to be always there.
WARNING = timedelta(seconds=30)


def _next() -> str:
    return local_path(request.values.get("next"), url_for("sign_in.home"))


def _match(path: str) -> tuple[str, Mapping[str, Any]]:
    """Endpoint and values of a page of ours; ("", {}) for what is no page."""
    try:
        return current_app.url_map.bind("").match(path.partition("?")[0], method="GET")
    except HTTPException:
        return "", {}


def _place(path: str) -> Place:
    """Which page of ours that is; none for what is no page."""
    endpoint, values = _match(path)
    if not endpoint:
        return Place()
    permission = permission_of(current_app, endpoint) or ""
    return Place(permission, str(values.get("station", "")), str(values.get("id", "")))


@lock.app_template_global("presence")
def presence() -> dict[str, Any]:
    """What the bar of whoever is signed in needs to lock the page, to hand it over, and to say that it will lock.

    `left`: seconds until it locks by itself, None where it never does. `leads`: where to, then.
    """
    here = came_from() or url_for("sign_in.home")
    lock_url = url_for("lock.page", next=here)
    return {
        "here": here,
        "locked": g.locked_since is not None,
        "left": g.lock_left,
        "whole": current_app.config["SETTINGS"].hub.lock_minutes * 60,
        "warning": int(WARNING.total_seconds()),
        "lock_url": lock_url,
        "leads": here if is_watched() else lock_url,
        "change_url": url_for("lock.change", next=here),
        "present_url": url_for("lock.tell_presence"),
    }


@lock.post("/present")
@requires("staff.home")
def tell_presence() -> ResponseReturnValue:
    """Somebody touches the page: it does not lock for a while."""
    locking.note_presence(g.actor, g.now)
    return ("", 204) if shown.asks_for("presence") else redirect(_next(), 303)


@lock.get("/lock")
@requires("staff.home")
@even_locked
def page() -> ResponseReturnValue:
    """Who has locked this screen, and their PIN. Nothing else of the site, but that somebody calls for help."""
    if g.locked_since is None:
        return ("", 204, {"HX-Redirect": _next()}) if shown.asks_for("calling") else redirect(_next(), 303)
    if shown.asks_for("calling"):
        needs = _calling()
        if shown.unchanged(needs["calling_url"]):
            return "", 204
        return render_template("partials/lock/calling.html", **needs)
    return _lock_page()


def _lock_page(status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    place = _next()
    return (
        render_template(
            "pages/lock/lock.html", role=g.actor.role, next=place, refusal=refusal, since=g.locked_since,
            other_url=url_for("lock.change", next=place), events_url=url_for("events.stream", topic=topics.DESK),
            **_calling(),
        ),
        status,
    )  # fmt: skip


def _calling() -> dict[str, Any]:
    """How many call for help: at the desk that is locked here it must ring, whoever sits before it."""
    place = _next()
    rings = may(g.actor.role, "desk.use") and _place(place).permission in ("desk.use", "person.view")
    count = len(help_calls.list_open()) if rings else 0
    return {"calling": count, "calling_url": url_for("lock.page", next=place, stamp=shown.stamp(count))}


@lock.post("/lock")
@requires("staff.home")
def lock_screen() -> ResponseReturnValue:
    """Locks every page of this session; what stays in sight stays there, without names."""
    locking.lock(g.actor, g.now, form_key())
    path = _next()
    return redirect(path if stays_in_sight(_match(path)[0]) else url_for("lock.page", next=path), 303)


@lock.post("/lock/open")
@requires("staff.home")
@even_locked
def unlock() -> ResponseReturnValue:
    """The PIN opens the page that was locked. A badge that is scanned into its box says who comes: theirs is next."""
    key, pin, hub = form_key(), request.form.get("pin", ""), current_app.config["SETTINGS"].hub
    if scanned_badge(pin):
        return _change_page(who=pin[:80])
    try:
        locking.unlock(g.actor, g.now, key, pin[:20], hub.sign_in_attempts, hub.sign_in_lock_minutes)
    except Refusal as refusal:
        return _lock_page(422, refusals.sentence(refusal)) if g.locked_since else redirect(_next(), 303)
    return redirect(_next(), 303)


@lock.get("/handover")
@requires("staff.home")
@even_locked
def change() -> ResponseReturnValue:
    """Somebody else comes to this screen: badge and PIN."""
    return _change_page()


def _change_page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    needs = {"who": "", "refusal": None, "field": None} | needs
    return render_template("pages/lock/handover.html", next=_next(), locked=g.locked_since is not None, **needs), status


@lock.post("/handover")
@requires("staff.home")
@even_locked
def hand_over() -> ResponseReturnValue:
    """One session ends and another begins in this browser, on the same page where the new role may have it."""
    token, hub, path = secrets.token_urlsafe(32), current_app.config["SETTINGS"].hub, _next()
    who, pin, place = request.form.get("who", ""), request.form.get("pin", ""), _place(path)
    try:
        session = handover.hand_over(
            replace(g.actor, station=place.station), g.now, form_key(), who[:80], pin[:20], token,
            hub.sign_in_attempts, hub.sign_in_lock_minutes, place,
        )  # fmt: skip
    except Refusal as refusal:
        return _change_page(422, who=who[:80], refusal=refusals.sentence(refusal), field=refusal.field or "pin")
    if session == g.actor.session:
        return redirect(path, 303)
    role = staff.get(staff.get_session(session).staff_id).works_as
    # What the address says beside its path was the former one's: a search, a call that they took.
    stays = place.permission and may(role, place.permission)
    return sign_in.with_session(redirect(path.partition("?")[0] if stays else url_for("sign_in.home"), 303), token)
