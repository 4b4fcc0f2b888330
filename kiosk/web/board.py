"""The board: numbers being called and where to go. Never a name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request

from kiosk import protocols
from kiosk.rules.words import VisitState
from kiosk.store import clinic_days, topics, visits
from kiosk.web import shown
from kiosk.web.gate import public

board = Blueprint("board", __name__)
MOST_CALLS = 5


def _shown() -> dict[str, Any]:
    day = clinic_days.find_open()
    called = visits.list_called(day.id, MOST_CALLS) if day else []
    calls = [
        {
            "number": visit.label,
            "place": shown.place(visit.station),
            "key": f"{visit.label} {visit.called_seq}",
        }
        for visit in called
    ]
    return {
        "calling": calls[0] if called and called[0].stands is VisitState.CALLED else None,
        "before": calls[1:] if called and called[0].stands is VisitState.CALLED else calls[:4],
        "distance_metres": protocols.distance_m(),
        "open": day is not None,
        "events_url": url_for("events.stream", topic=topics.BOARD),
        "board_url": url_for("board.page"),
    }


@board.get("/board")
@public
def page() -> ResponseReturnValue:
    """The whole board, or its inside for a refresh."""
    template = "partials/board/board.html" if request.htmx else "pages/board/board.html"
    return render_template(template, **_shown())
