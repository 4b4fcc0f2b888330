"""Does the hub work? It asks itself before it tells systemd so, and whatever stands before it may ask too."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kiosk.store import topics
from kiosk.store.database import held_seconds
from kiosk.web.gate import public

ready = Blueprint("ready", __name__)
# A piece of a list takes 50 ms, the longest migration is another program's: who holds its turn so long hangs.
STUCK_SECONDS = 30.0
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@ready.get("/ready")
@public
def answer() -> ResponseReturnValue:
    """`ok` once the database was read; 503 `stuck` while one of our threads sits on the one turn to write.

    Only our own: what another program holds, our restart would not free, and that program is watched too.
    """
    topics.count_all()
    return ("stuck\n", 503, PLAIN) if held_seconds() > STUCK_SECONDS else ("ok\n", PLAIN)
