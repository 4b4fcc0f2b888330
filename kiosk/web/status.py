"""The page behind a ticket's code: on the site's own network anybody's phone opens it, without a name and a sign-in.

Made for old phones and for many of them: one small page, no stream, no cookie, and an answer is made once for all who
ask while nothing has changed.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from kiosk import wording
from kiosk.store import topics
from kiosk.web import shown, status_shown
from kiosk.web.gate import public
from kiosk.web.kept import Kept

status = Blueprint("status", __name__)
# How long an answer is good for although nothing has changed: times go on.
GOOD_FOR = timedelta(seconds=5)
MOST_KEPT = 500


# By ticket. A code that is nobody's is never kept: nobody fills this up by guessing.
ANSWERS: Kept[str] = Kept(GOOD_FOR, MOST_KEPT)


@status.get("/t/<token>")
@status.get("/T/<token>")
@public
def page(token: str) -> ResponseReturnValue:
    """Where the ticket's number stands; the same 404 for every code that is no ticket of the open clinic day."""
    token, chosen = token.upper(), request.args.get("l", "")
    chosen = chosen if chosen in wording.LANGUAGES else ""
    found = status_shown.find(token)
    if found is None:
        g.language = chosen or current_app.config["SETTINGS"].site.language
        return _sent(_page(status_shown.nobodys()), 404)
    g.language = chosen or found[1].language
    moved = topics.count_moves(topics.BOARD, topics.LINE, topics.DAY)
    return _sent(ANSWERS.once(token, moved, lambda: _page(status_shown.standing(*found))), 200)


def _page(facts: dict[str, object]) -> str:
    other = next(each for each in wording.LANGUAGES if each != g.language)
    return render_template("pages/status/status.html", **facts, other=other, time=shown.at(g.now.at))


def _sent(page: str, code: int) -> Response:
    response = make_response(page, code)
    response.headers["Cache-Control"] = "private, max-age=5"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    if code == 200:
        response.add_etag()
        response.make_conditional(request)
    return response
