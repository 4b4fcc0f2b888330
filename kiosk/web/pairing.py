"""Pairing a screen, tablet or phone with its station, by a code from a slip or from the site lead's screen."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import devices as acts
from kiosk.actions.sign_in import NOBODY
from kiosk.actions.site import token_hash
from kiosk.errors import Refusal
from kiosk.rules import devices
from kiosk.rules.codes.ticket import ALPHABET
from kiosk.store import pairings, stations
from kiosk.web import attempts, places, proxy, refusals, shown
from kiosk.web.gate import form_key, local_path, public
from kiosk.web.trusted import device_cookie, this_device

pairing = Blueprint("pairing", __name__)
KEPT = timedelta(days=365)


def _next() -> str:
    return local_path(request.values.get("next"), "")


def _page(status: int = 200, refusal: Refusal | None = None) -> ResponseReturnValue:
    name = request.form.get("name") or devices.proposed_name(request.user_agent.string)
    wanted = _station_of(_next())
    # A kiosk's own screen has no keyboard.
    screen = wanted is not None and wanted.kind == "kiosk"
    return (
        render_template(
            "pages/pairing/screen.html" if screen else "pages/pairing/pairing.html",
            code=devices.as_printed(request.form.get("code", "")), next=_next(),
            name=devices.tidy_name(name), refusal=refusals.sentence(refusal) if refusal else None,
            wanted=wanted.name(g.language) if wanted else "", example=wanted.code if wanted else "kiosk-1",
            here=[(shown.place(row.station), _home(row.station)) for row in this_device()],
            # A link that leads to a kiosk's own screen was made for the machine that it is opened on.
            at_once=screen, signs=ALPHABET, group=devices.GROUP,
        ),
        status,
    )  # fmt: skip


def _station_of(path: str) -> stations.Station | None:
    """The station whose page was asked for."""
    parts = path.partition("?")[0].split("/")
    return stations.find(parts[2]) if len(parts) > 2 else None


def _home(station: str) -> str:
    """The first page of the station; everybody's where it has none."""
    row = stations.find(station)
    pages = places.pages_of(row) if row else []
    return pages[0][1] if pages else url_for("sign_in.home")


@pairing.get("/pair")
@public
def form() -> ResponseReturnValue:
    """This device is not paired yet, or not for the page that it asked for."""
    return _page()


@pairing.post("/pair")
@public
def pair() -> ResponseReturnValue:
    """Gives this browser the station's cookie: by a one-time code, which is used up, or by a lasting token."""
    key, code = form_key(), devices.as_printed(request.form.get("code", ""))
    try:
        attempts.require_tries()
        token = _token(key, code)
    except Refusal as refusal:
        if refusal.code == "pairing_unknown":
            attempts.note_wrong()
        return _page(422, refusal)
    found = pairings.find(token_hash(token))
    if found is None:  # the second tap of a form that was changed: what the first one brought stays
        return redirect(url_for("pairing.form", next=_next() or None), 303)
    home = _home(found.station)
    inside = _next() == home or _next().startswith((f"{home}?", f"{home}/"))
    response = redirect(_next() if inside else home, 303)
    response.set_cookie(
        device_cookie(found.station), token, max_age=KEPT, httponly=True, samesite="Lax",
        secure=proxy.secure_cookies(),
    )  # fmt: skip
    return response


def _token(key: str, code: str) -> str:
    """What this browser is known by from now on: the code itself where that is a screen's token already.

    Raises Refusal `pairing_unknown`.
    """
    lasting = pairings.find(token_hash(code))
    if lasting is not None and lasting.kind != devices.AGENT:
        return code
    token = devices.derived(current_app.config["SECRET_KEY"], "screen", code, key)
    acts.join(NOBODY, g.now, key, code, token, devices.SCREEN, request.form.get("name", ""))
    return token
