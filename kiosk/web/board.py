"""The boards: numbers being called and where to go. Never a name."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request

from kiosk.config_tables import Board
from kiosk.store import topics
from kiosk.web import board_shown, shown
from kiosk.web.gate import public
from kiosk.web.kept import Kept

board = Blueprint("board", __name__)


@board.get("/board")
@public
def page() -> ResponseReturnValue:
    """The site's first board, or its inside for a refresh. With `?voice=1` it is the loudspeaker too."""
    return _board(board_shown.boards()[0])


@board.get("/board/<code>")
@public
def one(code: str) -> ResponseReturnValue:
    """The board with this code. Raises NotFound."""
    return _board(board_shown.board(code))


def _board(which: Board) -> ResponseReturnValue:
    speaks = request.args.get("voice") == "1"
    if not request.htmx:
        return render_template("pages/board/board.html", **board_shown.needs(which, speaks=speaks))
    moved = topics.count_moves(topics.BOARD, topics.LINE, topics.TABLES, topics.DAY)
    address, inside = INSIDES.once((which.code, speaks), moved, lambda: _inside(which, speaks=speaks))
    return ("", 204) if shown.unchanged(address) else inside


# What a screen asks for itself; several screens of one board, and those of one hall, ask at the same moment.
INSIDES: Kept[tuple[str, str]] = Kept(timedelta(seconds=2), 20)


def _inside(which: Board, *, speaks: bool) -> tuple[str, str]:
    needs = board_shown.needs(which, speaks=speaks)
    return str(needs["board_url"]), render_template("partials/board/board.html", **needs)
