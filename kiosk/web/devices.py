"""The devices of the site: which are trusted for which station, a code for one more, and an end to trust."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import devices as acts
from kiosk.actions import printers
from kiosk.rules import devices as rules
from kiosk.store import topics
from kiosk.web import devices_shown, shown
from kiosk.web.gate import form_key, requires

devices = Blueprint("devices", __name__, url_prefix="/devices")


@devices.get("")
@requires("device.pair")
def page() -> ResponseReturnValue:
    """Every device that is trusted, and the codes that wait for one."""
    needs = devices_shown.listed()
    if shown.asks_for("devices"):
        if shown.unchanged(needs["devices_url"]):
            return "", 204
        return render_template("partials/devices/devices.html", **needs)
    return _page(**needs)


def _page(**needs: object) -> ResponseReturnValue:
    empty = {"invited": None}
    return render_template(
        "pages/devices/devices.html", home_url=url_for("devices.page"),
        events_url=url_for("events.stream", topic=topics.DESK), **(empty | devices_shown.forms() | needs),
    )  # fmt: skip


@devices.post("/code")
@requires("device.pair")
def invite() -> ResponseReturnValue:
    """A code for one device, shown here and nowhere else: it is kept in no address, and a second tap shows it again.

    Raises NotFound.
    """
    key, station = form_key(), request.form.get("station", "")
    code = rules.derived(current_app.config["SECRET_KEY"], "code", g.actor.id, key)
    id = acts.invite(g.actor, g.now, key, station, code)
    needs = devices_shown.invited(id, code) | devices_shown.forms(station)
    if shown.asks_for("invite"):
        return render_template("partials/devices/invite.html", **needs)
    return _page(**devices_shown.listed(), **needs)


@devices.get("/code/<id>")
@requires("device.pair")
def code(id: str) -> ResponseReturnValue:
    """What became of a code: nothing while it waits. Raises NotFound."""
    needs = devices_shown.answered(id)
    if needs is None:
        return "", 204
    return render_template("partials/devices/code.html", **needs)


@devices.post("/print")
@requires("device.pair")
def print_code() -> ResponseReturnValue:
    """A status slip with a code for one device. Raises NotFound."""
    hub, local = current_app.config["SETTINGS"].hub, shown.clock().local(g.now.at)
    job = printers.print_status(
        g.actor, g.now, form_key(), request.form.get("printer", ""), request.form.get("station", ""), g.language, local,
        devices_shown.addresses(hub), devices_shown.reach(hub),
    )  # fmt: skip
    return redirect(url_for("printers.page", paper=job), 303)


@devices.post("/<id>/revoke")
@requires("device.pair")
def revoke(id: str) -> ResponseReturnValue:
    """This device is trusted no more, from its next request on. Raises NotFound."""
    acts.revoke(g.actor, g.now, form_key(), id)
    if shown.asks_for("devices"):
        return render_template("partials/devices/devices.html", **devices_shown.listed())
    return redirect(url_for("devices.page"), 303)
