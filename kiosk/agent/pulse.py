"""Tells the hub every two seconds how camera, scanner and printer are, and at once when one of them changes."""

from __future__ import annotations

import logging
import threading
from typing import Any

from kiosk.agent.checkup import Checkup
from kiosk.agent.hand_scanner import HandScanner
from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused
from kiosk.agent.live import Live
from kiosk.agent.paper import Paper
from kiosk.agent.portrait import portrait
from kiosk.agent.sight import Sight

log = logging.getLogger("kiosk.agent")

BEAT_SECONDS = 2.0
LONGEST_DETAIL = 120


class Pulse:
    """The heartbeat's thread. `changed` is set by whoever has news."""

    def __init__(
        self,
        hub: HubLink,
        sight: Sight,
        live: Live,
        scanner: HandScanner,
        paper: Paper,
        changed: threading.Event,
        stop: threading.Event,
        checkup: Checkup,
    ) -> None:
        self._hub = hub
        self._sight = sight
        self._live = live
        self._scanner = scanner
        self._paper = paper
        self._changed = changed
        self._stop = stop
        self._checkup = checkup
        self._backoff = Backoff()

    def run(self) -> None:
        """Beat until the program stops."""
        while not self._stop.is_set():
            self._changed.clear()
            self._changed.wait(self._beat())

    def facts(self) -> dict[str, Any]:
        """What a heartbeat says; no personal data, no frame."""
        return {
            "live_port": self._live.port,
            "camera": {"state": self._sight.state, "detail": self._sight.detail[:LONGEST_DETAIL]},
            "scanner": {"state": self._scanner.state, "detail": self._scanner.detail[:LONGEST_DETAIL]},
            "printer": self._paper.facts(),
        }

    def _beat(self) -> float:
        try:
            box = self._checkup.due()
            wanted = self._hub.heartbeat(self.facts() | box)
            if box:
                self._checkup.told()
            if wanted:
                self._hub.picture(portrait(self._sight.newest()))
        except HubGone:
            return self._backoff.failed()
        except HubRefused as error:
            log.warning("heartbeat.refused code=%s", error.code)
        else:
            self._backoff.worked()
        return BEAT_SECONDS
