"""Who are you, and may you. Closed by default: a route names its permission or says that it is public."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, session, url_for
from htmx_flask import request
from werkzeug.wrappers import Response as AnyResponse

from kiosk import wording
from kiosk.actions.site import token_hash
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.errors import NotAllowed
from kiosk.rules import devices, permissions, presence
from kiosk.rules.actor import Actor
from kiosk.rules.staff import works_on
from kiosk.rules.words import Role
from kiosk.store import pairings, staff
from kiosk.web.trusted import device_cookie, may_open

View = TypeVar("View", bound=Callable[..., Any])
STAFF_COOKIE = "staff"
KIOSK_LANGUAGE = "kiosk_language"
KEY = re.compile(r"[0-9a-f-]{36}")
LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def requires(permission: str) -> Callable[[View], View]:
    """The route is for whoever holds this permission."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """The route is for everybody. It stands on the short list that a test keeps."""
    view.permission = ""  # type: ignore[attr-defined]
    return view


def for_staff(view: View) -> View:
    """The route is public, but on a device that is paired where the site asks for that: it leads in."""
    view.for_staff = True  # type: ignore[attr-defined]
    return view


def even_locked(view: View) -> View:
    """The route is there for a locked session too: it asks for the PIN, or leads to where that is asked for."""
    view.even_locked = True  # type: ignore[attr-defined]
    return view


def watched(view: View) -> View:
    """Looked at all day and touched by nobody: it stays when the session is locked, and then names nobody.

    A room that hides who may go, or that asks for a PIN before it calls the doctor, is a danger: also where a badge at
    another table's scanner has locked it.
    """
    view.watched = True  # type: ignore[attr-defined]
    return view


def is_watched() -> bool:
    """Is this request for a page that stays in sight when nobody touches it?"""
    return stays_in_sight(request.endpoint or "")


def stays_in_sight(endpoint: str) -> bool:
    """Is this the endpoint of a page that stays when its session is locked?"""
    return getattr(current_app.view_functions.get(endpoint), "watched", False)


def permission_of(app: Flask, endpoint: str) -> str | None:
    """The permission that an endpoint names; "" for a public one, None for one that names nothing."""
    if endpoint == "static":
        return ""
    return getattr(app.view_functions[endpoint], "permission", None)


def install(app: Flask, settings: Settings, clock: Clock) -> None:
    """Puts the gate in front of every route. Raises RuntimeError for a route that names no permission."""
    for endpoint in app.view_functions:
        if permission_of(app, endpoint) is None:
            raise RuntimeError(f"{endpoint} names no permission")

    @app.before_request
    def check() -> AnyResponse | None:
        g.now = clock.now()
        g.language = _language(settings.site.language)
        g.actor = g.locked_since = g.lock_left = None
        if request.endpoint is None or request.endpoint == "static":
            return None
        permission = permission_of(app, request.endpoint) or ""
        station = str((request.view_args or {}).get("station", ""))
        g.actor = _staff(station, settings.hub.idle_minutes, settings.hub.lock_minutes)
        of_devices = Role.DEVICE in permissions.ALLOWED.get(permission, ())
        of_staff = getattr(app.view_functions[request.endpoint], "for_staff", bool(permission and not of_devices))
        if of_staff and not may_open(station, g.actor.role if g.actor else None):
            return _go_to(url_for("pairing.form", next=came_from()))
        if not permission:
            return None
        if of_devices:
            g.actor = _device(station, permission) or g.actor
        if g.actor is None:
            return _introduce_yourself(station, permission)
        return _open(app.view_functions[request.endpoint], g.actor.role, station, permission)


def _open(view: Callable[..., Any], role: Role, station: str, permission: str) -> AnyResponse | None:
    """Raises NotAllowed."""
    if g.locked_since and g.actor.session and not _stays(view):
        return _go_to(url_for("lock.page", next=came_from()))
    try:
        permissions.require_permission(role, permission)
    except NotAllowed:
        if permission == "kiosk.use":
            return _introduce_yourself(station, permission)
        raise
    return None


def _introduce_yourself(station: str, permission: str) -> AnyResponse:
    if permission == "device.report":
        return Response('{"refusal": "not_paired"}', 401, content_type="application/json")
    page = "pairing.form" if permission == "kiosk.use" else "sign_in.form"
    return _go_to(url_for(page, next=came_from()))


def _go_to(where: str) -> AnyResponse:
    if request.htmx:
        return Response(status=204, headers={"HX-Redirect": where})
    return redirect(where, 303)


def _stays(view: Callable[..., Any]) -> bool:
    """May a locked session go on with this route? What is watched goes on without the session that had people open."""
    if getattr(view, "even_locked", False):
        return True
    if not is_watched():
        return False
    g.actor = replace(g.actor, session="")
    return True


def local_path(text: str | None, otherwise: str) -> str:
    """A path of this site; `otherwise` for anything that could lead elsewhere."""
    return text if text and LOCAL.fullmatch(text) else otherwise


def came_from() -> str | None:
    """The page to go on with after signing in: of a partial the page around it, of an act the page that it was on."""
    if request.method == "GET" and not request.htmx:
        path = request.full_path if request.query_string else request.path
        return str(path)
    page = urlsplit(request.headers.get("HX-Current-URL", "") if request.htmx else request.referrer or "")
    path = f"{page.path}?{page.query}" if page.query else page.path
    return local_path(path, "") or None if page.netloc == request.host else None


def _language(default: str) -> str:
    # Whoever stands at a kiosk chooses for themselves only, not for the staff page in the next tab.
    at_kiosk = request.blueprint in ("kiosk", "arrival")
    chosen = session.get(KIOSK_LANGUAGE if at_kiosk else "language", default)
    return chosen if chosen in wording.LANGUAGES else default


def _staff(station: str, idle_minutes: int, lock_minutes: int) -> Actor | None:
    token = request.cookies.get(STAFF_COOKIE)
    found = staff.find_signed_in(token_hash(token)) if token else None
    if found is None:
        return None
    row, member = found
    if row.last_act_at + timedelta(minutes=idle_minutes) < g.now.at or not works_on(member, g.now.on):
        return None
    lock = timedelta(minutes=lock_minutes)
    g.staff_name = member.name
    g.locked_since = presence.locked_since(row.locked_at, row.last_act_at, lock, g.now.at)
    g.lock_left = presence.seconds_left(row.last_act_at, lock, g.now.at)
    return Actor(member.id, member.works_as, station, row.id)


def _device(station: str, permission: str) -> Actor | None:
    """What is asked for decides where the token must stand: an agent's in the header, a screen's in its cookie.

    A token that was made at the machine itself is good for both, each in its own place.
    """
    if permission == "device.report":
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token, never = token if scheme == "Bearer" else "", devices.SCREEN
    else:
        token, never = request.cookies.get(device_cookie(station), ""), devices.AGENT
    pairing = pairings.find(token_hash(token)) if token else None
    if pairing is None or pairing.kind == never or (station and pairing.station != station):
        return None
    return Actor(pairing.id, Role.DEVICE, pairing.station)


def form_key() -> str:
    """The key of the act that this form asks for: a UUID that the page made. Anything else is a bad request."""
    key: str = request.form.get("key", "")
    if not KEY.fullmatch(key):
        abort(400)
    return key
