"""A tablet or phone as a scanner: its pictures go to a paired agent, which decodes them; the hub never does.

`frames_mailbox` holds a picture while somebody waits for it; no picture reaches the disk.
"""

from __future__ import annotations

import socket
import struct
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from htmx_flask.requests import HtmxAwareRequest

from kiosk import protocols
from kiosk.actions import identity, looking, scanning
from kiosk.actions.site import token_hash
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes, permissions
from kiosk.rules.words import ScanOutcome
from kiosk.store import scans, staff, stations
from kiosk.store.database import db
from kiosk.store.stations import Station
from kiosk.web import frames_shown, places, shown
from kiosk.web.frames_mailbox import Frame, Mailbox, Reading, Seen
from kiosk.web.gate import STAFF_COOKIE, form_key, requires

frames = Blueprint("frames", __name__, url_prefix="/frames/<station>")

LIVE_BYTES, PHOTO_BYTES = 2 * 1024**2, 12 * 1024**2
REQUEST_BYTES = PHOTO_BYTES + 64 * 1024
LIVE_SECONDS, PHOTO_SECONDS = 3.0, 8.0
# A phone that walks out of the network in the middle of a picture says no more: its thread must not wait for ever.
SILENT_SECONDS = 10
ANSWERED = timedelta(minutes=10)
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
# Vials are opened where doses are recorded, and the codes of a vial's box are small squares of dots.
OPENING, OF_VIALS = "dose", ("DataMatrix",)
# What may be another thing a moment later, with the same code still in view.
PASSING = (ScanOutcome.NOBODY_HERE, ScanOutcome.ZONE_FULL)
# What must be held beside `code.scan`, by the kind of station; at tables by what is done there.
READ_AT = {"desk": "person.view", "door": "zone.keep"}


class InMemoryRequest(HtmxAwareRequest):  # type: ignore[misc]
    """A request whose files stay in memory: the picture of somebody's card must not come to lie on the disk."""

    def _get_file_stream(self, *_: Any, **__: Any) -> BytesIO:
        return BytesIO()


def install(app: Flask) -> None:
    """Gives the app its mailbox."""
    app.request_class = InMemoryRequest
    app.extensions["frames"] = Mailbox()


def mailbox() -> Mailbox:
    """The hub's frames on their way."""
    box: Mailbox = current_app.extensions["frames"]
    return box


def formats(code: str) -> tuple[str, ...]:
    """What is looked for at this station beside QR codes: as its settings say, else by what is done there."""
    settings = {station.code: station.formats for station in current_app.config["SETTINGS"].stations}
    said: tuple[str, ...] | None = settings.get(code)
    if said is not None:
        return said
    station = stations.find(code)
    return OF_VIALS if station and _records(station, OPENING) else ()


def let_database_go() -> None:
    """Whoever waits for somebody else must not hold the database meanwhile."""
    db.session.rollback()


def _permission_at(station: Station) -> str | None:
    """What must be allowed to whoever scans for this station; None where a code would do nothing."""
    if station.kind in READ_AT:
        return READ_AT[station.kind]
    if identity.identifies(station.code):
        return "dose.record"
    return "table.call" if places.has_table(station) else None


@frames.app_template_global("scan_address")
def scan_address() -> str | None:
    """The page that scans for the station whose page this is, for whoever may."""
    station = stations.find(g.actor.station) if g.actor else None
    permission = _permission_at(station) if station and not station.retired else None
    if permission is None or not permissions.may(g.actor.role, permission):
        return None
    return url_for("frames.page", station=g.actor.station)


@frames.url_value_preprocessor
def take_photos(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A photo is larger than anything else that people send, and we take it of nobody else than of our staff.

    Said before anybody reads the form, which happens before the gate.
    """
    token = request.cookies.get(STAFF_COOKIE)
    if token and staff.find_session(token_hash(token)):
        request.max_content_length = REQUEST_BYTES
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", SILENT_SECONDS, 0))


@frames.before_request
def only_where_codes_are_read() -> None:
    """Stations that do something with a code, and whoever may do it there. Raises NotFound, NotAllowed."""
    permission = _permission_at(stations.get(g.actor.station))
    if permission is None:
        raise NotFound("frames")
    permissions.require_permission(g.actor.role, permission)


@frames.get("")
@requires("code.scan")
def page(station: str) -> ResponseReturnValue:
    """The camera of this device; what the last photo has given when `scan` or `hint` names it."""
    row = scans.find(request.args.get("scan", ""))
    known = row is not None and row.station == station and row.at >= g.now.at - ANSWERED
    return render_template(
        "pages/frames/frames.html", station=stations.get(station), hint=frames_shown.hint(request.args.get("hint", "")),
        answer=frames_shown.answer(row) if row and known else None, look_url=url_for("frames.look", station=station),
        page_url=url_for("frames.page", station=station), home_url=frames_shown.home(station), key=str(uuid4()),
    )  # fmt: skip


@frames.post("")
@requires("code.scan")
def look(station: str) -> ResponseReturnValue:
    """A picture of this device's camera: a live one answers with a partial, a photo with the page."""
    key, live = form_key(), "live" in request.form
    found = _look(key, live)
    if not live:
        how: dict[str, Any] = {"hint": found} if isinstance(found, str) else {"scan": found.id}
        return redirect(url_for("frames.page", station=station, **how), 303)
    if isinstance(found, str):
        if request.form.get("shown") == found:
            return "", 204
        return render_template("partials/frames/hint.html", hint=frames_shown.hint(found))
    said = render_template(
        "partials/frames/answer.html", answer=frames_shown.answer(found), station=stations.get(station)
    )
    return said, {"HX-Retarget": "#answer"}


@frames.post("/open/<id>")
@requires("code.scan")
def open_scan(station: str, id: str) -> ResponseReturnValue:
    """Opens whoever was scanned at this desk: their page, or the form for somebody we do not know."""
    key, scan = form_key(), scans.get(id)
    if scan.station != station or stations.get(station).kind != "desk":
        raise NotFound("scan")
    if scan.at < g.now.at - ANSWERED:
        raise Refusal("scan_too_old")
    if scan.person_id:
        person = looking.open_person(g.actor, g.now, key, scan.person_id)
        return redirect(url_for("desk.person", station=station, id=person), 303)
    looking.open_scan(g.actor, g.now, key, scan.id)
    return redirect(url_for("walk_in.page", station=station, scan=key), 303)


def _look(key: str, live: bool) -> scans.Scan | str:
    """The scan that the picture has led to, or the word of a hint."""
    file = request.files.get("frame")
    content = file.read() if file else b""
    if len(content) > (LIVE_BYTES if live else PHOTO_BYTES):
        return "too_large"
    if not content.startswith(PICTURES):
        return "unreadable" if content else "nothing"
    frame = Frame(str(uuid4()), f"{g.actor.session}:{g.actor.station}", live, formats(g.actor.station), content)
    let_database_go()
    seen = mailbox().ask(frame, LIVE_SECONDS if live else PHOTO_SECONDS)
    if not seen.readings:
        return seen.advice if seen.advice in frames_shown.HINTS else "seek" if live else "nothing"
    reading = _foremost(seen)
    before = mailbox().known(frame.source, reading.raw) if live else None
    if before is not None:
        return "held" if request.form.get("answer") == before else scans.get(before)
    scan = _take(key, reading)
    mailbox().note(frame.source, reading.raw, scan.id, lasting=scan.outcome not in PASSING)
    return scan


def _foremost(seen: Seen) -> Reading:
    """The one that says who somebody is, else one that we know, else the first."""

    def worth(reading: Reading) -> tuple[bool, bool]:
        code = codes.read(reading.raw, current_app.config["SETTINGS"].hub.addresses)
        return codes.identity_in(code) is not None, not isinstance(code, codes.Unknown)

    return max(seen.readings, key=worth)


def _take(key: str, reading: Reading) -> scans.Scan:
    # Some seconds have gone by since the picture came: the scan is of now.
    now = shown.clock().now()
    own = current_app.config["SETTINGS"].hub.addresses
    # A form that is sent again with somebody else's card must not be answered with the one before.
    id = str(uuid5(NAMESPACE_OID, f"{key} {reading.raw.hex()}"))
    scanning.scan_code(g.actor, now, id, id, reading.raw, reading.symbology, own)
    return scans.find_taken(id, g.actor.station, reading.raw, now.at - scanning.OFFERED)


def _records(station: Station, record: str) -> bool:
    return bool(protocols.steps().recording(record) & set(station.steps))
