"""How a tablet learns to trust this site's certificate: read over plain http, before it does.

The certificate itself, `/ca.crt`, is a file that the https server hands out; the hub need not run for that.
"""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from kiosk import wording
from kiosk.errors import NotFound
from kiosk.web.gate import public

authority = Blueprint("authority", __name__)
# kind of device: the words of what to tap there, one after the other
DEVICES = {kind: tuple(f"{kind}.{step}" for step in (1, 2, 3)) for kind in ("android", "apple", "windows")}


@authority.get("/authority")
@public
def page() -> ResponseReturnValue:
    """What to tap, by kind of device. No cookie, no script. Raises NotFound where nothing is served by https."""
    settings = current_app.config["SETTINGS"]
    if not settings.hub.staff_address:
        raise NotFound("authority")
    chosen = request.args.get("l", "")
    g.language = chosen if chosen in wording.LANGUAGES else settings.site.language
    other = next(each for each in wording.LANGUAGES if each != g.language)
    return render_template(
        "pages/authority/authority.html", devices=DEVICES, address=settings.hub.staff_address, other=other
    )
