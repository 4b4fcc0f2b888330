"""What agents say and ask: JSON over a paired token. The one interface here that is not for a person."""

from __future__ import annotations

import base64
import contextlib
import math
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import boxes, printing, scanning
from kiosk.actions import heartbeats as beats
from kiosk.errors import NotFound, Refusal
from kiosk.rules import box
from kiosk.rules.printing import FAULTS
from kiosk.store import print_jobs, stations
from kiosk.web import events, frames
from kiosk.web.boxes import pictures
from kiosk.web.frames_mailbox import Reading, Seen
from kiosk.web.gate import requires
from kiosk.web.pictures import LARGEST_BYTES, Picture

device = Blueprint("device", __name__, url_prefix="/device")

# Of a camera and of a hand scanner.
CAMERA = ("ready", "lost", "none")
PRINTER = (
    "ready", "paper_out", "cover_open", "cutter_error", "error", "offline", "unreachable", "mute", "none",
)  # fmt: skip
LONGEST_CODE = 8000
MOST_CODES = 20
# Of a small picture: how light and sharp the camera's own was.
GRADES = ("good", "soft", "poor")
JPEG = b"\xff\xd8\xff"
# How long an agent waits for a tablet's frame before it asks again.
FRAME_SECONDS = 20.0
# The same for a slip: a thread of the hub waits with it.
SLIP_SECONDS = 2.0


def _said(*names: str) -> Mapping[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
        abort(400)
    return body


def _journal(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lines = body.get("journal", [])
    if not isinstance(lines, list) or not all(
        isinstance(line, dict) and isinstance(line.get("job"), str) and isinstance(line.get("state"), str)
        for line in lines
    ):
        abort(400)
    return lines


def _course(report: Mapping[str, Any]) -> tuple[str, int]:
    """What stopped the printer on the way ("" for nothing), and how much paper it took, in mm."""
    mm, fault = report.get("mm", 0), report.get("fault", "")
    fault = fault if fault in ("", *FAULTS) else "unknown"
    return fault, mm if isinstance(mm, int) and 0 <= mm < 100_000 else 0


@device.post("/start")
@requires("device.report")
def start() -> ResponseReturnValue:
    """A new agent process begins; its journal settles what its forerunner had in hand."""
    body = _said("run")
    known: list[str] = []
    for nth, line in enumerate(_journal(body), 1):
        try:
            printing.settle_job(
                g.actor, g.now, f"{body['run']}-{nth}", line["job"], line["state"],
                str(line.get("reason", ""))[:40], *_course(line),
            )  # fmt: skip
        except NotFound:
            continue  # the database is older than the journal: a restored box must start all the same
        except Refusal as refusal:
            if refusal.code != "print_settled":
                continue  # a word that this hub does not know: the slip is doubtful, and the agent must start
        known.append(line["job"])
    printing.begin_run(g.actor, g.now, body["run"], body["run"], known)
    return jsonify(
        station=g.actor.station,
        language=current_app.config["SETTINGS"].site.language,
        formats=frames.formats(g.actor.station),
    )


@device.post("/heartbeat")
@requires("device.report")
def heartbeat() -> ResponseReturnValue:
    """How camera, hand scanner and printer are."""
    body = _said("run")
    scanner = body.get("scanner", {"state": "none"})
    camera, printer, port = body.get("camera"), body.get("printer"), body.get("live_port")
    if not isinstance(camera, dict) or not isinstance(printer, dict) or not isinstance(port, int):
        abort(400)
    if camera.get("state") not in CAMERA or printer.get("state") not in PRINTER:
        abort(400)
    if not isinstance(scanner, dict) or scanner.get("state") not in CAMERA:
        abort(400)
    beats.beat(
        g.actor, g.now, body["run"], port, camera["state"], printer["state"], bool(printer.get("near_end")),
        scanner["state"], _whole(printer, "width_dots"), _whole(printer, "roll_m"),
    )  # fmt: skip
    if "box" in body:
        with contextlib.suppress(ValueError):  # odd words of a machine's heat must not make it look dead
            boxes.report(g.actor, g.now, box.read(body["box"]))
    return jsonify({"picture": True} if pictures().wanted(g.actor.station) else {})


@device.post("/picture")
@requires("device.report")
def show() -> ResponseReturnValue:
    """The small picture that somebody asked for, or why there is none; {} also where nobody waits any more."""
    if (request.content_length or 0) > 2 * LARGEST_BYTES:
        abort(413)
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    trouble = body.get("trouble", "")
    if trouble in ("no_picture", "held"):
        pictures().put(g.actor.station, Picture(trouble=trouble))
        return jsonify({})
    light, sharp = body.get("light"), body.get("sharp")
    if light not in GRADES or sharp not in GRADES:
        abort(400)
    jpeg = _raw(body.get("jpeg"), LARGEST_BYTES)
    if not jpeg.startswith(JPEG):
        abort(400)
    picture = Picture(jpeg, _whole(body, "width"), _whole(body, "height"), light, sharp)
    pictures().put(g.actor.station, picture)
    return jsonify({})


def _whole(said: Mapping[str, Any], name: str) -> int:
    """A whole number that may be left out."""
    number = said.get(name, 0)
    if not isinstance(number, int) or not 0 <= number < 10_000:
        abort(400)
    return number


@device.post("/scans")
@requires("device.report")
def scan() -> ResponseReturnValue:
    """A read code; `id` makes a second sending the same scan."""
    body = _said("id", "raw", "symbology")
    raw = _raw(body["raw"])
    if len(body["id"]) != 36:
        abort(400)
    own = current_app.config["SETTINGS"].hub.addresses
    outcome = scanning.scan_code(g.actor, g.now, body["id"], body["id"], raw, body["symbology"][:20], own)
    return jsonify(outcome=outcome)


def _raw(text: Any, longest: int = LONGEST_CODE) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        abort(400)
    if not 0 < len(raw) <= longest:
        abort(400)
    return raw


@device.get("/frames")
@requires("device.report")
def next_frame() -> ResponseReturnValue:
    """A picture from a tablet, now in this agent's hands; {} when there is none for a while."""
    frames.let_database_go()
    line = request.environ.get("gunicorn.socket")
    frame = frames.mailbox().take(g.actor.id, FRAME_SECONDS, lambda: events.hung_up(line))
    if frame is None:
        return jsonify({})
    picture = base64.b64encode(frame.content).decode("ascii")
    return jsonify(id=frame.id, source=frame.source, live=frame.live, formats=frame.formats, picture=picture)


@device.post("/frames/<id>")
@requires("device.report")
def tell_frame(id: str) -> ResponseReturnValue:
    """What this agent has seen in a frame that it was given. Raises NotFound for any other, and for one answered."""
    body = _said("advice")
    codes = body.get("readings")
    if not isinstance(codes, list) or len(codes) > MOST_CODES:
        abort(400)
    if not all(isinstance(code, dict) and isinstance(code.get("symbology"), str) for code in codes):
        abort(400)
    readings = tuple(Reading(_raw(code.get("raw")), code["symbology"][:20]) for code in codes)
    if not frames.mailbox().answer(g.actor.id, id, Seen(readings, body["advice"][:20])):
        raise NotFound("frame")
    return jsonify({})


@device.post("/print-jobs/claim")
@requires("device.report")
def claim() -> ResponseReturnValue:
    """The oldest slip, now in this agent's hands; {} when there is none. `width_dots` 0: as wide as the agent knows.

    `wait`: how many seconds (at most 2) to wait for one.
    """
    run = _said("run")["run"]
    id = printing.claim_job(g.actor, g.now, str(uuid4()), run) if _slip_comes(_patience()) else None
    if id is None:
        return jsonify({})
    job, station = print_jobs.get(id), stations.find(g.actor.station)
    return jsonify(
        id=job.id, blocks=job.blocks, label=job.label, copy=job.copy, slip=job.slip,
        width_dots=station.paper_dots if station else 0,
    )  # fmt: skip


def _slip_comes(seconds: float) -> bool:
    """Waits until there is a slip for this station's printer; False when none came, or nobody waits for it any more.

    Who asks has nothing in hand: what is in an agent's hands all the same waits to be claimed again.
    """
    until = time.monotonic() + seconds
    watcher: events.Watcher = current_app.extensions["watcher"]
    line = request.environ.get("gunicorn.socket")
    while True:
        moves, station = watcher.moves, g.actor.station
        ready = print_jobs.count_ready(station, g.now.at, protocols.slips().called) or print_jobs.list_sending(station)
        frames.let_database_go()
        left = until - time.monotonic()
        if ready or left <= 0:
            return bool(ready)
        if events.hung_up(line):
            return False
        watcher.wait_for_move(moves, left)


def _patience() -> float:
    try:
        seconds = float(request.args.get("wait", 0))
    except ValueError:
        abort(400)
    return min(max(seconds, 0.0), SLIP_SECONDS) if math.isfinite(seconds) else 0.0


@device.post("/print-jobs/<id>/outcome")
@requires("device.report")
def outcome(id: str) -> ResponseReturnValue:
    """What became of a slip. Said twice, it is the same."""
    body = _said("run", "state")
    printing.settle_job(
        g.actor, g.now, str(uuid4()), id, body["state"], str(body.get("reason", ""))[:40], *_course(body)
    )
    return jsonify({})
