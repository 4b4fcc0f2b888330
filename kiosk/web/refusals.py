"""A refusal, an unknown thing or a mistake of ours becomes a page in the same layout, or a line for a device."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from flask import Flask, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from htmx_flask import request
from werkzeug.exceptions import HTTPException

from kiosk import wording
from kiosk.errors import NotAllowed, NotFound, Refusal

log = structlog.get_logger("kiosk.web")
KNOWN = (400, 403, 404, 405, 413)


def sentence(refusal: Refusal) -> str:
    """The refusal in the words of this page's language."""
    return wording.say(f"refusal.{refusal.code}", getattr(g, "language", "vi"), **refusal.facts)


def page(status: int, code: str, **facts: Any) -> ResponseReturnValue:
    """An error page: what happened, what to do now, a reference for the technician."""
    if request.path.startswith("/device/"):
        return jsonify(refusal=code), status
    body = render_template("errors/error.html", code=code, facts=facts, reference=facts.get("reference", ""))
    headers = {"HX-Retarget": "body", "HX-Reswap": "innerHTML"} if request.htmx else {}
    return body, status, headers


def install(app: Flask) -> None:
    """Registers what is said for each kind of no."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> ResponseReturnValue:
        if request.path.startswith("/device/"):
            return jsonify(refusal=error.code), 422
        return page(422, "refused", sentence=sentence(error))

    @app.errorhandler(NotFound)
    def unknown(error: NotFound) -> ResponseReturnValue:
        return page(404, "404")

    @app.errorhandler(NotAllowed)
    def not_allowed(error: NotAllowed) -> ResponseReturnValue:
        return page(403, "403")

    @app.errorhandler(CSRFError)
    def stale(error: CSRFError) -> ResponseReturnValue:
        return page(400, "csrf")

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        return page(error.code, str(error.code) if error.code in KNOWN else "400")

    @app.errorhandler(Exception)
    def ours(error: Exception) -> ResponseReturnValue:
        reference = secrets.token_hex(3).upper()
        log.error("page.failed", reference=reference, endpoint=request.endpoint, error=type(error).__name__,
                  where=_where(error))  # fmt: skip
        return page(500, "500", reference=reference)


def _where(error: Exception) -> str:
    """File and line of the mistake; never its message, which may hold a person's data."""
    trace = error.__traceback__
    places = []
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-4:])
