"""Which stations the browser of this request is trusted for, and what that lets it open."""

from __future__ import annotations

from flask import current_app, g, request

from kiosk.actions.site import token_hash
from kiosk.rules.devices import AGENT
from kiosk.rules.words import Role
from kiosk.store import pairings

COOKIE = "screen-"
MOST_COOKIES = 20
# Who goes round the site: on any device that is trusted at all.
EVERYWHERE = (Role.SITE_LEAD, Role.TECHNICIAN)


def device_cookie(station: str) -> str:
    """Name of the cookie that holds a paired screen's token."""
    return f"{COOKIE}{station}"


def this_device() -> list[pairings.Pairing]:
    """The pairings of this browser, one a station; none for a stranger's."""
    if "pairings" not in g:
        sent = [(name, token) for name, token in request.cookies.items() if name.startswith(COOKIE)][:MOST_COOKIES]
        named = {token_hash(token): name for name, token in sent}
        rows = pairings.list_with(named) if named else []
        g.pairings = [row for row in rows if row.kind != AGENT and device_cookie(row.station) == named[row.token_hash]]
    known: list[pairings.Pairing] = g.pairings
    return known


def may_open(station: str, role: Role | None) -> bool:
    """May this browser show staff this page? Where the site asks for paired devices, one of `station`'s own.

    A page without a station opens on any of them, as does the way to the sign-in (`role` None).
    """
    if not current_app.config["SETTINGS"].hub.trusted_only:
        return True
    stations = [row.station for row in this_device()]
    return station in stations or (bool(stations) and (not station or role is None or role in EVERYWHERE))
