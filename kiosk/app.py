"""The composition root of the hub: every part is named here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from jinja2 import StrictUndefined

from kiosk import wording
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules.person import masked_name, masked_number
from kiosk.store import database
from kiosk.store.database import db
from kiosk.web import (
    alike,
    attempts,
    authority,
    board,
    boxes,
    certificates,
    comeback,
    consent,
    desk,
    desk_line,
    device,
    devices,
    door,
    doses,
    due,
    duty,
    events,
    family,
    finish,
    follow_up,
    frames,
    gate,
    identity,
    injection,
    joining,
    kiosk,
    kiosk_arrival,
    lead,
    lock,
    observation,
    pairing,
    papers,
    plan,
    printers,
    proxy,
    queueing,
    ready,
    refusals,
    roster,
    screening,
    sign_in,
    staff,
    standby,
    status,
    stock,
    survey,
    table,
    vials,
    voice,
    walk_in,
)

MIGRATIONS = Path(__file__).parent / "migrations"
BLUEPRINTS = (
    sign_in.sign_in, lock.lock, pairing.pairing, kiosk.kiosk, kiosk_arrival.arrival, board.board,
    voice.voice, desk.desk, desk_line.line, door.door, family.family,
    survey.survey, walk_in.walk_in, papers.papers, comeback.comeback,
    status.status, authority.authority,
    table.table, queueing.queueing, screening.screening, consent.consent, duty.duty, vials.vials, identity.identity,
    injection.injection,
    doses.doses,
    observation.observation, finish.finish, certificates.certificates, lead.lead, plan.plan, printers.printers,
    boxes.boxes,
    roster.roster, due.due, staff.staff, standby.standby, stock.stock, alike.alike,
    follow_up.follow_up, devices.devices,
    events.events, ready.ready, device.device, joining.joining, frames.frames,
)  # fmt: skip


def create_app(settings: Settings) -> Flask:
    """The hub's Flask application for these settings; touches the database only when a page does."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        SETTINGS=settings,
        BOX=settings.site.box,
        ADDRESS=settings.hub.address,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 40, "max_overflow": 60},
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=12),
    )
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    with app.app_context():
        database.prepare(db.engine)
        events.install(app, db.engine)
    proxy.install(app, settings)
    Htmx(app)
    frames.install(app)
    boxes.install(app)
    attempts.install(app)
    csrf = CSRFProtect(app)
    csrf.exempt(device.device)
    csrf.exempt(joining.joining)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    gate.install(app, settings, clock)
    refusals.install(app)
    _templates(app, settings, clock)
    _headers(app, clock)
    return app


def _templates(app: Flask, settings: Settings, clock: Clock) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def local(at: datetime, form: str) -> str:
        return f"{clock.local(at):{form}}"

    def minutes_since(at: datetime) -> int:
        return max(0, int((clock.now().at - at) / timedelta(minutes=1)))

    app.jinja_env.filters.update(
        masked_name=masked_name,
        masked_number=masked_number,
        time=lambda at: local(at, "%H:%M"),
        date=lambda on: f"{on:%d/%m/%Y}",
        minutes=minutes_since,
    )

    @app.context_processor
    def everywhere() -> dict[str, object]:
        language = getattr(g, "language", settings.site.language)
        wall = clock.local(clock.now().at)
        return {
            "say": wording.speaker(language),
            "language": language,
            "mode": settings.site.mode,
            "site_name": settings.site.name,
            "staff_name": getattr(g, "staff_name", ""),
            "new_key": lambda: str(uuid4()),
            "now_time": f"{wall:%H:%M}",
            "site_clock": _wall_ms(clock),
        }


def _wall_ms(clock: Clock) -> int:
    """The site's wall clock in ms since 1970, as pages show it."""
    return int(clock.local(clock.now().at).replace(tzinfo=UTC).timestamp() * 1000)


def _headers(app: Flask, clock: Clock) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        agent = f" {g.live_origin}" if "live_origin" in g else ""
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'{agent}; "
            f"media-src 'self'; manifest-src 'self'; img-src 'self'{agent}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Referrer-Policy", "same-origin")
        camera = "(self)" if request.blueprint == "frames" else "()"
        response.headers["Permissions-Policy"] = f"camera={camera}, geolocation=(), microphone=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if "HX-Request" in request.headers:
            response.headers["Site-Clock"] = str(_wall_ms(clock))
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
