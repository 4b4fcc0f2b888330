"""Another machine's agent joins: the hub proves that it knows the code, and only then is told it. JSON, no cookie.

`docs/decisions/trust.md` says how, and against whom.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from kiosk.actions import devices as acts
from kiosk.actions.sign_in import NOBODY
from kiosk.actions.site import token_hash
from kiosk.errors import Refusal
from kiosk.rules import devices
from kiosk.store import pairings
from kiosk.web import attempts
from kiosk.web.gate import KEY, public

joining = Blueprint("joining", __name__, url_prefix="/device")
NONCE = re.compile(r"(?:[0-9a-f]{2}){16,32}")


def _said(**forms: re.Pattern[str]) -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    for name, form in forms.items():
        if not isinstance(body.get(name), str) or not form.fullmatch(body[name]):
            abort(400)
    return body


@joining.post("/authority")
@public
def authority() -> ResponseReturnValue:
    """`id` and `nonce` of whoever has a code -> the authority's fingerprint, and the proof that we know that code."""
    body = _said(id=re.compile(r"[0-9a-f]{8}"), nonce=NONCE)
    attempts.require_tries()
    keys = [bytes.fromhex(row.token_hash) for row in acts.list_open(g.now)]
    key = next((key for key in keys if devices.id_of(key) == body["id"]), None)
    if key is None:
        attempts.note_wrong()
        raise Refusal("pairing_unknown")
    fingerprint = _fingerprint()
    return jsonify(fingerprint=fingerprint, proof=devices.proof(key, bytes.fromhex(body["nonce"]), fingerprint))


def _fingerprint() -> str:
    try:
        return devices.fingerprint(devices.certificate(current_app.config["SETTINGS"].certificate("root")))
    except ValueError as error:
        raise Refusal("authority_missing") from error


@joining.post("/join")
@public
def join() -> ResponseReturnValue:
    """The code for a token of the agent's own; with `screen` one for the browser beside it too.

    `key` (UUID, made once) makes a second sending the same joining, with the same answer.
    """
    body = _said(key=KEY, code=re.compile(r".{1,40}"))
    code, key = devices.as_printed(body["code"]), body["key"]
    secret, name = current_app.config["SECRET_KEY"], str(body.get("name", ""))
    attempts.require_tries()
    token = devices.derived(secret, "agent", code, key)
    screen = devices.derived(secret, "beside", code, key) if body.get("screen") is True else ""
    try:
        id = acts.join(NOBODY, g.now, key, code, token, devices.AGENT, name, screen)
    except Refusal:
        attempts.note_wrong()
        raise
    # A second sending is not done again: with another code, or once the device was revoked, these tokens open nothing.
    if not all(pairings.find(token_hash(each)) for each in (token, screen) if each):
        attempts.note_wrong()
        raise Refusal("pairing_unknown")
    return jsonify(station=pairings.get(id).station, token=token, screen=screen)
