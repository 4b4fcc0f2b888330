"""A table and its line: out of turn, held and back again, to another table, to the doctor again, undone."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kiosk.actions import queueing as acts
from kiosk.actions.table import call_out_of_turn
from kiosk.web import table
from kiosk.web.gate import form_key, requires

queueing = Blueprint("queueing", __name__, url_prefix="/table/<station>")
queueing.before_request(table.only_tables)


def _why() -> tuple[str, str]:
    """The reason that was chosen, and what was typed beside it."""
    return request.form.get("reason", ""), request.form.get("note", "")


@queueing.post("/visit/<visit>/jump")
@requires("queue.jump")
def jump(station: str, visit: str) -> ResponseReturnValue:
    """Calls somebody whose turn it is not, with a reason."""
    return table.acted(lambda: call_out_of_turn(g.actor, g.now, form_key(), visit, *_why()))


@queueing.post("/visit/<visit>/hold")
@requires("table.call")
def hold(station: str, visit: str) -> ResponseReturnValue:
    """Out of the line until they are back."""
    return table.acted(lambda: acts.hold(g.actor, g.now, form_key(), visit, *_why()))


@queueing.post("/visit/<visit>/resume")
@requires("table.call")
def resume(station: str, visit: str) -> ResponseReturnValue:
    """They are back."""
    return table.acted(lambda: acts.resume(g.actor, g.now, form_key(), visit))


@queueing.post("/visit/<visit>/transfer")
@requires("table.call")
def transfer(station: str, visit: str) -> ResponseReturnValue:
    """To another table. One that is none does not serve their step either."""
    to = request.form.get("to", "")
    return table.acted(lambda: acts.transfer(g.actor, g.now, form_key(), visit, to, *_why()))


@queueing.post("/visit/<visit>/back")
@requires("table.call")
def back(station: str, visit: str) -> ResponseReturnValue:
    """To the doctor again."""
    return table.acted(lambda: acts.send_back(g.actor, g.now, form_key(), visit, *_why()))


@queueing.post("/move/<move>/undo")
@requires("table.call")
def undo(station: str, move: str) -> ResponseReturnValue:
    """The last move of this table was a mistake."""
    return table.acted(lambda: acts.undo(g.actor, g.now, form_key(), move))
