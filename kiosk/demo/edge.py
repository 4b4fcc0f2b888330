"""What every answer of the demo desk has: its origin checked, strict headers, words, a page for each mistake."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from kiosk import wording
from kiosk.clock import Clock

# Not `language`: cookies do not tell ports apart, and the hub may stand on the same host.
LANGUAGE_COOKIE = "desk_language"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _language() -> str:
    asked = request.cookies.get(LANGUAGE_COOKIE, "vi")
    return asked if asked in wording.LANGUAGES else "vi"


def install(app: Flask, clock: Clock) -> None:
    """Refuses posts from other origins, protects and words every answer of `app`."""
    _refuse_strangers(app)
    _protect(app)
    _words(app, clock)


def _refuse_strangers(app: Flask) -> None:
    @app.before_request
    def same_origin() -> None:
        if request.method != "POST":
            return
        came_from = request.headers.get("Origin") or request.headers.get("Referer") or ""
        if urlsplit(came_from).netloc != request.host:
            abort(403)


def _protect(app: Flask) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        number = error.code or 500
        known = f"demo.error.{number}"
        sentence = wording.say(known if wording.knows(known) else "demo.error.other", _language())
        return render_template("pages/demo/error.html", number=number, sentence=sentence), number


def _words(app: Flask, clock: Clock) -> None:
    @app.context_processor
    def everywhere() -> dict[str, object]:
        language = _language()
        say = wording.speaker(language)
        wall = clock.local(clock.now().at)
        return {
            "say": say,
            "label": lambda code: _label(code, language),
            "language": language,
            "mode": "demo",
            "site_name": say("demo.title"),
            "site_clock": int(wall.replace(tzinfo=UTC).timestamp() * 1000),
            "csrf_token": lambda: "",
        }


def _label(code: str, language: str) -> str:
    """`kiosk-1` → "Kiosk 1"; a code without words stays as it is."""
    kind, _, n = code.rpartition("-")
    words = f"demo.link.{kind if n.isdecimal() else code}"
    if not wording.knows(words, language):
        return code
    return f"{wording.say(words, language)} {n if n.isdecimal() else ''}".strip()
