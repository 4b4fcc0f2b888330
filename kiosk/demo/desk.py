"""The demo desk: one page that holds invented cards in front of the cameras, shows the paper, and breaks things.

It is an application of its own, in its own process; the hub knows nothing of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from flask import Flask, Response, abort, make_response, redirect, render_template, request, url_for
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from kiosk.clock import Clock
from kiosk.demo import cards, edge, switches
from kiosk.demo.commune import Invented, slot_text
from kiosk.demo.hand import Hand, ticket_on
from kiosk.demo.shift import Shift
from kiosk.demo.site import Colleague
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.errors import Refusal

HERE = Path(__file__).parent
PRODUCT = HERE.parent
SLIPS_SHOWN = 6
STEP_MINUTES = 30


class Demo(Protocol):
    """What the desk is about. `links`: (station code, `board` or `lead`; address); `pairing_codes`: station to code."""

    clock: Clock
    shift: Shift
    camera: VirtualCamera
    table_camera: VirtualCamera
    printer: VirtualPrinter

    @property
    def people(self) -> Sequence[Invented]: ...

    @property
    def strangers(self) -> Sequence[Invented]: ...

    @property
    def staff(self) -> Sequence[Colleague]: ...

    @property
    def wire(self) -> switches.Wire: ...

    @property
    def platform(self) -> switches.Platform: ...

    @property
    def pairing_codes(self) -> Mapping[str, str]: ...

    @property
    def links(self) -> Sequence[tuple[str, str]]: ...


def create_desk(demo: Demo) -> Flask:
    """The desk's application for this demo; `app.extensions["hand"]` is the hand in front of the camera."""
    app = Flask("kiosk.demo.desk", template_folder=str(HERE / "templates"), static_folder=str(PRODUCT / "static"))
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(PRODUCT / "templates")])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["slot"] = slot_text
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.extensions["hand"] = Hand({"kiosk": demo.camera, "table": demo.table_camera}, demo.people, demo.strangers)
    edge.install(app, demo.clock)
    _looks(app, demo)
    _pictures(app, demo)
    _acts(app, demo)
    return app


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The page asks every second; that is no news."""


def serve(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Serve from a daemon thread; `server_port` is the real port (0: a free one), `shutdown()` ends it."""
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, name="demo-desk", daemon=True).start()
    return server


def _camera_facts(app: Flask) -> dict[str, object]:
    hand: Hand = app.extensions["hand"]
    return {
        "camera_state": hand.camera.state, "where": hand.where, "cameras": list(hand.cameras), "held": hand.held,
        "tick": time.monotonic_ns(),
    }  # fmt: skip


def _paper_facts(demo: Demo) -> dict[str, object]:
    rolling = demo.printer.rolling
    rows = int.from_bytes(rolling[20:24])  # the height in a PNG's first chunk; one white row stands for "nothing"
    papers = demo.printer.papers
    slips = papers[: -SLIPS_SHOWN - 1 : -1]
    trouble = next((name for name, fault in switches.PRINTER.items() if fault in demo.printer.faults), "")
    return {
        "rows": rows if rows > 1 else 0,
        "slips": slips,
        "last_ticket": ticket_on(slips[0]) if slips else "",
        "trouble": trouble,
        "papers_seen": f"{len(papers)}-{rows}-{trouble}",
    }


def _chooser_facts(app: Flask) -> dict[str, object]:
    hand: Hand = app.extensions["hand"]
    query = request.values.get("q", "")
    people, others = hand.matching(query)
    return {
        "query": query, "people": people, "strangers": others, "everybody": len(hand.people), "last": hand.last,
        "next": hand.people[hand.next_index] if hand.people else None, "odd_names": list(hand.odd),
        "papers": list(cards.PAPERS),
    }  # fmt: skip


def _looks(app: Flask, demo: Demo) -> None:
    def whole(refusal: Refusal | None = None) -> str:
        facts = _camera_facts(app) | _paper_facts(demo) | _chooser_facts(app) | switches.facts(demo)
        ahead = round(demo.shift.seconds / 60)
        return render_template(
            "pages/demo/desk.html", demo=demo, refusal=refusal, ahead=ahead, step=STEP_MINUTES, **facts
        )

    app.extensions["whole"] = whole
    app.add_url_rule("/", "page", whole)

    @app.get("/camera")
    def camera() -> str:
        return render_template("partials/demo/camera.html", **_camera_facts(app))

    @app.get("/people")
    def people() -> str:
        return render_template("partials/demo/people_list.html", **_chooser_facts(app))

    @app.get("/paper")
    def paper() -> str | tuple[str, int]:
        facts = _paper_facts(demo)
        if request.args.get("seen") == facts["papers_seen"]:
            return "", 204
        return render_template("partials/demo/paper.html", **facts)

    @app.get("/switches")
    def switch_states() -> str | tuple[str, int]:
        facts = switches.facts(demo)
        if request.args.get("seen") == facts["switches_seen"]:
            return "", 204
        return render_template("partials/demo/switches.html", **facts)


def _pictures(app: Flask, demo: Demo) -> None:
    @app.get("/camera.jpg")
    def camera_picture() -> Response:
        camera: VirtualCamera = app.extensions["hand"].camera
        if camera.state == "unplugged":
            abort(503)
        return Response(camera.jpeg(), mimetype="image/jpeg")

    @app.get("/paper/rolling.png")
    def rolling() -> Response:
        return Response(demo.printer.rolling, mimetype="image/png")

    @app.get("/paper/<int:n>.png")
    def slip(n: int) -> Response:
        for paper in demo.printer.papers:
            if paper.n == n:
                return Response(paper.png, mimetype="image/png", headers={"Cache-Control": "private, max-age=86400"})
        abort(404)

    @app.get("/odd/<name>.jpg")
    def odd(name: str) -> Response:
        hand: Hand = app.extensions["hand"]
        if name not in hand.odd:
            abort(404)
        return Response(hand.thumbnail(name), mimetype="image/jpeg")


def _acts(app: Flask, demo: Demo) -> None:
    hand: Hand = app.extensions["hand"]

    def back(refusal: Refusal | None = None) -> AnyResponse | tuple[str, int]:
        if refusal:
            return app.extensions["whole"](refusal), 422
        return redirect(url_for("page", q=request.form.get("q") or None), 303)

    @app.post("/hold")
    def hold() -> AnyResponse | tuple[str, int]:
        kind, _, which = request.form.get("what", "").partition(":")
        try:
            if kind == "next":
                hand.hold_next()
            elif kind == "phone":
                hand.hold_phone(request.form.get("payload", ""))
            elif kind == "odd":
                hand.hold_odd(which)
            else:
                hand.hold(kind, int(which) if which.isdecimal() else -1, request.form.get("paper", "national_card"))
        except Refusal as refusal:
            return back(refusal)
        return back()

    @app.post("/camera")
    def go_to_camera() -> AnyResponse | tuple[str, int]:
        try:
            hand.go_to(request.form.get("where", ""))
        except Refusal as refusal:
            return back(refusal)
        return back()

    @app.post("/clock")
    def let_time_pass() -> AnyResponse | tuple[str, int]:
        demo.shift.advance(STEP_MINUTES)
        return back()

    @app.post("/put-away")
    def put_away() -> AnyResponse | tuple[str, int]:
        hand.put_away()
        return back()

    @app.post("/switch")
    def switch() -> AnyResponse | tuple[str, int]:
        try:
            switches.turn(demo, request.form.get("name", ""), broken=request.form.get("to") == "broken")
        except Refusal as refusal:
            return back(refusal)
        return back()

    @app.post("/language")
    def language() -> AnyResponse:
        response = make_response(redirect(url_for("page"), 303))
        response.set_cookie(edge.LANGUAGE_COOKIE, request.form.get("language", "vi"), samesite="Lax", httponly=True)
        return response
