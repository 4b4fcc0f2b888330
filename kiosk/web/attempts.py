"""How often an address may try codes that are not there: guessing is hopeless, but it must not keep the box busy."""

from __future__ import annotations

import threading
import time

from flask import Flask, current_app, request

from kiosk.errors import Refusal

MOST_WRONG, SECONDS, MOST_ADDRESSES = 20, 60.0, 500


class Attempts:
    """The wrong tries of each address in the last minute; of this process, for a restart ends no guessing."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def too_many(self, who: str, now: float) -> bool:
        """Has this address used up its tries for now?"""
        with self._lock:
            return len([at for at in self._wrong.get(who, ()) if at > now - SECONDS]) >= MOST_WRONG

    def failed(self, who: str, now: float) -> None:
        """One more wrong try; the address that has been quiet longest is forgotten first."""
        with self._lock:
            tries = [at for at in self._wrong.pop(who, []) if at > now - SECONDS]
            self._wrong[who] = [*tries, now]
            while len(self._wrong) > MOST_ADDRESSES:
                self._wrong.pop(next(iter(self._wrong)))


def install(app: Flask) -> None:
    """Gives the app its count."""
    app.extensions["attempts"] = Attempts()


def require_tries() -> None:
    """Raises Refusal `pairing_busy` where this address has tried too often."""
    count: Attempts = current_app.extensions["attempts"]
    if count.too_many(request.remote_addr or "", time.monotonic()):
        raise Refusal("pairing_busy", field="code")


def note_wrong() -> None:
    """This address has tried a code that is not there."""
    count: Attempts = current_app.extensions["attempts"]
    count.failed(request.remote_addr or "", time.monotonic())
