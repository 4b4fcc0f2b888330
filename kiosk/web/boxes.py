"""The technician's page: each box with its parts, a look through its camera, the line out, and a bundle to send on."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import boxes as acts
from kiosk.actions import clock as clock_acts
from kiosk.documents.bundle import bundle
from kiosk.errors import NotFound, Refusal
from kiosk.store import topics
from kiosk.web import boxes_bundle, boxes_clock_shown, boxes_shown, health, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.pictures import Pictures

boxes = Blueprint("boxes", __name__, url_prefix="/boxes")


def install(app: Flask) -> None:
    """Gives the app its place for pictures on their way."""
    app.extensions["pictures"] = Pictures()


def pictures() -> Pictures:
    """The hub's pictures on their way."""
    kept: Pictures = current_app.extensions["pictures"]
    return kept


def _small(part: str) -> ResponseReturnValue:
    """A part that asks for itself until there is nothing more to come."""
    if part == "clock":
        needs = boxes_clock_shown.clock()
        address = needs["clock"]["look_url"]
    else:
        needs = boxes_shown.picture(pictures(), g.actor.session)
        address = needs["picture_url"]
    if shown.unchanged(address):
        return "", 204
    return render_template(f"partials/boxes/{part}.html", **needs)


def _page(status: int = 200, refusal: str | None = None, untimely: Refusal | None = None) -> ResponseReturnValue:
    part = shown.asks_for("boxes", "picture", "clock")
    if part in ("picture", "clock"):
        return _small(part)
    cards = boxes_shown.boxes(refusal)
    if part == "boxes":
        if shown.unchanged(cards["boxes_url"]):
            return "", 204
        return render_template("partials/boxes/boxes.html", **cards), status
    return (
        render_template(
            "pages/boxes/boxes.html", home_url=url_for("boxes.page"), bundle_url=url_for("boxes.download"),
            events_url=url_for("events.stream", topic=[topics.DESK]),
            **(cards | boxes_shown.picture(pictures(), g.actor.session) | boxes_clock_shown.clock(untimely)
               | health.strip(shown.clock(), url_for("boxes.strip"))),
        ),
        status,
    )  # fmt: skip


@boxes.get("")
@requires("box.tend")
def page() -> ResponseReturnValue:
    """Every box of the site."""
    return _page()


@boxes.get("/strip")
@requires("box.tend")
def strip() -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url_for("boxes.strip")))


@boxes.post("/look")
@requires("box.tend")
def look_at_camera() -> ResponseReturnValue:
    """Asks an agent for one small picture."""
    try:
        station = acts.look_at_camera(g.actor, g.now, form_key(), request.form.get("camera", "")[:40])
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    pictures().ask(g.actor.session, station)
    return redirect(url_for("boxes.page", _anchor="picture"), 303)


@boxes.post("/clock")
@requires("box.tend")
def set_clock() -> ResponseReturnValue:
    """Asks the machine to set its clock."""
    try:
        clock_acts.set_clock(
            g.actor, g.now, form_key(), current_app.config["SETTINGS"].folder, boxes_clock_shown.asked()
        )
    except Refusal as refusal:
        return _page(422, untimely=refusal)
    return redirect(url_for("boxes.page", _anchor="clock"), 303)


@boxes.get("/picture.jpg")
@requires("box.tend")
def show_picture() -> ResponseReturnValue:
    """The picture that this session asked for, once. Raises NotFound."""
    jpeg = pictures().take(g.actor.session)
    if jpeg is None:
        raise NotFound("picture")
    return Response(jpeg, mimetype="image/jpeg")


@boxes.get("/bundle.zip")
@requires("box.tend")
def download() -> ResponseReturnValue:
    """What a technician elsewhere needs to know of this site's machines; nobody's data."""
    named = f'attachment; filename="{boxes_bundle.file_name()}"'
    return Response(bundle(boxes_bundle.parts()), mimetype="application/zip", headers={"Content-Disposition": named})
