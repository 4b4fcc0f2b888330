"""The recordings of which announcements are made: the site's own before ours."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue

from kiosk.errors import NotFound
from kiosk.web import voice_shown
from kiosk.web.gate import public

voice = Blueprint("voice", __name__)
KEPT = timedelta(hours=12)


@voice.get("/voice/<language>/<clip>")
@public
def play(language: str, clip: str) -> ResponseReturnValue:
    """One recording. With the version that an announcement names a browser keeps it, and a call needs no network.

    Raises NotFound.
    """
    recording = voice_shown.recordings(language).get(clip)
    if recording is None:
        raise NotFound("clip")
    kept = int(KEPT.total_seconds()) if "v" in request.args else 0
    kind = voice_shown.KINDS[recording.path.suffix]
    return send_file(recording.path, mimetype=kind, conditional=True, max_age=kept)
