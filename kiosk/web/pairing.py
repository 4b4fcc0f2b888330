"""Pairing a screen with its station by the code that the technician printed."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions.site import token_hash
from kiosk.errors import Refusal
from kiosk.store import pairings
from kiosk.web import refusals
from kiosk.web.gate import device_cookie, local_path, public

pairing = Blueprint("pairing", __name__)
KEPT = timedelta(days=365)


def _typed(text: str) -> str:
    """The code as it was printed: capitals, four groups of four, whatever was typed between them."""
    signs = re.sub(r"[^0-9A-Z]", "", text.upper())[:16]
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def _next() -> str:
    return local_path(request.values.get("next"), "")


@pairing.get("/pair")
@public
def form() -> ResponseReturnValue:
    """This screen is not paired yet."""
    return render_template("pages/pairing/pairing.html", code="", refusal=None, next=_next())


@pairing.post("/pair")
@public
def pair() -> ResponseReturnValue:
    """Gives this browser the station's cookie. Writes nothing: the pairing was made on the command line."""
    code = _typed(request.form.get("code", ""))
    found = pairings.find(token_hash(code))
    if found is None:
        sentence = refusals.sentence(Refusal("pairing_unknown", field="code"))
        return render_template("pages/pairing/pairing.html", code=code, refusal=sentence, next=_next()), 422
    home = url_for("kiosk.home", station=found.station)
    inside = _next() == home or _next().startswith((f"{home}?", f"{home}/"))
    response = redirect(_next() if inside else home, 303)
    response.set_cookie(
        device_cookie(found.station), code, max_age=KEPT, httponly=True, samesite="Lax",
        secure=current_app.config["SETTINGS"].hub.secure_cookies,
    )  # fmt: skip
    return response
